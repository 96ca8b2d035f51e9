from datetime import timedelta

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .dunning_common import DunningCommon
from .ledger_common import LedgerCommon

NAMES = [
    "credit_days_late", "credit_days_late_change", "credit_days_to_pay", "credit_dso",
    "credit_dso_countback", "credit_on_time_rate", "credit_pace", "credit_paid",
    "credit_sales",
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestCustomerPaceLedger(LedgerCommon):
    """How the customers of the demonstration ledger pay, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers, _moves = cls._ledger()

    @freeze_time("2026-03-31 12:00:00")
    def test_the_demonstration_ledger(self):
        expected = {
            # 34 800 ÷ 34 800 × 90; 10 800 in March, then 24 000 of January
            "A": (34800, 90, 90, 0, 0, 0, 0),
            # 9 000 ÷ 9 600 × 90; March, then 9 000 of the 9 600 of February
            "B": (9600, 84.38, 57.25, 6000, 50, 20, 0),
            "C": (4800, 56.25, 59, 1800, 30, 0, 100),
            "D": (84000, 51.43, 31, 36000, 65, 5, 0),
            # no sales in 90 days
            "E": (0, 0, 151, 0, 0, 0, 0),
        }
        for key, figures in expected.items():
            customer = self.customers[key].with_user(self.collector)
            found = (
                customer.credit_sales,
                round(customer.credit_dso, 2),
                round(customer.credit_dso_countback, 2),
                customer.credit_paid,
                customer.credit_days_to_pay,
                customer.credit_days_late,
                customer.credit_on_time_rate,
            )
            with self.subTest(key):
                self.assertEqual(found, figures)
        self.assertIsNone(self.customers["E"].credit_pace["dso"])
        self.assertIsNone(self.customers["A"].credit_pace["days_late"])
        self.assertFalse(self.customer.credit_pace)

    @freeze_time("2026-03-31 12:00:00")
    def test_the_picture_shows_what_was_owed_by_month(self):
        months = self.customers["A"].credit_pace["months"]
        self.assertEqual(len(months), 12)
        self.assertEqual(months[0]["date"], "2025-04-30")
        self.assertEqual(
            [tuple(month.values()) for month in months[-4:]],
            [
                ("2025-12-31", 0, 0),
                ("2026-01-31", 24000, 0),
                ("2026-02-28", 0, 24000),
                ("2026-03-31", 12000, 24000),
            ],
        )


@tagged("post_install", "-at_install")
class TestCustomerPace(DunningCommon):
    """How a customer pays, on its form and in lists."""

    def _paid(self, late, days_ago, amount=100, partner=None):
        day = self._today(days=-days_ago)
        due = day - timedelta(days=late)
        invoice = self._invoice(
            amount, partner=partner, due=due, invoice_date=due - timedelta(days=30)
        )
        self._pay(invoice, date=day)

    def test_a_year_is_compared_with_the_one_before(self):
        self._paid(10, 30, amount=300)
        self._paid(-10, 364, amount=100)
        self._paid(1, 365)
        self._paid(3, 729)
        self._paid(99, 730)
        customer = self.customer.with_user(self.collector)
        # (300 × 10 - 100 × 10) ÷ 400
        self.assertEqual(customer.credit_days_late, 5)
        self.assertEqual(customer.credit_days_to_pay, 35)
        self.assertEqual(customer.credit_on_time_rate, 25)
        self.assertEqual(customer.credit_days_late_change, 3)
        self.assertEqual(customer.credit_pace["days_to_pay_before"], 32)

    def test_contacts_answer_for_their_company(self):
        self._paid(10, 30)
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self.assertEqual(contact.credit_days_late, 10)

    def test_a_payment_changes_what_was_read(self):
        invoice = self._invoice(100, due=self._today(days=-4))
        self.assertEqual(self.customer.credit_paid, 0)
        self._pay(invoice)
        self.assertEqual(self.customer.credit_days_late, 4)

    def test_a_new_customer_has_none(self):
        self.assertFalse(self.env["res.partner"].new({"name": "New"}).credit_pace)

    def test_any_number_of_customers_costs_the_same(self):
        partners = self.env["res.partner"]
        for index in range(5):
            partners |= self._create_customer(f"Many {index} SA")
            self._invoice(100, partner=partners[index])
        self._paid(1, 3, partner=partners[0])
        self.env.flush_all()

        def read(batch):
            batch.invalidate_recordset()
            before = self.env.cr.sql_log_count
            batch.mapped("credit_dso")
            batch.mapped("credit_days_late")
            return self.env.cr.sql_log_count - before

        read(partners)  # warms up
        self.assertEqual(read(partners), read(partners[:1]))
        # the partners, the accounts, the ledger, and the payments of two years
        self.assertLessEqual(read(partners), 8)

    def test_figures_are_for_those_who_see_exposures(self):
        self._paid(10, 30)
        for user in (self.salesperson, self.collector, self.cfo, self.accountant):
            (found,) = self.customer.with_user(user).read(NAMES)
            with self.subTest(user.login):
                self.assertEqual(found["credit_days_late"], 10)
        for groups in ("base.group_user", "base.group_portal"):
            user = self._create_user(groups.split("_")[-1], groups)
            for name in NAMES:
                with self.subTest(groups, name=name), self.assertRaises(AccessError):
                    self.customer.with_user(user).read([name])

    def test_another_company_has_figures_of_its_own(self):
        self._paid(10, 30)
        other = self.setup_other_company()["company"]
        self.assertFalse(self.customer.with_company(other).credit_pace)

    def test_the_form_tells_odoos_dso_from_ours(self):
        arch = self.env["res.partner"].get_view(view_type="form")["arch"]
        fields = etree.fromstring(arch).xpath("//field[@name='days_sales_outstanding']")
        self.assertTrue(fields)
        for field in fields:
            self.assertIn("Odoo", field.get("string"))

    def test_lists_of_customers_do_not_add_up_how_they_pay(self):
        """The client reads hidden columns too: on a large ledger, seconds a page."""
        arch = self.env["res.partner"].get_view(view_type="list")["arch"]
        names = set(etree.fromstring(arch).xpath("//field/@name"))
        self.assertIn("credit_exposure", names)
        self.assertFalse(names & set(NAMES))

    def test_what_became_of_promises_is_for_finance(self):
        for user, expected in [(self.salesperson, False), (self.collector, True)]:
            view = self.env["res.partner"].with_user(user).get_view(view_type="form")
            fields = etree.fromstring(view["arch"]).xpath("//field/@name")
            self.assertIn("credit_pace", fields)
            self.assertEqual("credit_promise_kept_rate" in fields, expected)
