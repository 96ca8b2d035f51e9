"""The sheets of the monthly report about decisions: disputes and held orders."""

from datetime import timedelta
from statistics import mean, median

from pytz import utc

from odoo.fields import Datetime, Domain

from ..tools.kpi import dispute_days
from .monthly_sheet import MonthlySheet
from .xlsx_sheet import HEADER_ROW


class DisputesSheet(MonthlySheet):
    """What was contested, by reason, and how long it took to resolve."""

    OPEN, OPEN_AMOUNT = 3, 4

    def name(self):
        return self.env._("Disputes")

    def columns(self):
        return [
            (self.env._("Reason"), 30),
            (self.env._("Opened in the Month"), 11),
            (self.env._("Amount Opened"), 16),
            (self.env._("Open at the End"), 11),
            (self.env._("Amount Open"), 16),
            (self.env._("Closed in the Month"), 11),
            (self.env._("Days to Close"), 10),
            (self.env._("Within the Deadline"), 10),
            (self.env._("Credited"), 16),
        ]

    def fill(self):
        """Write a row by reason, the largest open amount first."""
        rows = self._rows()
        for reason, row in sorted(
            rows.items(), key=lambda item: -item[1]["open_amount"]
        ):
            self._write_reason(reason, row)
        last = self.row
        if last == HEADER_ROW:
            self.row += 1
            self.text(0, self.env._("No dispute"))
            return
        self._write_total(rows.values(), last)
        self._write_days(rows.values())
        self.chart(
            "column",
            self.env._("Contested by reason"),
            [self.OPEN_AMOUNT],
            last,
            (self.row + 2, 0),
            axis=self.month.currency.name,
        )

    def _rows(self):
        as_of = self.month.as_of
        first = as_of.replace(day=1)
        month = Domain("opened_date", ">=", first) & Domain("opened_date", "<=", as_of)
        closed = Domain("closed_date", ">=", first) & Domain("closed_date", "<=", as_of)
        is_open = Domain("opened_date", "<=", as_of) & (
            Domain("closed_date", "=", False) | Domain("closed_date", ">", as_of)
        )
        rows = {}
        for name, domain in [("opened", month), ("open", is_open)]:
            for reason, number, amount in self._group(
                domain, "__count", "amount_company:sum"
            ):
                row = rows.setdefault(reason, self._nothing())
                row.update({name: number, f"{name}_amount": amount})
        for reason, number, days, credited in self._group(
            closed, "__count", "days_to_close:avg", "amount_accepted_company:sum"
        ):
            row = rows.setdefault(reason, self._nothing())
            row.update({"closed": number, "days": days, "credited": credited})
        for reason, disputes in self._group(closed, "id:recordset"):
            rows[reason]["in_time"] = sum(
                not dispute.deadline or dispute.closed_date <= dispute.deadline
                for dispute in disputes
            )
        return rows

    def _nothing(self):
        names = ("opened", "opened_amount", "open", "open_amount", "closed", "in_time")
        return {**dict.fromkeys(names, 0), "days": None, "credited": 0.0}

    def _group(self, domain, *aggregates):
        return self.env["credit.dispute"]._read_group(
            domain & Domain("company_id", "=", self.month.company.id),
            ["reason_id"],
            aggregates,
        )

    def _write_reason(self, reason, row):
        self.row += 1
        self.text(0, reason.display_name)
        for column, name, style in [
            (1, "opened", self.number),
            (2, "opened_amount", self.amount),
            (self.OPEN, "open", self.number),
            (self.OPEN_AMOUNT, "open_amount", self.amount),
            (5, "closed", self.number),
            (8, "credited", self.amount),
        ]:
            self.value(column, row[name], style)
        if row["closed"]:
            self.value(6, row["days"], self.days)
            self.share(7, 100 * row["in_time"] / row["closed"])

    def _write_total(self, rows, last):
        rows = list(rows)
        self.row += 1
        self.text(0, self.env._("Total"), self.bold)
        for column, name, style in [
            (1, "opened", self.number),
            (2, "opened_amount", self.total),
            (self.OPEN, "open", self.number),
            (self.OPEN_AMOUNT, "open_amount", self.total),
            (5, "closed", self.number),
            (8, "credited", self.total),
        ]:
            self.formula(
                column,
                f"=SUM({self.rows_of(column, last)})",
                style,
                sum(row[name] for row in rows),
            )

    def _write_days(self, rows):
        """Write how many days of new disputes are open."""
        days = self.month.company.credit_dso_days
        first = self.month.as_of - timedelta(days=days - 1)
        opened = sum(
            amount
            for _reason, amount in self._group(
                Domain("opened_date", ">=", first)
                & Domain("opened_date", "<=", self.month.as_of),
                "amount_company:sum",
            )
        )
        self.row += 1
        self.text(0, self.env._("Dispute days (of %s days)", days), self.bold)
        open_amount = sum(row["open_amount"] for row in rows)
        self.value(self.OPEN_AMOUNT, dispute_days(open_amount, opened, days), self.days)


