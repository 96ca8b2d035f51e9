import io
import re
from datetime import date, datetime

from openpyxl import load_workbook

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, freeze_time, tagged

from .kpi_common import KpiCommon


class _Workbook:
    """A workbook as its reader sees it: values, formulas, formats and charts."""

    def __init__(self, content):
        self._values = load_workbook(io.BytesIO(content), data_only=True)
        self._formulas = load_workbook(io.BytesIO(content))
        self.names = self._values.sheetnames

    def rows(self, sheet):
        """Return the values of the rows below the header, by label of column."""
        rows = list(self._values[sheet].iter_rows(min_row=3, values_only=True))
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    def row(self, sheet, label):
        """Return the row that begins with a label."""
        return next(
            row for row in self.rows(sheet) if next(iter(row.values())) == label
        )

    def formula(self, sheet, label, column):
        """Return the formula, or the value, and the format of a cell."""
        cells = self._formulas[sheet]
        header = [cell.value for cell in cells[3]]
        row = next(r for r in cells.iter_rows(min_row=4) if r[0].value == label)
        cell = row[header.index(column)]
        return cell.value, cell.number_format

    def charts(self, sheet):
        return self._formulas[sheet]._charts

    def errors(self):
        """Return the cells with an error."""
        return [
            (sheet.title, cell.coordinate, cell.value)
            for sheet in self._values
            for row in sheet.iter_rows()
            for cell in row
            if isinstance(cell.value, str) and re.match(r"#\w+[!?/]", cell.value)
        ]


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10")
class TestMonthlyReport(KpiCommon):
    """The monthly report as a workbook."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers, cls.moves = cls._ledger()

    def _render(self, user=None, as_of=None):
        Workbook = self.env["credit.monthly.workbook"].with_user(user or self.collector)
        return _Workbook(Workbook._render_xlsx(self.company, as_of or self.as_of))

    def test_the_overview_has_thirteen_months_and_the_targets(self):
        self.customers["A"].user_id = self.salesperson
        for vals in (
            {"start_date": "2025-12-31", "start_value": 73.0},
            {"scope": "salesperson", "salesperson_id": self.salesperson.id,
             "start_date": "2026-01-31", "start_value": 90.0},
        ):  # fmt: skip
            self.env["credit.kpi.target"].create(
                {"target_date": "2026-12-31", "target_value": 60.0, **vals}
            )
        book = self._render()
        figures = self._figures()
        expected = {
            "Gross receivable": 101400,
            "Receivable (general ledger)": 99600,
            "Overdue": 41400,
            "Not due": 60000,
            "Sales of 90 days": 133200,
            "Collected in the month": 36600,
            "DSO, standard (days)": figures["dso"],
            "DSO, count-back (days)": figures["dso_countback"],
            "Average days delinquent": figures["add"],
            "Weighted days to pay": figures["wadp"],
            "Overdue rate": figures["overdue_rate"] / 100,
            "Collection effectiveness": figures["cei"] / 100,
        }
        for label, value in expected.items():
            with self.subTest(label):
                self.assertAlmostEqual(
                    book.row("Overview", label)["Mar 2026"], value, 4
                )
        self.assertEqual(len(book.row("Overview", "Overdue")), 1 + 13 + 4)
        february = self._figures("2026-02-28")
        dso = book.row("Overview", "DSO, standard (days)")
        self.assertAlmostEqual(dso["Feb 2026"], february["dso"], 4)
        self.assertFalse(dso["Apr 2025"])
        path = 73 - 13 * 90 / 365
        self.assertAlmostEqual(dso["Path to the Target"], path, 4)
        self.assertAlmostEqual(dso["Gap"], figures["dso"] - path, 4)
        self.assertEqual(dso["Target Date"], datetime(2026, 12, 31))
        formula, number_format = book.formula("Overview", "Overdue rate", "Mar 2026")
        self.assertEqual(formula, '=IF(N4>0,N7/N4,"")')
        self.assertEqual(number_format, "0.0%")
        self.assertEqual(
            book.formula("Overview", "Receivable (general ledger)", "Mar 2026"),
            ("=N4-N5", "#,##0"),
        )
        part = book.rows("Overview")[-1]
        self.assertIn(self.salesperson.name, part["Figure (amounts in USD)"])
        self.assertFalse(book.errors())

    def test_ages_add_up_to_the_ledger(self):
        book = self._render()
        march = book.row("Ageing", "Mar 2026")
        self.assertEqual(
            list(march.values())[1:9],
            [60000, 12600, 24000, 0, 4800, 101400, -1800, 99600],
        )
        self.assertAlmostEqual(march["Overdue Rate"], 41400 / 101400)
        self.assertEqual(
            book.formula("Ageing", "Mar 2026", "Gross Receivable")[0], "=SUM(B16:F16)"
        )
        self.assertEqual(
            book.formula("Ageing", "Mar 2026", "Receivable"),
            ("=G16+H16", "[$$]#,##0.00"),
        )
        self.assertEqual(len(book.rows("Ageing")), 13)
        [chart] = book.charts("Ageing")
        self.assertEqual(len(chart.series), 5)
        self.assertEqual(chart.grouping, "stacked")

    def test_the_curve_of_two_years(self):
        book = self._render()
        rows = book.rows("DSO")
        self.assertEqual(len(rows), 25)
        self.assertIsNone(rows[0]["DSO, Standard"])
        march = book.row("DSO", "Mar 2026")
        self.assertAlmostEqual(march["DSO, Count-back"], 73.15, 2)
        self.assertNotIn("Path to the Target", march)
        [chart] = book.charts("DSO")
        self.assertEqual(len(chart.series), 3)
        reference = chart.series[0].val.numRef.f
        self.assertEqual(reference.replace("'", ""), "DSO!$B$4:$B$28")

    def test_customers_are_ranked_and_their_concentration_told(self):
        book = self._render()
        rows = book.rows("Customers")
        self.assertEqual(
            [(row["Customer"], row["Receivable"], row["Overdue"]) for row in rows[:4]],
            [
                ("D SA", 48000, 0),
                ("A SA", 34800, 24000),
                ("B SA", 9000, 9600),
                ("E SA", 4800, 4800),
            ],
        )
        self.assertAlmostEqual(rows[0]["Share"], 48000 / 99600)
        self.assertAlmostEqual(rows[1]["Together"], 82800 / 99600)
        self.assertAlmostEqual(rows[4]["Together"], 1)
        beside = {row["Concentration"]: row["Value"] for row in rows}
        self.assertEqual(beside["Owed by all of them"], 99600)
        self.assertAlmostEqual(beside["The largest 1"], 48000 / 99600)
        self.assertEqual(beside["Customers who owe"], 5)
        self.assertAlmostEqual(
            beside["Herfindahl index"],
            sum((net / 99600) ** 2 for net in (48000, 34800, 9000, 4800, 3000)),
        )
        self.assertEqual(book.formula("Customers", "A SA", "Together")[0], "=F4+E5")
        self.assertEqual(book.formula("Customers", "A SA", "Share")[0], "=C5/$J$4")
        self.assertEqual(len(book.charts("Customers")), 1)

    def test_disputes_by_reason(self):
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        item = self.moves["INV04"]._dunning_items()
        with freeze_time("2026-03-10"):
            self.env["credit.dispute"].action_open([(item, 3600)], reason)
        book = self._render()
        row = book.row("Disputes", reason.name)
        self.assertEqual(
            (row["Opened in the Month"], row["Amount Opened"], row["Amount Open"]),
            (1, 3600, 3600),
        )
        self.assertEqual(book.row("Disputes", "Total")["Amount Open"], 3600)
        self.assertEqual(
            book.row("Disputes", "Dispute days (of 90 days)")["Amount Open"], 90
        )
        self.assertEqual(len(book.charts("Disputes")), 1)
        before = self._render(as_of=date(2026, 2, 28))
        self.assertEqual(before.row("Disputes", "No dispute")["Amount Open"], None)

    def test_the_hold_desk_by_month(self):
        with freeze_time("2026-03-03 09:00:00"):
            orders = self._quotation(1100) + self._quotation(2200)
            orders.with_user(self.salesperson).action_confirm_or_hold()
        with freeze_time("2026-03-03 11:00:00"):
            orders[0].credit_hold_ids.with_user(self.cfo).action_release(comment="Yes")
        with freeze_time("2026-03-20 11:00:00"):
            orders[1].credit_hold_ids.with_user(self.cfo).action_refuse(
                reason="No", message="Sorry"
            )
        book = self._render()
        march = book.row("Hold Desk", "Mar 2026")
        self.assertEqual(march["Orders Held"], 2)
        self.assertEqual(march["Amount Held"], 3300)
        self.assertEqual(march["Decided"], 2)
        self.assertEqual(march["Within the Target"], 0.5)
        self.assertEqual((march["Refused"], march["Amount Refused"]), (1, 2200))
        hours = orders.credit_hold_ids.mapped("hours_to_decide")
        self.assertAlmostEqual(march["Mean Hours to Decide"], sum(hours) / 2)
        february = book.row("Hold Desk", "Feb 2026")
        self.assertEqual(february["Orders Held"], 0)
        self.assertIsNone(february["Mean Hours to Decide"])

    def test_a_month_begins_and_ends_where_the_reader_is(self):
        for moment in ("2026-03-31 22:30:00", "2026-04-01 01:00:00"):
            with freeze_time(moment):
                order = self._quotation(1100)
                order.with_user(self.salesperson).action_confirm_or_hold()
                order.credit_hold_ids.with_user(self.cfo).action_refuse(
                    reason="No", message="Sorry"
                )
        for zone, count in (("America/New_York", 2), ("UTC", 1), ("Europe/Paris", 0)):
            Workbook = self.env["credit.monthly.workbook"].with_user(self.collector)
            Workbook = Workbook.with_context(tz=zone)
            book = _Workbook(Workbook._render_xlsx(self.company, self.as_of))
            march = book.row("Hold Desk", "Mar 2026")
            with self.subTest(zone):
                self.assertEqual((march["Orders Held"], march["Decided"]), (count,) * 2)
                total = book.row("Hold Desk", "Total")["Amount Held"]
                self.assertEqual(total, 1100 * count)

    def test_salespeople_and_their_total(self):
        self.customers["A"].user_id = self.salesperson
        self.customers["B"].user_id = self.other_salesperson
        book = self._render()
        figures = self.Kpi.figures_by("salesperson", self.company, self.as_of)
        own = book.row("Salespeople", self.salesperson.name)
        self.assertEqual(own["Receivable"], 34800)
        self.assertAlmostEqual(
            own["DSO, Standard"], figures[self.salesperson.id]["dso"], 4
        )
        total = book.row("Salespeople", "Total")
        self.assertEqual((total["Receivable"], total["Overdue"]), (99600, 41400))
        self.assertAlmostEqual(total["DSO, Standard"], self._figures()["dso"], 4)
        self.assertEqual(
            book.formula("Salespeople", "Total", "Overdue")[0], "=SUM(E4:E6)"
        )

    def test_without_anything_the_workbook_is_empty_not_broken(self):
        book = self._render(as_of=date(2025, 6, 30))
        self.assertEqual(len(book.names), 7)
        self.assertFalse(book.errors())
        self.assertFalse(book.row("Overview", "DSO, standard (days)")["Jun 2025"])

    def test_names_of_customers_are_no_formulas(self):
        self._invoice(
            100,
            partner=self._create_customer("=1+1"),
            invoice_date=date(2026, 3, 1),
        )
        row = self._render().row("Customers", "=1+1")
        self.assertEqual(row["Receivable"], 100)

    def test_only_finance_of_the_company_exports(self):
        other = self.env["res.company"].create({"name": "Other SA"})
        Request = self.env["credit.monthly.report"]
        request = Request.with_user(self.collector).create({})
        self.assertEqual(request.as_of, self.as_of)
        self.assertEqual(request.action_export()["type"], "ir.actions.act_url")
        request.month = date(2026, 4, 2)
        self.assertEqual(request.as_of, date(2026, 4, 10))
        request.company_id = other
        with self.assertRaises(AccessError):
            request.action_export()
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                Request.with_user(user).create({})
            with self.assertRaises(AccessError):
                self._render(user)


@tagged("post_install", "-at_install")
class TestMonthlyReportDownload(KpiCommon, HttpCase):
    """The download of the monthly report."""

    def test_one_downloads_what_one_has_asked_for(self):
        request = self.env["credit.monthly.report"].with_user(self.collector).create({})
        url = request.action_export()["url"]
        self.authenticate(self.collector.login, self.collector.login)
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn(".xlsx", response.headers["Content-Disposition"])
        self.assertEqual(len(_Workbook(response.content).names), 7)
        self.authenticate(self.manager.login, self.manager.login)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(self.salesperson.login, self.salesperson.login)
        self.assertEqual(self.url_open(url).status_code, 403)
