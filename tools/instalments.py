"""How an amount is shared between instalments, and when they are due."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

RHYTHMS = {
    "weekly": lambda rank: timedelta(weeks=rank),
    "fortnightly": lambda rank: timedelta(weeks=2 * rank),
    "monthly": lambda rank: relativedelta(months=rank),
}


def shares(amount, count, rounding=0.01):
    """Share an amount into equal instalments; the last one takes what is left over.

    :param float amount: in any currency
    :param float rounding: smallest unit of the currency
    :return: ``count`` amounts whose sum is the amount; those of less than one unit
        are 0
    :rtype: list[float]
    """
    units = round(amount / rounding)
    share = units // count
    counts = [share] * (count - 1) + [units - share * (count - 1)]
    # 1 / 0.01 is exact where n * 0.01 is not
    return [round(units / round(1 / rounding), 6) if rounding < 1 else units * rounding
            for units in counts]  # fmt: skip


def due_dates(first, count, rhythm):
    """Return the dates of instalments, each one counted from the first.

    A plan that starts on the 31st falls due on the last day of shorter months,
    and on the 31st again afterwards.

    :param date first: date of the first instalment
    :param str rhythm: ``weekly``, ``fortnightly`` or ``monthly``
    :rtype: list[date]
    """
    step = RHYTHMS[rhythm]
    return [first + step(rank) for rank in range(count)]


def settle(amounts, received):
    """Return what a sum received pays of each instalment, the first one first.

    :param amounts: of the instalments, in the order of their dates
    :param float received: what has come in
    :rtype: list[float]
    """
    settled = []
    for amount in amounts:
        part = min(amount, max(received, 0.0))
        settled.append(part)
        received -= part
    return settled
