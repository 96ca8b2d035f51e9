import io
import json
import tempfile
from datetime import datetime

from lxml import html
from openpyxl import load_workbook

from odoo.http import Request
from odoo.tests import HttpCase, tagged

from .test_aged_balance import AgedCommon

REPORT = "credit_management.credit_aged_balance_report"
AMOUNTS = {
    "Not Due": 60000, "1 to 30 Days": 12600, "31 to 60 Days": 24000, "61 to 90 Days": 0,
    "More than 90 Days": 4800, "Overdue": 41400, "Unallocated": -1800, "Balance": 99600,
    "Disputed": 3600, "Promised": 3000, "In a Plan": 0,
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestAgedBalanceWorkbook(AgedCommon):
    """The workbook as openpyxl reads it: values, formulas, formats."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_aside(cls.customers, cls.moves)

    def _file(self, **options):
        file = tempfile.TemporaryFile()  # noqa: SIM115, closed at the end
        self.addCleanup(file.close)
        asked = self.Aged._options({"date": str(self.as_of), **options})
        self.Aged._write_xlsx(asked, file)
        return file

    def _books(self, **options):
        """Return the workbook with its values, and with its formulas."""
        file = self._file(**options)
        return load_workbook(file, data_only=True), load_workbook(file)

    def _columns(self, sheet):
        return {cell.value: cell.column for cell in sheet[3] if cell.value}

    def _row(self, sheet, label):
        """Return the row that begins with a text."""
        [row] = [cells for cells in sheet.iter_rows() if cells[0].value == label]
        return row

    def _amounts(self, sheet, label):
        columns = self._columns(sheet)
        row = self._row(sheet, label)
        return {name: row[columns[name] - 1].value for name in AMOUNTS}

    def test_each_sheet_has_the_totals_of_the_ledger(self):
        values, formulas = self._books(dimension="salesperson")
        self.assertEqual(values.sheetnames, ["Groups", "By Customer", "Items"])
        for sheet in values:
            with self.subTest(sheet=sheet.title):
                self.assertEqual(self._amounts(sheet, "Total"), AMOUNTS)
                columns = self._columns(sheet)
                self._check_total_formulas(formulas[sheet.title], columns)
                self._check_rows_add_up(sheet, columns)
                balance = columns["Balance"] - 1
                self.assertEqual(
                    [
                        self._row(sheet, label)[balance].value
                        for label in ("General ledger", "Difference")
                    ],
                    [99600, 0],
                )

    def _check_total_formulas(self, sheet, columns):
        total = self._row(sheet, "Total")
        last = total[0].row - 1
        for name in AMOUNTS:
            cell = total[columns[name] - 1]
            letter = cell.column_letter
            self.assertEqual(cell.value, f"=SUM({letter}4:{letter}{last})")
            self.assertIn("0.00", cell.number_format)
        difference = self._row(sheet, "Difference")[columns["Balance"] - 1].value
        self.assertRegex(difference, r"^=ROUND\([A-Z]+\d+-[A-Z]+\d+,2\)$")

    def _check_rows_add_up(self, sheet, columns):
        """The cached values of the formulas are what the formulas give."""
        total = self._row(sheet, "Total")
        for row in sheet.iter_rows(min_row=4, max_row=total[0].row - 1):
            value = {name: row[columns[name] - 1].value for name in AMOUNTS}
            ages = [name for name in AMOUNTS if "Days" in name]
            self.assertEqual(value["Overdue"], sum(value[name] for name in ages))
            self.assertEqual(
                value["Balance"],
                value["Not Due"] + value["Overdue"] + value["Unallocated"],
            )

    def test_any_number_of_groups_costs_the_same_queries(self):
        few = self._queries()
        for number in range(4):
            holding = self._create_customer(f"Holding {number}")
            company = self._create_customer(f"Company {number}")
            company.parent_id = holding
            self._invoice(10, partner=company, invoice_date=self.as_of)
        self.assertEqual(self._queries(), few)

    def _queries(self):
        """Return how many queries a workbook takes once the caches are warm."""
        self._file(dimension="salesperson")
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        self._file(dimension="salesperson")
        return self.env.cr.sql_log_count - start

    def test_the_header_stays_and_filters(self):
        _values, formulas = self._books()
        self.assertEqual(formulas.sheetnames, ["By Customer", "Items"])
        for sheet in formulas:
            self.assertEqual(sheet.freeze_panes, "A4")
            last = self._row(sheet, "Total")[0].row - 1
            self.assertRegex(sheet.auto_filter.ref, rf"^A3:[A-Z]+{last}$")
            self.assertEqual(sheet.print_title_rows, "$3:$3")
            self.assertEqual(sheet.page_setup.orientation, "landscape")

    def test_items_have_dates_and_the_column_of_their_age(self):
        values, formulas = self._books()
        sheet = values["Items"]
        columns = self._columns(sheet)
        rows = {row[columns["Number"] - 1].value: row for row in sheet.iter_rows(4)}
        row = rows[self.moves["INV04"].name]
        found = {name: row[column - 1].value for name, column in columns.items()}
        expected = {
            "Customer": "B SA", "Document": "Invoice", "Date": datetime(2026, 2, 1),
            "Due": datetime(2026, 3, 3), "Days Overdue": 28, "Amount": 9600,
            "Not Due": 0, "1 to 30 Days": 9600, "Overdue": 9600, "Balance": 9600,
            "Disputed": 3600, "Open in Currency": 9600,
        }  # fmt: skip
        self.assertEqual({name: found[name] for name in expected}, expected)
        self.assertTrue(row[columns["Due"] - 1].is_date)
        credit = rows[self.moves["CN01"].name]
        self.assertEqual(credit[columns["Unallocated"] - 1].value, -1200)
        self.assertIsNone(credit[columns["Due"] - 1].value)
        self.assertEqual(credit[columns["Document"] - 1].value, "Credit note")
        place = credit[columns["Balance"] - 1].coordinate
        self.assertTrue(formulas["Items"][place].value.startswith("="))

    def test_customers_tell_whom_they_belong_to(self):
        self.customers["B"].write({"user_id": self.salesperson.id, "ref": "K7"})
        sheet = self._books()[0]["By Customer"]
        columns = self._columns(sheet)
        row = self._row(sheet, "B SA")
        self.assertEqual(row[columns["Salesperson"] - 1].value, "Salesperson")
        self.assertEqual(row[columns["Reference"] - 1].value, "K7")

    def test_filtered_files_have_the_filtered_rows_and_the_whole_check(self):
        sheet = self._books(search="B SA")[0]["By Customer"]
        self.assertEqual(self._amounts(sheet, "Total")["Balance"], 9000)
        column = self._columns(sheet)["Balance"] - 1
        everybody = self._row(sheet, "All customers, without filters")
        self.assertEqual(everybody[column].value, 99600)
        self.assertEqual(self._row(sheet, "Difference")[column].value, 0)
        items = self._books(search="B SA")[0]["Items"]
        names = {row[0].value for row in items.iter_rows(4, self._last_row(items))}
        self.assertEqual(names, {"B SA"})

    def _last_row(self, sheet):
        return self._row(sheet, "Total")[0].row - 1

    def test_nothing_open_is_a_workbook_too(self):
        values, _formulas = self._books(date="2020-01-01")
        for sheet in values:
            column = self._columns(sheet)["Balance"] - 1
            self.assertEqual(self._row(sheet, "Difference")[column].value, 0)

    def test_text_of_users_is_never_a_formula(self):
        self.customers["B"].write({"name": "=1+1", "ref": "=2+2"})
        _values, formulas = self._books()
        row = self._row(formulas["By Customer"], "=1+1")
        self.assertEqual(row[0].data_type, "s")


@tagged("post_install", "-at_install")
class TestAgedBalanceFiles(AgedCommon, HttpCase):
    """What the buttons download, and who may."""

    def _post(self, user, extension, options):
        self.authenticate(user.login, user.login)
        token = Request.csrf_token(self)
        return self.url_open(
            f"/credit/aged_balance/{extension}",
            data={"options": options, "csrf_token": token},
        )

    def test_finance_downloads_the_workbook(self):
        options = json.dumps({"date": str(self.as_of)})
        answer = self._post(self.collector, "xlsx", options)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("2026-03-31.xlsx", answer.headers["Content-Disposition"])
        book = load_workbook(io.BytesIO(answer.content), data_only=True)
        self.assertEqual(book.sheetnames, ["By Customer", "Items"])

    def test_the_file_is_of_the_companies_on_the_screen(self):
        other = self.setup_other_company(name="Other SA")["company"]
        stranger = self.setup_other_company(name="Strange SA")["company"]
        self.collector.company_ids |= other
        titles = []
        for companies in (self.company, other, other + self.company):
            options = {"date": str(self.as_of), "company_ids": companies.ids}
            answer = self._post(self.collector, "xlsx", json.dumps(options))
            book = load_workbook(io.BytesIO(answer.content), data_only=True)
            titles.append(book.worksheets[0]["A1"].value.partition(":")[0])
        name = self.company.name
        self.assertEqual(titles, [name, "Other SA", f"Other SA, {name}"])
        for company_ids, status in [(stranger.ids, 403), ("x", 400), (["x"], 400)]:
            answer = self._post(
                self.collector, "xlsx", json.dumps({"company_ids": company_ids})
            )
            self.assertEqual(answer.status_code, status, company_ids)
        answer = self._post(self.collector, "xlsx", "[" * 100000)
        self.assertEqual(answer.status_code, 400)

    def test_nobody_else_does(self):
        for user in (self.salesperson, self.sales_manager, self.accountant):
            for extension in ("xlsx", "pdf"):
                answer = self._post(user, extension, "{}")
                self.assertEqual(answer.status_code, 403, (user.name, extension))

    def test_nonsense_is_refused(self):
        for options in ("{", '{"date": 7}', '"text"', '{"dimension": "x"}'):
            answer = self._post(self.collector, "xlsx", options)
            self.assertIn(answer.status_code, (400, 422), options)

    # ------------------------------------------------------------------
    # PDF
    # ------------------------------------------------------------------

    def _html(self, **options):
        content, _type = (
            self.env["ir.actions.report"]
            .with_user(self.collector)
            ._render_qweb_html(
                REPORT, [], data={"options": {"date": str(self.as_of), **options}}
            )
        )
        return html.fromstring(content)

    def _texts(self, tree, xpath):
        return [
            " ".join(node.text_content().replace("\ufeff", "").split())
            for node in tree.xpath(xpath)
        ]

    def test_the_page_has_the_lines_the_total_and_the_check(self):
        page = self._html(order="name", descending=False)
        names = self._texts(page, "//table[@class='o_aged_line']//td[1]")
        self.assertEqual(names, [f"{key} SA" for key in "ABCDE"])
        total = self._texts(page, "//table[@class='o_aged_total']//td")
        self.assertEqual(total[0], "Total: 5 customers")
        self.assertEqual(
            [text.replace(",", "") for text in total[1:9]],
            ["60000.00", "12600.00", "24000.00", "", "4800.00", "41400.00"]
            + ["-1800.00", "99600.00"],
        )
        for name, amount in [
            ("balance", "99,600.00"), ("ledger", "99,600.00"), ("difference", "0.00"),
        ]:  # fmt: skip
            [text] = self._texts(page, f"//table[@name='check']//td[@name='{name}']")
            self.assertIn(amount, text)

    def test_the_page_is_by_the_group_asked_for_and_names_the_filters(self):
        self.customers["A"].user_id = self.salesperson
        page = self._html(dimension="salesperson", salesperson_ids=self.salesperson.ids)
        names = self._texts(page, "//table[@class='o_aged_line']//td[1]")
        self.assertEqual(names, ["Salesperson"])
        self.assertIn("Salesperson: Salesperson", page.text_content())
        [balance] = self._texts(page, "//td[@name='balance']")
        self.assertIn("99,600.00", balance)

    def test_a_long_page_is_cut_and_says_so(self):
        from ..report.aged_balance import credit_aged_balance_report

        self.patch(credit_aged_balance_report, "MOST_LINES", 2)
        page = self._html()
        self.assertEqual(len(page.xpath("//table[@class='o_aged_line']")), 2)
        self.assertIn("Only the first 2 lines", page.text_content())
        total = self._texts(page, "//table[@class='o_aged_total']//td")
        self.assertEqual(total[8].replace(",", ""), "99600.00")


@tagged("post_install", "-at_install")
class TestAgedBalanceTour(AgedCommon, HttpCase):
    def test_a_collector_reads_it(self):
        self.customers["A"].user_id = self.salesperson
        self.start_tour(
            "/odoo/aged-balance", "credit_aged_balance", login=self.collector.login
        )
