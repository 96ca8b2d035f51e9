from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dso_days = fields.Integer(
        string="Days of the DSO",
        default=90,
        help="Sales of so many days are compared with the receivable of the last one.",
    )

    _credit_dso_days_positive = models.Constraint(
        "CHECK (credit_dso_days > 0)", "The DSO needs a period of one day at least."
    )