class HoldsSheet(MonthlySheet):
    """How many orders waited for a decision, and for how long, by month."""

    def name(self):
        return self.env._("Hold Desk")

    def columns(self):
        return [
            (self.env._("Month"), 12),
            (self.env._("Orders Held"), 10),
            (self.env._("Amount Held"), 16),
            (self.env._("Decided"), 10),
            (self.env._("Mean Hours to Decide"), 12),
            (self.env._("Median Hours to Decide"), 12),
            (self.env._("Within the Target"), 10),
            (self.env._("Refused"), 10),
            (self.env._("Amount Refused"), 16),
        ]

    def fill(self):
        """Write a row by month, and draw the time that decisions took."""
        placed, decided = self._placed(), self._decided()
        for day in self.month.dates:
            self.row += 1
            month = day.replace(day=1)
            number, amount = placed.get(month, (0, 0.0))
            self.text(0, self.month.label(day))
            self.value(1, number, self.number)
            self.value(2, amount, self.amount)
            self._write_decisions(decided.get(month, []))
        last = self.row
        self.sums({2: sum(amount for _number, amount in placed.values())}, last)
        if not decided:
            return
        self.chart(
            "line",
            self.env._("Time to decide"),
            [4, 5],
            last,
            (self.row + 2, 0),
            axis=self.env._("Working hours"),
        )

    def _domain(self, name):
        first, last = self.month.dates[0].replace(day=1), self.month.as_of
        return (
            Domain("company_id", "=", self.month.company.id)
            & Domain(name, ">=", self._midnight(first))
            & Domain(name, "<", self._midnight(last + timedelta(days=1)))
        )

    def _midnight(self, day):
        """Return when a day begins where the reader is, in universal time."""
        begin = self.env.tz.localize(Datetime.to_datetime(day))
        return begin.astimezone(utc).replace(tzinfo=None)

    def _placed(self):
        rows = self.env["credit.hold"]._read_group(
            self._domain("request_date"),
            ["request_date:month"],
            ["__count", "order_amount:sum"],
        )
        return {month.date(): (number, amount) for month, number, amount in rows}

    def _decided(self):
        """Return what people have decided, by month."""
        holds = self.env["credit.hold"].search_fetch(
            self._domain("decision_date") & Domain("decided_by_id", "!=", False),
            [
                "decision",
                "decision_date",
                "deadline",
                "hours_to_decide",
                "order_amount",
            ],
        )
        return holds.grouped(
            lambda hold: (
                Datetime.context_timestamp(hold, hold.decision_date)
                .date()
                .replace(day=1)
            )
        )

    def _write_decisions(self, holds):
        self.value(3, len(holds), self.number)
        if not holds:
            return
        hours = holds.mapped("hours_to_decide")
        refused = holds.filtered(lambda hold: hold.decision == "refused")
        in_time = holds.filtered(
            lambda hold: not hold.deadline or hold.decision_date <= hold.deadline
        )
        self.value(4, mean(hours), self.days)
        self.value(5, median(hours), self.days)
        self.share(6, 100 * len(in_time) / len(holds))
        self.value(7, len(refused), self.number)
        self.value(8, sum(refused.mapped("order_amount")), self.amount)
