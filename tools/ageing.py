"""Ageing: how long debts have been overdue."""

from bisect import bisect_left

# last day of each bucket but the open-ended one
BOUNDS = (30, 60, 90)


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
