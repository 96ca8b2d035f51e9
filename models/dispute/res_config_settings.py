from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_exclude_disputed = fields.Boolean(
        related="company_id.credit_exclude_disputed", readonly=False
    )
    credit_short_payment_tolerance = fields.Monetary(
        related="company_id.credit_short_payment_tolerance",
        readonly=False,
        currency_field="company_currency_id",
    )
    company_currency_id = fields.Many2one(
        string="Company Currency", related="company_id.currency_id"
    )
