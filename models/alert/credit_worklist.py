from odoo import api, fields, models
from odoo.tools import SQL

from .credit_alert import LIVE


class CreditWorklist(models.Model):
    _inherit = "credit.worklist"
    _depends = {"credit.alert": ["company_id", "partner_id", "state"]}

    has_alert = fields.Boolean(string="Alert", readonly=True)

    def _columns(self):
        # EXTENDS dunning
        return [
            *super()._columns(),
            SQL("(alert.partner_id IS NOT NULL) AS has_alert"),
        ]

    def _joins(self):
        # EXTENDS dunning
        return [
            *super()._joins(),
            SQL(
                """LEFT JOIN (
                       SELECT DISTINCT partner_id, company_id
                         FROM credit_alert
                        WHERE state IN %s
                   ) alert
                   ON alert.partner_id = item.partner_id
                  AND alert.company_id = item.company_id""",
                LIVE,
            ),
        ]

    @api.depends("has_alert")
    def _compute_reason(self):
        # EXTENDS dunning
        return super()._compute_reason()

    def _reasons(self):
        # EXTENDS dunning
        reasons = super()._reasons()
        if self.has_alert:
            reasons.append(self.env._("alert of sales"))
        return reasons
