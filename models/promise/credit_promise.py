from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, format_date

from ..limit.res_partner_rights import MANAGER_GROUP

STATES = [
    ("to_approve", "To approve"),
    ("open", "Open"),
    ("kept", "Kept"),
    ("partially_kept", "Partially kept"),
    ("broken", "Broken"),
    ("withdrawn", "Withdrawn"),
]
CHANNELS = [
    ("phone", "Phone call"),
    ("email", "E-mail"),
    ("portal", "Portal"),
    ("meeting", "Meeting"),
    ("letter", "Letter"),
]
# what the customer has announced and not yet done
PENDING = ("to_approve", "open")


class CreditPromise(models.Model):
    """An amount that a customer has announced for a date.

    Dunning waits for the promised part until the date and its tolerance; then
    the promise is compared with what was really received.
    """

    _name = "credit.promise"
    _description = "Promise to Pay"
    _inherit = ["credit.agreement"]
    _order = "date, id"
    _noted_names = (
        "partner_id", "company_id", "currency_id", "contact_id", "user_id",
        "amount", "date", "channel", "note",
    )  # fmt: skip
    _noted_parts = {"line_ids": ("move_line_id", "amount")}

    amount = fields.Monetary(required=True)
    date = fields.Date(string="Promised For", required=True)
    line_ids = fields.One2many(
        "credit.promise.line",
        "promise_id",
        string="Items",
        help="Without a choice: the oldest items that no promise covers.",
    )
    contact_id = fields.Many2one(string="Promised By")
    channel = fields.Selection(CHANNELS, required=True, default="phone")
    note = fields.Text()
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", tracking=True, index=True
    )
    amount_received = fields.Monetary(readonly=True, tracking=True)
    checked_on = fields.Date(readonly=True)
    check_date = fields.Date(
        compute="_compute_check_date",
        help="The promised date and the tolerance of the company.",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The amount of a promise is more than 0."
    )
    _open_idx = models.Index("(company_id, date) WHERE state = 'open'")

    @api.depends("partner_id", "date", "amount")
    def _compute_display_name(self):
        for promise in self:
            promise.display_name = self.env._(
                "%(amount)s from %(customer)s for %(date)s",
                amount=promise.currency_id.format(promise.amount),
                customer=promise.partner_id.name or "",
                date=format_date(self.env, promise.date) if promise.date else "",
            )

    @api.depends("date", "company_id.credit_promise_tolerance_days")
    def _compute_check_date(self):
        for promise in self:
            tolerance = promise.company_id.sudo().credit_promise_tolerance_days
            promise.check_date = promise.date and promise.date + timedelta(tolerance)

    # ------------------------------------------------------------------
    # A new promise
    # ------------------------------------------------------------------

    def _complete(self, vals):
        # EXTENDS agreement: without a choice, the oldest items
        result = super()._complete(vals)
        if not vals.get("line_ids"):
            vals["line_ids"] = self._oldest_items(vals)
        return result

    def _begin(self):
        # EXTENDS agreement: a manager is asked where the company wants it
        result = super()._begin()
        self._check_new()
        self._ask_approval()
        return result

    def _oldest_items(self, vals):
        """Return the lines of a promise that names no items: the oldest ones.

        Those of the invoices that the dialog was opened on, if it was.
        """
        currency = self.env["res.currency"].browse(
            vals.get("currency_id") or self.env.company.currency_id.id
        )
        rest = vals.get("amount") or 0.0
        lines = []
        move_ids = self.env.context.get("credit_promise_move_ids")
        for item, free in self._free_items(vals, currency):
            if move_ids and item.move_id.id not in move_ids:
                continue
            part = min(rest, free)
            if currency.compare_amounts(part, 0.0) <= 0:
                break
            lines.append(
                Command.create(
                    {"move_line_id": item.id, "amount": currency.round(part)}
                )
            )
            rest -= part
        return lines

    def _free_items(self, vals, currency):
        """Return the open items of a customer with what no promise covers of each."""
        company = self.env["res.company"].browse(vals["company_id"])
        MoveLine = self.env["account.move.line"].sudo()
        items = MoveLine.search(
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("partner_id.commercial_partner_id", "=", vals["partner_id"])
            & Domain("currency_id", "=", currency.id)
            & Domain("amount_residual_currency", ">", 0),
            order="date_maturity, id",
        )
        promised = items._credit_promised()
        return [
            (item, item.amount_residual_currency - promised.get(item, 0.0))
            for item in items
            if item.amount_residual_currency > promised.get(item, 0.0)
        ]

    def _check_new(self):
        """Check a promise against the calendar and the ledger.

        :raises UserError: the date has passed
        :raises ValidationError: its items are not the customer's, or less is open
        """
        self.ensure_one()
        if self.date < fields.Date.context_today(self):
            raise UserError(self.env._("A promise is for today or later."))
        self.line_ids._check_items()
        covered = sum(self.line_ids.mapped("amount"))
        if self.currency_id.compare_amounts(covered, self.amount):
            raise UserError(
                self.env._(
                    "%(customer)s owes %(open)s that no promise covers yet:"
                    " %(amount)s cannot be promised.",
                    customer=self.partner_id.name,
                    open=self.currency_id.format(covered),
                    amount=self.currency_id.format(self.amount),
                )
            )

    def _ask_approval(self):
        reason = self._why_approval()
        by_customer = self.env.context.get("credit_promise_by_customer")
        if not reason or (self._may_approve() and not by_customer):
            return
        self.sudo().state = "to_approve"
        manager = (
            self.env.ref(MANAGER_GROUP)
            .sudo()
            .all_user_ids.filtered(
                lambda user: self.company_id in user.company_ids and not user.share
            )[:1]
        )
        self.sudo().activity_schedule(
            "credit_management.mail_activity_type_promise_approval",
            summary=self.env._("Promise to approve"),
            note=reason,
            user_id=manager.id or self.env.uid,
        )

    def _why_approval(self):
        """Return why a manager must approve the promise, empty when none must."""
        company = self.company_id.sudo()
        longest = company.credit_promise_max_days
        if longest and (self.date - fields.Date.context_today(self)).days > longest:
            return self.env._("It is for more than %s days from now.", longest)
        earlier = (
            self.env["credit.promise.line"]
            .sudo()
            ._read_group(
                [
                    ("move_line_id", "in", self.line_ids.move_line_id.ids),
                    ("promise_id", "not in", self.ids),
                    ("promise_id.state", "!=", "withdrawn"),
                ],
                ["move_line_id"],
                ["__count"],
            )
        )
        most = max((count for _item, count in earlier), default=0)
        if most >= company.credit_promise_max_count:
            return self.env._("The same item has been promised %s times before.", most)
        return ""

    @api.model
    def _start(self, partner, company, currency, amount, **defaults):
        """Return the dialog that notes a promise, filled in.

        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        context = {
            "default_partner_id": partner.commercial_partner_id.id,
            "default_company_id": company._credit_company().id,
            "default_currency_id": currency.id,
            "default_amount": max(amount, 0.0),
        }
        context.update({f"default_{name}": defaults[name] for name in defaults})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to Pay"),
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def action_approve(self):
        """Accept promises that ask for a manager.

        :raises AccessError: the user is not a credit manager
        """
        if not self._may_approve():
            raise AccessError(self.env._("A credit manager approves such promises."))
        self._check_state("to_approve")
        self.check_access("read")
        # managers decide; the other values of a promise stay as they were given
        self.sudo().write({"state": "open"})
        self.sudo().activity_unlink(
            ["credit_management.mail_activity_type_promise_approval"]
        )
        return True

    def action_withdraw(self):
        """End promises: the customer takes them back, or a manager refuses them."""
        self.env["res.partner"]._check_collector_rights()
        self._check_state(*PENDING)
        self.check_access("read")
        self.sudo()._close("withdrawn")
        return True

    @api.model
    def _is_awaited(self, company, day):
        """Return the condition that a ``promise`` has not been checked yet.

        :rtype: SQL
        """
        return SQL(
            "promise.state = 'open' AND promise.date + %s >= %s",
            company.sudo().credit_promise_tolerance_days,
            day,
        )

    def _close(self, state):
        self.write({"state": state, "closed_on": fields.Date.context_today(self)})
        self.activity_unlink(["credit_management.mail_activity_type_promise_approval"])

    @api.model
    def _may_approve(self):
        return self.env.su or self.env.user.has_group(MANAGER_GROUP)

    # ------------------------------------------------------------------
    # From the portal
    # ------------------------------------------------------------------

    @api.model
    def _promise_from_portal(self, contact, company, item_ids, amount, date, note=""):
        """Record what a customer announces on its page.

        Everything comes from the outside: the items must be the customer's, the
        amount what is open of them, and a long or repeated promise waits for a
        manager as any other.

        :param contact: ``res.partner`` of the user of the portal
        :param company: ``res.company`` that is owed
        :param item_ids: ids of receivable items
        :param float amount: in the currency of the items
        :param date date: today or later
        :raises UserError: what is wrong, in words for the customer
        """
        customer = contact.commercial_partner_id
        items = self.env["account.move.line"].sudo().browse(item_ids).exists()
        currency = items.currency_id
        if not items or len(currency) != 1:
            raise UserError(self.env._("Choose invoices of one currency."))
        vals = {
            "partner_id": customer.id,
            "company_id": company._credit_company().id,
            "currency_id": currency.id,
            "amount": currency.round(amount),
            "date": date,
            "contact_id": contact.id,
            "channel": "portal",
            "note": (note or "")[:2000],
            "user_id": customer.with_company(company).sudo().credit_collector_id.id,
        }
        lines, rest = [], vals["amount"]
        for item, free in self._free_items(vals, currency):
            part = min(rest, free)
            if item in items and currency.compare_amounts(part, 0.0) > 0:
                lines.append(Command.create({"move_line_id": item.id, "amount": part}))
                rest -= part
        # no items of their own: the check then tells what can be promised
        vals["line_ids"] = lines
        if not lines:
            raise UserError(self.env._("Nothing of these invoices can be promised."))
        return self.sudo().with_context(credit_promise_by_customer=True).create(vals)


class CreditPromiseLine(models.Model):
    """The part of a promise that pays one item."""

    _name = "credit.promise.line"
    _description = "Item of a Promise to Pay"
    _inherit = ["credit.agreement.item"]
    _order = "promise_id, id"
    _agreement_name = "promise_id"

    promise_id = fields.Many2one(
        "credit.promise", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="promise_id.currency_id")
    amount = fields.Monetary(string="Promised")

    def _check_items(self):
        # EXTENDS agreement: nothing is promised twice
        result = super()._check_items()
        promised = self.sudo().move_line_id._credit_promised()
        for line in self.sudo():
            total = promised.get(line.move_line_id, 0.0)
            if line.currency_id.compare_amounts(total, line.residual) > 0:
                raise ValidationError(
                    self.env._(
                        "%(open)s is open of %(item)s: %(total)s cannot be promised.",
                        item=line.name,
                        open=line.currency_id.format(line.residual),
                        total=line.currency_id.format(total),
                    )
                )
        return result
