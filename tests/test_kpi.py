from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .kpi_common import KpiCommon


@tagged("post_install", "-at_install")
class TestKpi(KpiCommon):
    """DSO and its family on real invoices, refunds and payments."""

    def _assert_figures(self, figures, expected):
        for name, value in expected.items():
            with self.subTest(name):
                found = figures[name]
                self.assertEqual(found if found is None else round(found, 2), value)

    def test_the_demonstration_ledger(self):
        self._ledger()
        figures = self._figures()
        self._assert_figures(
            figures,
            {
                "receivable": 99600,
                "receivable_gross": 101400,
                "not_due": 60000,
                "overdue": 41400,
                "unallocated": 1800,
                "sales": 133200,
                "dso": 67.30,
                "overdue_rate": 40.83,
                "bpdso": 40.54,
                "add": 26.76,
                # 58 800 in March, then 40 800 of the 12 600 of February and the
                # 61 800 of January
                "dso_countback": 73.15,
                "bpdso_countback": 33.67,
                "dso_countback_remainder": 0,
                # 77 400 at the end of February, 58 800 sold: 36 600 of 76 200 came in
                "cei": 48.03,
                # 6 000 after 50 days, 1 800 after 30, 36 000 after 65
                "wadp": 61.51,
                "wadl": 6.85,
                # 24 000 for 35 days, 9 600 for 28, 3 000 for 9, 4 800 for 101
                "wado": 39.14,
            },
        )
        self.assertEqual(figures["buckets"], (12600, 24000, 0, 4800))

    def test_what_late_payments_cost(self):
        self._ledger()
        self.assertIsNone(self._figures()["late_cost"])
        self.company.credit_cost_of_funds = 12
        # 6 000 came 20 days late, 36 000 came 5 days late
        self.assertAlmostEqual(self._figures()["late_cost"], 98.63, 2)

    def test_many_dates_at_once_tell_what_each_date_tells(self):
        self._ledger()
        dates = [self.as_of - timedelta(days=shift) for shift in range(0, 150, 7)]
        for day, found in zip(dates, self.Kpi.trend(self.company, dates), strict=True):
            alone = self._figures(day)
            with self.subTest(day=day):
                self.assertEqual(found, {name: alone[name] for name in found})

    def test_nothing_sold_nothing_known(self):
        figures = self._figures()
        self.assertEqual(figures["receivable"], 0)
        for name in ("dso", "dso_countback", "bpdso", "add", "cei", "overdue_rate"):
            with self.subTest(name):
                self.assertIsNone(figures[name])

    def test_figures_are_for_finance_of_the_company_only(self):
        other = self.env["res.company"].create({"name": "Other SA"})
        for user, companies in [
            (self.salesperson, self.company),
            (self.collector, other),
        ]:
            Kpi = self.env["credit.kpi"].with_user(user)
            for name, arguments in [
                ("figures", [companies.id, "2026-03-31"]),
                ("figures_by", ["partner", companies, "2026-03-31"]),
                ("trend", [companies.ids, ["2026-03-31"]]),
            ]:
                with self.assertRaises(AccessError):
                    getattr(Kpi, name)(*arguments)
        by_number = self.Kpi.figures(self.company.id, "2026-03-31")
        self.assertEqual(by_number, self._figures())
