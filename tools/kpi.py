"""Figures of credit management: how fast sales become cash, and what stands in the way.

Amounts come in any one currency; rates are returned in percent. A figure that has no
meaning (no sales, nothing owed) is None, never 0. Nothing is rounded.

Sources: Credit Research Foundation (DSO, best possible DSO, average days delinquent,
collection effectiveness index); the count-back method is that of the trade's manuals,
the concentration figures are those of Herfindahl and Hirschman.
"""

from calendar import monthrange
from datetime import timedelta
from typing import NamedTuple

DAYS_IN_YEAR = 365


class Countback(NamedTuple):
    """Days of sales outstanding by the count-back method.

    :param float days: “at least” so many when a remainder is left
    :param float remainder: what the months at hand do not account for
    """

    days: float
    remainder: float


class Concentration(NamedTuple):
    """How much of a total a few hold.

    :param shares: of the total, in percent, the largest first
    :param float herfindahl: sum of the squared shares, from 0 to 1
    :param float effective_number: of equally large ones that would weigh the same
    """

    shares: tuple
    herfindahl: float
    effective_number: float

    def top(self, count):
        """Return the share of the largest ones together, in percent."""
        return sum(self.shares[:count])


def rate(part, whole):
    """Return a part in percent of a whole, None where there is no whole."""
    return 100 * part / whole if whole else None


def standard_dso(receivable, sales, days):
    """Return the days of sales outstanding: receivable ÷ sales × days.

    :param receivable: net, at the end of the period; what is not overdue gives the
        best possible DSO
    :param sales: of the period, tax included
    :param int days: of the period
    :return: None where the period has no sales
    """
    return receivable * days / sales if sales > 0 else None


def countback_dso(receivable, months):
    """Return the days that it took to sell what is owed, the last months first.

    Each month that the receivable covers counts with its days, the last one in
    proportion. A month without sales counts its days; one in which credit notes
    exceed the sales adds to what is left.

    :param receivable: net, at the end of the newest month
    :param months: pairs of sales and days, the newest month first
    :rtype: Countback
    """
    left, counted = receivable, 0
    for sales, days in months:
        if left <= 0:
            break
        if sales > left:
            return Countback(counted + left * days / sales, 0)
        left -= sales
        counted += days
    return Countback(counted, max(left, 0))


def collection_effectiveness(opening, sales, closing, closing_current):
    """Return the collection effectiveness index of a month, in percent.

    What was collected, of what could have been.

    :param opening: receivable at the beginning
    :param sales: of the month
    :param closing: receivable at the end
    :param closing_current: what of it is not overdue
    """
    return rate(opening + sales - closing, opening + sales - closing_current)


def weighted_days(pairs):
    """Return the mean of days, weighted by amounts; None where they sum up to 0.

    :param pairs: of amount and days
    """
    pairs = list(pairs)
    total = sum(amount for amount, _days in pairs)
    return sum(amount * days for amount, days in pairs) / total if total else None


def concentration(amounts):
    """Return how concentrated amounts are; None where nothing is owed.

    :param amounts: by debtor; those that owe nothing do not count
    :rtype: Concentration
    """
    debts = sorted((amount for amount in amounts if amount > 0), reverse=True)
    total = sum(debts)
    if not total:
        return None
    herfindahl = sum((debt / total) ** 2 for debt in debts)
    shares = tuple(100 * debt / total for debt in debts)
    return Concentration(shares, herfindahl, 1 / herfindahl)


def target_on(day, start, end):
    """Return the value that leads in a straight line from one point to another.

    :param date day: before the first point its value counts, after the last one
        the last one's
    :param start: pair of date and value
    :param end: pair of date and value, later
    """
    (first, value), (last, target) = start, end
    if day <= first:
        return value
    if day >= last:
        return target
    return value + (target - value) * (day - first).days / (last - first).days


def gap_in_money(gap, sales, days):
    """Return what a gap of days is worth: days × daily sales.

    :param gap: days above the target
    :param sales: of the period
    :param int days: of the period
    """
    return gap * sales / days


def dispute_days(disputed, opened, days):
    """Return the days that disputes last: open disputed ÷ daily disputed.

    :param disputed: open at the end of the period
    :param opened: what was disputed during the period
    :param int days: of the period
    """
    return standard_dso(disputed, opened, days)


def late_payment_cost(pairs, cost_of_funds):
    """Return what late payment costs: Σ amount × days late × cost ÷ 365.

    :param pairs: of amount and days late; days early count for nothing
    :param cost_of_funds: in percent a year
    """
    weighted = sum(amount * max(days, 0) for amount, days in pairs)
    return weighted * cost_of_funds / 100 / DAYS_IN_YEAR


def forecast_accuracy(pairs):
    """Return how near forecasts came, in percent: 100 less the absolute error.

    The absolute errors of all periods together, in percent of what really came in:
    one that was too high does not make up for one that was too low. Source: weighted
    absolute percentage error (WAPE), of the manuals of forecasting.

    :param pairs: of the amount foreseen and the amount received in a period
    :return: 0 where the errors exceed what came in; None where nothing came in
    """
    pairs = list(pairs)
    received = sum(amount for _foreseen, amount in pairs)
    if received <= 0:
        return None
    errors = sum(abs(foreseen - amount) for foreseen, amount in pairs)
    return max(100 - 100 * errors / received, 0)


def month_end(day):
    """Return the last day of a date's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_ends(day, count):
    """Return a date, then the ends of the months before it: the newest first.

    :param int count: of dates
    """
    ends = [day]
    while len(ends) < count:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends
