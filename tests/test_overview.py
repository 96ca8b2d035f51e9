from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .dunning_common import DunningCommon


class OverviewCommon(DunningCommon):
    """Two customers of two salespeople, with items of several ages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Overview = cls.env["credit.overview"].with_user(cls.collector)
        cls.other = cls._create_customer("Other SA", user_id=cls.other_salesperson.id)
        cls.customer.user_id = cls.salesperson
        cls.invoice = cls._invoice(6000, due=cls._today(days=-40))
        cls._invoice(3000, due=cls._today(days=20))
        cls._invoice(1000, due=cls._today(days=-5), partner=cls.other)
        cls._credit_note(500, partner=cls.other)

    def _keep_figures(self):
        """Have the overview keep what it shows, as that of a large ledger does."""
        Kept = self.registry["credit.overview.kept"]
        self.patch(Kept, "_is_needed", lambda _self: True)
        return self.env["credit.overview.kept"].sudo()


@tagged("post_install", "-at_install")
class TestOverview(OverviewCommon):
    """What the overview is told by the server."""

    def test_the_situation_is_that_of_the_ledger(self):
        found = self.Overview.situation()
        self.assertEqual(found["figures"]["receivable"], 9500)
        self.assertEqual(
            [column["amount"] for column in found["ageing"]], [3000, 1000, 6000, 0, 0]
        )
        top = found["top"]["customers"]
        self.assertEqual(
            [(row["id"], row["net"], row["overdue"]) for row in top],
            [(self.customer.id, 9000, 6000), (self.other.id, 500, 1000)],
        )
        self.assertEqual((found["top"]["share"], found["top"]["number"]), (100, 2))

    def test_cash_is_expected_by_week(self):
        weeks = self.Overview.expected()
        self.assertEqual(len(weeks), 8)
        # what is overdue for 40 days comes nobody knows when
        expected = sum(week["usual"] + week["late"] for week in weeks)
        self.assertEqual(expected, 4000)

    def test_filters_narrow_customers_down(self):
        found = self.Overview.situation({"salesperson": self.other_salesperson.id})
        self.assertEqual(found["figures"]["receivable"], 500)
        self.assertEqual(
            [row["id"] for row in found["top"]["customers"]], self.other.ids
        )
        history = self.Overview.history(
            {"salesperson": self.salesperson.id, "months": 2}
        )
        self.assertEqual(len(history["dates"]), 2)
        self.assertEqual(round(history["overdue_rate"][-1], 2), 66.67)
        choices = dict(self.Overview.choices()["salesperson"])
        self.assertIn(self.other_salesperson.id, choices)

    def _receivable(self, *arguments, **options):
        overview = self.Overview.with_context(**options)
        return overview.situation(*arguments)["figures"]["receivable"]

    def test_a_large_ledger_is_not_summed_up_each_time(self):
        self.assertFalse(self.Overview.situation()["computed_on"])
        Kept = self._keep_figures()
        self.assertTrue(self.Overview.situation()["computed_on"])
        parts = [self.Overview.history(), self.Overview.expected()]
        self._invoice(700)
        self.assertEqual(self._receivable(), 9500)
        self.assertEqual([self.Overview.history(), self.Overview.expected()], parts)
        # other customers, another language, the question asked anew
        self.assertEqual(self._receivable({"salesperson": self.salesperson.id}), 9700)
        self.assertEqual(self._receivable(lang="en_US"), 10200)
        self.assertEqual(self._receivable({}, True), 10200)
        self.assertEqual(self._receivable(), 10200)
        self.assertEqual(len(Kept.search([])), 5)

    def test_kept_figures_grow_old(self):
        Kept = self._keep_figures()
        self._receivable()
        self._receivable({"salesperson": self.salesperson.id})
        self._invoice(700)
        Kept.search([]).computed_on = self.env.cr.now() - timedelta(minutes=61)
        self._renew()
        # those of all customers are renewed, the others forgotten
        [kept] = Kept.search([])
        self.assertEqual(kept.figures["figures"]["receivable"], 10200)
        kept.write({"asked_on": self.env.cr.now() - timedelta(days=8)})
        kept.computed_on = self.env.cr.now() - timedelta(minutes=61)
        self._renew()
        self.assertFalse(Kept.search([]))

    def _renew(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("credit_management.ir_cron_overview")
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def test_kept_figures_are_for_those_who_may_compute_them(self):
        self._keep_figures()
        self._receivable()
        with self.assertRaises(AccessError):
            self.Overview.with_user(self.salesperson).situation()
        other = self.env["res.company"].create({"name": "Other Company"})
        with self.assertRaises(AccessError):
            self.Overview.with_context(allowed_company_ids=other.ids).situation()

    def test_holds_disputes_and_promises_are_counted(self):
        found = self.Overview.situation()
        for name in ("holds", "disputes", "promises"):
            self.assertEqual((found[name]["number"], found[name]["amount"]), (0, 0))
        self.assertIsNone(found["holds"]["hours"])
        self.assertIsNone(found["promises"]["kept"])

    def test_documents_of_other_companies_are_converted(self):
        other = self.setup_other_company(
            currency_id=self.setup_other_currency("EUR", rates=[("2020-01-01", 4.0)]).id
        )["company"]
        self.collector.company_ids |= other
        item = self.invoice._dunning_items()
        dispute = (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open(
                [(item, 100)],
                self.env.ref("credit_management.credit_dispute_reason_price"),
            )
        )
        self.env.flush_all()
        Overview = self.Overview.with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        self.assertEqual(Overview.situation()["disputes"]["amount"], 100)
        # had it been opened in the other company
        self.env.cr.execute(
            "UPDATE credit_dispute SET company_id = %s WHERE id = %s",
            [other.id, dispute.id],
        )
        self.env.invalidate_all()
        found = Overview.situation()["disputes"]
        self.assertEqual((found["number"], found["amount"]), (1, 25))

    def test_figures_open_what_is_behind_them(self):
        def amounts(action):
            lines = self.env[action["res_model"]].search(action["domain"])
            return sorted(lines.mapped("amount_residual"))

        Overview = self.Overview
        self.assertEqual(amounts(Overview.open_items()), [-500, 1000, 3000, 6000])
        for bucket, expected in [
            ("overdue", [1000, 6000]),
            (0, [3000]),
            (1, [1000]),
            (2, [6000]),
            (3, []),
            (4, []),
        ]:
            with self.subTest(bucket):
                found = amounts(Overview.open_items(None, bucket))
                self.assertEqual(found, expected)
        mine = {"salesperson": self.salesperson.id}
        self.assertEqual(amounts(Overview.open_items(mine)), [3000, 6000])
        self._pay(self.other, 250)
        action = Overview.open_payments({"salesperson": self.other_salesperson.id})
        self.assertEqual(amounts(action), [-250])
        action = Overview.open_sales(mine)
        self.assertEqual(amounts(action), [3000, 6000])

    def test_curves_run_towards_their_target(self):
        target = self.env["credit.kpi.target"].create(
            {
                "kpi": "overdue_rate",
                "start_date": self._today(days=-300),
                "start_value": 80,
                "target_date": self._today(days=100),
                "target_value": 40,
            }
        )
        [found] = self.Overview.history()["targets"]
        self.assertEqual((found["id"], found["state"]), (target.id, "behind"))
        self.assertEqual(round(found["values"][-1], 2), 50)
        self.assertIsNone(found["values"][0])
        one = {"salesperson": self.salesperson.id}
        self.assertEqual(self.Overview.history(one)["targets"], [])

    def test_what_a_hostile_caller_sends_changes_nothing(self):
        for filters in ({"months": 10**9}, {"partner_id) --": 1}, {"months": -4}):
            with self.subTest(filters):
                self.assertLessEqual(len(self.Overview.history(filters)["dates"]), 36)
        for name, args in [
            ("situation", ["x"]),
            ("situation", [{"salesperson": "x"}]),
            ("situation", [{"salesperson": [1]}]),
            ("history", [{"months": "x"}]),
            ("history", [{"months": 10**10}]),
            ("expected", [[1]]),
            ("open_items", [{}, "x"]),
            ("open_items", [{}, -7]),
            ("open_sales", [{"policy": 2**31}]),
        ]:
            with self.subTest(name, args=args), self.assertRaises(UserError):
                getattr(self.Overview, name)(*args)
        Overview = self.Overview.with_user(self.salesperson)
        for name in ("situation", "history", "choices", "expected"):
            with self.assertRaises(AccessError):
                getattr(Overview, name)()


@tagged("post_install", "-at_install")
class TestOverviewScreen(OverviewCommon, HttpCase):
    """The overview in the browser."""

    def test_tour_of_the_overview(self):
        self.start_tour(
            "/odoo/credit-overview", "credit_overview", login=self.collector.login
        )
