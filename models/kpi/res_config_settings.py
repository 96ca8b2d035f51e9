from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_dso_days = fields.Integer(
        related="company_id.credit_dso_days", readonly=False
    )
