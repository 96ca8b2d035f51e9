from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .dunning_common import DunningCommon
from .gate_common import GateCommon
from .property_common import few_examples

SCRIPT = "<script>alert('x')</script>"


class BadDataCommon(DunningCommon, GateCommon):
    """All that reads the ledger of a customer, at once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.email = "credit@example.com"

    def _assert_owes(self, balance, partner=None, order_book=0, in_currency=None):
        """Check that every screen says what a customer owes, and none fails."""
        partner = partner or self.customer
        self.env.invalidate_all()
        self.assertAlmostEqual(partner.credit_receivable, balance, 2)
        self.assertAlmostEqual(partner.credit_order_book, order_book, 2)
        self.assertAlmostEqual(partner.credit_panel["exposure"], balance + order_book)
        aged = self._aged()
        self.assertAlmostEqual(aged[partner.id]["balance"], balance, 2)
        [statement] = self.env["credit.statement"]._statements(partner, self.company)
        [account] = statement.accounts
        expected = balance if in_currency is None else in_currency
        self.assertAlmostEqual(account.balance, expected, 2)
        self._rendered_statement(partner)

    def _aged(self):
        """Return the lines of the aged balance by id, which is the general ledger."""
        report = (
            self.env["credit.aged.balance"]
            .with_user(self.collector)
            .report({"date": str(self._today())})
        )
        self.assertEqual(report["check"]["difference"], 0)
        Overview = self.env["credit.overview"].with_user(self.collector)
        situation = Overview.situation()
        self.assertAlmostEqual(
            situation["figures"]["receivable"], report["check"]["balance"], 2
        )
        Overview.history({"months": 2})
        Overview.expected()
        return {line["id"]: line for line in report["lines"]}

    def _rendered_statement(self, partner):
        content, _type = self.env["ir.actions.report"]._render_qweb_html(
            "credit_management.credit_statement_report", partner.ids
        )
        return html.fromstring(content)

    def _foreign(self, code, rate):
        return self.setup_other_currency(code, rates=[("1970-01-01", rate)])


@tagged("post_install", "-at_install")
class TestBadData(BadDataCommon):
    """What databases of many years hold."""

    # ------------------------------------------------------------------
    # Currencies
    # ------------------------------------------------------------------

    def test_a_currency_that_lost_its_rates(self):
        euro = self._foreign("EUR", 0.5)
        self.customer.credit_limit = 10000
        self._invoice(100, currency=euro, due=self._today(days=-9))
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        self._order(50, pricelist_id=pricelist.id)
        euro.rate_ids.unlink()
        self._assert_owes(200, order_book=100, in_currency=100)
        notice = self._notice(self._run())
        self.assertEqual((notice.currency_id, notice.amount_net), (euro, 100))
        self.assertTrue(notice.preview)

    def test_currencies_without_cents_and_with_a_thousand_of_them(self):
        yen, dinar = self._foreign("JPY", 150.0), self._foreign("KWD", 0.3)
        for currency, amount, cents in [(yen, 1000, "1,000"), (dinar, 1.001, "1.001")]:
            partner = self._create_customer(currency.name)
            invoice = self._invoice(
                amount, partner=partner, currency=currency, due=self._today(days=-9)
            )
            balance = invoice.amount_residual_signed
            with self.subTest(currency.name):
                self._assert_owes(balance, partner, in_currency=amount)
                notice = self._notice(self._run(), partner)
                self.assertEqual(notice.amount_net, amount)
                text = self._rendered_statement(partner).text_content()
                self.assertIn(cents, text)

    @few_examples
    @given(
        st.sampled_from([("JPY", 1), ("USD", 100), ("KWD", 1000)]),
        st.integers(1, 10**7),
        st.integers(1, 36),
        st.integers(0, 20),
    )
    def test_plans_add_up_in_any_currency(self, of_currency, units, count, fee):
        code, units_in_one = of_currency
        amount = units / units_in_one
        with self._undone():
            currency = self.company.currency_id
            if code != currency.name:
                currency = self._foreign(code, 0.5)
            invoice = self._invoice(amount, currency=currency, due=self._today(days=-9))
            Plan = self.env["credit.payment.plan.create"]
            action = Plan._start(self.customer, self.company, moves=invoice)
            dialog = Plan.browse(action["res_id"])
            dialog.write({"fee_type": "percent", "fee_percent": fee, "count": count})
            self.assertEqual(currency.compare_amounts(dialog.difference, 0), 0)
            lines = dialog.schedule_ids
            in_units = [round(line.amount * units_in_one) for line in lines]
            self.assertEqual(sum(in_units), round(dialog.total * units_in_one))
            if not all(in_units):  # more instalments than there are cents
                return
            plan = self.env["credit.payment.plan"].browse(
                dialog.action_apply()["res_id"]
            )
            self.assertEqual(
                [round(line.amount * units_in_one) for line in plan.line_ids], in_units
            )
            self.assertEqual(currency.compare_amounts(plan.amount, dialog.total), 0)

    def test_documents_with_a_rate_of_nothing(self):
        """As left by imports: the amounts count one for one."""
        euro = self._foreign("EUR", 0.5)
        self.customer.credit_limit = 10000
        pricelist = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        abroad = self._order(50, pricelist_id=pricelist.id)
        at_home = self._order(70)
        invoice = self._invoice(100, currency=euro, due=self._today(days=-9))
        euro.rate_ids.unlink()
        self.env.flush_all()
        for rate in (0, None):
            self.env.cr.execute(
                "UPDATE sale_order SET currency_rate = %s WHERE id = ANY(%s)",
                [rate, (abroad | at_home).ids],
            )
            self.env.cr.execute(
                "UPDATE account_move SET invoice_currency_rate = %s WHERE id = %s",
                [rate, invoice.id],
            )
            with self.subTest(rate=rate):
                self._assert_owes(200, order_book=120, in_currency=100)
        order = self._held(20000, pricelist_id=pricelist.id)
        self.assertGreater(order.credit_hold_ids.excess, 0)

    def test_a_currency_that_is_used_no_more(self):
        euro = self._foreign("EUR", 0.5)
        self.customer.credit_limit = 10000
        self._invoice(100, currency=euro, due=self._today(days=-9))
        euro.active = False
        self._assert_owes(200, in_currency=100)
        notice = self._notice(self._run())
        self.assertEqual((notice.currency_id, notice.amount_net), (euro, 100))
        notice._send()
        self.assertEqual(notice.state, "sent")

    # ------------------------------------------------------------------
    # Partners and companies
    # ------------------------------------------------------------------

    def test_items_of_nobody(self):
        self._invoice(300, due=self._today(days=-9))
        orphan = self._invoice(70, due=self._today(days=-9), partner=self.uncontrolled)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET partner_id = NULL WHERE move_id = %s",
            [orphan.id],
        )
        self._assert_owes(300)
        self.assertAlmostEqual(
            sum(line["balance"] for line in self._aged().values()), 370
        )
        run = self._run()
        self.assertEqual(run.notice_ids.partner_id, self.customer)
        self.env["credit.customer.exposure"].sudo()._refresh(self.company)

    def test_customers_that_were_merged(self):
        twin = self._create_customer("Dupont and Co")
        self._invoice(300, due=self._today(days=-9))
        self._invoice(200, due=self._today(days=-9), partner=twin)
        self._order(150, partner=twin)
        self._held(900)
        run = self._run()
        self.assertEqual(len(run.notice_ids), 2)
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            (self.customer | twin).ids, self.customer, extra_checks=False
        )
        self._assert_owes(500, order_book=150)
        self.assertEqual(self._notice(self._run()).amount_net, 500)

    def test_a_customer_that_became_a_contact_of_another(self):
        group = self._create_customer("Group SA")
        self._invoice(300, due=self._today(days=-9))
        self._order(150)
        order = self._held(900)
        self.customer.write({"is_company": False, "parent_id": group.id})
        self._assert_owes(300, group, order_book=150)
        self.assertEqual(self._notice(self._run(), group).amount_net, 300)
        order._action_cancel()
        self.assertEqual(order.credit_hold_ids.state, "cancelled")

    def test_a_customer_that_was_archived(self):
        self._invoice(300, due=self._today(days=-9))
        order = self._held(900)
        self.customer.active = False
        self._assert_owes(300)
        self.env["credit.customer.exposure"].sudo()._refresh(self.company)
        self._decide(order)
        self.assertEqual(order.state, "sale")

    def test_a_company_that_was_archived(self):
        self._invoice(300, due=self._today(days=-9))
        other = self.setup_other_company()["company"]
        self.env.user.company_ids |= other
        other.credit_dunning_policy_id = self.dunning
        theirs = self._invoice(
            80,
            due=self._today(days=-9),
            company_id=other.id,
            currency_id=other.currency_id.id,
        )
        other.sudo().active = False
        self._assert_owes(300)
        figures = self.env["credit.exposure"].sudo()._figures(self.customer, other)
        self.assertEqual(figures[self.customer.id].receivable, theirs.amount_total)
        with self.enter_registry_test_mode(), self._mail_server():
            for name in ("dunning", "pre_reminder", "promises", "reevaluate_holds"):
                cron = self.env.ref(f"credit_management.ir_cron_{name}")
                self.assertIs(cron.sudo().method_direct_trigger(), True)
        notices = self.env["credit.dunning.notice"].sudo().search([])
        self.assertEqual(notices.company_id, self.company)
        self.env["credit.customer.exposure"].sudo()._refresh(other)

    # ------------------------------------------------------------------
    # Dates
    # ------------------------------------------------------------------

    def test_dates_of_1970_and_2100(self):
        first, last = date(1970, 1, 1), date(2100, 12, 31)
        self.customer.credit_limit = 10000
        self._invoice(100, due=first, invoice_date=first)
        self._invoice(200, due=last)
        self._order(50, commitment_date=fields.Datetime.to_datetime(last))
        self._assert_owes(300, order_book=50)
        days = (self._today() - first).days
        self.assertEqual(self.customer.credit_oldest_overdue_days, days)
        line = self._aged()[self.customer.id]
        self.assertEqual((line["not_due"], line["bucket_4"]), (200, 100))
        notice = self._notice(self._run())
        self.assertEqual(notice.amount_net, 100)
        self.company.credit_order_horizon_days = 36500
        self.env.invalidate_all()
        self.assertEqual(self.customer.credit_order_book, 50)

    # ------------------------------------------------------------------
    # Sizes
    # ------------------------------------------------------------------

    def test_an_order_of_500_lines(self):
        line = {"product_id": self.goods.id, "price_unit": 10.01}
        order = self._quotation(
            0, order_line=[Command.create(line) for _number in range(500)]
        )
        self.assertAlmostEqual(order.credit_exposure_after, 5005)
        self._confirm_or_hold(order)
        self.assertEqual(order.credit_hold_ids.excess, 4005)
        self.customer.credit_limit = 5005
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")
        self.assertAlmostEqual(self.customer.credit_order_book, 5005)
        order.order_line[:250].qty_delivered = 1
        order._create_invoices().action_post()
        self._assert_owes(2502.5, order_book=2502.5)


@tagged("post_install", "-at_install")
class TestMarkup(BadDataCommon, HttpCase):
    """Names full of markup are names: on paper, in mails, in the chatter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.name = f"{SCRIPT} & <b>Sons</b>"
        cls.service.name = f"Advice {SCRIPT}"
        cls.invoice = cls._invoice(100, due=cls._today(days=-9), ref=SCRIPT)

    def _assert_text(self, content):
        """Check that a text shows the name, and runs nothing of it."""
        tree = html.fromstring(content)
        self.assertFalse(
            [
                script
                for script in tree.iter("script")
                if "alert('x')" in (script.text or "")
            ]
        )
        self.assertNotIn("Sons", [(bold.text or "") for bold in tree.iter("b")])
        return " ".join(tree.text_content().split())

    def test_on_the_statement(self):
        content, _type = self.env["ir.actions.report"]._render_qweb_html(
            "credit_management.credit_statement_report", self.customer.ids
        )
        text = self._assert_text(content)
        self.assertIn(f"{SCRIPT} & <b>Sons</b>", text)

    def test_in_a_reminder_and_on_its_page(self):
        notice = self._notice(self._run())
        self._assert_text(notice.preview)
        self.mail_template.body_html = (
            "<p>Dear <t t-out='object.partner_id.name'/>, pay "
            "<t t-out='object.line_ids[:1].name'/></p>"
        )
        with self._mail_server():
            notice._send()
        [mail] = self._mails_to(self.customer)
        self.assertIn(SCRIPT, self._assert_text(mail["body"]))
        page = self.url_open(notice.get_portal_url())
        self._assert_text(page.content)
        for record in (notice, self.customer):
            for message in record.sudo().message_ids:
                self._assert_text(message.body or "<p/>")

    def test_on_a_held_order(self):
        order = self._held(2000)
        hold = order.credit_hold_ids
        self._decide(order, method="action_ask_facts", question=SCRIPT)
        records = (order, hold, self.customer)
        bodies = [m.body for record in records for m in record.sudo().message_ids]
        bodies += hold.sudo().activity_ids.mapped("note")
        for body in filter(None, bodies):
            self._assert_text(body)
        self._decide(order, method="action_refuse", reason=SCRIPT)
        for message in order.sudo().message_ids:
            self._assert_text(message.body or "<p/>")

    def test_on_the_customers_pages(self):
        user = self._portal_user(self.customer)
        user.name = SCRIPT
        self._order(10)
        self.authenticate(user.login, user.login)
        for path in ("/my", "/my/statement", "/my/invoices"):
            with self.subTest(path):
                page = self.url_open(path)
                self.assertEqual(page.status_code, 200)
                self._assert_text(page.content)
