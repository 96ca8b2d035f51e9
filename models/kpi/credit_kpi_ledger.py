import datetime
from itertools import accumulate
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class Stock(NamedTuple):
    """What customers owed at the end of a day, in the currency of the company.

    :param float gross: open debits
    :param float unallocated: open credits (>= 0)
    :param float overdue: part of the debits that is past its due date
    :param float sold: customer invoices less credit notes since ever, tax included
    """

    gross: float = 0.0
    unallocated: float = 0.0
    overdue: float = 0.0
    sold: float = 0.0

    @property
    def net(self):
        """The balance of the receivable accounts."""
        return round(self.gross - self.unallocated, 6)

    @property
    def not_due(self):
        return round(self.gross - self.overdue, 6)


class CreditKpiLedger(models.AbstractModel):
    """Receivables and sales on many dates at once, from the dates of the ledger.

    An item is added on its date and becomes overdue the day after its due date;
    a reconciliation takes its amount away on the day on which both its entries
    exist. The sum of what happened until a date is what was open on it, so that
    any number of dates costs one pass through the ledger.
    """

    _name = "credit.kpi.ledger"
    _description = "Receivables over Time"

    @api.model
    def _stocks(self, company, dates, domain=None, dimension=None):
        """Return what was owed, and had been sold, on each date: in one query.

        :param company: ``res.company``; a branch stands for its root company
        :param dates: in ascending order
        :param domain: of the receivable items (``account.move.line``) that count
        :param str dimension: key of a grouping; None for one group, None
        :return: by key of the group, a stock by date
        :rtype: dict[int | None, list[Stock]]
        """
        rows = self.env.execute_query(
            self._changes(company._credit_company(), dates, domain, dimension)
        )
        return self._summed_up(rows, len(dates))

    def _changes(self, company, dates, domain=None, dimension=None):
        """Select what changed between dates, by group.

        Each amount counts from a date on, of which the rank in ``dates`` is told; a
        rank beyond the last one means later than all of them.

        :param company: root ``res.company``
        :param dates: in ascending order
        :return: columns ``key``, ``shown`` (rank of gross and unallocated),
            ``overdue_in`` (rank from which on gross is overdue), ``sold_in`` (rank of
            sold), ``gross``, ``unallocated``, ``sold``
        :rtype: SQL
        """
        return SQL(
            """WITH item AS MATERIALIZED (%(items)s),
                    day AS (%(days)s)
               SELECT key,
                      width_bucket(date, %(thresholds)s) AS shown,
                      width_bucket(overdue_on, %(thresholds)s) AS overdue_in,
                      width_bucket(sold_on, %(thresholds)s) AS sold_in,
                      SUM(gross) AS gross,
                      SUM(unallocated) AS unallocated,
                      SUM(sold) AS sold
                 FROM day
             GROUP BY 1, 2, 3, 4""",
            items=self._items(company, domain, dimension),
            days=self._days(),
            thresholds=[day + datetime.timedelta(days=1) for day in dates],
        )

    def _summed_up(self, rows, count):
        """Turn what changed between the dates into what it sums up to."""
        changes = {}
        for key, shown, overdue, sold_in, gross, unallocated, sold in rows:
            steps = changes.setdefault(key, [[0] * 4 for _date in range(count)])
            if shown < count:
                steps[shown][0] += gross
                steps[shown][1] += unallocated
            if overdue is not None and overdue < count:
                steps[overdue][2] += gross
            if sold_in is not None and sold_in < count:
                steps[sold_in][3] += sold
        return {
            key: [Stock(*map(float, totals)) for totals in accumulate(steps, _added)]
            for key, steps in changes.items()
        }

    def _days(self):
        """Select what happened to the items on each day.

        :return: columns ``key``, ``date``, ``overdue_on`` (from when on the debits
            count as overdue), ``sold_on``, ``gross``, ``unallocated``, ``sold``
        """
        return SQL(
            """SELECT key, date, GREATEST(date, due + 1) AS overdue_on, sold_on,
                      SUM(GREATEST(balance, 0)) AS gross,
                      SUM(GREATEST(-balance, 0)) AS unallocated,
                      SUM(balance) AS sold
                 FROM (SELECT item.*, COALESCE(date_maturity, 'infinity') AS due
                         FROM item) entry
             GROUP BY key, date, due, sold_on
            UNION ALL
               SELECT key, max_date, GREATEST(max_date, due + 1), NULL,
                      -SUM(amount), 0, 0
                 FROM (SELECT item.key, partial.max_date, partial.amount,
                              COALESCE(item.date_maturity, 'infinity') AS due
                         FROM account_partial_reconcile partial
                         JOIN item ON item.id = partial.debit_move_id) debit
             GROUP BY key, max_date, due
            UNION ALL
               SELECT item.key, partial.max_date, NULL, NULL,
                      0, -SUM(partial.amount), 0
                 FROM account_partial_reconcile partial
                 JOIN item ON item.id = partial.credit_move_id
             GROUP BY item.key, partial.max_date"""
        )

    def _items(self, company, domain, dimension):
        """Select the receivable items, open or paid, whatever their date."""
        self._flush_sources()
        MoveLine = self.env["account.move.line"].sudo()
        query = MoveLine._search(
            self._receivable_domain()
            & Domain("parent_state", "=", "posted")
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain(domain or []),
            bypass_access=True,
            active_test=False,
        )
        return query.select(
            *(
                SQL.identifier("account_move_line", name)
                for name in ("id", "date", "date_maturity", "invoice_date", "balance")
            ),
            SQL("%s AS sold_on", self._sold_on()),
            SQL("%s AS key", self._key(query, company, dimension)),
        )

    def _receivable_domain(self):
        """The accounts by their ids: a join with them would mislead the planner."""
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return Domain(
            "account_id",
            "in",
            accounts.search([("account_type", "=", "asset_receivable")]).ids,
        )

    def _sold_on(self):
        """The date of a sale; NULL for what is none: payments, and invoices of fees."""
        return SQL(
            """CASE WHEN account_move_line.display_type = 'payment_term'
                     AND account_move_line.move_id NOT IN (
                         SELECT id FROM account_move
                          WHERE credit_fee_kind IS NOT NULL)
                    THEN account_move_line.invoice_date END"""
        )

    def _key(self, query, company, dimension):
        """Join what the group of an item is read from; return its key.

        :param dimension: a grouping of customers, or ``segment``
        """
        if dimension is None:
            return SQL("NULL::int")
        query.add_join(
            "LEFT JOIN",
            "contact",
            "res_partner",
            SQL("contact.id = account_move_line.partner_id"),
        )
        if dimension == "partner":
            return SQL("contact.commercial_partner_id")
        Customer = self.env["credit.kpi.customer"]
        customers = (
            Customer._segment_query(company)
            if dimension == "segment"
            else Customer._query(company)
        )
        query.add_join(
            "LEFT JOIN",
            "customer",
            SQL("(%s)", customers),
            SQL("customer.partner_id = contact.commercial_partner_id"),
        )
        return SQL.identifier("customer", f"{dimension}_id")

    def _flush_sources(self):
        self.env["account.account"].flush_model(["account_type"])
        self.env["account.move"].flush_model(["credit_fee_kind"])
        self.env["account.move.line"].flush_model(
            [
                "account_id", "balance", "company_id", "date", "date_maturity",
                "display_type", "invoice_date", "move_id", "parent_state",
                "partner_id",
            ]
        )  # fmt: skip
        self.env["account.partial.reconcile"].flush_model(
            ["amount", "credit_move_id", "debit_move_id", "max_date"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])


def _added(totals, changes):
    return [total + change for total, change in zip(totals, changes, strict=True)]
