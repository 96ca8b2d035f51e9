import math

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from ..models.plan.credit_payment_plan import SIGNED
from .credit_statement import file_response
from .portal import CreditPortal
from .portal_document import CreditDocumentPortal

# what one customer may ask at once, and have waiting
MOST_ITEMS = 50
MOST_PENDING = 5
MOST_ANSWERS = 5
HIGHEST_AMOUNT = 10**12
LONGEST_TEXT = 2000
# a promise for later than this is a slip of the hand
FURTHEST_DAYS = 365


class CreditRequestsPortal(CreditPortal, CreditDocumentPortal):
    """What a customer can do about its invoices: announce a payment, sign a plan.

    Nothing in a request names the customer: it is the company of who is logged
    in. Items that are not open items of its own statement are refused.
    """

    # ------------------------------------------------------------------
    # The statement
    # ------------------------------------------------------------------

    def _credit_statement_values(self, statement):
        # EXTENDS the statement: what is contested, promised, in plans; today only
        values = super()._credit_statement_values(statement)
        is_customer = request.env.user._is_portal()
        values["item_actions"] = values["is_today"] and is_customer
        values["set_aside"] = {}
        values["plans"] = values["promises"] = []
        if values["item_actions"]:
            values["set_aside"] = {
                account.currency.id: self._credit_set_aside(account)
                for account in statement.accounts
            }
            values["plans"] = self._credit_plans(statement)
            values["promises"] = self._credit_promises(statement)
        values["message"] = request.session.pop("credit_message", None)
        return values

    def _credit_set_aside(self, account):
        """Return what of an account nobody asks for now, and why.

        :rtype: dict[str, float]
        """
        amounts = {"disputed": 0.0, "promised": 0.0, "planned": 0.0}
        by_item = self._credit_set_aside_by_item(self._credit_lines(account.items))
        for aside in by_item.values():
            for name, amount in aside.items():
                amounts[name] += amount
        return {name: account.currency.round(amounts[name]) for name in amounts}

    def _credit_set_aside_by_item(self, items):
        """Return what of each item nobody asks for now, none of it 0.

        :rtype: dict[int, dict[str, float]]
        """
        free = request.env["credit.dispute"].sudo()._free_amounts(items)
        promised = items._credit_promised()
        parts = (
            request.env["credit.payment.plan.item"]
            .sudo()
            .search(
                [("move_line_id", "in", items.ids), ("plan_id.state", "=", "running")]
            )
        )
        planned = parts.grouped("move_line_id")
        found = {}
        for item in items:
            amounts = {
                "disputed": item.amount_residual_currency - free[item],
                "promised": promised.get(item, 0.0),
                "planned": sum(p.amount - p.fall for p in planned.get(item, ())),
            }
            is_zero = item.currency_id.is_zero
            if aside := {n: amounts[n] for n in amounts if not is_zero(amounts[n])}:
                found[item.id] = aside
        return found

    def _credit_lines(self, items):
        """Return the lines of the ledger, sudoed, of items of a statement."""
        ids = [item.line_id for item in items]
        return request.env["account.move.line"].sudo().browse(ids)

    def _credit_plans(self, statement):
        plans = (
            request.env["credit.payment.plan"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", statement.partner.id),
                    ("company_id", "=", statement.company.id),
                    ("state", "in", ("proposed", *SIGNED)),
                ]
            )
        )
        return [
            {
                "url": plan.access_url,
                "name": plan.name,
                "state": plan.state,
                "valid_until": plan.valid_until,
                "currency": plan.currency_id,
                "residual": plan.amount_residual,
                "due": plan.amount_due,
                "next_date": plan.next_date,
                "next_amount": plan.next_amount,
            }
            for plan in plans
        ]

    def _credit_promises(self, statement):
        promises = (
            request.env["credit.promise"]
            .sudo()
            .search(self._credit_pending_domain(statement.partner, statement.company))
        )
        return [
            {
                "date": promise.date,
                "amount": promise.amount,
                "currency": promise.currency_id,
                "is_to_approve": promise.state == "to_approve",
            }
            for promise in promises
        ]

    def _credit_pending_domain(self, customer, company):
        return [
            ("partner_id", "=", customer.id),
            ("company_id", "=", company.id),
            ("state", "in", ("to_approve", "open")),
        ]

    # ------------------------------------------------------------------
    # A promise
    # ------------------------------------------------------------------

    @route(
        "/my/statement/promise",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_my_promise(
        self, company_id=None, amount=None, date=None, note="", **kwargs
    ):
        """Announce a payment for invoices chosen on the statement."""
        try:
            statement, account, chosen = self._credit_chosen(company_id)
        except UserError as error:
            return self._credit_back(company_id, error=error)
        values = self._credit_form_values(statement, account, chosen)
        if request.httprequest.method == "POST":
            try:
                self._credit_promise(statement, chosen, amount, date, note)
            except UserError as error:
                values.update(error=str(error), amount=amount, date=date, note=note)
            else:
                return self._credit_back(
                    company_id,
                    done=request.env._("Thank you: we have noted your payment."),
                )
        return request.render("credit_management.portal_my_promise", values)

    def _credit_promise(self, statement, chosen, amount, date, note):
        amount, date = self._credit_amount(amount), self._credit_date(date)
        customer, company = statement.partner, statement.company
        with request.env.cr.savepoint():
            # two requests at once count one another
            request.env["credit.exposure.lock"].sudo()._take(customer, company)
            Promise = request.env["credit.promise"].sudo()
            pending = Promise.search_count(
                self._credit_pending_domain(customer, company), limit=MOST_PENDING
            )
            if pending >= MOST_PENDING:
                raise UserError(
                    request.env._(
                        "You have announced %s payments already. Please get in touch"
                        " with us.",
                        MOST_PENDING,
                    )
                )
            Promise._promise_from_portal(
                request.env.user.sudo().partner_id,
                company,
                [item.line_id for item in chosen],
                amount,
                date,
                self._credit_text(note),
            )

    # ------------------------------------------------------------------
    # What comes from the outside
    # ------------------------------------------------------------------

    def _credit_chosen(self, company_id):
        """Return the statement, the account and the items that were chosen.

        :raises UserError: nothing, too much, several currencies, or not one's own
        """
        if not request.env.user._is_portal():
            raise UserError(request.env._("This page is the customer's."))
        company = self._credit_company(self._credit_companies(), company_id)
        statement = self._credit_statement(company)
        ids = set(request.httprequest.values.getlist("item"))
        for account in statement.accounts:
            chosen = [item for item in account.items if str(item.line_id) in ids]
            if chosen and len(chosen) == len(ids) <= MOST_ITEMS:
                return statement, account, chosen
        raise UserError(
            request.env._(
                "Choose the invoices first: of one currency, %s at most.", MOST_ITEMS
            )
        )

    def _credit_form_values(self, statement, account, chosen):
        total = account.currency.round(sum(item.residual for item in chosen))
        today = fields.Date.context_today(request.env.user)
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="credit_request",
            statement_url=f"/my/statement?company_id={statement.company.id}",
            company_id=statement.company.id,
            company_name=statement.company.name,
            currency=account.currency,
            items=chosen,
            total=total,
            amount=total,
            today=today.isoformat(),
            furthest=fields.Date.add(today, days=FURTHEST_DAYS).isoformat(),
            date="",
            note="",
            text="",
            reason_id="",
            error="",
        )
        return values

    def _credit_amount(self, value):
        try:
            amount = float(str(value or "").replace(",", "."))
        except ValueError:
            amount = math.nan
        if not math.isfinite(amount) or not 0 < amount < HIGHEST_AMOUNT:
            raise UserError(request.env._("Enter an amount above 0."))
        return amount

    def _credit_date(self, value):
        today = fields.Date.context_today(request.env.user)
        try:
            date = fields.Date.to_date(value)
        except ValueError:
            date = None
        if not date or not 0 <= (date - today).days <= FURTHEST_DAYS:
            raise UserError(request.env._("Enter a date: today or later."))
        return date

    def _credit_text(self, value):
        return str(value or "").replace("\x00", "").strip()[:LONGEST_TEXT]

    def _credit_back(self, company_id, done="", error=""):
        """Return to the statement with a word on what happened."""
        request.session["credit_message"] = {
            "text": str(done or error),
            "is_error": bool(error),
        }
        company = f"?company_id={company_id}" if (company_id or "").isdecimal() else ""
        return request.redirect(f"/my/statement{company}")

    # ------------------------------------------------------------------
    # A payment plan
    # ------------------------------------------------------------------

    @route("/my/plan/<int:plan_id>", type="http", auth="public", website=True)
    def portal_my_plan(self, plan_id, access_token=None, answered=None, **kwargs):
        """Show a payment plan to who has its link, or is the customer."""
        try:
            plan = self._credit_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._prepare_portal_layout_values()
        values.update(self._credit_plan_values(plan, access_token))
        values["is_answered"] = bool(answered)
        return request.render("credit_management.portal_my_plan", values)

    @route("/my/plan/<int:plan_id>/pdf", type="http", auth="public", website=True)
    def portal_my_plan_pdf(self, plan_id, access_token=None, **kwargs):
        """Download the agreement."""
        try:
            plan = self._credit_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        return file_response(f"{plan._file_name()}.pdf", plan._render_file()[0])

    @route("/my/plan/<int:plan_id>/accept", type="jsonrpc", auth="public", website=True)
    def portal_my_plan_accept(
        self, plan_id, access_token=None, name=None, signature=None, **kwargs
    ):
        """Sign a payment plan, as Odoo's signature form asks for."""
        access_token = access_token or request.httprequest.args.get("access_token")
        try:
            plan = self._credit_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return {"error": request.env._("Invalid payment plan.")}
        user = request.env.user
        if user._is_internal():
            return {"error": request.env._("It is the customer who signs.")}
        author = None if user._is_public() else user.sudo().partner_id
        try:
            with request.env.cr.savepoint():
                plan._accept(name, signature, author)
        except UserError as error:
            return {"error": str(error)}
        return {
            "force_refresh": True,
            "redirect_url": plan.get_portal_url(query_string="&signed=1"),
        }

    @route(
        "/my/plan/<int:plan_id>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_my_plan_answer(self, plan_id, access_token=None, answer="", **kwargs):
        """Hand over what the customer answers to a proposal."""
        try:
            plan = self._credit_plan(plan_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        user = request.env.user
        author = None if user._is_public() else user.sudo().partner_id
        answer = self._credit_text(answer)
        if answer and not user._is_internal():
            plan._receive_answer(answer, author, MOST_ANSWERS)
        return request.redirect(plan.get_portal_url(query_string="&answered=1"))

    def _credit_plan(self, plan_id, access_token):
        """Return the plan, sudoed, if the visitor may see it.

        :raises AccessError: no valid token, and neither finance nor the customer
        :raises MissingError: no such plan, or it has not been proposed
        """
        plan = self._credit_document("credit.payment.plan", plan_id, access_token)
        if plan.state in ("draft", "cancelled") and not self._credit_is_finance():
            raise MissingError(request.env._("There is no such payment plan."))
        return plan

    def _credit_plan_values(self, plan, access_token):
        """Return the values of the page of a plan: plain ones, and the plan."""
        return {
            "page_name": "credit_plan",
            "plan": plan,
            "currency": plan.currency_id,
            "access_token": access_token,
            "company_name": plan.company_id.name,
            "customer_name": plan.partner_id.name,
            "signer": self._credit_signer(plan).name,
            "items": [
                {"name": part.name, "due": part.date_maturity, "amount": part.amount}
                for part in plan.item_ids
                if not part.is_fee
            ],
            "lines": [
                {
                    "date": line.date,
                    "amount": line.amount,
                    "residual": line.amount_residual,
                    "state": line.state,
                }
                for line in plan._in_order()
            ],
            "why_not": self._credit_why_not_signable(plan),
            "is_internal": request.env.user._is_internal(),
        }

    def _credit_signer(self, plan):
        """Return the person who probably signs, none when it is a company."""
        user = request.env.user
        person = user.sudo().partner_id if user._is_portal() else plan._recipient()
        return person.filtered(lambda contact: not contact.is_company)

    def _credit_why_not_signable(self, plan):
        if plan.state != "proposed":
            return ""
        try:
            plan._check_signable()
        except UserError as error:
            return str(error)
        return ""
