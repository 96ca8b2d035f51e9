from odoo import api, fields, models
from odoo.exceptions import ValidationError

LINE_STATES = [
    ("upcoming", "To come"),
    ("due", "Due today"),
    ("missed", "Missed"),
    ("settled", "Paid"),
]


class CreditPaymentPlanLine(models.Model):
    """One instalment: a date and an amount."""

    _name = "credit.payment.plan.line"
    _description = "Instalment of a Payment Plan"
    _order = "plan_id, date, id"

    plan_id = fields.Many2one(
        "credit.payment.plan", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="plan_id.partner_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
    amount_settled = fields.Monetary(string="Paid", compute="_compute_settled")
    amount_residual = fields.Monetary(string="Left", compute="_compute_settled")
    state = fields.Selection(LINE_STATES, compute="_compute_settled")
    is_told = fields.Boolean(
        readonly=True, help="The collector has been told that it was missed."
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The amount of an instalment is more than 0."
    )

    @api.depends("amount", "plan_id.partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = self.env._(
                "%(amount)s from %(customer)s",
                amount=line.currency_id.format(line.amount),
                customer=line.partner_id.name or "",
            )

    @api.depends("amount", "date", "plan_id.item_ids.residual", "plan_id.state")
    def _compute_settled(self):
        today = fields.Date.context_today(self)
        settled = self.plan_id._settled()
        for line in self:
            paid = settled.get(line.plan_id, {}).get(line, 0.0)
            line.amount_settled = line.currency_id.round(paid)
            line.amount_residual = line.currency_id.round(line.amount - paid)
            if line.currency_id.compare_amounts(line.amount_residual, 0.0) <= 0:
                line.state = "settled"
            elif not line.date or line.date > today:
                line.state = "upcoming"
            else:
                line.state = "due" if line.date == today else "missed"


class CreditPaymentPlanItem(models.Model):
    """The part of an open item that a plan pays."""

    _name = "credit.payment.plan.item"
    _description = "Item of a Payment Plan"
    _inherit = ["credit.agreement.item"]
    _order = "plan_id, date_maturity, id"
    _agreement_name = "plan_id"

    plan_id = fields.Many2one(
        "credit.payment.plan", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="plan_id.currency_id")
    amount = fields.Monetary(string="In the Plan")
    called_age = fields.Integer(
        readonly=True,
        help="Of a broken plan: dunning takes the item for so many days overdue on"
        " the day of the breach.",
    )

    def _check_items(self):
        # EXTENDS agreement: nothing that is contested or in another plan
        result = super()._check_items()
        free = self.env["credit.payment.plan"]._free_amounts(self.sudo().move_line_id)
        for part in self.sudo():
            # its own part has been taken off already
            if part.currency_id.compare_amounts(free[part.move_line_id], 0.0) < 0:
                raise ValidationError(
                    self.env._(
                        "%(item)s: of %(open)s that is open, a part is contested"
                        " or in another plan. %(amount)s cannot be in this one.",
                        item=part.name,
                        open=part.currency_id.format(part.residual),
                        amount=part.currency_id.format(part.amount),
                    )
                )
        return result
