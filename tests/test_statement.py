import io
import re
import zipfile

from lxml import etree, html

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools.pdf import PdfFileReader

from .common import CreditCommon

REPORT = "credit_management.credit_statement_report"


class StatementCommon(CreditCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Statement = cls.env["credit.statement"]
        cls.today = cls._today()
        cls.late = cls._invoice(
            300, due=cls._today(days=-40), invoice_date=cls._today(days=-70), ref="PO7"
        )
        cls.due_today = cls._invoice(
            120, due=cls.today, invoice_date=cls._today(days=-30)
        )
        cls._pay(cls.late, 100, date=cls._today(days=-20))
        cls.credit_note = cls._credit_note(50, invoice_date=cls._today(days=-10))
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Buyer", "parent_id": cls.customer.id}
        )

    def _statement(self, partner=None, as_of=None):
        [statement] = self.Statement._statements(
            partner or self.customer, self.company, as_of
        )
        return statement

    def _account(self, **kwargs):
        [account] = self._statement(**kwargs).accounts
        return account

    def _html(self, partners, **context):
        content, _type = (
            self.env["ir.actions.report"]
            .with_context(**context)
            ._render_qweb_html(REPORT, partners.ids)
        )
        return html.fromstring(content)

    def _texts(self, tree, xpath):
        """Return the texts found."""
        return [self._plain(found) for found in tree.xpath(xpath)]

    def _plain(self, node):
        """Return a text, its white space and no-break spaces plain."""
        return " ".join(node.text_content().replace("\ufeff", "").split())


