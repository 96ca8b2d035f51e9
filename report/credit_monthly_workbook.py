import io
from datetime import timedelta
from functools import cached_property

import xlsxwriter

from odoo import api, models
from odoo.tools import format_date

from ..models.kpi.credit_kpi_item import Payments, Position
from ..tools.kpi import month_ends
from .monthly_customer_sheets import CustomersSheet, SalespeopleSheet
from .monthly_desk_sheets import DisputesSheet, HoldsSheet
from .monthly_ledger_sheets import AgeingSheet, DsoSheet, OverviewSheet

# month ends of the curve, and of the tables; the month itself is one of them
CURVE = 25
TABLE = 13


class CreditMonthlyWorkbook(models.AbstractModel):
    """The monthly credit report: figures, their formulas, and charts of them."""

    _name = "credit.monthly.workbook"
    _description = "Monthly Credit Report"

    @api.model
    def _render_xlsx(self, company, as_of):
        """Return the report as a workbook; rows go to the disk as they come.

        :param company: ``res.company``; a branch stands for its root company
        :param date as_of: the end of the month, or today
        :raises AccessError: the figures are not the user's to read
        :rtype: bytes
        """
        month = MonthlyFigures(self.env, company, as_of)
        title = self.env._(
            "%(company)s: credit report as of %(date)s",
            company=month.company.name,
            date=format_date(self.env, as_of),
        )
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"constant_memory": True}) as workbook:
            for sheet in (
                OverviewSheet,
                AgeingSheet,
                DsoSheet,
                CustomersSheet,
                DisputesSheet,
                HoldsSheet,
                SalespeopleSheet,
            ):
                sheet(self.env, workbook, title, month).fill()
        return content.getvalue()


class MonthlyFigures:
    """What the sheets of a month are filled from, each figure read once.

    :ivar dates: month ends of the tables, the oldest first
    :ivar curve_dates: month ends of the curve, which begins earlier
    """

    def __init__(self, env, company, as_of):
        self.env = env
        self.kpi = env["credit.kpi"]
        self.company = self.kpi._checked_companies(company)
        self.currency = self.company.currency_id
        self.as_of = as_of
        self.curve_dates = month_ends(as_of, CURVE)[::-1]
        self.dates = self.curve_dates[-TABLE:]
        self.bounds = self.company._credit_ageing_bounds()

    def label(self, day):
        """Return how a month is called in tables: “Mar 2026”."""
        return format_date(self.env, day, date_format="MMM yyyy")

    @cached_property
    def trend(self):
        """Return the figures that the ledger gives by date."""
        found = self.kpi._trends(self.company, self.curve_dates).get(None)
        empty = self.kpi._empty(self.company)
        return found or dict.fromkeys(self.curve_dates, empty)

    @cached_property
    def positions(self):
        """Return what was owed on the dates of the tables."""
        nothing = Position(buckets=(0.0,) * (len(self.bounds) + 1))
        return {day: self._positions(day).get(None, nothing) for day in self.dates}

    def positions_by(self, dimension):
        """Return what is owed on the day of the report, by group."""
        return self._positions(self.as_of, dimension)

    def _positions(self, day, dimension=None):
        return self.env["credit.kpi.item"]._positions(
            self.company, day, dimension=dimension, bounds=self.bounds
        )

    @cached_property
    def figures(self):
        """Return all the figures by date of the tables."""
        return {
            day: {
                **self.trend[day],
                **self.kpi._item_figures(self.positions[day]),
                **self.kpi._payment_figures(
                    self._payments(day), self.company.credit_cost_of_funds
                ),
            }
            for day in self.dates
        }

    def _payments(self, day):
        first = day - timedelta(days=self.company.credit_dso_days - 1)
        found = self.env["credit.kpi.item"]._payments(self.company, first, day)
        return found.get(None, Payments())

    @cached_property
    def targets(self):
        """Return how the targets that have begun stand on the day of the report."""
        targets = self.env["credit.kpi.target"].search(
            [("company_id", "=", self.company.id), ("start_date", "<=", self.as_of)]
        )
        standings = targets._standings([self.as_of])
        return {target: standings[target][self.as_of] for target in targets}

    @cached_property
    def company_targets(self):
        """Return the targets of the whole company by figure."""
        return {t.kpi: t for t in self.targets if t.scope == "company"}
