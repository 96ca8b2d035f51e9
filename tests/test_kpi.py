from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestKpi(DunningCommon):
    """DSO and its family on real invoices, refunds and payments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Kpi = cls.env["credit.kpi"].with_user(cls.collector)
        cls.as_of = date(2026, 3, 31)

    def _figures(self, as_of=None, **kwargs):
        return self.Kpi.figures(self.company, as_of or self.as_of, **kwargs)

    @classmethod
    def _day(cls, text):
        return date.fromisoformat(text)

    def _ledger(self):
        """Enter the demonstration ledger of the domain; return its documents."""
        customers = {key: self._create_customer(f"{key} SA") for key in "ABCDE"}
        moves = {}
        for name, key, amount, issued, due, paid in [
            ("INV01", "A", 24000, "2026-01-10", "2026-02-24", None),
            ("INV02", "A", 12000, "2026-03-05", "2026-04-19", None),
            ("INV03", "B", 6000, "2025-12-15", "2026-01-14", "2026-02-03"),
            ("INV04", "B", 9600, "2026-02-01", "2026-03-03", None),
            ("INV05", "C", 3000, "2026-02-20", "2026-03-22", None),
            ("INV06", "C", 1800, "2026-01-05", "2026-02-04", "2026-02-04"),
            ("INV07", "D", 48000, "2026-03-20", "2026-05-19", None),
            ("INV08", "E", 4800, "2025-11-20", "2025-12-20", None),
            ("INV09", "D", 36000, "2026-01-20", "2026-03-21", "2026-03-26"),
        ]:
            moves[name] = self._invoice(
                amount,
                partner=customers[key],
                invoice_date=self._day(issued),
                due=self._day(due),
            )
            if paid:
                self._pay(moves[name], date=self._day(paid))
        moves["CN01"] = self._credit_note(
            1200, partner=customers["A"], invoice_date=self._day("2026-03-12")
        )
        moves["PAY"] = self._pay(customers["B"], 600, self._day("2026-03-28"))
        return customers, moves

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