@tagged("post_install", "-at_install")
class TestStatement(StatementCommon):
    def test_items_come_by_due_date_with_a_running_total(self):
        account = self._account()
        self.assertEqual(
            [
                (
                    item.number,
                    item.days_overdue,
                    item.amount,
                    item.residual,
                    item.running,
                )
                for item in account.items
            ],
            [
                (self.late.name, 40, 300, 200, 200),
                (self.due_today.name, 0, 120, 120, 320),
            ],
        )
        self.assertEqual(account.items[0].reference, "PO7")

    def test_credits_stand_apart_and_lower_the_balance(self):
        account = self._account()
        [credit] = account.credits
        self.assertEqual((credit.kind, credit.residual), ("credit_note", 50))
        self.assertEqual(account.total, 320)
        self.assertEqual(account.balance, 270)
        self.assertEqual(account.overdue, 200)
        self.assertEqual(account.ageing, [120, 0, 200, 0, 0])

    def test_past_date_shows_what_was_open_then(self):
        account = self._account(as_of=self._today(days=-21))
        self.assertEqual([item.residual for item in account.items], [300, 120])
        self.assertEqual(account.items[0].days_overdue, 19)
        self.assertFalse(account.credits)
        self.assertFalse(self._statement(as_of=self._today(days=-71)).accounts)

    def test_payment_on_account_is_a_credit(self):
        payment = self._pay(self.uncontrolled, 80)
        account = self._account(partner=self.uncontrolled)
        self.assertFalse(account.items)
        [credit] = account.credits
        self.assertEqual(
            (credit.kind, credit.number), ("payment", payment.move_id.name)
        )
        self.assertEqual(account.balance, -80)

    def test_currencies_are_never_added_up(self):
        currency = self.setup_other_currency("EUR")
        self._invoice(500, currency=currency, due=self._today(days=-1))
        own, foreign = self._statement().accounts
        self.assertEqual(own.currency, self.company.currency_id)
        self.assertEqual((own.balance, foreign.balance), (270, 500))
        self.assertEqual(foreign.currency, currency)
        self.assertEqual(foreign.ageing, [0, 500, 0, 0, 0])

    def test_instalments_tell_their_rank(self):
        halves = [
            Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
            for days in (0, 30)
        ]
        term = self.env["account.payment.term"].create(
            {"name": "Two halves", "line_ids": halves}
        )
        move = self._invoice(
            90, partner=self.uncontrolled, invoice_payment_term_id=term.id
        )
        self.assertEqual(
            [item.number for item in self._account(partner=self.uncontrolled).items],
            [f"{move.name} (1/2)", f"{move.name} (2/2)"],
        )

    def test_contact_gets_the_statement_of_the_company(self):
        self.assertEqual(self._statement(partner=self.buyer).partner, self.customer)

    def test_customers_without_items_get_an_empty_statement(self):
        both = self.customer + self.uncontrolled
        first, second = self.Statement._statements(both, self.company)
        self.assertEqual((first.partner, second.partner), tuple(both))
        self.assertEqual((first.item_count, second.item_count), (3, 0))

    def test_any_number_of_customers_costs_the_same_queries(self):
        def count(customers):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.Statement._statements(customers, self.company)
            return self.env.cr.sql_log_count - start

        customers = self.env["res.partner"].create([{"name": n} for n in "ABCDEF"])
        for customer in customers:
            self._invoice(10, partner=customer)
        count(customers)
        self.assertEqual(count(customers[:2]), count(customers))

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_finance_reads_all_customers(self):
        for user in (self.collector, self.manager, self.cfo):
            Statement = self.Statement.with_user(user)
            Statement._check_reader(self.customer + self.uncontrolled, self.company)
            [statement] = Statement._statements(
                self.customer.with_user(user), self.company
            )
            self.assertEqual(statement.accounts[0].balance, 270)

    def test_salespeople_read_none(self):
        for user in (self.salesperson, self.sales_manager):
            with self.assertRaises(AccessError):
                self.Statement.with_user(user)._check_reader(
                    self.customer, self.company
                )
            with self.assertRaises(AccessError):
                self.env["credit.statement.request"].with_user(user).create(
                    {"partner_ids": self.customer.ids}
                )
            with self.assertRaises(AccessError):
                self.env["ir.actions.report"].with_user(user)._render_qweb_html(
                    REPORT, self.customer.ids
                )

    def test_portal_reads_only_its_own_company(self):
        user = self._create_user("portal", "base.group_portal")
        user.partner_id.parent_id = self.customer
        Statement = self.Statement.with_user(user)
        Statement._check_reader(self.customer, self.company)
        Statement._check_reader(self.buyer, self.company)
        for partners in (self.uncontrolled, self.customer + self.uncontrolled):
            with self.assertRaises(AccessError):
                Statement._check_reader(partners, self.company)
        with self.assertRaises(AccessError):
            self.env["ir.actions.report"].with_user(user)._render_qweb_html(
                REPORT, self.uncontrolled.ids
            )

    def test_companies_of_others_are_refused(self):
        other = self.setup_other_company()["company"]
        with self.assertRaises(AccessError):
            self.Statement.with_user(self.collector)._check_reader(self.customer, other)

    # ------------------------------------------------------------------
    # Page
    # ------------------------------------------------------------------

    def test_page_shows_items_credits_totals_and_ageing(self):
        page = self._html(self.customer)
        cells = self._texts(page, "//div[@name='items']/table[2]//td")
        self.assertEqual(cells[0], self.late.name)
        self.assertEqual(cells[1], "PO7")
        self.assertEqual(cells[4:], ["40", "$ 300.00", "$ 200.00", "$ 200.00"])
        [credit] = self._texts(page, "//div[@name='credits']//tr[@class='o_item']")
        self.assertIn(self.credit_note.name, credit)
        self.assertEqual(
            self._texts(page, "//table[@name='totals']//td[2]"),
            ["$ 320.00", "$ -50.00", "$ 270.00", "$ 200.00"],
        )
        self.assertEqual(
            self._texts(page, "//table[@name='ageing']//td"),
            ["$ 120.00", "$ 0.00", "$ 200.00", "$ 0.00", "$ 0.00"],
        )

    def test_page_names_sender_recipient_and_bank(self):
        self.company.write({"street": "1 Wharf", "vat": False})
        self.customer.write({"street": "8 Quay", "ref": "C7"})
        self.env["res.partner.bank"].create(
            {"partner_id": self.company.partner_id.id, "acc_number": "ACC 4711"}
        )
        page = self._html(self.customer)
        [sender] = self._texts(page, "//td[@name='sender']")
        [recipient] = self._texts(page, "//td[@name='recipient']")
        [banks] = self._texts(page, "//table[@name='banks']")
        self.assertIn("1 Wharf", sender)
        self.assertIn("Dupont SA 8 Quay", recipient)
        self.assertIn("ACC 4711", banks)

    def test_each_customer_reads_its_own_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.uncontrolled.lang = "fr_FR"
        self._invoice(1234.5, partner=self.uncontrolled)
        page = self._html(self.customer + self.uncontrolled)
        english, french = page.xpath("//div[@data-customer-id]")
        self.assertIn("$ 300.00", self._plain(english))
        self.assertIn("1 234,50", self._plain(french))

    def test_page_of_a_past_date(self):
        as_of = self._today(days=-21)
        page = self._html(
            self.customer, **self.Statement._context_for(self.company, as_of)
        )
        self.assertFalse(page.xpath("//div[@name='credits']"))
        self.assertEqual(
            self._texts(page, "//table[@name='totals']//tr[@class='o_balance']/td[2]"),
            ["$ 420.00"],
        )

    def test_empty_account_says_so(self):
        [text] = self._texts(self._html(self.uncontrolled), "//p[@name='nothing_open']")
        self.assertEqual(text, "Nothing is open on your account.")

    # ------------------------------------------------------------------
    # Workbook
    # ------------------------------------------------------------------

    def _sheets(self, content):
        """Return the rows of each sheet: texts, numbers, and formulas with "="."""
        name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
        sheets = []
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            self.assertIsNone(book.testzip())
            strings = []
            if "xl/sharedStrings.xml" in book.namelist():
                shared = etree.fromstring(book.read("xl/sharedStrings.xml"))
                strings = ["".join(si.itertext()) for si in shared]
            for part in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
                rows = []
                for row in etree.fromstring(book.read(part)).iter(f"{name}row"):
                    cells = {}
                    for cell in row:
                        column = re.match("[A-Z]+", cell.get("r"))[0]
                        value = cell.findtext(f"{name}v")
                        formula = cell.findtext(f"{name}f")
                        if formula is not None:
                            cells[column] = ("=" + formula, float(value))
                        elif cell.get("t") == "s":
                            cells[column] = strings[int(value)]
                        elif cell.get("t") == "inlineStr":
                            cells[column] = "".join(cell.itertext())
                        elif value is not None:
                            cells[column] = float(value)
                    rows.append(cells)
                sheets.append(rows)
            self.styles = book.read("xl/styles.xml").decode()
        return sheets

    def test_workbook_has_items_and_totals(self):
        content = self.Statement._render_xlsx(self.customer, self.company)
        items, totals = self._sheets(content)
        late = next(row for row in items if row.get("D") == self.late.name)
        self.assertEqual(
            [late[column] for column in "ABCEHIJK"],
            ["Dupont SA", "USD", "Invoice", "PO7", 40, 300, 200, 200],
        )
        credit = next(row for row in items if row.get("D") == self.credit_note.name)
        self.assertEqual((credit["I"], credit["J"]), (-50, -50))
        formula, value = items[-1]["J"]
        self.assertEqual(formula, '=SUMIF(B4:B6,"USD",J4:J6)')
        self.assertEqual(value, 270)
        self.assertEqual(totals[-1]["E"], 200)
        self.assertEqual(totals[-1]["H"], ("=SUM(C4:G4)", 320))
        self.assertEqual(totals[-1]["J"], ("=H4+I4", 270))
        self.assertIn("[$$]#,##0.00", self.styles)

    def test_text_of_users_is_never_a_formula(self):
        self.late.ref = "=1+1"
        items, _totals = self._sheets(
            self.Statement._render_xlsx(self.customer, self.company)
        )
        late = next(row for row in items if row.get("D") == self.late.name)
        self.assertEqual(late["E"], "=1+1")

    # ------------------------------------------------------------------
    # Dialog and e-mail
    # ------------------------------------------------------------------

    def _request(self, partners, **vals):
        Request = self.env["credit.statement.request"].with_user(self.collector)
        return Request.create({"partner_ids": partners.ids, **vals})

    def _compose(self, action):
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.collector)
            .with_context(**action["context"])
            .create({})
        )
        return composer, composer._action_send_mail()

    def test_collector_sends_the_statement_by_email(self):
        accounting = self.env["res.partner"].create(
            {
                "name": "Accounting",
                "type": "invoice",
                "parent_id": self.customer.id,
                "email": "accounting@customer.example.com",
            }
        )
        as_of = fields.Date.to_date("2026-03-31")
        action = self._request(self.customer, date=as_of).action_send()
        composer, _sent = self._compose(action)
        self.assertEqual(composer.composition_mode, "comment")
        message = self.customer.message_ids[0]
        self.assertEqual(message.partner_ids, accounting)
        self.assertEqual(message.author_id, self.collector.partner_id)
        self.assertIn("03/31/2026", message.body)
        self.assertIn("/my/statement", message.body)
        self.assertEqual(len(message.attachment_ids), 1)
        self.assertIn("Dupont SA", message.attachment_ids.name)

    def test_email_speaks_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("credit_management.mail_template_statement")
        template.with_context(lang="fr_FR").subject = "Relevé de {{ object.name }}"
        self.customer.lang = "fr_FR"
        composer, _sent = self._compose(self._request(self.customer).action_send())
        self.assertEqual(composer.subject, "Relevé de Dupont SA")

    def test_several_customers_get_one_email_each_with_their_own_file(self):
        both = self.customer + self.uncontrolled
        action = self._request(both).action_send()
        self.assertEqual(action["context"]["default_composition_mode"], "mass_mail")
        self._compose(action)
        for customer in both:
            mail = self.env["mail.mail"].search(
                [("model", "=", "res.partner"), ("res_id", "=", customer.id)]
            )
            self.assertEqual(len(mail), 1)
            self.assertIn(customer.name, mail.attachment_ids.name)

    def test_download_is_for_the_one_who_asked(self):
        request = self._request(self.customer)
        self.assertEqual(
            request.action_print()["url"], f"/credit/statement/{request.id}/pdf"
        )
        self.assertEqual(
            request.action_export()["url"], f"/credit/statement/{request.id}/xlsx"
        )


