from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..tools.ageing import ageing, bucket, bucket_spans, days_overdue, parse_bounds
from ..tools.dunning import NOTHING, Step, next_date, next_step, rungs
from ..tools.incentive import incentive, lateness_factor, untaxed_part
from ..tools.instalments import RHYTHMS, due_dates, settle, shares
from ..tools.kpi import (
    collection_effectiveness,
    concentration,
    countback_dso,
    forecast_accuracy,
    late_payment_cost,
    month_end,
    month_ends,
    standard_dso,
    target_on,
    weighted_days,
)
from ..tools.limit import LIMITED, NONE, PREPAID, UNLIMITED, CreditLimit, resolve_limit
from ..tools.release_paths import Obstacle, OpenItem, release_paths
from .property_common import many_examples

TODAY = date(2026, 3, 31)

cents = st.integers(1, 10**9)
days_of_1970_to_2100 = st.dates(date(1970, 1, 1), date(2100, 12, 31))
months = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(28, 31)), min_size=1, max_size=24
)


@tagged("post_install", "-at_install")
class TestKpiProperties(BaseCase):
    """Amounts are fractions: what is equal is exactly equal."""

    @many_examples
    @given(months, st.data())
    def test_countback_finds_the_day_whose_sales_are_the_oldest_unpaid(
        self, sales, data
    ):
        """Whatever each month sells: what the last days sold is that many days."""
        total_days = sum(days for _amount, days in sales)
        hours = data.draw(st.integers(1, 24 * total_days - 1))
        left, receivable = Fraction(hours, 24), Fraction()
        for amount, days in sales:
            part = min(left, Fraction(days))
            receivable += part * amount / days
            left -= part
        self.assertEqual(countback_dso(receivable, sales), (Fraction(hours, 24), 0))

    @many_examples
    @given(
        st.integers(-(10**6), 10**7),
        st.lists(
            st.tuples(st.integers(-(10**6), 10**6), st.integers(28, 31)), max_size=12
        ),
        st.integers(0, 10**6),
        st.integers(2, 1000),
    )
    def test_countback_of_any_history(self, receivable, sales, more, factor):
        found = countback_dso(Fraction(receivable), sales)
        self.assertGreaterEqual(found.days, 0)
        self.assertGreaterEqual(found.remainder, 0)
        self.assertLessEqual(found.days, sum(days for _amount, days in sales))
        if found.remainder:
            # the history is exhausted: nothing of it is left out, nothing twice
            self.assertEqual(found.days, sum(days for _amount, days in sales))
            self.assertEqual(
                found.remainder, receivable - sum(amount for amount, _days in sales)
            )
        # who is owed more waits as long at least
        later = countback_dso(Fraction(receivable + more), sales)
        self.assertGreaterEqual(later.days, found.days)
        # nothing owed is no days, and a month without sales counts all of its own
        quiet = countback_dso(Fraction(receivable), [(0, 30), *sales])
        self.assertEqual(quiet.days, found.days + 30 if receivable > 0 else 0)
        # the currency does not matter
        scaled = [(amount * factor, days) for amount, days in sales]
        self.assertEqual(
            countback_dso(Fraction(receivable * factor), scaled),
            (found.days, found.remainder * factor),
        )

    @many_examples
    @given(st.integers(1, 10**6), st.integers(0, 90))
    def test_dso_is_the_days_that_level_sales_stay_unpaid(self, daily, days_to_pay):
        found = standard_dso(Fraction(daily * days_to_pay), daily * 90, 90)
        self.assertEqual(found, days_to_pay)
        countback = countback_dso(
            Fraction(daily * days_to_pay),
            [(daily * days, days) for days in (31, 28, 31)],
        )
        self.assertEqual(countback.days, found)

    @many_examples
    @given(cents, cents, cents, cents)
    def test_collection_effectiveness_from_nothing_to_all(
        self, overdue, current, collected, sales
    ):
        """Of what could be collected, more collected is more effective."""
        opening = overdue + collected + current
        closing, closing_current = opening + sales - collected, current + sales
        found = collection_effectiveness(opening, sales, closing, closing_current)
        self.assertTrue(0 < found < 100)
        self.assertAlmostEqual(found, 100 * collected / (collected + overdue))
        for left, expected in [(opening + sales, 0), (closing_current, 100)]:
            found = collection_effectiveness(opening, sales, left, closing_current)
            self.assertEqual(found, expected)

    @many_examples
    @given(
        st.lists(st.tuples(cents, st.integers(-400, 400)), min_size=1, max_size=20),
        st.integers(-400, 400),
        st.data(),
    )
    def test_weighted_days(self, pairs, shift, data):
        pairs = [(Fraction(amount), days) for amount, days in pairs]
        found = weighted_days(pairs)
        self.assertLessEqual(min(days for _amount, days in pairs), found)
        self.assertGreaterEqual(max(days for _amount, days in pairs), found)
        moved = [(amount, days + shift) for amount, days in pairs]
        self.assertEqual(weighted_days(moved), found + shift)
        # an invoice split in two weighs the same
        amount, days = pairs[0]
        part = data.draw(st.fractions(0, amount))
        split = [(part, days), (amount - part, days), *pairs[1:]]
        self.assertEqual(weighted_days(split), found)

    @many_examples
    @given(st.lists(st.integers(-1000, 10**7), max_size=30), st.integers(0, 30))
    def test_concentration_of_any_debtors(self, amounts, count):
        debts = [amount for amount in amounts if amount > 0]
        found = concentration(amounts)
        if not debts:
            self.assertIsNone(found)
            return
        self.assertAlmostEqual(sum(found.shares), 100)
        self.assertEqual(list(found.shares), sorted(found.shares, reverse=True))
        self.assertGreaterEqual(found.effective_number, 1 - 1e-9)
        self.assertLessEqual(found.effective_number, len(debts) + 1e-9)
        largest = sorted(debts)[-count:] if count else []
        self.assertAlmostEqual(found.top(count), 100 * sum(largest) / sum(debts))
        # two that become one concentrate, those that owe nothing change nothing
        if len(debts) > 1:
            merged = concentration([debts[0] + debts[1], *debts[2:], 0])
            self.assertGreater(merged.herfindahl, found.herfindahl)

    @many_examples
    @given(
        days_of_1970_to_2100,
        st.integers(1, 2000),
        st.fractions(0, 200),
        st.fractions(0, 200),
        st.integers(-100, 2100),
    )
    def test_target_path_is_straight(self, first, length, value, target, shift):
        start, end = (first, value), (first + timedelta(days=length), target)
        on = [
            target_on(first + timedelta(days=shift + step), start, end)
            for step in range(3)
        ]
        for found in on:
            self.assertTrue(min(value, target) <= found <= max(value, target))
        if shift >= 0 and shift + 2 <= length:
            self.assertEqual(on[1] - on[0], on[2] - on[1])
            self.assertEqual((on[1] - on[0]) * length, target - value)
        elif shift + 2 <= 0 or shift >= length:
            self.assertEqual(len(set(on)), 1)

    @many_examples
    @given(
        st.lists(st.tuples(cents, st.integers(-60, 400)), max_size=10),
        st.lists(st.tuples(cents, st.integers(-60, 400)), max_size=10),
    )
    def test_late_payment_cost_adds_up_and_is_no_gain(self, pairs, others):
        alone = late_payment_cost(pairs, Fraction(5))
        self.assertGreaterEqual(alone, 0)
        self.assertEqual(
            late_payment_cost(pairs + others, Fraction(5)),
            alone + late_payment_cost(others, Fraction(5)),
        )

    @many_examples
    @given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12))
    def test_forecast_accuracy_of_any_forecast(self, pairs):
        found = forecast_accuracy(pairs)
        if not sum(received for _foreseen, received in pairs):
            self.assertIsNone(found)
            return
        self.assertTrue(0 <= found <= 100)
        exact = all(foreseen == received for foreseen, received in pairs)
        self.assertEqual(found == 100, exact)
        # two periods taken together let errors make up for each other
        together = [tuple(map(sum, zip(*pairs, strict=True)))]
        self.assertGreaterEqual(forecast_accuracy(together) + 1e-9, found)

    @many_examples
    @given(days_of_1970_to_2100, st.integers(1, 40))
    def test_month_ends_follow_one_another(self, day, count):
        ends = month_ends(day, count)
        self.assertEqual(len(ends), count)
        self.assertEqual(ends[0], day)
        for later, earlier in pairwise(ends):
            self.assertEqual(earlier + timedelta(days=1), later.replace(day=1))
            self.assertEqual(month_end(earlier), earlier)


