"""The ways out of a credit hold: what would let the order pass."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class OpenItem:
    """An unpaid invoice, or an instalment of one.

    :param float amount: what is left to pay, in company currency
    """

    id: int
    name: str
    amount: float
    due: date | None = None


@dataclass(frozen=True)
class Obstacle:
    """What stands between an order and its confirmation, in company currency.

    :param float excess: of the exposure with the order, above the limit
    :param float order_amount: what the order adds to the exposure
    :param float exposure_after: the exposure with the order
    :param float overdue_excess: overdue above what the policy accepts
    :param late_before: items due before this day must all be paid
    :param bool only_limit: nothing but the customer's own limit is exceeded
    """

    excess: float
    order_amount: float
    exposure_after: float
    overdue_excess: float = 0.0
    late_before: date | None = None
    only_limit: bool = True


@dataclass(frozen=True)
class ReleasePath:
    """One way out.

    :param str kind: ``payment``, ``deposit``, ``temporary_limit`` or
        ``partial_order``
    :param float amount: to be paid, deposited, granted or ordered
    :param items: the invoices to be paid, for a payment
    """

    kind: str
    amount: float
    items: tuple[OpenItem, ...] = ()


def release_paths(obstacle, items, today):
    """Return the ways out, the customer's own first.

    Each one, taken alone, frees the order. Source: DOMAIN, "Credit check,
    hold, release": computed ways out are shown with the hold.

    :param Obstacle obstacle: what is in the way
    :param items: the customer's open items, in any order
    :param date today: the day that tells overdue items
    :rtype: list[ReleasePath]
    """
    paths = []
    if payment := _payment_path(obstacle, items, today):
        paths.append(payment)
    if not obstacle.only_limit or obstacle.excess <= 0:
        return paths
    deposit = min(obstacle.excess, obstacle.order_amount)
    paths.append(ReleasePath("deposit", deposit))
    paths.append(ReleasePath("temporary_limit", obstacle.exposure_after))
    part = obstacle.order_amount - obstacle.excess
    if part > 0:
        paths.append(ReleasePath("partial_order", part))
    return paths


def _payment_path(obstacle, items, today):
    """Return the invoices to pay: one if one is enough, else the oldest."""

    def frees(chosen):
        overdue = sum(item.amount for item in chosen if _is_overdue(item, today))
        return (
            sum(item.amount for item in chosen) >= obstacle.excess - 1e-6
            and overdue >= obstacle.overdue_excess - 1e-6
            and all(item in chosen for item in late)
        )

    late = [item for item in items if _is_late(item, obstacle.late_before)]
    for item in sorted(items, key=lambda item: item.amount):
        if frees([item]):
            return ReleasePath("payment", item.amount, (item,))
    chosen = list(late)
    by_age = sorted(items, key=lambda item: (item.due is None, item.due or today))
    for item in by_age:
        if frees(chosen):
            break
        if item not in chosen:
            chosen.append(item)
    if chosen and frees(chosen):
        return ReleasePath(
            "payment", sum(item.amount for item in chosen), tuple(chosen)
        )
    return None


def _is_overdue(item, today):
    return item.due is not None and item.due < today


def _is_late(item, late_before):
    return late_before is not None and item.due is not None and item.due < late_before
