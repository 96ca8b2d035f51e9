from odoo.tests import BaseCase, tagged

from ..tools.incentive import incentive, lateness_factor, untaxed_part

STEPS = [(10, 1.0), (60, 0.5)]


@tagged("post_install", "-at_install")
class TestIncentiveTools(BaseCase):
    """The incentive on cash: 3 %, ×1 to 10 days late, ×0.5 to 60, ×0 beyond."""

    def test_factor_of_lateness(self):
        for days, factor in [
            (-30, 1.0),  # paid early
            (0, 1.0),
            (10, 1.0),
            (11, 0.5),
            (60, 0.5),
            (61, 0.0),
            (400, 0.0),
        ]:
            with self.subTest(days=days):
                self.assertEqual(lateness_factor(days, STEPS), factor)
                self.assertEqual(lateness_factor(days, STEPS[::-1]), factor)

    def test_factor_without_steps_pays_nothing(self):
        self.assertEqual(lateness_factor(0, []), 0.0)

    def test_steps_may_reward_early_payment(self):
        steps = [(-1, 1.2), (0, 1.0)]
        found = [lateness_factor(days, steps) for days in (-5, 0, 1)]
        self.assertEqual(found, [1.2, 1.0, 0.0])

    def test_untaxed_part(self):
        for cash, total, untaxed, expected in [
            (1200, 1200, 1000, 1000),
            (600, 1200, 1000, 500),  # half of it
            (100, 120, 100, 83.33),
            (0.01, 120, 100, 0.01),
            (500, 500, 500, 500),  # no tax
            (-240, 1200, 1000, -200),  # paid back
            (0, 0, 0, 0),
        ]:
            with self.subTest(cash=cash, total=total):
                self.assertEqual(round(untaxed_part(cash, total, untaxed), 2), expected)

    def test_partial_payments_sum_up_to_the_whole(self):
        parts = [33.33, 33.33, 33.34]
        found = sum(untaxed_part(cash, 100, 83.33) for cash in parts)
        self.assertAlmostEqual(found, 83.33)

    def test_incentive(self):
        for untaxed, days, expected in [
            (10000, 10, 300.00),
            (10000, 11, 150.00),
            (10000, 60, 150.00),
            (10000, 61, 0.00),
            (83.33, 0, 2.50),
            (-10000, 0, -300.00),
        ]:
            with self.subTest(untaxed=untaxed, days=days):
                found = incentive(untaxed, 3, lateness_factor(days, STEPS))
                self.assertEqual(round(found, 2), expected)
