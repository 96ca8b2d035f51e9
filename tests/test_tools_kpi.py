from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools.kpi import (
    collection_effectiveness,
    concentration,
    countback_dso,
    dispute_days,
    gap_in_money,
    late_payment_cost,
    month_ends,
    rate,
    standard_dso,
    target_on,
    weighted_days,
)

# of the domain: March, February and January
MONTHS = [(3890, 31), (3610, 28), (3390, 31)]


@tagged("post_install", "-at_install")
class TestKpiTools(BaseCase):
    """The formulas, by the examples of the domain and by what breaks them."""

    def test_standard_dso(self):
        for receivable, sales, days, expected in [
            (50000, 150000, 365, 121.67),
            (6340, 10890, 90, 52.40),
            (3590, 10890, 90, 29.67),  # best possible
            (99600, 133200, 90, 67.30),  # the demonstration ledger
            (0, 10890, 90, 0.0),
            (-1200, 12000, 90, -9.0),  # customers have paid too much
        ]:
            with self.subTest(receivable=receivable):
                found = standard_dso(receivable, sales, days)
                self.assertEqual(round(found, 2), expected)
        for sales in (0, 0.0, -500):
            self.assertIsNone(standard_dso(6340, sales, 90))

    def test_countback_dso(self):
        for receivable, months, days, remainder in [
            (6340, MONTHS, 50.00, 0),
            (3590, MONTHS, 28.61, 0),
            (3890, MONTHS, 31.00, 0),  # exactly one month
            (10890, MONTHS, 90.00, 0),
            (0, MONTHS, 0.0, 0),
            (-50, MONTHS, 0.0, 0),
            (12000, MONTHS, 90.00, 1110),  # history exhausted
            (500, [], 0.0, 500),
            (1000, [(500, 31), (0, 28), (1000, 31)], 74.5, 0),
            (1000, [(-500, 31), (1500, 30)], 61.0, 0),
            (1000, [(-500, 31), (3000, 30)], 46.0, 0),
        ]:
            with self.subTest(receivable=receivable, months=months):
                found = countback_dso(receivable, months)
                self.assertEqual(round(found.days, 2), days)
                self.assertEqual(found.remainder, remainder)

    def test_collection_effectiveness(self):
        found = collection_effectiveness(6000, 3890, 6340, 3590)
        self.assertEqual(round(found, 2), 56.35)
        self.assertEqual(collection_effectiveness(6000, 3890, 3590, 3590), 100)
        self.assertIsNone(collection_effectiveness(0, 500, 500, 500))

    def test_weighted_days(self):
        pairs = [(1000, 15), (3000, 30), (2000, 45)]
        self.assertEqual(weighted_days(iter(pairs)), 32.5)
        self.assertIsNone(weighted_days([]))
        self.assertIsNone(weighted_days([(100, 3), (-100, 9)]))

    def test_rate(self):
        self.assertEqual(round(rate(2750, 6340), 2), 43.38)
        self.assertIsNone(rate(0, 0))

    def test_concentration(self):
        found = concentration([100, 0, 600, -40, 300])
        self.assertEqual(found.shares, (60, 30, 10))
        self.assertEqual(found.top(2), 90)
        self.assertEqual(found.top(10), 100)
        self.assertAlmostEqual(found.herfindahl, 0.46)
        self.assertAlmostEqual(concentration([5] * 4).effective_number, 4)
        self.assertIsNone(concentration([0, -5]))

    def test_target_path(self):
        start, end = (date(2026, 3, 31), 73), (date(2026, 12, 31), 60)
        for day, expected in [
            (date(2026, 6, 30), 68.70),
            (date(2026, 3, 31), 73),
            (date(2025, 1, 1), 73),
            (date(2026, 12, 31), 60),
            (date(2027, 5, 1), 60),
        ]:
            with self.subTest(day=day):
                self.assertEqual(round(target_on(day, start, end), 2), expected)
        self.assertEqual(gap_in_money(2.5, 9000, 90), 250)

    def test_dispute_days(self):
        self.assertEqual(dispute_days(45000, 135000, 90), 30)
        self.assertIsNone(dispute_days(45000, 0, 90))

    def test_late_payment_cost(self):
        found = late_payment_cost([(36500, 10), (1000, -5)], 5)
        self.assertEqual(found, 50)

    def test_month_ends(self):
        found = month_ends(date(2024, 3, 15), 3)
        self.assertEqual(
            found, [date(2024, 3, 15), date(2024, 2, 29), date(2024, 1, 31)]
        )