bounds_of_ageing = st.lists(
    st.integers(1, 3650), min_size=1, max_size=6, unique=True
).map(lambda bounds: tuple(sorted(bounds)))


@tagged("post_install", "-at_install")
class TestAgeingProperties(BaseCase):
    @many_examples
    @given(bounds_of_ageing, st.integers(-2, 2), st.data())
    def test_each_day_is_in_one_bucket(self, bounds, shift, data):
        days = data.draw(st.sampled_from([-400, 0, *bounds, 40000])) + shift
        spans = bucket_spans(bounds)
        ranks = [
            rank
            for rank, (first, last) in enumerate(spans, 1)
            if first <= days and (last is None or days <= last)
        ]
        self.assertEqual(ranks, [bucket(days, bounds)] if days >= 1 else [])
        self.assertEqual(bucket(days, bounds) == 0, days < 1)
        self.assertLessEqual(bucket(days, bounds), bucket(days + 1, bounds))

    @many_examples
    @given(
        bounds_of_ageing,
        st.lists(st.tuples(st.integers(-400, 4000), st.integers(0, 10**6))),
    )
    def test_no_euro_is_lost_between_buckets(self, bounds, debts):
        found = ageing(debts, bounds)
        self.assertEqual(len(found), len(bucket_spans(bounds)) + 1)
        self.assertEqual(sum(found), sum(amount for _days, amount in debts))
        # debts that are a day older move to the right, never back
        aged = ageing([(days + 1, amount) for days, amount in debts], bounds)
        for before, after in zip(accumulate(found), accumulate(aged), strict=True):
            self.assertGreaterEqual(before, after)

    @many_examples
    @given(days_of_1970_to_2100, days_of_1970_to_2100)
    def test_days_overdue_lead_from_the_due_date_to_the_day(self, due, as_of):
        days = days_overdue(due, as_of)
        self.assertEqual(days > 0, as_of > due)
        if days:
            self.assertEqual(due + timedelta(days=days), as_of)

    @many_examples
    @given(bounds_of_ageing)
    def test_bounds_are_read_as_they_are_written(self, bounds):
        self.assertEqual(parse_bounds(",".join(map(str, bounds))), bounds)
        self.assertEqual(parse_bounds(" , ".join(map(str, bounds))), bounds)

    @many_examples
    @given(
        st.one_of(
            st.text(max_size=30),
            st.lists(st.integers(-5, 5000), max_size=8).map(
                lambda bounds: ",".join(map(str, bounds))
            ),
        )
    )
    def test_any_text_is_bounds_or_refused(self, text):
        try:
            bounds = parse_bounds(text)
        except ValueError:
            return
        self.assertTrue(1 <= len(bounds) <= 6)
        self.assertEqual(sorted(set(bounds)), list(bounds))
        self.assertTrue(bounds[0] >= 1 and bounds[-1] <= 3650)


