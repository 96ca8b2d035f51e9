from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_sales_ranking = fields.Boolean(
        string="Ranking of Sales Teams",
        help="Salespeople see how the teams compare: overdue rate, DSO, cash.",
    )
