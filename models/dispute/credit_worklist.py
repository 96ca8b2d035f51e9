from odoo import api, fields, models
from odoo.tools import SQL, format_amount


class CreditWorklist(models.Model):
    """The three balances of the customers to see to."""

    _inherit = "credit.worklist"
    _depends = {
        "account.move.line": ["amount_residual_currency"],
        "credit.dispute.line": ["amount_resting", "move_line_id"],
    }

    disputed = fields.Monetary(readonly=True)
    clean_balance = fields.Monetary(
        readonly=True, help="What is owed, less what is contested."
    )
    actionable_balance = fields.Monetary(
        readonly=True,
        help="What can be chased now: the clean balance, less what is promised or in a"
        " running plan.",
    )

    def _columns(self):
        # EXTENDS dunning
        return [
            *super()._columns(),
            SQL("COALESCE(contested.amount, 0) AS disputed"),
            SQL("item.receivable - COALESCE(contested.amount, 0) AS clean_balance"),
            SQL(
                "item.receivable - COALESCE(contested.amount, 0)"
                " - COALESCE(waiting.amount, 0) AS actionable_balance"
            ),
        ]

    def _joins(self):
        # EXTENDS dunning
        Exposure = self.env["credit.exposure"].sudo()
        return [
            *super()._joins(),
            self._join_amounts("contested", Exposure._disputed_amounts),
            self._join_amounts("waiting", Exposure._waiting_amounts),
        ]

    def _join_amounts(self, alias, amounts):
        """Join amounts of customers that are selected company by company."""
        return SQL(
            """LEFT JOIN (SELECT customer.commercial_partner_id AS partner_id,
                                 part.company_id, SUM(part.amount) AS amount
                            FROM (%(parts)s) part
                            JOIN res_partner customer ON customer.id = part.partner_id
                        GROUP BY customer.commercial_partner_id, part.company_id
                   ) %(alias)s
                   ON %(alias)s.partner_id = item.partner_id
                  AND %(alias)s.company_id = item.company_id""",
            alias=SQL.identifier(alias),
            parts=SQL(" UNION ALL ").join(
                SQL(
                    "SELECT partner_id, amount, %s AS company_id FROM (%s) %s",
                    company.id,
                    amounts(company, None),
                    SQL.identifier(alias),
                )
                for company in self.env.companies.root_id
            ),
        )

    @api.depends("disputed")
    def _compute_reason(self):
        # EXTENDS dunning
        return super()._compute_reason()

    def _reasons(self):
        # EXTENDS dunning
        reasons = super()._reasons()
        if self.disputed:
            amount = format_amount(self.env, self.disputed, self.currency_id)
            reasons.append(self.env._("%s contested", amount))
        return reasons
