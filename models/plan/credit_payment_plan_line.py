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
    _order = "plan_id, date_maturity, id"

    plan_id = fields.Many2one(
        "credit.payment.plan", required=True, index=True, ondelete="cascade"
    )
    # what the ledger drops, a plan remembers
    move_line_id = fields.Many2one(
        "account.move.line", string="Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="set null"
    )
    name = fields.Char(string="Document")
    date_maturity = fields.Date(string="Due Date")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    amount = fields.Monetary(string="In the Plan", required=True)
    residual_before = fields.Monetary(
        readonly=True, help="What was open when the plan was drafted."
    )
    residual = fields.Monetary(
        string="Still Open", compute="_compute_residual", compute_sudo=True
    )
    fall = fields.Monetary(
        string="Paid", compute="_compute_residual", compute_sudo=True
    )
    called_age = fields.Integer(
        readonly=True,
        help="Of a broken plan: dunning takes the item for so many days overdue on"
        " the day of the breach.",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The part of an item in a plan is more than 0."
    )

    @api.depends("move_line_id.amount_residual_currency", "move_line_id.parent_state")
    def _compute_residual(self):
        for part in self:
            item = part.move_line_id
            if item and item.parent_state == "draft":
                # an invoice that is being mended is owed as before
                residual = part.residual_before
            elif item.parent_state == "posted":
                residual = max(item.amount_residual_currency, 0.0)
            else:
                residual = 0.0
            part.residual = residual
            part.fall = min(max(part.residual_before - residual, 0.0), part.amount)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            item = self.env["account.move.line"].sudo().browse(vals.get("move_line_id"))
            vals["residual_before"] = item.amount_residual_currency
            vals["move_id"] = item.move_id.id
            vals["name"] = item.move_id.name
            vals["date_maturity"] = item.date_maturity
        return super().create(vals_list)

    def _check_items(self):
        """Check that a plan names open items of its customer, once each.

        :raises ValidationError: what is wrong with one of them
        """
        for plan, parts in self.grouped("plan_id").items():
            items = parts.sudo().move_line_id
            mine = items.filtered_domain(items._open_receivable_domain()).filtered(
                lambda item, plan=plan: (
                    item.partner_id.commercial_partner_id == plan.partner_id
                    and item.currency_id == plan.currency_id
                    and item.company_id.root_id == plan.company_id
                    and item.amount_residual_currency > 0
                )
            )
            if not items or mine != items or len(items) != len(parts):
                raise ValidationError(
                    self.env._("Choose open items of the customer, each one once.")
                )
            free = plan._free_amounts(items)
            for part in parts.sudo():
                # its own part has been taken off already
                if plan.currency_id.compare_amounts(free[part.move_line_id], 0.0) < 0:
                    raise ValidationError(
                        self.env._(
                            "%(item)s: of %(open)s that is open, a part is contested"
                            " or in another plan. %(amount)s cannot be in this one.",
                            item=part.name,
                            open=plan.currency_id.format(part.residual),
                            amount=plan.currency_id.format(part.amount),
                        )
                    )