modes = st.sampled_from([LIMITED, UNLIMITED, PREPAID, NONE])
limits = st.builds(CreditLimit, modes, st.integers(0, 10**6), st.just("some"))
caps = st.builds(CreditLimit, st.just(LIMITED), st.integers(0, 10**6), st.just("cap"))


def strictness(limit):
    """Return what grows with how little a limit accepts."""
    return -limit.ceiling if limit.is_finite else float("-inf")


@tagged("post_install", "-at_install")
class TestLimitProperties(BaseCase):
    @many_examples
    @given(
        st.lists(limits, max_size=4),
        st.lists(st.integers(0, 10**5), max_size=3),
        st.lists(caps, max_size=3),
        st.data(),
    )
    def test_the_limit_that_counts(self, bases, additions, all_caps, data):
        found = resolve_limit(bases, additions, all_caps)
        spoken = [base for base in bases if base.mode != NONE]
        last = spoken[-1] if spoken else CreditLimit()
        # never more than what was said last and insured, never above a cap
        ceilings = [cap.amount for cap in all_caps]
        if last.is_finite:
            ceilings.append(last.ceiling + sum(additions) * (last.mode == LIMITED))
        self.assertEqual(found.is_finite, bool(ceilings))
        if ceilings:
            self.assertEqual(found.ceiling, min(ceilings))
        # it comes from someone who said so
        if found.mode != NONE:
            self.assertIn(found.source, {limit.source for limit in spoken + all_caps})
        # the order of the caps does not matter, whoever says nothing neither
        shuffled = data.draw(st.permutations(all_caps))
        place = data.draw(st.integers(0, len(bases)))
        with_silence = [*bases[:place], CreditLimit(), *bases[place:]]
        again = resolve_limit(with_silence, additions, shuffled)
        self.assertEqual(strictness(again), strictness(found))
        # one more cap never makes it laxer
        capped = resolve_limit(bases, additions, [*all_caps, data.draw(caps)])
        self.assertGreaterEqual(strictness(capped), strictness(found))

    @many_examples
    @given(limits, st.integers(-(10**6), 10**6), st.integers(0, 10**6))
    def test_an_exposure_that_grows_stays_near(self, limit, exposure, more):
        if limit.is_near(exposure):
            self.assertTrue(limit.is_near(exposure + more))
        if limit.mode == LIMITED and limit.amount:
            self.assertTrue(limit.is_near(limit.amount))
            self.assertFalse(limit.is_near(0))
        if not limit.is_finite or not limit.ceiling:
            self.assertFalse(limit.is_near(exposure))


