from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_ageing_bounds = fields.Char(
        related="company_id.credit_ageing_bounds", readonly=False
    )
    credit_dso_days = fields.Integer(
        related="company_id.credit_dso_days", readonly=False
    )
    credit_cost_of_funds = fields.Float(
        related="company_id.credit_cost_of_funds", readonly=False
    )
