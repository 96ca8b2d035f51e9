from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta
from functools import reduce
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools.arguments import read_date, read_ids, read_one_of
from ...tools.kpi import (
    collection_effectiveness,
    countback_dso,
    late_payment_cost,
    month_ends,
    rate,
    standard_dso,
)
from ..limit.res_partner import FINANCE_GROUP
from .credit_kpi_customer import DIMENSIONS
from .credit_kpi_item import Payments, Position
from .credit_kpi_ledger import Stock

# months of sales that the count-back method may use
HISTORY = 36
# dates that one call may ask for
MOST_DATES = 1000


class CreditKpi(models.AbstractModel):
    """DSO and its family, as of today or any past date, for any part of the ledger.

    Each figure comes from the receivable items by the dates of the ledger: an
    entry that is dated back changes the past. Money is in the currency of the
    company, rates in percent; what has no meaning is None.
    """

    _name = "credit.kpi"
    _description = "Figures of Credit Management"

    @api.model
    @api.readonly
    def figures(self, company, date, domain=None):
        """Return the figures of a company on a date.

        - ``receivable`` net of credits (the general ledger), ``receivable_gross``,
          ``unallocated``, ``not_due``, ``overdue``, ``buckets`` (overdue by age,
          the last days of which are ``bounds``)
        - ``disputed``, ``promised``, ``planned``: open, what stops its money;
          ``overdue_clean`` without the first one, ``overdue_actionable`` without all
        - ``sales`` of the ``days`` ending on the date: customer invoices less
          credit notes, tax included
        - ``sales_month``: those of the month until the date;
          ``collected_month``: what came in, and was written off, during it
        - ``dso`` standard, ``dso_countback`` with ``dso_countback_remainder`` (> 0:
          at least so many days), ``bpdso`` and ``bpdso_countback`` best possible
          (on what is not due), ``add`` average days delinquent
        - ``cei`` collection effectiveness of the month until the date, in percent
        - ``overdue_rate`` of the gross receivable, ``overdue_rate_clean`` without
          what is contested, ``overdue_rate_actionable`` without what is promised
          or in a plan either, in percent
        - ``wadp``, ``wadl``: weighted days to pay, and late, of what was paid
          during the ``days``; ``wado``: weighted days overdue of what is open
        - ``late_cost``: what the late payments of the ``days`` have cost, None
          without a cost of funds

        :param company: ``res.company`` or its id; several companies are added in
            the currency of the first one, at the rates of the date
        :param date: the date, or as text “2026-03-31”
        :param domain: of the receivable items (``account.move.line``) that count
        :raises AccessError: the user is not in finance, not in the company, or may
            not read a field of the domain
        :raises UserError: the arguments make no sense
        :rtype: dict
        """
        companies = self._checked_companies(company)
        with self._making_sense():
            date, domain = read_date(date), self._checked_domain(domain)
        return self._figures(companies, date, domain)

    @api.model
    @api.readonly
    def figures_by(self, dimension, company, date, domain=None):
        """Return the figures by group: as :meth:`figures`, in as many queries.

        :param str dimension: ``partner``, ``group``, ``policy``, ``salesperson``,
            ``team``, ``collector`` or ``country`` of the customer
        :return: by id of the group, None for customers without one
        :rtype: dict[int | None, dict]
        """
        companies = self._checked_companies(company)
        with self._making_sense():
            date, domain = read_date(date), self._checked_domain(domain)
            dimension = read_one_of(DIMENSIONS, dimension)
        return self._by_group(companies, date, domain, dimension)

    @api.model
    @api.readonly
    def trend(self, company, dates, domain=None):
        """Return the figures that a date gives by the ledger alone, on many dates.

        :param dates: in any order
        :return: as of :meth:`figures`, without what needs single items
        :rtype: list[dict]
        """
        companies = self._checked_companies(company)
        with self._making_sense():
            domain = self._checked_domain(domain)
            if not isinstance(dates, list | tuple) or len(dates) > MOST_DATES:
                raise ValueError(dates)
            days = [read_date(day) for day in dates]
        if not days:
            return []
        found = self._trends(companies, sorted(set(days)), domain).get(None, {})
        return [found.get(day) or self._empty(companies) for day in days]

    @api.model
    def _checked_companies(self, company):
        if not (self.env.su or self.env.user.has_group(FINANCE_GROUP)):
            raise AccessError(self.env._("Only credit management reads these figures."))
        with self._making_sense():
            ids = getattr(company, "ids", company)
            ids = read_ids([ids] if isinstance(ids, int) else ids)
            if not ids:
                raise ValueError(ids)
        companies = self.env["res.company"].browse(ids)
        roots = companies.sudo().root_id
        if not self.env.su and roots - self.env.user.sudo().company_ids.root_id:
            raise AccessError(
                self.env._("These figures are of a company that you do not work in.")
            )
        return roots

    @contextmanager
    def _making_sense(self):
        """Tell whoever asks for nonsense that it is."""
        try:
            yield
        except ValueError:
            raise UserError(
                self.env._(
                    "These figures cannot be asked for this way: open them anew."
                )
            ) from None

    def _checked_domain(self, domain):
        """Return the domain of a caller, who searches by what they may read only.

        The figures are then read with elevated rights: a domain must not tell by
        them what a field holds that is none of the caller's business.

        :raises AccessError: the caller may not read one of its fields
        :raises ValueError: it is no domain of journal items
        """
        if domain is None:
            return None
        if not isinstance(domain, list | tuple | Domain):
            raise ValueError(domain)
        domain = Domain(domain)
        self.env["account.move.line"]._search(domain)
        return domain

    # ------------------------------------------------------------------
    # By group
    # ------------------------------------------------------------------

    @api.model
    def _figures(self, companies, date, domain=None):
        """Return the figures of root companies, as :meth:`figures` does."""
        found = self._by_group(companies, date, domain)
        return found.get(None) or self._empty(companies)

    @api.model
    def _by_group(self, companies, date, domain=None, dimension=None):
        """Return the figures on a date, by key of the group.

        :param companies: root companies
        :rtype: dict[int | None, dict]
        """
        Item = self.env["credit.kpi.item"]
        days = companies[:1].credit_dso_days
        bounds = companies[:1]._credit_ageing_bounds()
        nothing = self._nothing(companies)
        cost_of_funds = companies[:1].credit_cost_of_funds
        first = date - timedelta(days=days - 1)
        positions = self._added(
            companies,
            date,
            lambda c: Item._positions(c, date, domain, dimension, bounds),
        )
        payments = self._added(
            companies, date, lambda c: Item._payments(c, first, date, domain, dimension)
        )
        histories = self._histories(companies, [date], domain, dimension)
        return {
            key: {
                "bounds": bounds,
                **self._ledger_figures(by_date[date], date, days),
                **self._item_figures(positions.get(key, nothing)),
                **self._payment_figures(payments.get(key, Payments()), cost_of_funds),
            }
            for key, by_date in histories.items()
        }

    @api.model
    def _trends(self, companies, dates, domain=None, dimension=None):
        """Return the figures that need no single items, by group and date.

        :rtype: dict[int | None, dict[date, dict]]
        """
        days = companies[:1].credit_dso_days
        histories = self._histories(companies, dates, domain, dimension)
        return {
            key: {
                date: self._ledger_figures(history, date, days)
                for date, history in by_date.items()
            }
            for key, by_date in histories.items()
        }

    def _histories(self, companies, dates, domain=None, dimension=None):
        """Return, by group and date, the stocks that its figures ask for.

        One pass through the ledger of each company; the stocks of a date are in the
        currency of the first company, at the rates of this date.

        :rtype: dict[int | None, dict[date, dict[date, Stock]]]
        """
        days = companies[:1].credit_dso_days
        needed = sorted(
            {end for date in dates for end in month_ends(date, HISTORY + 1)}
            | {date - timedelta(days=days) for date in dates}
        )
        Ledger = self.env["credit.kpi.ledger"]
        stocks = {
            company: {
                key: tuple(series)
                for key, series in Ledger._stocks(
                    company, needed, domain, dimension
                ).items()
            }
            for company in companies
        }
        histories, converted = defaultdict(dict), {}
        for date in dates:
            rates = tuple(self._rate(companies, each, date) for each in companies)
            if rates not in converted:  # most often, all dates have the same
                converted[rates] = {
                    key: dict(zip(needed, series, strict=True))
                    for key, series in _added(stocks, rates).items()
                }
            for key, history in converted[rates].items():
                histories[key][date] = history
        return histories

    def _rate(self, companies, company, date):
        """Return what brings the amounts of one of the companies to the first's."""
        return self.env["res.currency"]._get_conversion_rate(
            company.currency_id, companies[:1].currency_id, companies[:1], date
        )

    def _added(self, companies, date, figures):
        """Add the figures of companies up, in the currency of the first one.

        :param figures: function of a company that returns records by group
        """
        rates = [self._rate(companies, company, date) for company in companies]
        return _added({company: figures(company) for company in companies}, rates)

    # ------------------------------------------------------------------
    # The figures
    # ------------------------------------------------------------------

    def _empty(self, companies):
        """Return the figures where nothing was ever sold or owed."""
        return {
            "bounds": companies[:1]._credit_ageing_bounds(),
            **self._ledger_figures(
                defaultdict(Stock), fields.Date.today(), companies[:1].credit_dso_days
            ),
            **self._item_figures(self._nothing(companies)),
            **self._payment_figures(Payments(), companies[:1].credit_cost_of_funds),
        }

    def _nothing(self, companies):
        bounds = companies[:1]._credit_ageing_bounds()
        return Position(buckets=(0.0,) * (len(bounds) + 1))

    def _ledger_figures(self, history, date, days):
        """Return the figures of what is owed, and of what was sold for it.

        :param history: stock by date
        """
        stock = history[date]
        ends = month_ends(date, HISTORY + 1)
        opening = history[ends[1]]
        sales = stock.sold - history[date - timedelta(days=days)].sold
        months = self._monthly_sales(history, ends)
        countback = countback_dso(stock.net, months)
        dso = standard_dso(stock.net, sales, days)
        best = standard_dso(stock.not_due, sales, days)
        return {
            "days": days,
            "receivable": stock.net,
            "receivable_gross": stock.gross,
            "unallocated": stock.unallocated,
            "not_due": stock.not_due,
            "overdue": stock.overdue,
            "overdue_rate": rate(stock.overdue, stock.gross),
            "sales": sales,
            "sales_month": stock.sold - opening.sold,
            "collected_month": opening.net + stock.sold - opening.sold - stock.net,
            "dso": dso,
            "dso_countback": countback.days if months else None,
            "dso_countback_remainder": countback.remainder,
            "bpdso": best,
            "bpdso_countback": (
                countback_dso(stock.not_due, months).days if months else None
            ),
            "add": None if dso is None else dso - best,
            "cei": collection_effectiveness(
                opening.net, stock.sold - opening.sold, stock.net, stock.not_due
            ),
        }

    def _monthly_sales(self, history, ends):
        """Return sales and days by month, the newest first, since the first sale."""
        months = [
            (history[end].sold - history[before].sold, (end - before).days)
            for end, before in pairwise(ends)
        ]
        while months and not months[-1][0]:
            months.pop()
        return months

    def _item_figures(self, position):
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

    def _payment_figures(self, payments, cost_of_funds):
        return {
            "late_cost": (
                late_payment_cost([(payments.days_lost, 1)], cost_of_funds)
                if cost_of_funds
                else None
            ),
            "wadp": _mean(payments.days_to_pay, payments.amount),
            "wadl": _mean(payments.days_late, payments.amount),
        }


def _mean(weighted, total):
    return weighted / total if total else None


def _added(records, rates):
    """Add the records of companies up, by group, each company at its rate.

    :param dict records: by company, records by group
    :rtype: dict
    """
    found = defaultdict(list)
    for by_group, factor in zip(records.values(), rates, strict=True):
        for key, record in by_group.items():
            found[key].append(record if factor == 1 else _scaled(record, factor))
    return {key: reduce(_summed, parts) for key, parts in found.items()}


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
