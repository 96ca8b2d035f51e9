from odoo import api, models
from odoo.fields import Domain

RULE = "dunning_level"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_dunning_level(self, case, setting):
        level = case.facts.get(RULE)
        if not level:
            return None
        return self.env._(
            "An unpaid item has reached the dunning level “%s”.", level.name
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _cases(self, partners, company):
        # EXTENDS check: the level that stops orders, where a policy looks at it
        cases = super()._cases(partners, company)
        if looked_at := self._looking_at(cases, RULE):
            customers = self.env["res.partner"].concat(*looked_at)
            levels = self._dunning_levels(customers, company._credit_company())
            for customer in looked_at:
                cases[customer].facts[RULE] = levels.get(customer.id)
        return cases

    def _dunning_levels(self, customers, company):
        """Return the highest level that stops orders, by id of customer."""
        MoveLine = self.env["account.move.line"].sudo()
        groups = MoveLine._read_group(
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("partner_id", "in", customers.ids)
            & Domain("dunning_level_id.stops_orders", "=", True),
            ["partner_id", "dunning_level_id"],
        )
        levels = {}
        for partner, level in sorted(groups, key=lambda group: group[1].days):
            levels[partner.id] = level
        return levels
