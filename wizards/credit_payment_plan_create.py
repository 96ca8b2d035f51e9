from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.plan.credit_payment_plan import MOST_INSTALMENTS, ORDER_RULES
from ..models.plan.res_company import FEE_TYPES
from ..tools.instalments import due_dates, shares

RHYTHMS = [
    ("weekly", "Every week"),
    ("fortnightly", "Every two weeks"),
    ("monthly", "Every month"),
    ("free", "Free dates and amounts"),
]
# open items that one dialog shows
ITEMS = 200


class CreditPaymentPlanCreate(models.TransientModel):
    """The dialog that drafts a payment plan: which items, how many instalments."""

    _name = "credit.payment.plan.create"
    _description = "New Payment Plan"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    contact_id = fields.Many2one(
        "res.partner",
        string="Send To",
        domain="['|', ('id', '=', partner_id), ('parent_id', '=', partner_id)]",
    )
    item_ids = fields.One2many("credit.payment.plan.create.item", "wizard_id")
    amount = fields.Monetary(string="Invoices", compute="_compute_amount")
    fee_type = fields.Selection(FEE_TYPES, string="Fee", required=True, default="none")
    fee_percent = fields.Float(string="Percentage")
    fee_amount = fields.Monetary(
        string="Amount of the Fee",
        compute="_compute_fee_amount",
        store=True,
        readonly=False,
        help="Taxes included. It is spread over the instalments.",
    )
    total = fields.Monetary(string="In the Plan", compute="_compute_total")
    rhythm = fields.Selection(RHYTHMS, required=True, default="monthly")
    count = fields.Integer(string="Instalments", default=3)
    first_date = fields.Date(
        string="First On",
        default=lambda self: fields.Date.add(fields.Date.context_today(self), days=15),
    )
    schedule_ids = fields.One2many(
        "credit.payment.plan.create.line",
        "wizard_id",
        compute="_compute_schedule_ids",
        store=True,
        readonly=False,
    )
    difference = fields.Monetary(
        string="Still to Share Out", compute="_compute_difference"
    )
    order_rule = fields.Selection(
        ORDER_RULES, string="New Orders", required=True, default="normal"
    )
    grace_days = fields.Integer(string="Grace (days)")
    valid_until = fields.Date(string="Offer Valid Until")
    note = fields.Text()

    @api.depends("item_ids.amount", "item_ids.is_included")
    def _compute_amount(self):
        for wizard in self:
            included = wizard.item_ids.filtered("is_included")
            wizard.amount = sum(included.mapped("amount"))

    @api.depends("amount", "fee_percent", "fee_type")
    def _compute_fee_amount(self):
        for wizard in self:
            wizard.fee_amount = self.env["credit.payment.plan"]._fee_for(
                wizard.amount,
                wizard.currency_id,
                wizard.company_id,
                wizard.fee_type,
                wizard.fee_percent,
            )

    @api.depends("amount", "fee_amount")
    def _compute_total(self):
        for wizard in self:
            wizard.total = wizard.amount + wizard.fee_amount

    @api.depends("total", "count", "first_date", "rhythm")
    def _compute_schedule_ids(self):
        for wizard in self:
            if wizard.rhythm == "free":
                # what was proposed is the start of what is written by hand
                continue
            wizard.schedule_ids = [
                Command.clear(),
                *(Command.create(vals) for vals in wizard._schedule()),
            ]

    @api.depends("total", "schedule_ids.amount")
    def _compute_difference(self):
        for wizard in self:
            wizard.difference = wizard.total - sum(wizard.schedule_ids.mapped("amount"))

    def _schedule(self):
        if not (self.first_date and 0 < self.count <= MOST_INSTALMENTS and self.amount):
            return []
        amounts = shares(self.total, self.count, self.currency_id.rounding)
        dates = due_dates(self.first_date, self.count, self.rhythm)
        return [
            {"date": date, "amount": amount}
            for date, amount in zip(dates, amounts, strict=True)
        ]

    @api.model
    def _start(self, partner, company, contact=None, moves=None):
        """Open the dialog on what a customer owes, overdue items chosen.

        :param moves: ``account.move``: their items are chosen instead
        :raises UserError: nothing is left that a plan could take
        """
        Plan = self.env["credit.payment.plan"]
        self.env["res.partner"]._check_collector_rights()
        partner = partner.commercial_partner_id
        partner.check_access("read")
        company = company._credit_company()
        free = Plan._free_items(partner, company)
        currency = self._main_currency(free, moves)
        if not currency:
            raise UserError(
                self.env._(
                    "%s owes nothing here that is neither contested nor in a plan.",
                    partner.display_name,
                )
            )
        today = fields.Date.context_today(self)
        own = [item for item in free if item.currency_id == currency][:ITEMS]
        wizard = self.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "currency_id": currency.id,
                "contact_id": contact and contact.id,
                "fee_type": company.sudo().credit_plan_fee_type,
                "fee_percent": company.sudo().credit_plan_fee_percent,
                "grace_days": company.sudo().credit_plan_grace_days,
                "valid_until": Plan._default_valid_until(company),
                "item_ids": [
                    Command.create(
                        {
                            "move_line_id": item.id,
                            "amount_free": free[item],
                            "amount": free[item],
                            "is_included": item.move_id in moves
                            if moves
                            else bool(item.date_maturity)
                            and item.date_maturity < today,
                        }
                    )
                    for item in own
                ],
            }
        )
        return wizard._show()

    def _main_currency(self, free, moves):
        """Return the currency of the invoices chosen, else the one owed most in."""
        if moves:
            return moves.currency_id[:1]
        owed = {}
        for item in free:
            owed[item.currency_id] = owed.get(item.currency_id, 0.0) + abs(
                item.amount_residual
            )
        return max(owed, key=owed.get, default=None)

    def _show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Payment Plan"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_apply(self):
        """Draft the plan, and show it.

        :raises UserError: see :meth:`credit.payment.plan.create`
        """
        self.ensure_one()
        included = self.item_ids.filtered("is_included")
        if not included:
            raise UserError(self.env._("Choose what the customer pays by instalments."))
        vals = {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "contact_id": self.contact_id.id,
            "order_rule": self.order_rule,
            "grace_days": self.grace_days,
            "note": self.note,
            "fee_amount": self.fee_amount,
            "item_ids": [
                Command.create(
                    {"move_line_id": item.move_line_id.id, "amount": item.amount}
                )
                for item in included
            ],
            "line_ids": [
                Command.create({"date": line.date, "amount": line.amount})
                for line in self.schedule_ids
            ],
        }
        if self.valid_until:
            vals["valid_until"] = self.valid_until
        return self.env["credit.payment.plan"].create(vals).get_formview_action()


