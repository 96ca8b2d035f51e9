from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_alert_answer_hours = fields.Float(
        related="company_id.credit_alert_answer_hours", readonly=False
    )
