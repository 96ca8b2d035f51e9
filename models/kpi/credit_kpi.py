from collections import defaultdict
from datetime import timedelta
from functools import reduce
from itertools import pairwise

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Date

from ...tools.ageing import BOUNDS
from ...tools.kpi import (
    collection_effectiveness,
    countback_dso,
    month_ends,
    rate,
    standard_dso,
)
from ..limit.res_partner import FINANCE_GROUP
from .credit_kpi_item import Payments, Position
from .credit_kpi_ledger import Flow

# months of sales that the count-back method may use
HISTORY = 36
NOTHING = Position(buckets=(0.0,) * (len(BOUNDS) + 1))


class CreditKpi(models.AbstractModel):
    """DSO and its family, as of today or any past date, for any part of the ledger.

    Each figure comes from the receivable items by the dates of the ledger: an
    entry that is dated back changes the past. Money is in the currency of the
    company, rates in percent; what has no meaning is None.
    """

    _name = "credit.kpi"
    _description = "Figures of Credit Management"

    @api.model
    def figures(self, company, date, domain=None):
        """Return the figures of a company on a date.

        - ``receivable`` net of credits (the general ledger), ``receivable_gross``,
          ``unallocated``, ``not_due``, ``overdue``, ``buckets`` (overdue by age)
        - ``disputed``, ``promised``, ``planned``: open, what stops its money;
          ``overdue_clean`` without the first one, ``overdue_actionable`` without all
        - ``sales`` of the ``days`` ending on the date: customer invoices less
          credit notes, tax included
        - ``sales_month``: those of the month until the date
        - ``dso`` standard, ``dso_countback`` with ``dso_countback_remainder`` (> 0:
          at least so many days), ``bpdso`` and ``bpdso_countback`` best possible
          (on what is not due), ``add`` average days delinquent
        - ``cei`` collection effectiveness of the month until the date, in percent
        - ``overdue_rate`` of the gross receivable, ``overdue_rate_clean`` without
          what is contested, ``overdue_rate_actionable`` without what is promised
          or in a plan either, in percent
        - ``wadp``, ``wadl``: weighted days to pay, and late, of what was paid
          during the ``days``; ``wado``: weighted days overdue of what is open

        :param company: ``res.company`` or its id; several companies are added in
            the currency of the first one, at the rates of the date
        :param date: the date, or as text “2026-03-31”
        :param domain: of the receivable items (``account.move.line``) that count
        :raises AccessError: the user is not in finance, or not in the company
        :rtype: dict
        """
        companies = self._checked_companies(company)
        found = self._by_group(companies, Date.to_date(date), domain)
        return found.get(None) or self._empty(companies)

    @api.model
    def figures_by(self, dimension, company, date, domain=None):
        """Return the figures by group: as :meth:`figures`, in as many queries.

        :param str dimension: ``partner``, ``group``, ``policy``, ``salesperson``,
            ``team``, ``collector`` or ``country`` of the customer
        :return: by id of the group, None for customers without one
        :rtype: dict[int | None, dict]
        """
        companies = self._checked_companies(company)
        return self._by_group(companies, Date.to_date(date), domain, dimension)

    @api.model
    def trend(self, company, dates, domain=None):
        """Return the figures that a date gives by the ledger alone, on many dates.

        :param dates: in any order
        :return: as of :meth:`figures`, without what needs single items
        :rtype: list[dict]
        """
        companies = self._checked_companies(company)
        days = [Date.to_date(day) for day in dates]
        found = self._trends(companies, sorted(set(days)), domain).get(None, {})
        return [found.get(day) or self._empty(companies) for day in days]

    @api.model
    def _checked_companies(self, company):
        if not (self.env.su or self.env.user.has_group(FINANCE_GROUP)):
            raise AccessError(self.env._("Only credit management reads these figures."))
        ids = company.ids if isinstance(company, models.BaseModel) else company
        companies = self.env["res.company"].browse(ids)
        if not self.env.su and companies - self.env.user.company_ids:
            raise AccessError(
                self.env._("These figures are of a company that you do not work in.")
            )
        return companies.sudo().root_id

    # ------------------------------------------------------------------
    # One date, by group
    # ------------------------------------------------------------------

    @api.model
    def _by_group(self, companies, date, domain=None, dimension=None):
        """Return the figures on a date, by key of the group.

        :param companies: root companies
        :rtype: dict[int | None, dict]
        """
        Item = self.env["credit.kpi.item"]
        days = companies[:1].credit_dso_days
        first = date - timedelta(days=days - 1)
        dates = self._sale_dates([date], days)
        positions = self._added(
            companies, date, lambda c: Item._positions(c, date, domain, dimension)
        )
        payments = self._added(
            companies, date, lambda c: Item._payments(c, first, date, domain, dimension)
        )
        flows = self._flows(companies, date, dates, domain, dimension)
        return {
            key: {
                **self._balances(position := positions.get(key, NOTHING), days),
                **self._days_outstanding(position, flows.get(key), date, days),
                **self._parts(position),
                **self._payment_days(payments.get(key, Payments())),
            }
            for key in {**positions, **flows, **payments}
        }

    def _added(self, companies, date, figures):
        """Add the figures of companies up, in the currency of the first one.

        :param figures: function of a company that returns records by group
        """
        if len(companies) == 1:
            return figures(companies)
        currency = companies[:1].currency_id
        found = defaultdict(list)
        for company in companies:
            rate = self.env["res.currency"]._get_conversion_rate(
                company.currency_id, currency, companies[:1], date
            )
            for key, record in figures(company).items():
                found[key].append(_scaled(record, rate))
        return {key: reduce(_summed, records) for key, records in found.items()}

    def _flows(self, companies, date, dates, domain, dimension=None):
        """Return, by group, what had happened until each of the dates.

        :rtype: dict[int | None, dict[date, Flow]]
        """
        Ledger = self.env["credit.kpi.ledger"]
        found = self._added(
            companies,
            date,
            lambda c: {
                key: tuple(flows)
                for key, flows in Ledger._flows(c, dates, domain, dimension).items()
            },
        )
        return {
            key: dict(zip(dates, flows, strict=True)) for key, flows in found.items()
        }

    @api.model
    def _sale_dates(self, dates, days):
        """Return the dates between which the figures of some dates ask for sales."""
        return sorted(
            {end for date in dates for end in month_ends(date, HISTORY + 1)}
            | {date - timedelta(days=days) for date in dates}
        )

    # ------------------------------------------------------------------
    # Many dates
    # ------------------------------------------------------------------

    @api.model
    def _trends(self, companies, dates, domain=None, dimension=None):
        """Return the figures that need no single items, by group and date.

        :param dates: in ascending order
        :rtype: dict[int | None, dict[date, dict]]
        """
        Ledger = self.env["credit.kpi.ledger"]
        days = companies[:1].credit_dso_days
        stocks = self._added(
            companies,
            dates[-1],
            lambda c: {
                key: tuple(found)
                for key, found in Ledger._stocks(c, dates, domain, dimension).items()
            },
        )
        sale_dates = self._sale_dates(dates, days)
        flows = self._flows(companies, dates[-1], sale_dates, domain, dimension)
        return {
            key: {
                date: {
                    **self._balances(stock, days),
                    **self._days_outstanding(stock, flows.get(key), date, days),
                }
                for date, stock in zip(dates, series, strict=True)
            }
            for key, series in stocks.items()
        }

    # ------------------------------------------------------------------
    # The figures
    # ------------------------------------------------------------------

    def _empty(self, companies):
        """Return the figures where nothing was ever sold or owed."""
        days = companies[:1].credit_dso_days
        return {
            **self._balances(NOTHING, days),
            **self._days_outstanding(NOTHING, None, Date.to_date("1970-01-01"), days),
            **self._parts(NOTHING),
            **self._payment_days(Payments()),
        }

    def _balances(self, stock, days):
        return {
            "days": days,
            "receivable": stock.net,
            "receivable_gross": stock.gross,
            "unallocated": stock.unallocated,
            "not_due": stock.not_due,
            "overdue": stock.overdue,
            "overdue_rate": rate(stock.overdue, stock.gross),
        }

    def _days_outstanding(self, stock, flows, date, days):
        """Return the figures that compare what is owed with what was sold.

        :param flows: what had happened until each date, None for nothing at all
        """
        flows = flows or dict.fromkeys(self._sale_dates([date], days), Flow())
        sales = flows[date].sales - flows[date - timedelta(days=days)].sales
        ends = month_ends(date, HISTORY + 1)
        months = self._monthly_sales(flows, ends)
        dso = standard_dso(stock.net, sales, days)
        best = standard_dso(stock.not_due, sales, days)
        countback = countback_dso(stock.net, months)
        change = flows[date].change - flows[ends[1]].change
        return {
            "sales": sales,
            "sales_month": flows[date].sales - flows[ends[1]].sales,
            "dso": dso,
            "dso_countback": countback.days if months else None,
            "dso_countback_remainder": countback.remainder,
            "bpdso": best,
            "bpdso_countback": (
                countback_dso(stock.not_due, months).days if months else None
            ),
            "add": None if dso is None else dso - best,
            "cei": collection_effectiveness(
                stock.net - change,
                flows[date].sales - flows[ends[1]].sales,
                stock.net,
                stock.not_due,
            ),
        }

    def _monthly_sales(self, flows, ends):
        """Return sales and days by month, the newest first, since the first sale."""
        months = [
            (flows[end].sales - flows[before].sales, (end - before).days)
            for end, before in pairwise(ends)
        ]
        while months and not months[-1][0]:
            months.pop()
        return months

    def _parts(self, position):
        clean = position.disputed_overdue
        return {
            "buckets": position.buckets,
            "disputed": position.disputed,
            "promised": position.promised,
            "planned": position.planned,
            "overdue_clean": position.overdue - clean,
            "overdue_actionable": position.overdue - position.aside_overdue,
            "overdue_rate_clean": rate(
                position.overdue - clean, position.gross - position.disputed
            ),
            "overdue_rate_actionable": rate(
                position.overdue - position.aside_overdue, position.gross
            ),
            "wado": _mean(position.overdue_days, position.overdue),
        }

    def _payment_days(self, payments):
        return {
            "wadp": _mean(payments.days_to_pay, payments.amount),
            "wadl": _mean(payments.days_late, payments.amount),
        }


def _mean(weighted, total):
    return weighted / total if total else None


def _scaled(value, factor):
    """Multiply an amount, or each amount of a record or tuple of them."""
    if isinstance(value, tuple):
        parts = [_scaled(part, factor) for part in value]
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    return value * factor


def _summed(one, other):
    """Add two amounts, or two records or tuples of them."""
    if isinstance(one, tuple):
        parts = [_summed(*pair) for pair in zip(one, other, strict=True)]
        return one._make(parts) if hasattr(one, "_make") else tuple(parts)
    return one + other
