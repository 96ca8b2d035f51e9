from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import float_compare, format_date, formatLang

from ...tools.kpi import gap_in_money, month_ends, target_on
from .credit_kpi_target import HIGHER_IS_BETTER

# figures that the ledger gives on many dates in one pass
BY_LEDGER = ("dso", "dso_countback", "add", "overdue_rate", "cei")
# of which a day is a day of sales
DSO_FAMILY = ("dso", "dso_countback", "add")
# ends of months that are looked back upon
MONTHS = 6


class Standing(NamedTuple):
    """How a target stands on a date.

    :param value: of the figure; None where it has no meaning
    :param path_value: where the straight line to the target is
    :param gap: value less path value, None without a value
    :param gap_money: what the gap is worth, None outside the family of the DSO
    :param state: ``on_track``, ``behind`` or ``unknown``
    """

    value: float | None
    path_value: float
    gap: float | None = None
    gap_money: float | None = None
    state: str = "unknown"


class CreditKpiTarget(models.Model):
    """Where the figures are, compared with where they should be."""

    _inherit = "credit.kpi.target"

    value = fields.Float(
        string="Today", digits=(16, 1), compute="_compute_standing", aggregator=None
    )
    path_value = fields.Float(
        string="Path",
        digits=(16, 1),
        compute="_compute_standing",
        aggregator=None,
        help="Where the straight line from the start to the target is today.",
    )
    gap = fields.Float(digits=(16, 1), compute="_compute_standing", aggregator=None)
    gap_money = fields.Monetary(
        string="Gap in Money",
        compute="_compute_standing",
        help="Days of the gap × daily sales: what more, or less, is out than planned.",
    )
    state = fields.Selection(
        [
            ("on_track", "On track"),
            ("behind", "Behind"),
            ("unknown", "No figure"),
        ],
        compute="_compute_standing",
    )
    trend = fields.Json(
        compute="_compute_trend",
        help="Value and path at the ends of the last months, the oldest first.",
    )
    chart = fields.Json(compute="_compute_chart")

    @api.depends("company_id", "kpi", "scope", "start_date", "start_value",
                 "target_date", "target_value")  # fmt: skip
    def _compute_standing(self):
        today = fields.Date.context_today(self)
        standings = self._standings([today])
        for target in self:
            standing = standings[target][today]
            target.value = standing.value or 0.0
            target.path_value = standing.path_value
            target.gap = standing.gap or 0.0
            target.gap_money = standing.gap_money or 0.0
            target.state = standing.state

    @api.depends("value")
    @api.depends_context("lang")
    def _compute_trend(self):
        today = fields.Date.context_today(self)
        dates = month_ends(today, MONTHS + 1)[:0:-1]
        standings = self._standings(dates)
        for target in self:
            target.trend = [
                target._trend_row(day, standings[target][day]) for day in dates
            ]

    @api.depends("trend")
    @api.depends_context("lang")
    def _compute_chart(self):
        today = fields.Date.to_string(fields.Date.context_today(self))
        for target in self:
            values = [[row["date"], row["value"]] for row in target.trend]
            if target.state != "unknown":
                values.append([today, target.value])
            target.chart = {
                "name": target.name,
                "unit": target.unit,
                "values": values,
                "path": [
                    [fields.Date.to_string(day), value]
                    for day, value in target._path_points()
                ],
            }

    def _trend_row(self, day, standing):
        """Return a date's standing, as numbers and in words."""
        has_begun = self.start_date and self.start_date <= day
        return {
            "date": fields.Date.to_string(day),
            "month": format_date(self.env, day, date_format="MMM yyyy"),
            "state": standing.state,
            "value": standing.value,
            "value_text": self._in_words(standing.value),
            "path_text": self._in_words(standing.path_value) if has_begun else "",
            "gap_text": self._in_words(standing.gap, sign=True) if has_begun else "",
            "money_text": self.currency_id.format(abs(standing.gap_money))
            if has_begun and standing.gap_money
            else "",
        }

    def _in_words(self, value, sign=False):
        """Return a value with its unit; an empty text for none."""
        if value is None:
            return ""
        value = round(value, 1) or 0.0  # never -0.0
        text = formatLang(self.env, value, digits=1)
        return f"{'+' if sign and value > 0 else ''}{text}\N{NO-BREAK SPACE}{self.unit}"

    def _standing_in_words(self, day, figures):
        """Return how the target stands on a date, as the overview tells it.

        :param figures: of that date, None for none
        :return: ``label`` of the target, ``state`` and ``sentence``
        """
        standing = self._standing(day, figures)
        label = self.env._(
            "Target: %(value)s on %(date)s",
            value=self._in_words(self.target_value),
            date=format_date(self.env, self.target_date),
        )
        if standing.gap is None:
            return {"label": label, "state": standing.state, "sentence": label}
        gap = self._in_words(standing.gap, sign=True)
        if standing.gap_money is not None:
            gap = f"{gap} ({self.currency_id.format(abs(standing.gap_money))})"
        return {
            "label": label,
            "state": standing.state,
            "sentence": self.env._(
                "%(target)s, %(path)s today: %(gap)s",
                target=label,
                path=self._in_words(standing.path_value),
                gap=gap,
            ),
        }

    # ------------------------------------------------------------------
    # Reading the figures
    # ------------------------------------------------------------------

    def _standings(self, dates):
        """Tell how targets stand on some dates.

        In as many queries by company and kind of scope, however many the targets.

        :rtype: dict[record, dict[date, Standing]]
        """
        return {
            target: {day: target._standing(day, found.get(day)) for day in dates}
            for target, found in self._figures(dates).items()
        }

    def _standing(self, day, figures):
        path_value = self._path_value(day)
        value = figures and figures[self.kpi]
        if value is None:
            return Standing(None, path_value)
        gap = value - path_value
        ahead = float_compare(gap, 0.0, precision_digits=1)
        if self.kpi in HIGHER_IS_BETTER:
            ahead = -ahead
        return Standing(
            value,
            path_value,
            gap,
            gap_in_money(gap, figures["sales"], figures["days"])
            if self.kpi in DSO_FAMILY
            else None,
            "behind" if ahead > 0 else "on_track",
        )

    def _values(self, dates):
        """Return the values of the figures on some dates, None where undefined.

        :rtype: dict[record, dict[date, float | None]]
        """
        return {
            target: {day: row and row[target.kpi] for day, row in found.items()}
            for target, found in self._figures(dates).items()
        }

    def _figures(self, dates):
        """Return the figures of the scope of each target, by date.

        :raises AccessError: the figures are not the user's to read
        :rtype: dict[record, dict[date, dict | None]]
        """
        found = {target: {} for target in self}
        parts = self.filtered("company_id").grouped(
            lambda target: (target.company_id, target.scope, target.kpi in BY_LEDGER)
        )
        for (company, scope, by_ledger), targets in parts.items():
            groups = self._figures_by_key(company, scope, by_ledger, dates)
            for target in targets:
                key = target._scope_record()._origin.id or None
                found[target] = {day: groups[day].get(key) for day in dates}
        return found

    def _figures_by_key(self, company, scope, by_ledger, dates):
        Kpi = self.env["credit.kpi"]
        companies = Kpi._checked_companies(company)
        dimension = None if scope == "company" else scope
        if by_ledger:
            trends = Kpi._trends(companies, dates, dimension=dimension)
            return {
                day: {key: by_day[day] for key, by_day in trends.items()}
                for day in dates
            }
        return {
            day: Kpi._by_group(companies, day, dimension=dimension) for day in dates
        }

    # ------------------------------------------------------------------
    # Charts
    # ------------------------------------------------------------------

    def _path_value(self, day):
        if not (self.start_date and self.target_date):
            return self.target_value
        return target_on(
            day,
            (self.start_date, self.start_value),
            (self.target_date, self.target_value),
        )

    def _path_points(self):
        """Return dates and values of the path: its ends, and the ends of months."""
        if not (self.start_date and self.target_date):
            return []
        days = [self.target_date]
        while (day := month_ends(days[-1], 2)[1]) > self.start_date:
            days.append(day)
        return [(day, self._path_value(day)) for day in (self.start_date, *days[::-1])]
