from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.ageing import BOUNDS, bucket_spans


class Position(NamedTuple):
    """What customers owe on a date, in detail; in the currency of the company.

    :param float gross: open debits
    :param float unallocated: open credits (>= 0)
    :param float overdue: part of the debits that is past its due date
    :param float overdue_days: sum of overdue amounts × days overdue
    :param float disputed: what is contested
    :param float promised: what customers have announced, beside what is contested
    :param float planned: what they pay by instalments, beside both
    :param float disputed_overdue: overdue part of what is contested
    :param float aside_overdue: overdue part of all three
    :param buckets: overdue amounts by age
    """

    gross: float = 0.0
    unallocated: float = 0.0
    overdue: float = 0.0
    overdue_days: float = 0.0
    disputed: float = 0.0
    promised: float = 0.0
    planned: float = 0.0
    disputed_overdue: float = 0.0
    aside_overdue: float = 0.0
    buckets: tuple = ()


class Payments(NamedTuple):
    """What was paid on invoices during a period, in the company's currency.

    :param float amount: paid by money, credit notes left out
    :param float days_to_pay: sum of amounts × days since the invoice
    :param float days_late: sum of amounts × days after the due date, < 0 if early
    :param float days_lost: the same of what was paid late, early payments left out
    :param float on_time: part of the amount that was paid on the due date or before
    """

    amount: float = 0.0
    days_to_pay: float = 0.0
    days_late: float = 0.0
    days_lost: float = 0.0
    on_time: float = 0.0


class Debt(NamedTuple):
    """What one customer owes: net of its credits, and what of it is overdue."""

    net: float = 0.0
    overdue: float = 0.0


