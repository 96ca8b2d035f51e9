from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import format_date

from ..limit.res_partner import FINANCE_GROUP
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
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date, id"
    _mail_post_access = "read"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(required=True)
    date = fields.Date(string="Promised For", required=True)
    line_ids = fields.One2many(
        "credit.promise.line",
        "promise_id",
        string="Items",
        help="Without a choice: the oldest items that no promise covers.",
    )
    contact_id = fields.Many2one(
        "res.partner", string="Promised By", ondelete="restrict"
    )
    channel = fields.Selection(CHANNELS, required=True, default="phone")
    note = fields.Text()
    user_id = fields.Many2one(
        "res.users", string="Collector", default=lambda self: self.env.user
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", tracking=True, index=True
    )
    amount_received = fields.Monetary(readonly=True, tracking=True)
    checked_on = fields.Date(readonly=True)
    closed_on = fields.Date(readonly=True)
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

    @api.model_create_multi
    def create(self, vals_list):
        """Record promises; a manager is asked where the company wants it.

        :raises UserError: more is promised than is open, or the date has passed
        """
        self._check_collector()
        self.check_access("create")
        for vals in vals_list:
            self._complete(vals)
        # nobody writes lines by themselves: they come with their promise
        promises = super(CreditPromise, self.sudo()).create(vals_list)
        promises = promises.with_env(self.env)
        promises.check_access("read")
        for promise in promises:
            promise._check_new()
            promise._ask_approval()
        return promises

    def _complete(self, vals):
        """Bring the values of a new promise to the customer and the root company."""
        for name in ("state", "amount_received", "checked_on", "closed_on"):
            vals.pop(name, None)
        defaults = self.default_get(["partner_id", "company_id", "currency_id"])
        for name, value in defaults.items():
            vals.setdefault(name, value)
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        vals["partner_id"] = partner.commercial_partner_id.id
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.env.company.id
        )
        vals["company_id"] = company._credit_company().id
        if not vals.get("line_ids"):
            vals["line_ids"] = self._oldest_items(vals)

    def _oldest_items(self, vals):
        """Return the lines of a promise that names no items: the oldest ones."""
        currency = self.env["res.currency"].browse(
            vals.get("currency_id") or self.env.company.currency_id.id
        )
        rest = vals.get("amount") or 0.0
        lines = []
        for item, free in self._free_items(vals, currency):
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
        if self.contact_id and (
            self.contact_id.commercial_partner_id != self.partner_id
        ):
            raise ValidationError(
                self.env._("“%s” is not a contact of the customer.",
                           self.contact_id.name)
            )  # fmt: skip
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
        self._check_collector()
        self._check_state(*PENDING)
        self.check_access("read")
        self.sudo()._close("withdrawn")
        return True

    def _close(self, state):
        self.write({"state": state, "closed_on": fields.Date.context_today(self)})
        self.activity_unlink(["credit_management.mail_activity_type_promise_approval"])

    def _check_state(self, *states):
        if wrong := self.filtered(lambda promise: promise.state not in states):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(promise)s” is already: %(state)s.",
                    promise=wrong[0].display_name,
                    state=labels[wrong[0].state],
                )
            )

    def _check_collector(self):
        if not (self.env.su or self.env.user.has_group(FINANCE_GROUP)):
            raise AccessError(
                self.env._("Only credit management notes promises. Tell them.")
            )

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
    _order = "promise_id, id"

    promise_id = fields.Many2one(
        "credit.promise", required=True, index=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        "account.move.line", string="Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        related="move_line_id.move_id", store=True, index="btree_not_null"
    )
    date_maturity = fields.Date(related="move_line_id.date_maturity")
    currency_id = fields.Many2one(related="promise_id.currency_id")
    amount = fields.Monetary(string="Promised", required=True)
    residual_before = fields.Monetary(
        readonly=True, help="What was open when the promise was made."
    )
    residual = fields.Monetary(
        string="Still Open", compute="_compute_residual", compute_sudo=True
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The promised part of an item is more than 0."
    )

    @api.depends("move_line_id.amount_residual_currency")
    def _compute_residual(self):
        for line in self:
            line.residual = line.move_line_id.amount_residual_currency

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            item = self.env["account.move.line"].sudo().browse(vals.get("move_line_id"))
            vals["residual_before"] = item.amount_residual_currency
        return super().create(vals_list)

    def _check_items(self):
        """Check that the lines name open items of the customer, once each.

        :raises ValidationError: what is wrong with one of them
        """
        for promise, lines in self.grouped("promise_id").items():
            items = lines.sudo().move_line_id
            mine = items.filtered(
                lambda item, promise=promise: (
                    item.partner_id.commercial_partner_id == promise.partner_id
                    and item.account_type == "asset_receivable"
                    and item.parent_state == "posted"
                    and item.currency_id == promise.currency_id
                    and item.company_id.root_id == promise.company_id
                )
            )
            if mine != items or len(items) != len(lines):
                raise ValidationError(
                    self.env._("Choose open items of the customer, each one once.")
                )
            promised = items._credit_promised()
            for line in lines.sudo():
                total = promised.get(line.move_line_id, 0.0)
                if promise.currency_id.compare_amounts(total, line.residual) > 0:
                    raise ValidationError(
                        self.env._(
                            "%(open)s is open of %(item)s: %(total)s cannot be"
                            " promised.",
                            item=line.move_id.name,
                            open=promise.currency_id.format(line.residual),
                            total=promise.currency_id.format(total),
                        )
                    )