class CreditPaymentPlanCreateItem(models.TransientModel):
    """An open item, and how much of it goes into the plan."""

    _name = "credit.payment.plan.create.item"
    _description = "Item of a New Payment Plan"

    wizard_id = fields.Many2one(
        "credit.payment.plan.create", required=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one("account.move.line", readonly=True)
    name = fields.Char(compute="_compute_item")
    date_maturity = fields.Date(string="Due Date", compute="_compute_item")
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    amount_free = fields.Monetary(
        string="Open", readonly=True, help="Neither contested nor in another plan."
    )
    amount = fields.Monetary(string="In the Plan")
    is_included = fields.Boolean(string="In")

    @api.depends("move_line_id")
    def _compute_item(self):
        # collectors without access to accounting see what they plan; of an item that
        # a caller names in another company, nothing
        companies = self.env.user.sudo().company_ids.root_id
        for part in self:
            item = part.move_line_id.sudo().filtered(
                lambda item: item.company_id.root_id in companies
            )
            part.name = item.move_id.name
            part.date_maturity = item.date_maturity


class CreditPaymentPlanCreateLine(models.TransientModel):
    """An instalment as it will be."""

    _name = "credit.payment.plan.create.line"
    _description = "Instalment of a New Payment Plan"
    _order = "date, id"

    wizard_id = fields.Many2one(
        "credit.payment.plan.create", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="wizard_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