steps_of_lateness = st.lists(
    st.tuples(st.integers(-30, 400), st.fractions(0, 1)),
    max_size=6,
    unique_by=lambda step: step[0],
)


@tagged("post_install", "-at_install")
class TestIncentiveProperties(BaseCase):
    @many_examples
    @given(
        st.lists(cents, min_size=1, max_size=8),
        st.fractions(0, 1),
        st.fractions(0, 100),
        st.fractions(0, 2),
    )
    def test_payments_in_parts_are_worth_the_whole(self, parts, tax, rate, factor):
        total = sum(parts)
        untaxed = total * (1 - tax / 2)
        found = [untaxed_part(Fraction(part), total, untaxed) for part in parts]
        self.assertEqual(sum(found), untaxed)
        self.assertEqual(
            sum(incentive(part, rate, factor) for part in found),
            incentive(untaxed, rate, factor),
        )
        # what is paid back is taken back
        self.assertEqual(untaxed_part(Fraction(-parts[0]), total, untaxed), -found[0])

    @many_examples
    @given(steps_of_lateness, st.integers(-60, 500), st.data())
    def test_lateness_by_any_steps(self, steps, days_late, data):
        found = lateness_factor(days_late, steps)
        covering = [step for step in steps if days_late <= step[0]]
        self.assertEqual(found, min(covering)[1] if covering else 0)
        shuffled = data.draw(st.permutations(steps))
        self.assertEqual(lateness_factor(days_late, shuffled), found)

    @many_examples
    @given(steps_of_lateness, st.integers(-60, 500), st.integers(0, 100))
    def test_who_pays_later_earns_no_more(self, steps, days_late, more):
        factors = sorted((factor for _last, factor in steps), reverse=True)
        falling = list(
            zip(sorted(last for last, _factor in steps), factors, strict=True)
        )
        self.assertGreaterEqual(
            lateness_factor(days_late, falling),
            lateness_factor(days_late + more, falling),
        )


steps_of_dunning = st.lists(
    st.tuples(st.integers(-10, 60), st.booleans()),
    max_size=6,
    unique_by=lambda step: step[0],
).map(
    lambda found: [
        Step(number, days, is_mandatory)
        for number, (days, is_mandatory) in enumerate(found)
    ]
)
reached_or_not = st.one_of(st.just(NOTHING), st.integers(-12, 62))


