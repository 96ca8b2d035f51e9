from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_policy_id = fields.Many2one(
        related="company_id.credit_policy_id", readonly=False
    )
    credit_blocking_mode = fields.Selection(
        related="company_id.credit_blocking_mode", readonly=False
    )
    credit_order_horizon_days = fields.Integer(
        related="company_id.credit_order_horizon_days", readonly=False
    )
