"""Ageing: how long debts have been overdue."""

from bisect import bisect_left
from itertools import pairwise

# last day of each bucket but the open-ended one
BOUNDS = (30, 60, 90)
# more buckets than this are no table to be read
MOST_BOUNDS = 6
LAST_BOUND = 3650


def parse_bounds(text):
    """Return the bounds that a text names: “30,60,90”.

    :raises ValueError: unless they are whole numbers of days, ascending, from 1 to
        LAST_BOUND, and no more than MOST_BOUNDS
    """
    bounds = tuple(int(part) for part in (text or "").split(","))
    if len(bounds) > MOST_BOUNDS or not all(
        before < bound for before, bound in pairwise((0, *bounds, LAST_BOUND + 1))
    ):
        raise ValueError(text)
    return bounds


def days_overdue(due, as_of):
    """Return the days since a debt fell due: 0 on its due date and before.

    :param due: a date, or None for a debt without one, which is never overdue
    :param as_of: the date on which the question is asked
    """
    return max((as_of - due).days, 0) if due else 0


def bucket(days, bounds=BOUNDS):
    """Return the rank of the bucket of a debt: 0 not due, 1 the first one…

    :param int days: days overdue; overdue starts at 1
    :param bounds: last day of each bucket, in ascending order
    """
    return bisect_left(bounds, days) + 1 if days > 0 else 0


def bucket_spans(bounds=BOUNDS):
    """Return the first and the last day of each overdue bucket.

    :return: pairs; the last bucket ends with None
    """
    firsts = [1, *(bound + 1 for bound in bounds)]
    return list(zip(firsts, [*bounds, None], strict=True))


def ageing(debts, bounds=BOUNDS):
    """Return the sum of the debts of each bucket, not due first.

    :param debts: pairs of days overdue and amount, credits left out
    :return: one more amount than there are overdue buckets
    """
    totals = [0] * (len(bounds) + 2)
    for days, amount in debts:
        totals[bucket(days, bounds)] += amount
    return totals
