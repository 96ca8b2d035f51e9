from urllib.parse import urlencode

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.http import request, route

from odoo.addons.account_payment.controllers.portal import (
    PortalAccount as PaymentPortal,
)

from .portal_credit import MOST_ITEMS, CreditRequestsPortal


class CreditPaymentPortal(CreditRequestsPortal, PaymentPortal):
    """Pay invoices chosen on the statement, together, with Odoo's own payment.

    The amount is what is open of the items, whatever the browser says.
    """

    def _credit_statement_values(self, statement):
        # EXTENDS the statement: what can be paid here, today
        values = super()._credit_statement_values(statement)
        values["can_pay"] = (
            values["item_actions"]
            and self._credit_has_provider(statement.company)
            and any(self._credit_payable(account) for account in statement.accounts)
        )
        return values

    def _credit_has_provider(self, company):
        Provider = request.env["payment.provider"].sudo()
        return bool(
            Provider.search_count(
                [
                    ("company_id", "child_of", company.id),
                    ("state", "!=", "disabled"),
                    ("is_published", "=", True),
                ],
                limit=1,
            )
        )

    @route("/my/statement/pay", type="http", auth="user", methods=["GET"], website=True)
    def portal_my_statement_pay(self, company_id=None, chosen=None, **kwargs):
        """Pay invoices: those chosen, else all that is overdue and not set aside."""
        try:
            if request.httprequest.args.getlist("item"):
                statement, account, items = self._credit_chosen(company_id)
                self._credit_check_payable(account, items)
            else:
                statement, account, items = self._credit_overdue(company_id)
                # the customer has ticked all of them off
                items = [] if chosen else items
        except UserError as error:
            return self._credit_back(company_id, error=error)
        values = self._prepare_portal_layout_values()
        values.update(self._credit_payment_values(statement, account, items))
        return request.render("credit_management.portal_my_statement_pay", values)

    @route("/my/statement/pay/transaction", type="jsonrpc", auth="user", website=True)
    def portal_my_statement_pay_transaction(
        self, amount=None, access_token=None, **kwargs
    ):
        """Create the transaction that pays the items named in the address.

        :return: what Odoo's payment form needs to go on
        :raises ValidationError: the items cannot be paid, or not for this amount
        """
        for name in ("landing_route", "is_validation"):
            kwargs.pop(name, None)
        self._validate_transaction_kwargs(kwargs)
        company_id = request.httprequest.args.get("company_id")
        try:
            statement, account, items = self._credit_chosen(company_id)
            self._credit_check_payable(account, items)
        except UserError as error:
            raise ValidationError(str(error)) from error
        values = self._credit_payment_values(statement, account, items)
        if not isinstance(amount, int | float) or account.currency.compare_amounts(
            amount, values["amount"]
        ):
            raise ValidationError(
                request.env._("The amount has changed meanwhile. Reload the page.")
            )
        if kwargs.get("provider_id") not in values["providers_sudo"].ids:
            raise ValidationError(request.env._("Choose another way to pay."))
        lines = self._credit_lines(items)
        moves, company = lines.move_id, lines.company_id
        transaction = self._create_transaction(
            amount=values["amount"],
            currency_id=account.currency.id,
            partner_id=request.env.user.partner_id.id,
            landing_route=values["landing_route"],
            reference_prefix=len(moves) > 1
            and company.get_next_batch_payment_communication(),
            custom_create_values={
                "invoice_ids": [Command.set(moves.ids)],
                "credit_item_ids": [Command.set(lines.ids)],
            },
            **kwargs,
        )
        return transaction._get_processing_values()

    # ------------------------------------------------------------------
    # What can be paid
    # ------------------------------------------------------------------

    def _credit_payable(self, account):
        """Return the items of an account that Odoo's payment takes."""
        lines = self._credit_lines(account.items)
        payable = lines.filtered(lambda line: line.move_id._has_to_be_paid())
        return [item for item in account.items if item.line_id in payable._ids]

    def _credit_check_payable(self, account, items):
        """Check that the items can be paid together, now.

        :raises UserError: one is being paid, is no invoice, or of another branch
        """
        payable = self._credit_payable(account)
        for item in items:
            if item not in payable:
                raise UserError(
                    request.env._("%s cannot be paid here now.", item.number)
                )
        lines = self._credit_lines(items)
        if len(lines.company_id) > 1 or len(lines.account_id) > 1:
            raise UserError(request.env._("Pay the invoices of one branch at a time."))

    def _credit_overdue(self, company_id):
        """Return what is overdue, and neither contested nor in a promise or a plan.

        :raises UserError: the account has nothing that can be paid
        """
        if not request.env.user._is_portal():
            raise UserError(request.env._("This page is the customer's."))
        company = self._credit_company(self._credit_companies(), company_id)
        statement = self._credit_statement(company)
        for account in statement.accounts:
            if payable := self._credit_payable(account):
                overdue = [item for item in payable if item.days_overdue]
                return statement, account, self._credit_together(overdue)
        raise UserError(request.env._("Nothing can be paid here now."))

    def _credit_together(self, items):
        """Return those items that nobody has set aside, and that are paid together."""
        lines = self._credit_lines(items)
        lines -= lines.browse(self._credit_set_aside_by_item(lines))
        first = lines[:1]
        lines = lines.filtered(
            lambda line: (
                line.company_id == first.company_id
                and line.account_id == first.account_id
            )
        )[:MOST_ITEMS]
        return [item for item in items if item.line_id in lines._ids]

    def _credit_payment_values(self, statement, account, items):
        """Return the values of the page: Odoo's payment form, and the items."""
        company_id = statement.company.id
        total = account.currency.round(sum(item.residual for item in items))
        lines = self._credit_lines(items)
        query = urlencode({"company_id": company_id, "item": lines.ids}, doseq=True)
        values = self._get_common_page_view_values(
            invoices_data={
                "partner": statement.partner,
                "company": lines.company_id or statement.company,
                "total_amount": total,
                "currency": account.currency,
                "amount_residual": total,
                "landing_route": f"/my/statement?company_id={company_id}",
                "transaction_route": f"/my/statement/pay/transaction?{query}",
            }
        )
        values.update(
            page_name="credit_request",
            statement_url=values["landing_route"],
            company_id=company_id,
            company_name=statement.company.name,
            amount=total,
            items=self._credit_payable(account),
            chosen_ids=lines.ids,
        )
        return values
