"""The sheets of the monthly report about who owes, and who sold to them."""

from xlsxwriter.utility import xl_rowcol_to_cell

from odoo.tools import split_every

from ..tools.kpi import concentration, rate, standard_dso
from .monthly_sheet import MonthlySheet
from .xlsx_sheet import HEADER_ROW

# customers that are drawn, and those whose share is told
DRAWN = 10
TOPS = (1, 5, 10, 20)
NAMES_AT_ONCE = 1000


class CustomersSheet(MonthlySheet):
    """Who owes how much, the largest debts first, and how few they are."""

    OWED, OVERDUE, SHARE, TOGETHER, RATE, CONCENTRATION = 2, 3, 4, 5, 6, 8

    def name(self):
        return self.env._("Customers")

    def columns(self):
        return [
            (self.env._("Customer"), 34),
            (self.env._("Salesperson"), 22),
            (self.env._("Receivable"), 16),
            (self.env._("Overdue"), 16),
            (self.env._("Share"), 9),
            (self.env._("Together"), 9),
            (self.env._("Overdue Rate"), 9),
            ("", 3),
            (self.env._("Concentration"), 28),
            (self.env._("Value"), 14),
        ]

    def fill(self):
        """Write a row by customer, the concentration beside the first ones."""
        debts = {
            key: (round(position.gross - position.unallocated, 6), position)
            for key, position in self.month.positions_by("partner").items()
        }
        ranked = sorted(debts.items(), key=lambda debt: -debt[1][0])
        owing = [(key, net, position) for key, (net, position) in ranked if net > 0]
        total = sum(net for _key, net, _position in owing)
        last = HEADER_ROW + len(owing)
        beside = self._concentration([net for _key, net, _position in owing])
        self._together = 0.0
        for part in split_every(NAMES_AT_ONCE, owing):
            labels = self._labels([key for key, _net, _position in part])
            for key, net, position in part:
                self.row += 1
                self._write_customer(labels[key], net, position, total)
                self._write_beside(beside, last)
        while self.row - HEADER_ROW < len(beside):
            self.row += 1
            self._write_beside(beside, last)
        if owing:
            self.sheet.autofilter(HEADER_ROW, 0, last, self.RATE)
            self.chart(
                "column",
                self.env._("Who owes most"),
                [self.OWED, self.OVERDUE],
                min(last, HEADER_ROW + DRAWN),
                (HEADER_ROW + len(beside) + 3, self.CONCENTRATION),
                axis=self.month.currency.name,
            )

    def _labels(self, keys):
        """Return names of customers and of their salespeople, forgotten at once."""
        partners = self.env["res.partner"].sudo().browse(filter(None, keys))
        partners.fetch(["complete_name", "user_id"])
        labels = {
            partner.id: (partner.complete_name, partner.user_id.name)
            for partner in partners
        }
        partners.invalidate_recordset()
        return {None: (self.env._("None"), ""), **labels}

    def _write_customer(self, labels, net, position, total):
        for column, label in enumerate(labels):
            self.text(column, label)
        self.value(self.OWED, net, self.amount)
        self.value(self.OVERDUE, position.overdue, self.amount)
        total_cell = xl_rowcol_to_cell(
            HEADER_ROW + 1, self.CONCENTRATION + 1, row_abs=True, col_abs=True
        )
        share = net / total
        formula = f"={self.cell(self.OWED)}/{total_cell}"
        self.formula(self.SHARE, formula, self.percent, share)
        self._together += share
        is_first = self.row == HEADER_ROW + 1
        above = "" if is_first else f"{xl_rowcol_to_cell(self.row - 1, self.TOGETHER)}+"
        self.formula(
            self.TOGETHER,
            f"={above}{self.cell(self.SHARE)}",
            self.percent,
            self._together,
        )
        self.share(self.RATE, rate(position.overdue, position.gross))

    def _concentration(self, amounts):
        """Return what stands beside the customers: labels, values, formats.

        The first one is the total that all shares are of, as a formula.
        """
        spread = concentration(amounts)
        if not spread:
            return []
        return [
            (self.env._("Owed by all of them"), sum(amounts), self.total),
            *(
                (self._top_label(count), spread.top(count) / 100, self.percent)
                for count in TOPS
                if count < len(amounts)
            ),
            (self.env._("Herfindahl index"), spread.herfindahl, None),
            (self.env._("Effective number"), spread.effective_number, self.days),
            (self.env._("Customers who owe"), len(amounts), self.number),
        ]

    def _top_label(self, count):
        return self.env._("The largest %s", count)

    def _write_beside(self, beside, last):
        rank = self.row - HEADER_ROW - 1
        if rank < len(beside):
            label, value, style = beside[rank]
            self.text(self.CONCENTRATION, label)
            if rank == 0:
                formula = f"=SUM({self.rows_of(self.OWED, last)})"
                self.formula(self.CONCENTRATION + 1, formula, style, value)
            else:
                self.value(self.CONCENTRATION + 1, value, style)


