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
            queries[RULE] = SQL(
                """SELECT customer.id AS partner_id,
                          (SELECT level.id
                             FROM credit_dunning_level level
                            WHERE level.stops_orders
                              AND EXISTS (%s)
                         ORDER BY level.days DESC, level.id
                            LIMIT 1) AS value
                     FROM res_partner customer
                    WHERE customer.id IN %s""",
                self._items_at_level(company).select(SQL("1")),
                tuple(customer.id for customer in looked_at),
            )
        return queries

    def _items_at_level(self, company):
        """Return the query of the open items of ``customer`` that are at ``level``.

        One of thousands is enough: an index tells which are at a level. Whoever sells
        may not read the ledger, the rule does.
        """
        MoveLine = self.env["account.move.line"].sudo()
        query = MoveLine._open_receivable_query(
            company._credit_branch_ids(), Domain("dunning_level_id", "!=", False)
        )
        query.add_where(
            SQL(
                """account_move_line.dunning_level_id = level.id
                   AND account_move_line.partner_id IN (
                       SELECT contact.id
                         FROM res_partner contact
                        WHERE contact.commercial_partner_id = customer.id)"""
            )
        )
        return query
