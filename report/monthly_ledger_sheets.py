"""The sheets of the monthly report about what is owed: how much, how old, how long."""

from xlsxwriter.utility import xl_rowcol_to_cell

from odoo.tools import format_date

from ..tools.ageing import bucket_spans
from ..tools.kpi import target_on
from .monthly_sheet import MonthlySheet
from .xlsx_sheet import HEADER_ROW, span_label


class OverviewSheet(MonthlySheet):
    """The figures of the month and of the twelve before it, with their targets."""

    def name(self):
        return self.env._("Overview")

    def columns(self):
        return [
            (self.env._("Figure (amounts in %s)", self.month.currency.name), 40),
            *((self.month.label(day), 12) for day in self.month.dates),
            (self.env._("Path to the Target"), 10),
            (self.env._("Gap"), 10),
            (self.env._("Target"), 10),
            (self.env._("Target Date"), 12),
        ]

    def fill(self):
        """Write money, then days and rates made of it, then the other targets."""
        self.rows = {}
        self._write_money()
        self.row += 1
        self._write_days()
        self.row += 1
        self._write_rates()
        self._write_other_targets()

    def _write_money(self):
        days = self.month.company.credit_dso_days
        self._write_values(
            "receivable_gross", self.env._("Gross receivable"), self.number
        )
        self._write_values("unallocated", self.env._("Not yet allocated"), self.number)
        self._write_formulas(
            "receivable",
            self.env._("Receivable (general ledger)"),
            "={receivable_gross}-{unallocated}",
            self.bold_number,
        )
        self._write_values("overdue", self.env._("Overdue"), self.number)
        self._write_formulas(
            "not_due",
            self.env._("Not due"),
            "={receivable_gross}-{overdue}",
            self.number,
        )
        self._write_values("disputed", self.env._("Contested"), self.number)
        self._write_values("promised", self.env._("Promised"), self.number)
        self._write_values("planned", self.env._("In payment plans"), self.number)
        self._write_values("sales_month", self.env._("Sales of the month"), self.number)
        self._write_values(
            "collected_month", self.env._("Collected in the month"), self.number
        )
        self._write_values("sales", self.env._("Sales of %s days", days), self.number)
        if self.month.company.credit_cost_of_funds:
            label = self.env._("Cost of late payments, %s days", days)
            self._write_values("late_cost", label, self.number)

    def _write_days(self):
        days = self.month.company.credit_dso_days
        dso = f'=IF({{sales}}>0,{{%s}}*{days}/{{sales}},"")'
        self._write_formulas(
            "dso", self.env._("DSO, standard (days)"), dso % "receivable", self.days
        )
        self._write_countback()
        self._write_formulas(
            "bpdso", self.env._("Best possible DSO (days)"), dso % "not_due", self.days
        )
        self._write_formulas(
            "add",
            self.env._("Average days delinquent"),
            '=IF({sales}>0,{dso}-{bpdso},"")',
            self.days,
        )
        self._write_values("wadp", self.env._("Weighted days to pay"), self.days)
        self._write_values(
            "wadl", self.env._("Weighted days late of payments"), self.days
        )
        self._write_values("wado", self.env._("Weighted days overdue"), self.days)

    def _write_rates(self):
        self._write_formulas(
            "overdue_rate",
            self.env._("Overdue rate"),
            '=IF({receivable_gross}>0,{overdue}/{receivable_gross},"")',
            self.percent,
            scale=100,
        )
        for name, label in [
            ("overdue_rate_clean", self.env._("Overdue rate without disputes")),
            (
                "overdue_rate_actionable",
                self.env._("Overdue rate without disputes, promises and plans"),
            ),
            ("cei", self.env._("Collection effectiveness")),
        ]:
            self._write_values(name, label, self.percent, scale=100)

    def _write_values(self, name, label, style, scale=1):
        self._begin(name, label)
        for column, day in enumerate(self.month.dates, start=1):
            value = self.month.figures[day][name]
            self.value(column, value if value is None else value / scale, style)
        self._write_target(name, style, scale)

    def _write_countback(self):
        self._begin("dso_countback", self.env._("DSO, count-back (days)"))
        for column, day in enumerate(self.month.dates, start=1):
            figures = self.month.figures[day]
            style = self.at_least if figures["dso_countback_remainder"] else self.days
            self.value(column, figures["dso_countback"], style)
        self._write_target("dso_countback", self.days, 1)

    def _write_formulas(self, name, label, formula, style, scale=1):
        """Write a formula by month.

        :param str formula: with the names of rows above in braces
        """
        self._begin(name, label)
        for column, day in enumerate(self.month.dates, start=1):
            cells = {
                key: xl_rowcol_to_cell(row, column) for key, row in self.rows.items()
            }
            value = self.month.figures[day][name]
            self.formula(
                column,
                formula.format(**cells),
                style,
                value if value is None else value / scale,
            )
        self._write_target(name, style, scale)

    def _begin(self, name, label):
        self.row += 1
        self.rows[name] = self.row
        self.text(0, label, self.bold if name == "receivable" else None)

    def _write_target(self, name, style, scale):
        """Write path, gap and target of the whole company, if it has one."""
        target = self.month.company_targets.get(name)
        if not target:
            return
        column = 1 + len(self.month.dates)
        standing = self.month.targets[target]
        now, path = self.cell(column - 1), self.cell(column)
        self.value(column, standing.path_value / scale, style)
        if standing.value is not None:
            self.formula(column + 1, f"={now}-{path}", style, standing.gap / scale)
        self.value(column + 2, target.target_value / scale, style)
        self.sheet.write_datetime(
            self.row, column + 3, target.target_date, self.date_format
        )

    def _write_other_targets(self):
        others = [target for target in self.month.targets if target.scope != "company"]
        if not others:
            return
        self.row += 2
        states = dict(others[0]._fields["state"]._description_selection(self.env))
        labels = [
            self.env._("Targets of Parts"),
            self.env._("Owner"),
            self.month.label(self.month.as_of),
            self.env._("Path"),
            self.env._("Gap"),
            self.env._("Target"),
            self.env._("Target Date"),
            self.env._("State"),
        ]
        for column, label in enumerate(labels):
            self.text(column, label, self.bold)
        for target in others:
            self._write_other_target(target, states)

    def _write_other_target(self, target, states):
        self.row += 1
        standing = self.month.targets[target]
        percents = target.unit == "%"
        style, scale = (self.percent, 100) if percents else (self.days, 1)
        self.text(0, target.name)
        self.text(1, target.user_id.sudo().name)
        values = (standing.value, standing.path_value, standing.gap)
        for column, value in enumerate((*values, target.target_value), start=2):
            self.value(column, value if value is None else value / scale, style)
        self.text(6, format_date(self.env, target.target_date))
        self.text(7, states[standing.state])