class SalespeopleSheet(MonthlySheet):
    """What the customers of each salesperson owe, and how fast they pay."""

    def name(self):
        return self.env._("Salespeople")

    def columns(self):
        days = self.month.company.credit_dso_days
        return [
            (self.env._("Salesperson"), 26),
            (self.env._("Gross Receivable"), 16),
            (self.env._("Not Yet Allocated"), 16),
            (self.env._("Receivable"), 16),
            (self.env._("Overdue"), 16),
            (self.env._("Overdue Rate"), 9),
            (self.env._("Contested"), 14),
            (self.env._("Promised"), 14),
            (self.env._("Sales of %s Days", days), 16),
            (self.env._("DSO, Standard"), 10),
            (self.env._("Weighted Days Late"), 10),
        ]

    def fill(self):
        """Write a row by salesperson, the largest overdue amounts first."""
        groups = self.env["credit.kpi"]._by_group(
            self.month.company, self.month.as_of, dimension="salesperson"
        )
        labels = self.env["credit.kpi.customer"]._labels("salesperson", groups)
        rows = sorted(groups.items(), key=lambda group: -group[1]["overdue"])
        for key, figures in rows:
            if (
                figures["receivable_gross"]
                or figures["unallocated"]
                or figures["sales"]
            ):
                self._write_salesperson(labels[key], figures)
        last = self.row
        if last == HEADER_ROW:
            return
        self._write_total(groups.values(), last)
        self.chart(
            "column",
            self.env._("Receivable and overdue by salesperson"),
            [3, 4],
            last,
            (self.row + 2, 0),
            axis=self.month.currency.name,
        )

    def _write_salesperson(self, label, figures):
        self.row += 1
        self.text(0, label)
        for column, name in [
            (1, "receivable_gross"),
            (2, "unallocated"),
            (4, "overdue"),
            (6, "disputed"),
            (7, "promised"),
            (8, "sales"),
        ]:
            self.value(column, figures[name], self.amount)
        self.formula(
            3, f"={self.cell(1)}-{self.cell(2)}", self.amount, figures["receivable"]
        )
        self._write_ratios(figures)
        self.value(10, figures["wadl"], self.days)

    def _write_ratios(self, figures):
        gross, overdue, sales = self.cell(1), self.cell(4), self.cell(8)
        overdue_rate = rate(figures["overdue"], figures["receivable_gross"])
        self.formula(
            5,
            f'=IF({gross}>0,{overdue}/{gross},"")',
            self.percent,
            overdue_rate and overdue_rate / 100,
        )
        days = self.month.company.credit_dso_days
        self.formula(
            9,
            f'=IF({sales}>0,{self.cell(3)}*{days}/{sales},"")',
            self.days,
            standard_dso(figures["receivable"], figures["sales"], days),
        )

    def _write_total(self, groups, last):
        names = {
            1: "receivable_gross", 2: "unallocated", 3: "receivable", 4: "overdue",
            6: "disputed", 7: "promised", 8: "sales",
        }  # fmt: skip
        totals = {name: sum(row[name] for row in groups) for name in names.values()}
        self.sums({column: totals[name] for column, name in names.items()}, last)
        self._write_ratios(totals)