@tagged("post_install", "-at_install")
class TestDunningProperties(BaseCase):
    @many_examples
    @given(steps_of_dunning, st.integers(-15, 70), st.booleans())
    def test_a_daily_run_climbs_and_skips_nothing_mandatory(
        self, steps, start, catch_up
    ):
        """From any age on, every day until the debt is a hundred days old."""
        reached, climbed = NOTHING, []
        for age in range(start, 100):
            if step := next_step(steps, reached, age, catch_up):
                self.assertLessEqual(step.days, age)
                climbed.append(step)
                reached = step.days
        days = [step.days for step in climbed]
        self.assertEqual(days, sorted(set(days)))
        if steps:
            self.assertEqual(days[-1], max(step.days for step in steps))
        if not catch_up:
            mandatory = [step for step in steps if step.is_mandatory]
            self.assertLessEqual(set(mandatory), set(climbed))
            if not mandatory and climbed:
                # nothing holds it back: the first one is that of its age
                passed = [step.days for step in steps if step.days <= start]
                self.assertEqual(days[0], max(passed, default=days[0]))
        # who starts before the first step climbs them all
        if all(start <= step.days for step in steps):
            self.assertEqual(set(climbed), set(steps))

    @many_examples
    @given(steps_of_dunning, reached_or_not, st.booleans())
    def test_the_table_says_what_the_rule_says(self, steps, reached, catch_up):
        table = rungs(steps, catch_up)
        for age in range(-12, 65):
            found = [
                rung.step
                for rung in table
                if rung.reached_from <= reached < rung.reached_until
                and rung.age_from <= age < rung.age_until
            ]
            step = next_step(steps, reached, age, catch_up)
            self.assertEqual(found, [step] if step else [])

    @many_examples
    @given(
        steps_of_dunning,
        reached_or_not,
        days_of_1970_to_2100,
        st.integers(-80, 80),
        st.booleans(),
    )
    def test_the_next_date_is_the_first_on_which_a_step_follows(
        self, steps, reached, due, age, catch_up
    ):
        today = due + timedelta(days=age)
        days = (today + timedelta(days=shift) for shift in range(200))
        expected = next(
            (
                day
                for day in days
                if next_step(steps, reached, (day - due).days, catch_up)
            ),
            None,
        )
        found = next_date(steps, reached, due, today, catch_up)
        self.assertEqual(found, expected)


roundings = st.sampled_from([0.001, 0.01, 0.05, 0.5, 1.0, 10.0])


@tagged("post_install", "-at_install")
class TestInstalmentProperties(BaseCase):
    @many_examples
    @given(st.integers(0, 10**10), roundings, st.integers(1, 120))
    def test_instalments_add_up_to_the_smallest_unit(self, units, rounding, count):
        amount = units * rounding
        found = shares(amount, count, rounding)
        in_units = [round(share / rounding) for share in found]
        self.assertEqual(len(found), count)
        self.assertEqual(sum(in_units), units)
        # whole units, the same each time but for the last one, which takes the rest
        for share, whole in zip(found, in_units, strict=True):
            self.assertAlmostEqual(share, whole * rounding, 6)
        self.assertEqual(len(set(in_units[:-1])), 1 if count > 1 else 0)
        self.assertTrue(0 <= in_units[-1] - in_units[0] < count)

    @many_examples
    @given(days_of_1970_to_2100, st.integers(1, 120), st.sampled_from(sorted(RHYTHMS)))
    def test_instalments_fall_due_in_rhythm(self, first, count, rhythm):
        dates = due_dates(first, count, rhythm)
        self.assertEqual((len(dates), dates[0]), (count, first))
        for earlier, later in pairwise(dates):
            if rhythm == "monthly":
                self.assertEqual(month_end(earlier) + timedelta(days=1),
                                 later.replace(day=1))  # fmt: skip
                self.assertEqual(later.day, min(first.day, month_end(later).day))
            else:
                weeks = {"weekly": 1, "fortnightly": 2}[rhythm]
                self.assertEqual(later - earlier, timedelta(weeks=weeks))

    @many_examples
    @given(
        st.lists(st.integers(0, 10**6), min_size=1, max_size=12),
        st.integers(-100, 10**7),
    )
    def test_money_settles_the_first_instalments_first(self, amounts, received):
        found = settle(amounts, received)
        self.assertEqual(sum(found), min(max(received, 0), sum(amounts)))
        for paid, due in zip(found, amounts, strict=True):
            self.assertTrue(0 <= paid <= due)
        for (paid, due), (next_paid, _due) in pairwise(
            zip(found, amounts, strict=True)
        ):
            if paid < due:
                self.assertEqual(next_paid, 0)


