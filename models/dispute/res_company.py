from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_exclude_disputed = fields.Boolean(
        string="Leave Disputed Amounts Out of the Exposure",
        help="What a customer contests is then shown apart, and takes no room below"
        " the credit limit.",
    )
    credit_short_payment_tolerance = fields.Monetary(
        string="Short Payments",
        help="When a payment leaves more than this of an invoice, its collector is"
        " asked whether it is contested. 0: never.",
    )

    _credit_short_payment_tolerance_positive = models.Constraint(
        "CHECK(credit_short_payment_tolerance >= 0)",
        "The tolerance of short payments is 0 or more.",
    )
