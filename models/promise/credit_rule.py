from odoo import api, fields, models
from odoo.tools import SQL

RULE = "broken_promise"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_broken_promise(self, case, setting):
        broken_on = fields.Date.to_date(case.facts.get(RULE))
        if not broken_on or (case.today - broken_on).days > setting.days:
            return None
        return self.env._(
            "A promise to pay was broken %s days ago.", (case.today - broken_on).days
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _fact_queries(self, cases, company):
        # EXTENDS check: the day of the last broken promise
        queries = super()._fact_queries(cases, company)
        if looked_at := self._looking_at(cases, RULE):
            self.env["credit.promise"].flush_model(
                ["closed_on", "company_id", "partner_id", "state"]
            )
            queries[RULE] = SQL(
                """SELECT partner_id, MAX(closed_on) AS value
                     FROM credit_promise
                    WHERE partner_id IN %s AND company_id = %s AND state = 'broken'
                 GROUP BY partner_id""",
                tuple(customer.id for customer in looked_at),
                company.id,
            )
        return queries
