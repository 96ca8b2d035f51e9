from datetime import date, timedelta

from odoo.tests import BaseCase, tagged

from ..tools.limit import (
    LIMITED,
    NONE,
    PREPAID,
    UNLIMITED,
    CreditLimit,
    resolve_limit,
)
from ..tools.release_paths import Obstacle, OpenItem, release_paths

TODAY = date(2026, 3, 31)


def own(amount):
    return CreditLimit(LIMITED, amount, "own")


def of_policy(amount):
    return CreditLimit(LIMITED, amount, "policy")


def of_group(amount):
    return CreditLimit(LIMITED, amount, "group")


def temporary(amount):
    return CreditLimit(LIMITED, amount, "temporary", TODAY)


@tagged("post_install", "-at_install")
class TestResolveLimit(BaseCase):
    def test_the_last_source_that_speaks_replaces_the_others(self):
        for bases, mode, ceiling, source in [
            ([], NONE, 0.0, "none"),
            ([CreditLimit(), CreditLimit()], NONE, 0.0, "none"),
            ([of_policy(500), CreditLimit()], LIMITED, 500.0, "policy"),
            ([of_policy(500), own(800)], LIMITED, 800.0, "own"),
            ([of_policy(500), own(0)], LIMITED, 0.0, "own"),
            ([CreditLimit(), own(800), temporary(100)], LIMITED, 100.0, "temporary"),
            ([own(800), temporary(2000)], LIMITED, 2000.0, "temporary"),
            (
                [of_policy(500), CreditLimit(UNLIMITED, source="own")],
                UNLIMITED,
                0.0,
                "own",
            ),
            ([of_policy(500), CreditLimit(PREPAID, source="own")], PREPAID, 0.0, "own"),
            (
                [CreditLimit(PREPAID, source="policy"), temporary(300)],
                LIMITED,
                300.0,
                "temporary",
            ),
        ]:
            with self.subTest(bases=bases):
                limit = resolve_limit(bases)
                self.assertEqual(
                    (limit.mode, limit.ceiling, limit.source), (mode, ceiling, source)
                )

    def test_insured_part_raises_a_limited_customer_only(self):
        self.assertEqual(resolve_limit([own(100_000)], [50_000 * 0.5]).ceiling, 125_000)
        for mode in (UNLIMITED, PREPAID, NONE):
            with self.subTest(mode=mode):
                limit = resolve_limit([CreditLimit(mode)], [25_000])
                self.assertEqual((limit.mode, limit.ceiling), (mode, 0.0))

    def test_group_limit_bounds_the_own_one(self):
        for base, cap, ceiling, source in [
            (own(100_000), 60_000, 60_000, "group"),
            (own(40_000), 60_000, 40_000, "own"),
            (own(60_000), 60_000, 60_000, "own"),
            (CreditLimit(UNLIMITED, source="own"), 60_000, 60_000, "group"),
            (CreditLimit(), 60_000, 60_000, "group"),
            (CreditLimit(PREPAID, source="own"), 60_000, 0, "own"),
        ]:
            with self.subTest(base=base, cap=cap):
                limit = resolve_limit([base], caps=[of_group(cap)])
                self.assertEqual((limit.ceiling, limit.source), (ceiling, source))

    def test_group_limit_bounds_the_insured_limit_too(self):
        limit = resolve_limit([own(100_000)], [25_000], [of_group(110_000)])
        self.assertEqual(limit.ceiling, 110_000)

    def test_only_an_upper_limit_can_be_exceeded(self):
        finite = {mode: CreditLimit(mode).is_finite for mode in (LIMITED, PREPAID)}
        self.assertEqual(finite, {LIMITED: True, PREPAID: True})
        self.assertFalse(CreditLimit(UNLIMITED).is_finite)
        self.assertFalse(CreditLimit(NONE).is_finite)

    def test_end_of_a_temporary_limit_is_told(self):
        self.assertEqual(resolve_limit([own(1), temporary(2)]).valid_until, TODAY)


