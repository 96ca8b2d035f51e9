from odoo import api, models
from odoo.tools import SQL, format_date

from .credit_alert import LIVE

RULE = "alert"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_alert(self, case, setting):
        if not (alert_id := case.facts.get(RULE)):
            return None
        # whoever sells to the customer may know, whoever raised it
        alert = self.env["credit.alert"].sudo().browse(alert_id)
        return self.env._(
            "Sales has doubts about the customer since %(date)s: %(reason)s.",
            date=format_date(self.env, alert.raised_on),
            reason=alert.reason_id.name,
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _fact_queries(self, cases, company):
        # EXTENDS check: the oldest alert in force
        queries = super()._fact_queries(cases, company)
        if looked_at := self._looking_at(cases, RULE):
            self.env["credit.alert"].flush_model(
                ["company_id", "partner_id", "raised_on", "state"]
            )
            queries[RULE] = SQL(
                """SELECT DISTINCT ON (partner_id) partner_id, id AS value
                     FROM credit_alert
                    WHERE partner_id IN %s AND company_id = %s AND state IN %s
                 ORDER BY partner_id, raised_on, id""",
                tuple(customer.id for customer in looked_at),
                company.id,
                LIVE,
            )
        return queries
