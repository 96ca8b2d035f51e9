from odoo import fields, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    """What is in the books, or nearly: open items and draft invoices."""

    _inherit = "credit.exposure"

    def _flush_sources(self):
        # EXTENDS exposure
        result = super()._flush_sources()
        self.env["account.move"].flush_model(
            ["amount_total_signed", "commercial_partner_id", "move_type", "state"]
        )
        self.env["account.move.line"].flush_model(
            [
                "account_id", "amount_residual", "company_id", "date_maturity",
                "move_id", "parent_state", "partner_id", "reconciled",
            ]
        )  # fmt: skip
        return result

    def _open_items(self, company, commercial_ids):
        """Select the open receivable items, those without a due date included."""
        query = self.env["account.move.line"]._open_receivable_query(
            company._credit_branch_ids()
        )
        query.add_where(
            self._invoiced_to("account_move_line.partner_id", commercial_ids)
        )
        query.groupby = SQL("account_move_line.partner_id")
        is_overdue = SQL(
            "amount_residual > 0 AND date_maturity < %s",
            fields.Date.context_today(self),
        )
        return query.select(
            SQL("account_move_line.partner_id"),
            SQL("SUM(amount_residual) AS receivable"),
            SQL("SUM(amount_residual) FILTER (WHERE %s) AS overdue", is_overdue),
            SQL("-SUM(amount_residual) FILTER (WHERE amount_residual < 0)"
                " AS unallocated"),
            SQL("NULL::numeric AS order_book"),
            SQL("NULL::numeric AS draft_invoices"),
            SQL("NULL::numeric AS left_out"),
            SQL("MIN(date_maturity) FILTER (WHERE %s) AS oldest_due", is_overdue),
        )  # fmt: skip

    def _draft_invoices(self, company, commercial_ids):
        """Select draft invoices: until they are posted, those of orders still count
        in the order book.
        """
        return SQL(
            """SELECT draft.commercial_partner_id, NULL, NULL, NULL,
                      SUM(draft.amount) FILTER (WHERE draft.is_of_order),
                      SUM(draft.amount) FILTER (WHERE NOT draft.is_of_order),
                      NULL, NULL
                 FROM (SELECT commercial_partner_id,
                              amount_total_signed AS amount,
                              %s AS is_of_order
                         FROM account_move
                        WHERE %s
                       OFFSET 0 -- ask once for each draft, not for each sum
                      ) draft
             GROUP BY draft.commercial_partner_id""",
            self.env["account.move"]._credit_born_of_order(),
            self._draft_condition(company, commercial_ids),
        )

    def _draft_condition(self, company, commercial_ids):
        return SQL(
            "state = 'draft' AND move_type = 'out_invoice'"
            " AND commercial_partner_id IS NOT NULL AND company_id IN %s AND %s",
            company._credit_branch_ids(),
            SQL("TRUE")
            if commercial_ids is None
            else SQL("commercial_partner_id IN %s", commercial_ids),
        )
