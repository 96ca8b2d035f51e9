from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_sales_ranking = fields.Boolean(
        related="company_id.credit_sales_ranking", readonly=False
    )