@tagged("post_install", "-at_install")
class TestStatementPages(StatementCommon, HttpCase):
    """The real PDF, and what a browser gets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._create_user("portal", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer

    def _get(self, url, user):
        self.authenticate(user.login, user.login)
        return self.url_open(url)

    def _pages(self, content):
        return PdfFileReader(io.BytesIO(content), strict=False).getNumPages()

    def _pdf(self, partners):
        Statement = self.Statement.with_context(force_report_rendering=True)
        return Statement._render_pdf(partners, self.company)

    def test_pdf_of_one_customer_and_of_several(self):
        both = self.customer + self.uncontrolled
        self.assertEqual(self._pages(self._pdf(self.customer)), 1)
        self.assertEqual(self._pages(self._pdf(both)), 2)

    def test_attachment_has_a_name_in_the_customer_language(self):
        Statement = self.Statement.with_context(force_report_rendering=True)
        self.customer.name = "Dupont / Fils"
        day = fields.Date.to_date("2026-03-31")
        name, content = Statement._attachment(self.buyer, self.company, day)
        self.assertEqual(name, "Account statement Dupont - Fils 2026-03-31.pdf")
        self.assertTrue(content.startswith(b"%PDF"))

    def test_portal_shows_the_account(self):
        page = html.fromstring(self._get("/my/statement", self.portal).content)
        rows = self._texts(page, "//tr[hasclass('o_credit_item')]")
        self.assertEqual(len(rows), 2)
        self.assertIn(self.late.name, rows[0])
        self.assertIn("+40 d", rows[0])
        self.assertTrue(page.xpath(f"//a[@href='/my/invoices/{self.late.id}']"))
        self.assertTrue(page.xpath("//ol[hasclass('o_portal_submenu')]/li[2]"))

    def test_portal_home_leads_to_the_account(self):
        page = html.fromstring(self._get("/my", self.portal).content)
        self.assertTrue(page.xpath("//a[@href='/my/statement']"))
        counters = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["credit_statement_count"]}
        )
        self.assertEqual(counters["credit_statement_count"], 3)

    def test_portal_as_of_a_past_date(self):
        day = self._today(days=-71)
        page = self._get(f"/my/statement?date={day}", self.portal)
        self.assertIn("o_credit_statement_empty", page.text)
        self.assertEqual(
            self._get("/my/statement?date=x", self.portal).status_code, 404
        )

    def test_portal_downloads(self):
        xlsx = self._get("/my/statement/xlsx", self.portal)
        self.assertEqual(xlsx.status_code, 200)
        self.assertTrue(zipfile.is_zipfile(io.BytesIO(xlsx.content)))
        pdf = self._get("/my/statement/pdf", self.portal)
        self.assertEqual(pdf.headers["Content-Type"], "application/pdf")
        self.assertIn(
            "Account%20statement%20Dupont", pdf.headers["Content-Disposition"]
        )

    def test_portal_of_another_customer_sees_nothing_of_it(self):
        self.portal.partner_id.parent_id = self.uncontrolled
        page = self._get(f"/my/statement?partner_id={self.customer.id}", self.portal)
        self.assertIn("o_credit_statement_empty", page.text)
        self.assertNotIn(self.late.name, page.text)
        other = self.setup_other_company()["company"]
        request = (
            self.env["credit.statement.request"]
            .with_user(self.collector)
            .create({"partner_ids": self.customer.ids})
        )
        for url, status in (
            (f"/my/statement?company_id={other.id}", 404),
            (f"/my/statement/pdf?company_id={other.id}", 404),
            (f"/my/statement/xlsx?company_id={other.id}", 404),
            ("/my/statement?company_id=x", 404),
            (f"/credit/statement/{request.id}/pdf", 403),
            (f"/credit/statement/{request.id}/xlsx", 403),
        ):
            self.assertEqual(self._get(url, self.portal).status_code, status, url)
        report = f"/report/html/credit_management.report_statement/{self.customer.id}"
        response = self._get(report, self.portal)
        self.assertNotIn(self.late.name, response.text)

    def test_salesperson_is_refused_everywhere(self):
        request = (
            self.env["credit.statement.request"]
            .with_user(self.collector)
            .create({"partner_ids": self.customer.ids})
        )
        for url in (
            "/my/statement",
            "/my/statement/xlsx",
            f"/credit/statement/{request.id}/xlsx",
        ):
            self.assertEqual(self._get(url, self.salesperson).status_code, 403, url)

    def test_collector_downloads_what_was_asked_for(self):
        day = self._today(days=-21)
        Request = self.env["credit.statement.request"].with_user(self.collector)
        mine = Request.create({"partner_ids": self.customer.ids, "date": day})
        response = self._get(f"/credit/statement/{mine.id}/xlsx", self.collector)
        self.assertEqual(response.status_code, 200)
        self.assertIn(str(day), response.headers["Content-Disposition"])
        others = Request.with_user(self.manager).create(
            {"partner_ids": self.customer.ids}
        )
        for request_id in (others.id, others.id + 1000):
            url = f"/credit/statement/{request_id}/xlsx"
            self.assertEqual(self._get(url, self.collector).status_code, 404)
