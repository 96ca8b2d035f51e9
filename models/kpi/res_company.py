from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dso_days = fields.Integer(
        string="Days of the DSO",
        default=90,
        help="Sales of so many days are compared with the receivable of the last one.",
    )
    credit_cost_of_funds = fields.Float(
        string="Cost of Funds (%)",
        help="What borrowing the money costs in a year; late payments are valued"
        " with it. 0: they are not.",
    )

    _credit_dso_days_positive = models.Constraint(
        "CHECK (credit_dso_days > 0)", "The DSO needs a period of one day at least."
    )
    _credit_cost_of_funds_of_percent = models.Constraint(
        "CHECK (credit_cost_of_funds BETWEEN 0 AND 100)",
        "The cost of funds is a percentage, from 0 to 100.",
    )