@tagged("post_install", "-at_install")
class TestReleasePaths(BaseCase):
    def _paths(self, obstacle, *items):
        return {
            path.kind: (path.amount, [item.name for item in path.items])
            for path in release_paths(obstacle, items, TODAY)
        }

    def test_way_outs_of_the_example(self):
        """Limit 60 000, exposure 58 800, a new order of 15 000."""
        obstacle = Obstacle(excess=13_800, order_amount=15_000, exposure_after=73_800)
        paths = self._paths(
            obstacle,
            OpenItem(1, "INV01", 24_000, date(2026, 2, 24)),
            OpenItem(2, "INV02", 10_800, date(2026, 4, 19)),
        )
        self.assertEqual(
            paths,
            {
                "payment": (24_000, ["INV01"]),
                "deposit": (13_800, []),
                "temporary_limit": (73_800, []),
                "partial_order": (1_200, []),
            },
        )

    def test_smallest_invoice_that_is_enough_is_asked_for(self):
        obstacle = Obstacle(excess=500, order_amount=1_000, exposure_after=2_500)
        paths = self._paths(
            obstacle,
            OpenItem(1, "big", 900, date(2026, 1, 1)),
            OpenItem(2, "enough", 500, date(2026, 4, 30)),
            OpenItem(3, "small", 499.99, date(2026, 1, 1)),
        )
        self.assertEqual(paths["payment"], (500, ["enough"]))

    def test_oldest_invoices_are_paid_first_when_none_is_enough(self):
        obstacle = Obstacle(excess=500, order_amount=1_000, exposure_after=2_500)
        paths = self._paths(
            obstacle,
            OpenItem(1, "newest", 300, date(2026, 4, 30)),
            OpenItem(2, "undated", 400),
            OpenItem(3, "oldest", 250, date(2026, 1, 15)),
            OpenItem(4, "old", 250, date(2026, 2, 15)),
        )
        self.assertEqual(paths["payment"], (500, ["oldest", "old"]))

    def test_invoices_that_are_not_enough_are_no_way_out(self):
        obstacle = Obstacle(excess=500, order_amount=1_000, exposure_after=2_500)
        paths = self._paths(obstacle, OpenItem(1, "INV", 499.99, TODAY))
        self.assertNotIn("payment", paths)

    def test_customer_already_over_the_limit_pays_the_whole_order(self):
        obstacle = Obstacle(excess=1_500, order_amount=1_000, exposure_after=2_500)
        paths = self._paths(obstacle)
        self.assertEqual(paths["deposit"], (1_000, []))
        self.assertNotIn("partial_order", paths)

    def test_late_invoices_must_all_be_paid(self):
        obstacle = Obstacle(
            excess=0,
            order_amount=1_000,
            exposure_after=1_000,
            late_before=date(2026, 3, 1),
            only_limit=False,
        )
        paths = self._paths(
            obstacle,
            OpenItem(1, "late", 10, date(2026, 2, 28)),
            OpenItem(2, "accepted", 10, date(2026, 3, 1)),
            OpenItem(3, "very late", 20, date(2025, 12, 31)),
        )
        self.assertEqual(list(paths), ["payment"])
        self.assertEqual(paths["payment"][0], 30)
        self.assertCountEqual(paths["payment"][1], ["late", "very late"])

    def test_payment_of_what_is_not_due_does_not_lower_the_overdue(self):
        obstacle = Obstacle(
            excess=0,
            order_amount=1_000,
            exposure_after=1_000,
            overdue_excess=50,
            only_limit=False,
        )
        paths = self._paths(
            obstacle,
            OpenItem(1, "due today", 60, TODAY),
            OpenItem(2, "overdue", 80, TODAY - timedelta(days=1)),
        )
        self.assertEqual(paths, {"payment": (80, ["overdue"])})
