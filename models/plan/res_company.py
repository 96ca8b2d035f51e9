from odoo import fields, models

FEE_TYPES = [
    ("none", "No fee"),
    ("fixed", "Fixed amount"),
    ("percent", "Percentage of the plan"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_plan_grace_days = fields.Integer(
        string="Grace of Payment Plans (days)",
        default=5,
        help="An instalment that is later than this ends the plan.",
    )
    credit_plan_valid_days = fields.Integer(
        string="Validity of Proposals (days)",
        default=10,
        help="The customer signs a payment plan within so many days.",
    )
    credit_plan_fee_type = fields.Selection(
        FEE_TYPES,
        string="Fee of Payment Plans",
        required=True,
        default="none",
        help="Proposed with each plan, where it can be changed.",
    )
    credit_plan_fee_amount = fields.Monetary(
        string="Amount of the Fee", help="Taxes included."
    )
    credit_plan_fee_percent = fields.Float(string="Percentage of the Fee")
    credit_plan_fee_product_id = fields.Many2one(
        "product.product",
        string="Product of the Fee",
        domain="[('type', '=', 'service'), ('sale_ok', '=', True)]",
        help="Its account and its taxes are those of the invoice of the fee.",
    )
    credit_plan_fee_invoicing = fields.Selection(
        [("draft", "A draft, to be checked"), ("posted", "Posted at once")],
        string="Invoice of the Fee",
        required=True,
        default="draft",
        help="Made when the customer signs the plan.",
    )

    _credit_plan_values_positive = models.Constraint(
        "CHECK(credit_plan_grace_days >= 0 AND credit_plan_valid_days >= 0"
        " AND credit_plan_fee_amount >= 0"
        " AND credit_plan_fee_percent BETWEEN 0 AND 100)",
        "Days, amounts and percentages of payment plans are 0 or more.",
    )

    def _credit_plan_fee_product(self):
        """Return what the fee of a plan is sold as."""
        self.ensure_one()
        return self.credit_plan_fee_product_id or self.env.ref(
            "credit_management.product_payment_plan_fee", raise_if_not_found=False
        )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_plan_grace_days = fields.Integer(
        related="company_id.credit_plan_grace_days", readonly=False
    )
    credit_plan_valid_days = fields.Integer(
        related="company_id.credit_plan_valid_days", readonly=False
    )
    credit_plan_fee_type = fields.Selection(
        related="company_id.credit_plan_fee_type", readonly=False, required=True
    )
    credit_plan_fee_amount = fields.Monetary(
        related="company_id.credit_plan_fee_amount",
        readonly=False,
        currency_field="company_currency_id",
    )
    credit_plan_fee_percent = fields.Float(
        related="company_id.credit_plan_fee_percent", readonly=False
    )
    credit_plan_fee_product_id = fields.Many2one(
        related="company_id.credit_plan_fee_product_id", readonly=False
    )
    credit_plan_fee_invoicing = fields.Selection(
        related="company_id.credit_plan_fee_invoicing", readonly=False, required=True
    )
