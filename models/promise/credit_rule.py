from datetime import timedelta

from odoo import api, fields, models

RULE = "broken_promise"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_broken_promise(self, case, setting):
        broken_on = case.facts.get(RULE)
        if not broken_on or (case.today - broken_on).days > setting.days:
            return None
        return self.env._(
            "A promise to pay was broken %s days ago.", (case.today - broken_on).days
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _cases(self, partners, company):
        # EXTENDS check: the last broken promise, where a policy looks at it
        cases = super()._cases(partners, company)
        if looked_at := self._looking_at(cases, RULE):
            days = max(setting.days for setting in looked_at.values())
            oldest = fields.Date.context_today(self) - timedelta(days=days)
            broken = (
                self.env["credit.promise"]
                .sudo()
                ._read_group(
                    [
                        ("partner_id", "in", [customer.id for customer in looked_at]),
                        ("company_id", "=", company._credit_company().id),
                        ("state", "=", "broken"),
                        ("closed_on", ">=", oldest),
                    ],
                    ["partner_id"],
                    ["closed_on:max"],
                )
            )
            dates = {partner.id: closed_on for partner, closed_on in broken}
            for customer in looked_at:
                cases[customer].facts[RULE] = dates.get(customer.id)
        return cases
