from odoo import api, models
from odoo.tools import format_date

RULE = "alert"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_alert(self, case, setting):
        alert = case.facts.get(RULE)
        if not alert:
            return None
        reason, raised_on = alert
        return self.env._(
            "Sales has doubts about the customer since %(date)s: %(reason)s.",
            date=format_date(self.env, raised_on),
            reason=reason,
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _cases(self, partners, company):
        # EXTENDS check: the oldest alert in force, where a policy looks at it
        cases = super()._cases(partners, company)
        if looked_at := self._looking_at(cases, RULE):
            alerts = (
                self.env["credit.alert"]
                .sudo()
                ._live_by_customer(company, self.env["res.partner"].concat(*looked_at))
            )
            for customer in looked_at:
                if alert := alerts.get(customer.id):
                    facts = (alert.reason_id.name, alert.raised_on)
                    cases[customer].facts[RULE] = facts
        return cases