class CreditKpiItem(models.AbstractModel):
    """The open items of a date summed up: by age, and by what stops their money."""

    _name = "credit.kpi.item"
    _description = "Open Items, Summed Up"

    @api.model
    def _positions(self, company, as_of, domain=None, dimension=None, bounds=BOUNDS):
        """Return what is owed on a date, in one query.

        :param company: ``res.company``; a branch stands for its root company
        :param domain: of the receivable items (``account.move.line``) that count
        :param str dimension: key of a grouping; None for one group, None
        :param bounds: last day of each overdue bucket but the last
        :rtype: dict[int | None, Position]
        """
        bucket_names = self._bucket_names(bounds)
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) position",
                SQL(", ").join(
                    map(SQL.identifier, ("key", *Position._fields[:-1], *bucket_names))
                ),
                self._position_query(company, as_of, domain, dimension, bounds),
            )
        )
        return {key: self._position(*values) for key, *values in rows}

    def _bucket_names(self, bounds):
        """Return the names of the columns of the overdue buckets."""
        return [f"bucket_{rank}" for rank, _span in enumerate(bucket_spans(bounds), 1)]

    def _position_query(
        self,
        company,
        as_of,
        domain=None,
        dimension=None,
        bounds=BOUNDS,
    ):
        """Return the query of what is owed on a date, to be read or summed up.

        :return: by ``key`` of the group, columns as in :class:`Position`; each
            bucket is one, see :meth:`_bucket_names`
        :rtype: SQL
        """
        company = company._credit_company()
        overdue = SQL("item.residual > 0 AND item.date_maturity < %s", as_of)
        days = SQL("(%s::date - item.date_maturity)", as_of)
        buckets = zip(self._bucket_names(bounds), bucket_spans(bounds), strict=True)
        return SQL(
            """SELECT item.key,
                      SUM(GREATEST(item.residual, 0)) AS gross,
                      SUM(GREATEST(-item.residual, 0)) AS unallocated,
                      SUM(item.residual) FILTER (WHERE %(overdue)s) AS overdue,
                      SUM(item.residual * %(days)s) FILTER (WHERE %(overdue)s)
                          AS overdue_days,
                      COALESCE(SUM(item.disputed), 0) AS disputed,
                      COALESCE(SUM(item.promised), 0) AS promised,
                      COALESCE(SUM(item.planned), 0) AS planned,
                      SUM(item.disputed) FILTER (WHERE %(overdue)s)
                          AS disputed_overdue,
                      SUM(item.disputed + item.promised + item.planned)
                          FILTER (WHERE %(overdue)s) AS aside_overdue,
                      %(buckets)s
                 FROM (%(items)s) item
             GROUP BY item.key""",
            overdue=overdue,
            days=days,
            buckets=SQL(", ").join(
                SQL(
                    "SUM(item.residual) FILTER (WHERE %s AND %s BETWEEN %s AND %s)"
                    " AS %s",
                    *(overdue, days, first, last or 10**6, SQL.identifier(name)),
                )
                for name, (first, last) in buckets
            ),
            items=self._items(company, as_of, domain, dimension),
        )

    @api.model
    def _debts(self, company, as_of, domain=None):
        """Return what each customer owes on a date, in one query.

        :rtype: dict[int, Debt]
        """
        company = company._credit_company()
        rows = self.env.execute_query(
            SQL(
                """SELECT item.partner_id,
                          SUM(item.residual),
                          SUM(item.residual) FILTER (WHERE item.residual > 0
                                                     AND item.date_maturity < %s)
                     FROM (%s) item
                    WHERE item.partner_id IS NOT NULL
                 GROUP BY item.partner_id""",
                as_of,
                self.env["credit.open.items"]._query(company, as_of, domain=domain),
            )
        )
        return {key: Debt(float(net), float(due or 0)) for key, net, due in rows}

    def _position(self, *values):
        amounts = [float(value or 0) for value in values]
        fields = len(Position._fields) - 1
        return Position(*amounts[:fields], buckets=tuple(amounts[fields:]))

    def _items(self, company, as_of, domain=None, dimension=None, commercial_ids=None):
        """Select the items open on a date, with their group and what is set aside.

        :param commercial_ids: tuple of ids of customers, or None for all items
        :return: columns of :class:`ReceivableItem`, ``key``, and ``disputed``,
            ``promised``, ``planned`` in company currency, NULL where nothing is: they
            are most items, and adding up zeros takes time
        :rtype: SQL
        """
        items = self.env["credit.open.items"]._query(
            company, as_of, commercial_ids, domain
        )
        customers, key = SQL(), SQL("NULL::int")
        if dimension == "partner":
            key = SQL("item.partner_id")
        elif dimension:
            key = SQL.identifier("customer", f"{dimension}_id")
            customers = SQL(
                "LEFT JOIN (%s) customer ON customer.partner_id = item.partner_id",
                self.env["credit.kpi.customer"]._query(company),
            )
        return SQL(
            """SELECT item.*,
                      item.disputed_part * item.rate AS disputed,
                      LEAST(item.promised_part, item.residual_currency
                          - item.disputed_part) * item.rate AS promised,
                      LEAST(item.planned_part, GREATEST(item.residual_currency
                          - item.disputed_part - item.promised_part, 0)) * item.rate
                          AS planned
                 FROM (
                   SELECT item.*, %(key)s AS key,
                          CASE WHEN aside.line_id IS NOT NULL
                               THEN item.residual / item.residual_currency
                               END AS rate,
                          CASE WHEN aside.line_id IS NOT NULL
                               THEN LEAST(aside.disputed, item.residual_currency)
                               END AS disputed_part,
                          aside.promised AS promised_part,
                          aside.planned AS planned_part
                     FROM (%(items)s) item
                     %(customers)s
                LEFT JOIN (%(aside)s) aside ON aside.line_id = item.line_id
                                           AND item.residual_currency > 0
                 ) item""",
            key=key,
            items=items,
            customers=customers,
            aside=self._set_aside(company, as_of),
        )

    def _set_aside(self, company, as_of):
        """Select by item what was contested, promised and in plans on a date."""
        self._flush_sources()
        residual = self._residual_on(as_of)
        return SQL(
            """SELECT line_id,
                      COALESCE(SUM(amount) FILTER (WHERE kind = 'disputed'), 0)
                          AS disputed,
                      COALESCE(SUM(amount) FILTER (WHERE kind = 'promised'), 0)
                          AS promised,
                      COALESCE(SUM(amount) FILTER (WHERE kind = 'planned'), 0)
                          AS planned
                 FROM (
                   SELECT line.move_line_id AS line_id, 'disputed' AS kind, line.amount
                     FROM credit_dispute_line line
                     JOIN credit_dispute dispute ON dispute.id = line.dispute_id
                    WHERE %(is_disputed)s
                UNION ALL
                   SELECT line.move_line_id, 'promised', %(left_of_promise)s
                     FROM credit_promise_line line
                     JOIN credit_promise promise ON promise.id = line.promise_id
                    WHERE %(is_promised)s
                UNION ALL
                   SELECT line.move_line_id, 'planned', %(left_of_plan)s
                     FROM credit_payment_plan_item line
                     JOIN credit_payment_plan plan ON plan.id = line.plan_id
                    WHERE %(is_planned)s
                 ) part
             GROUP BY line_id""",
            left_of_promise=self.env["credit.promise.line"]._left(residual),
            left_of_plan=self.env["credit.payment.plan.item"]._left(residual),
            is_disputed=self._is_disputed(company, as_of),
            is_promised=self._is_promised(company, as_of),
            is_planned=self._is_planned(company, as_of),
        )

    def _residual_on(self, as_of):
        """Select what was open on a date of the item of a ``line``, in its currency.

        For the few items that agreements name; see `credit.open.items` for many.
        """
        return SQL(
            """(SELECT debit.amount_residual_currency + COALESCE((
                          SELECT SUM(later.debit_amount_currency)
                            FROM account_partial_reconcile later
                           WHERE later.debit_move_id = debit.id
                             AND later.max_date > %s), 0)
                  FROM account_move_line debit
                 WHERE debit.id = line.move_line_id)""",
            as_of,
        )

    def _is_disputed(self, company, as_of):
        """Return the condition that a ``dispute`` was open on a date."""
        return SQL(
            """dispute.company_id = %(company)s
               AND dispute.opened_date <= %(as_of)s
               AND (dispute.closed_date IS NULL OR dispute.closed_date > %(as_of)s)""",
            company=company.id,
            as_of=as_of,
        )

    def _is_promised(self, company, as_of):
        """Return the condition that a ``promise`` was awaited on a date."""
        return SQL(
            """promise.company_id = %(company)s
               AND %(made_on)s <= %(as_of)s
               AND promise.state != 'to_approve'
               AND (promise.closed_on IS NULL OR promise.closed_on > %(as_of)s)""",
            made_on=self._day_of(SQL("promise.create_date")),
            company=company.id,
            as_of=as_of,
        )

    def _is_planned(self, company, as_of):
        """Return the condition that a ``plan`` was running on a date."""
        return SQL(
            """plan.company_id = %(company)s
               AND %(signed_on)s <= %(as_of)s
               AND (plan.called_on IS NULL OR plan.called_on > %(as_of)s)
               AND (plan.closed_on IS NULL OR plan.closed_on > %(as_of)s)""",
            signed_on=self._day_of(SQL("plan.signed_on")),
            company=company.id,
            as_of=as_of,
        )

    def _day_of(self, moment):
        """Return the day of a moment, where the reader is: as today is."""
        return SQL(
            "(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, self.env.tz.zone
        )

    def _flush_sources(self):
        for name in (
            "credit.dispute", "credit.dispute.line", "credit.promise",
            "credit.promise.line", "credit.payment.plan", "credit.payment.plan.item",
        ):  # fmt: skip
            self.env[name].flush_model()

    @api.model
    def _payments(self, company, first, last, domain=None, dimension=None):
        """Return what was paid on invoices between two dates, both included.

        :return: by key of the group
        :rtype: dict[int | None, Payments]
        """
        rows = self.env.execute_query(
            self._payments_query(company, first, last, domain, dimension)
        )
        return {
            key: Payments(*(float(value or 0) for value in values))
            for key, *values in rows
        }

    @api.model
    def _payments_query(self, company, first, last, domain=None, dimension=None):
        """Return the query of :meth:`_payments`.

        :return: columns ``key`` and those of :class:`Payments`
        :rtype: SQL
        """
        items = self.env["credit.kpi.ledger"]._items(
            company._credit_company(),
            Domain("display_type", "=", "payment_term") & Domain(domain or []),
            dimension,
        )
        # without a due date nothing is late
        late = SQL("COALESCE(partial.max_date - item.date_maturity, 0)")
        return SQL(
            """SELECT item.key,
                      SUM(partial.amount) AS amount,
                      SUM(partial.amount * (partial.max_date - item.invoice_date))
                          AS days_to_pay,
                      SUM(partial.amount * %(late)s) AS days_late,
                      SUM(partial.amount * GREATEST(%(late)s, 0)) AS days_lost,
                      SUM(partial.amount) FILTER (WHERE %(late)s <= 0) AS on_time
                 FROM account_partial_reconcile partial
                 JOIN (%(items)s) item ON item.id = partial.debit_move_id
                 JOIN account_move_line credit ON credit.id = partial.credit_move_id
                WHERE partial.max_date BETWEEN %(first)s AND %(last)s
                  AND credit.display_type != 'payment_term'
                  AND partial.debit_amount_currency != 0
             GROUP BY item.key""",
            late=late,
            items=items,
            first=first,
            last=last,
        )