# few values, so that amounts and dates often meet their limits exactly
open_items = st.lists(
    st.tuples(
        st.integers(1, 20),
        st.sampled_from([None, -40, -31, -30, -6, -5, -1, 0, 1, 40]),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda drawn: [
        OpenItem(
            number,
            f"INV{number}",
            amount / 100,
            None if days is None else TODAY + timedelta(days=days),
        )
        for number, (amount, days) in enumerate(drawn)
    ]
)


class _Scene:
    """A customer and an order that are in the way of each other, in cents."""

    def __init__(self, limit, days, overdue, other_exposure, order, items):
        self.limit, self.order, self.items = limit, order, items
        self.accepted_days, self.accepted_overdue = days, overdue
        self.other_exposure = other_exposure
        exposure = self._exposure(items)
        excess = max(exposure + order - limit, 0)
        overdue_excess = 0
        if self.accepted_overdue is not None:
            overdue_excess = max(self._overdue(items) - self.accepted_overdue, 0)
        late = self._too_late(items)
        self.obstacle = Obstacle(
            excess=excess / 100,
            order_amount=order / 100,
            exposure_after=(exposure + order) / 100,
            overdue_excess=overdue_excess / 100,
            late_before=TODAY - timedelta(days=self.accepted_days) if late else None,
            only_limit=not late and not overdue_excess,
        )

    def passes_with(self, path):
        """Tell whether the order passes once the way out is taken."""
        items = [item for item in self.items if item not in path.items]
        limit, order, amount = self.limit, self.order, round(path.amount * 100)
        if path.kind == "deposit":
            order -= amount
        elif path.kind == "partial_order":
            order = amount
        elif path.kind == "temporary_limit":
            limit = amount
        within_limit = not order or self._exposure(items) + order <= limit
        accepted = self.accepted_overdue
        return (
            within_limit
            and (accepted is None or self._overdue(items) <= accepted)
            and not self._too_late(items)
        )

    def _exposure(self, items):
        return self.other_exposure + sum(round(item.amount * 100) for item in items)

    def _overdue(self, items):
        return sum(
            round(item.amount * 100) for item in items if item.due and item.due < TODAY
        )

    def _too_late(self, items):
        return self.accepted_days is not None and any(
            item.due and (TODAY - item.due).days > self.accepted_days for item in items
        )


@tagged("post_install", "-at_install")
class TestReleasePathProperties(BaseCase):
    @settings(many_examples, max_examples=400)
    @given(
        st.builds(
            _Scene,
            limit=st.integers(0, 60),
            days=st.sampled_from([None, 0, 5, 30]),
            overdue=st.sampled_from([None, 0, 10]),
            other_exposure=st.integers(-10, 20),
            order=st.integers(1, 40),
            items=open_items,
        )
    )
    def test_each_way_out_frees_the_order_and_asks_for_no_cent_more(self, scene):
        for path in release_paths(scene.obstacle, scene.items, TODAY):
            self.assertGreater(path.amount, 0)
            self.assertTrue(scene.passes_with(path), path)
            for less in self._cheaper(path):
                self.assertFalse(scene.passes_with(less), less)

    @settings(many_examples, max_examples=400)
    @given(
        st.integers(0, 60),
        st.integers(0, 20),
        st.integers(1, 40),
        open_items,
    )
    def test_an_order_above_the_limit_alone_has_each_way_out(
        self, limit, other_exposure, order, items
    ):
        scene = _Scene(limit, None, None, other_exposure, order, items)
        kinds = {path.kind for path in release_paths(scene.obstacle, items, TODAY)}
        excess = round(scene.obstacle.excess * 100)
        if not excess:
            return
        owed = sum(round(item.amount * 100) for item in items)
        expected = {"deposit", "temporary_limit"}
        expected |= {"payment"} if owed >= excess else set()
        expected |= {"partial_order"} if order > excess else set()
        self.assertEqual(kinds, expected)

    def _cheaper(self, path):
        """Return ways out that ask for a cent, or for an invoice, less."""
        if path.kind == "payment":
            return []
        cent = 0.01 if path.kind == "partial_order" else -0.01
        return [type(path)(path.kind, path.amount + cent)]
