from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

RULE = "dunning_level"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_dunning_level(self, case, setting):
        if not (level_id := case.facts.get(RULE)):
            return None
        # whoever sells to the customer may know
        level = self.env["credit.dunning.level"].sudo().browse(level_id)
        return self.env._(
            "An unpaid item has reached the dunning level “%s”.", level.name
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _fact_queries(self, cases, company):
        # EXTENDS check: the highest level reached that stops orders
        queries = super()._fact_queries(cases, company)
        if looked_at := self._looking_at(cases, RULE):
            self.env["credit.dunning.level"].flush_model(["days", "stops_orders"])
            MoveLine = self.env["account.move.line"].sudo()
            items = MoveLine._search(
                MoveLine._open_receivable_domain()
                & Domain("company_id", "in", company._credit_branch_ids())
                & Domain("partner_id", "in", [customer.id for customer in looked_at])
                & Domain("dunning_level_id", "!=", False),
                bypass_access=True,
            )
            queries[RULE] = SQL(
                """SELECT DISTINCT ON (item.partner_id) item.partner_id,
                          level.id AS value
                     FROM (%s) item
                     JOIN credit_dunning_level level
                       ON level.id = item.dunning_level_id AND level.stops_orders
                 ORDER BY item.partner_id, level.days DESC, level.id""",
                items.select(
                    *(
                        SQL.identifier("account_move_line", name)
                        for name in ("partner_id", "dunning_level_id")
                    )
                ),
            )
        return queries
