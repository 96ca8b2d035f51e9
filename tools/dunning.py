"""Which step of a dunning policy an unpaid item reaches next."""

from itertools import pairwise
from typing import NamedTuple

# reached by an item that nobody has been reminded of yet
NOTHING = -(10**6)
EVER = 10**6


class Step(NamedTuple):
    """A level of a policy.

    :param int days: days after the due date; negative for a pre-reminder
    :param bool is_mandatory: no later level is reached before this one
    """

    id: int
    days: int
    is_mandatory: bool = True


class Rung(NamedTuple):
    """The step that follows, for ranges of what is reached and of the age in days.

    The lower bounds are included, the upper ones are not.
    """

    step: Step
    reached_from: int
    reached_until: int
    age_from: int
    age_until: int


def next_step(steps, reached, age, catch_up=False):
    """Return the step that an item reaches today, None when it waits.

    Steps come one after the other, each at its age at the earliest. A late
    start goes to the first mandatory step, however old the debt; without one,
    or when the policy catches up, to the step of its age.

    Source: DOMAIN, Dunning: never skip a mandatory level.

    :param list[Step] steps: of one policy, of one kind, in any order
    :param int reached: days of the step reached so far, ``NOTHING`` before any
    :param int age: days since the due date, negative before it
    :param bool catch_up: go to the step of the age, whatever was skipped
    :rtype: Step | None
    """
    passed = [step for step in sorted(steps, key=_days) if reached < step.days <= age]
    if not passed:
        return None
    if catch_up:
        return passed[-1]
    return next((step for step in passed if step.is_mandatory), passed[-1])


def rungs(steps, catch_up=False):
    """Return :func:`next_step` as a table, to be joined with any number of items.

    It is as short as can be: each item is compared with each of its rows.

    :rtype: list[Rung]
    """
    days = sorted({step.days for step in steps})
    found = []
    for reached_from, reached_until in pairwise([NOTHING, *days, EVER]):
        for age_from, age_until in pairwise([*days, EVER]):
            step = next_step(steps, reached_from, age_from, catch_up)
            if step:
                rung = Rung(step, reached_from, reached_until, age_from, age_until)
                _add_rung(found, rung)
    return found


def _add_rung(rungs, rung):
    """Add a row, or lengthen the last one if it goes on."""
    begins = (rung.step, rung.reached_from, rung.age_from)
    if rungs and begins == (
        rungs[-1].step,
        rungs[-1].reached_from,
        rungs[-1].age_until,
    ):
        rungs[-1] = rungs[-1]._replace(age_until=rung.age_until)
    else:
        rungs.append(rung)


def next_date(steps, reached, due, today, catch_up=False):
    """Return the day on which an item reaches its next step, None after the last.

    :param date due: due date of the item
    :param date today: the earliest day possible
    :rtype: date | None
    """
    later = [step.days for step in steps if step.days > reached]
    if not later:
        return None
    age = (today - due).days
    if next_step(steps, reached, age, catch_up):
        return today
    days_left = min(days for days in later) - age
    return today.fromordinal(today.toordinal() + days_left)


def _days(step):
    return step.days
