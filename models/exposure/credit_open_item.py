import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class ReceivableItem(NamedTuple):
    """A receivable item as it stood on a date.

    Debits are positive, credits negative. ``balance`` and ``residual`` are in
    the currency of the company, the other two amounts in that of the item.

    :param partner_id: the commercial partner; None for an entry without partner
    :param date_maturity: the due date of today, None for an entry without any
    :param residual: what was open of the balance on that date
    """

    line_id: int
    move_id: int
    partner_id: int | None
    currency_id: int
    date: datetime.date
    date_maturity: datetime.date | None
    balance: float
    amount_currency: float
    residual: float
    residual_currency: float


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    # finds what was reconciled after a date
    _credit_max_date_idx = models.Index("(max_date)")


class CreditOpenItems(models.AbstractModel):
    """The receivable items that were open on a date: today, or any past day.

    What an item is still open for today is stored; what was reconciled since
    the date is added again. A reconciliation counts from the day on which both
    of its entries exist, so that the residuals always sum up to the balance of
    the receivable accounts in the general ledger on that date.
    """

    _name = "credit.open.items"
    _description = "Open Receivable Items"

    @api.model
    def _items(self, company, as_of, partners=None):
        """Return the items open on a date, in two queries.

        :param company: ``res.company``; a branch stands for its root company
        :param as_of: the date; entries and reconciliations after it do not count
        :param partners: ``res.partner``; contacts answer for their company. None
            for all the items, those without a partner too
        :rtype: list[ReceivableItem]
        """
        commercial_ids = None
        if partners is not None:
            commercial_ids = tuple(partners.commercial_partner_id.ids)
            if not commercial_ids:
                return []
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) item",
                SQL(", ").join(map(SQL.identifier, ReceivableItem._fields)),
                self._query(company, as_of, commercial_ids),
            )
        )
        return [ReceivableItem(*row) for row in rows]

    @api.model
    def _query(self, company, as_of, commercial_ids=None, domain=None):
        """Return the query of the items open on a date, to be read or grouped.

        :param commercial_ids: tuple of ids of customers, or None for all items
        :param domain: of the items (``account.move.line``) that count
        :return: columns as in :class:`ReceivableItem`
        :rtype: SQL
        """
        self._flush_sources()
        return SQL(
            """WITH later AS MATERIALIZED (%(later)s)
               SELECT item.id AS line_id,
                      item.move_id,
                      partner.commercial_partner_id AS partner_id,
                      item.currency_id,
                      item.date,
                      item.date_maturity,
                      item.balance,
                      item.amount_currency,
                      item.residual,
                      item.residual_currency
                 FROM (%(items)s) item
            LEFT JOIN res_partner partner ON partner.id = item.partner_id
                WHERE item.residual != 0 OR item.residual_currency != 0""",
            later=self._reconciled_later(as_of, commercial_ids),
            items=SQL(" UNION ALL ").join(
                self._select_items(query, commercial_ids, join)
                for query, join in self._queries(company, as_of, domain)
            ),
        )

    def _queries(self, company, as_of, domain):
        """Return the items that may have been open, with how they join ``later``.

        Today few of a ledger's items are open, and an index holds them. What was open
        on a past date is mostly paid by now: all items are read, once.

        :rtype: list[tuple[odoo.tools.Query, str]]
        """
        MoveLine = self.env["account.move.line"].sudo()
        company_ids = company._credit_company()._credit_branch_ids()
        account_ids = MoveLine._receivable_account_ids()
        until = Domain("date", "<=", as_of) & Domain(domain or [])
        open_now = MoveLine._open_receivable_query(company_ids, until, account_ids)
        paid = MoveLine._receivable_domain(account_ids) & until
        paid &= Domain("company_id", "in", company_ids)
        if as_of >= fields.Date.context_today(self):
            paid &= Domain("reconciled", "=", True)
            paid = MoveLine._search(paid, bypass_access=True, active_test=False)
            return [(open_now, "LEFT JOIN"), (paid, "JOIN")]
        both = MoveLine._search(paid, bypass_access=True, active_test=False)
        both.add_where(
            SQL(
                "(account_move_line.reconciled IS NOT TRUE"
                " OR later.line_id IS NOT NULL)"
            )
        )
        return [(both, "LEFT JOIN")]

    def _select_items(self, query, commercial_ids, join):
        """Select items, with what was open of each on the date."""
        if commercial_ids is not None:
            query.add_where(self._of_customers("account_move_line", commercial_ids))
        query.add_join(
            *(join, "later", "later"), SQL("later.line_id = account_move_line.id")
        )
        names = (
            "id", "move_id", "partner_id", "currency_id", "date", "date_maturity",
            "balance", "amount_currency",
        )  # fmt: skip
        return query.select(
            *(SQL.identifier("account_move_line", name) for name in names),
            SQL(
                "account_move_line.amount_residual + COALESCE(later.amount, 0)"
                " AS residual"
            ),
            SQL(
                "account_move_line.amount_residual_currency"
                " + COALESCE(later.amount_currency, 0) AS residual_currency"
            ),
        )

    def _reconciled_later(self, as_of, commercial_ids):
        """Select by item what was reconciled after the date, signed as the item.

        Each side by itself, an item being a debit or a credit: PostgreSQL estimates
        the number of rows well only so.
        """
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT %(line)s AS line_id,
                          %(sign)s * SUM(amount) AS amount,
                          %(sign)s * SUM(%(amount_currency)s) AS amount_currency
                     FROM account_partial_reconcile
                    WHERE max_date > %(as_of)s AND %(of_customers)s
                 GROUP BY %(line)s""",
                line=SQL.identifier(f"{side}_move_id"),
                amount_currency=SQL.identifier(f"{side}_amount_currency"),
                sign=sign,
                as_of=as_of,
                of_customers=SQL("TRUE")
                if commercial_ids is None
                else SQL(
                    "%s IN (SELECT line.id FROM account_move_line line WHERE %s)",
                    SQL.identifier(f"{side}_move_id"),
                    self._of_customers("line", commercial_ids),
                ),
            )
            for side, sign in (("debit", 1), ("credit", -1))
        )

    def _of_customers(self, alias, commercial_ids):
        return SQL(
            "%s IN (SELECT id FROM res_partner WHERE commercial_partner_id IN %s)",
            SQL.identifier(alias, "partner_id"),
            commercial_ids,
        )

    def _flush_sources(self):
        flush = {
            "account.account": ["account_type"],
            "account.move.line": [
                "account_id", "amount_currency", "amount_residual",
                "amount_residual_currency", "balance", "company_id", "currency_id",
                "date", "date_maturity", "move_id", "parent_state", "partner_id",
                "reconciled",
            ],
            "account.partial.reconcile": [
                "amount", "credit_amount_currency", "credit_move_id",
                "debit_amount_currency", "debit_move_id", "max_date",
            ],
            "res.partner": ["commercial_partner_id"],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)
