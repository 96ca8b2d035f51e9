from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_alert_answer_hours = fields.Float(
        string="Answer to Alerts (hours)",
        default=8.0,
        help="Working hours within which credit management answers a salesperson.",
    )

    _credit_alert_answer_hours_positive = models.Constraint(
        "CHECK(credit_alert_answer_hours >= 0)",
        "The time for an answer is 0 hours or more.",
    )