class AgeingSheet(MonthlySheet):
    """What was owed at each month end, by age."""

    def name(self):
        return self.env._("Ageing")

    def columns(self):
        spans = bucket_spans(self.month.bounds)
        return [
            (self.env._("Month End"), 12),
            (self.env._("Not Due"), 15),
            *((span_label(self.env, *span), 15) for span in spans),
            (self.env._("Gross Receivable"), 16),
            (self.env._("Not Yet Allocated"), 16),
            (self.env._("Receivable"), 16),
            (self.env._("Overdue Rate"), 10),
        ]

    def fill(self):
        """Write a row by month end, its totals as formulas; draw the ages."""
        for day in self.month.dates:
            self._write_day(day)
        last = self.row
        ages = range(1, 3 + len(self.month.bounds))
        self.chart(
            "column",
            self.env._("Receivable by age"),
            ages,
            last,
            (last + 2, 0),
            subtype="stacked",
            axis=self.month.currency.name,
        )

    def _write_day(self, day):
        self.row += 1
        position = self.month.positions[day]
        not_due = round(position.gross - position.overdue, 6)
        ages = (not_due, *position.buckets)
        gross = 1 + len(ages)
        self.text(0, self.month.label(day))
        for column, amount in enumerate(ages, start=1):
            self.value(column, amount, self.amount)
        self.formula(
            gross,
            f"=SUM({self.cell(1)}:{self.cell(gross - 1)})",
            self.amount,
            position.gross,
        )
        self.value(gross + 1, -position.unallocated, self.amount)
        self.formula(
            gross + 2,
            f"={self.cell(gross)}+{self.cell(gross + 1)}",
            self.total,
            round(position.gross - position.unallocated, 6),
        )
        self.formula(
            gross + 3,
            f"=IF({self.cell(gross)}>0,SUM({self.cell(2)}:{self.cell(gross - 1)})"
            f'/{self.cell(gross)},"")',
            self.percent,
            position.overdue / position.gross if position.gross else None,
        )


class DsoSheet(MonthlySheet):
    """The DSO of two years, in its variants, with the path to its target."""

    NAMES = ("dso", "dso_countback", "bpdso", "add")

    def name(self):
        return self.env._("DSO")

    def columns(self):
        return [
            (self.env._("Month End"), 12),
            (self.env._("DSO, Standard"), 12),
            (self.env._("DSO, Count-back"), 12),
            (self.env._("Best Possible DSO"), 12),
            (self.env._("Average Days Delinquent"), 12),
            *([(self.env._("Path to the Target"), 12)] if self._target() else []),
        ]

    def _target(self):
        return self.month.company_targets.get("dso")

    def fill(self):
        """Write a row by month end, and draw it as lines."""
        target = self._target()
        for day in self.month.curve_dates:
            self.row += 1
            figures = self.month.trend[day]
            self.text(0, self.month.label(day))
            for column, name in enumerate(self.NAMES, start=1):
                self.value(column, figures[name], self._style(name, figures))
            if target and target.start_date <= day:
                start = (target.start_date, target.start_value)
                end = (target.target_date, target.target_value)
                self.value(5, target_on(day, start, end), self.days)
        self.chart(
            "line",
            self.env._("Days sales outstanding"),
            [1, 2, 3, *([5] if target else [])],
            self.row,
            (HEADER_ROW, len(self.columns()) + 1),
            axis=self.env._("Days"),
        )

    def _style(self, name, figures):
        if name == "dso_countback" and figures["dso_countback_remainder"]:
            return self.at_least
        return self.days
