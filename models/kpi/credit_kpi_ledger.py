import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class Stock(NamedTuple):
    """What customers owe on a date, in the currency of the company.

    :param float gross: open debits
    :param float unallocated: open credits (>= 0)
    :param float overdue: part of the debits that is past its due date
    """

    gross: float = 0.0
    unallocated: float = 0.0
    overdue: float = 0.0

    @property
    def net(self):
        """The balance of the receivable accounts."""
        return round(self.gross - self.unallocated, 6)

    @property
    def not_due(self):
        return round(self.gross - self.overdue, 6)


class Flow(NamedTuple):
    """What happened since the first date asked for, in the company's currency.

    :param float change: of the balance of the receivable accounts
    :param float sales: customer invoices less credit notes, tax included
    """

    change: float = 0.0
    sales: float = 0.0


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
        """Return what was owed on each date.

        :param company: ``res.company``; a branch stands for its root company
        :param dates: in ascending order
        :param domain: of the receivable items (``account.move.line``) that count
        :param str dimension: key of a grouping; None for one group, None
        :return: by key of the group, a stock by date
        :rtype: dict[int | None, list[Stock]]
        """
        company = company._credit_company()
        items = self._items(company, domain, dimension)
        thresholds = [day + datetime.timedelta(days=1) for day in dates]
        rows = self.env.execute_query(
            SQL(
                "%s UNION ALL %s UNION ALL %s",
                self._entries(items, thresholds),
                self._reconciled_debits(items, thresholds),
                self._reconciled_credits(items, thresholds),
            )
        )
        changes = {}
        for key, shown, overdue_from, gross, unallocated in rows:
            steps = changes.setdefault(key, [[0, 0, 0] for _date in range(len(dates))])
            if shown < len(dates):
                steps[shown][0] += gross
                steps[shown][1] += unallocated
            if overdue_from < len(dates):
                steps[overdue_from][2] += gross
        return {key: self._summed_up(Stock, steps) for key, steps in changes.items()}

    @api.model
    def _flows(self, company, dates, domain=None, dimension=None):
        """Return what happened since the first date, until each of the dates.

        :param dates: in ascending order; what is dated on the first one is past
        :return: by key of the group, a flow by date; the first one is zero
        :rtype: dict[int | None, list[Flow]]
        """
        company = company._credit_company()
        thresholds = [day + datetime.timedelta(days=1) for day in dates]
        since = Domain("date", ">", dates[0]) | Domain("invoice_date", ">", dates[0])
        rows = self.env.execute_query(
            SQL(
                """SELECT item.key,
                          width_bucket(item.date, %(thresholds)s),
                          width_bucket(item.sold_on, %(thresholds)s),
                          SUM(item.balance),
                          SUM(item.balance) FILTER (WHERE item.sold_on IS NOT NULL)
                     FROM (%(items)s) item
                 GROUP BY 1, 2, 3""",
                thresholds=thresholds,
                items=self._items(company, since & Domain(domain or []), dimension),
            )
        )
        changes = {}
        for key, dated, sold, change, sales in rows:
            steps = changes.setdefault(key, [[0, 0] for _date in range(len(dates))])
            if 0 < dated < len(dates):
                steps[dated][0] += change
            if sold and 0 < sold < len(dates):
                steps[sold][1] += sales
        return {key: self._summed_up(Flow, steps) for key, steps in changes.items()}

    def _items(self, company, domain, dimension):
        """Select the receivable items: open or paid, dated until ever."""
        MoveLine = self.env["account.move.line"].sudo()
        self._flush()
        query = MoveLine._search(
            MoveLine._receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain(domain or []),
            bypass_access=True,
            active_test=False,
        )
        return query.select(
            *(
                SQL.identifier("account_move_line", name)
                for name in ("id", "date", "date_maturity", "balance")
            ),
            SQL("%s AS sold_on", self._sold_on()),
            SQL("%s AS key", self._key(query, company, dimension)),
        )

    def _sold_on(self):
        """The date of a sale; NULL for what is none. Extend to leave invoices out."""
        return SQL(
            "CASE WHEN account_move_line.display_type = 'payment_term'"
            " THEN account_move_line.invoice_date END"
        )

    def _key(self, query, company, dimension):
        """Join what the group of an item is read from; return its key."""
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
        customers = self.env["credit.kpi.customer"]._query(company)
        query.add_join(
            "LEFT JOIN",
            "customer",
            SQL("(%s)", customers),
            SQL("customer.partner_id = contact.commercial_partner_id"),
        )
        return SQL.identifier("customer", f"{dimension}_id")

    def _entries(self, items, thresholds):
        return SQL(
            """SELECT item.key,
                      width_bucket(item.date, %(thresholds)s),
                      %(overdue_from)s,
                      SUM(GREATEST(item.balance, 0)),
                      SUM(GREATEST(-item.balance, 0))
                 FROM (%(items)s) item
             GROUP BY 1, 2, 3""",
            thresholds=thresholds,
            overdue_from=self._overdue_from(SQL("item.date"), thresholds),
            items=items,
        )

    def _reconciled_debits(self, items, thresholds):
        return SQL(
            """SELECT item.key,
                      width_bucket(partial.max_date, %(thresholds)s),
                      %(overdue_from)s,
                      -SUM(partial.amount),
                      0
                 FROM account_partial_reconcile partial
                 JOIN (%(items)s) item ON item.id = partial.debit_move_id
             GROUP BY 1, 2, 3""",
            thresholds=thresholds,
            overdue_from=self._overdue_from(SQL("partial.max_date"), thresholds),
            items=items,
        )

    def _reconciled_credits(self, items, thresholds):
        return SQL(
            """SELECT item.key,
                      width_bucket(partial.max_date, %(thresholds)s),
                      %(never)s,
                      0,
                      -SUM(partial.amount)
                 FROM account_partial_reconcile partial
                 JOIN (%(items)s) item ON item.id = partial.credit_move_id
             GROUP BY 1, 2""",
            thresholds=thresholds,
            never=len(thresholds),
            items=items,
        )

    def _overdue_from(self, day, thresholds):
        """The first of the dates on which what happens on a day is overdue."""
        return SQL(
            """CASE WHEN item.date_maturity IS NULL THEN %(never)s
                    ELSE width_bucket(
                        GREATEST(%(day)s, item.date_maturity + 1), %(thresholds)s
                    ) END""",
            never=len(thresholds),
            day=day,
            thresholds=thresholds,
        )

    def _summed_up(self, kind, steps):
        """Turn what changed at each date into what it sums up to."""
        totals = [0] * len(kind._fields)
        result = []
        for step in steps:
            totals = [
                total + change for total, change in zip(totals, step, strict=True)
            ]
            result.append(kind(*map(float, totals)))
        return result

    def _flush(self):
        self.env["account.account"].flush_model(["account_type"])
        self.env["account.move.line"].flush_model(
            [
                "account_id", "balance", "company_id", "date", "date_maturity",
                "display_type", "invoice_date", "parent_state", "partner_id",
            ]
        )  # fmt: skip
        self.env["account.partial.reconcile"].flush_model(
            ["amount", "credit_move_id", "debit_move_id", "max_date"]
        )
        self.env["res.partner"].flush_model(["commercial_partner_id"])
