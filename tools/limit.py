"""The limit that counts, out of all its sources."""

from dataclasses import dataclass, replace
from datetime import date

# percent of the limit from which on it is near, where no policy says another one
NEAR_PERCENT = 90.0

LIMITED, UNLIMITED, PREPAID, NONE = "limited", "unlimited", "prepaid", "none"


@dataclass(frozen=True)
class CreditLimit:
    """How much exposure is accepted, and why.

    :param str mode: ``limited`` to ``amount``, ``unlimited``, ``prepaid`` (no
        credit at all) or ``none`` (nobody has set a limit)
    :param float amount: in company currency; meaningless unless limited
    :param str source: what decided: ``own``, ``policy``, ``temporary``...
    :param valid_until: last day it counts, None without end
    """

    mode: str = NONE
    amount: float = 0.0
    source: str = "none"
    valid_until: date | None = None

    @property
    def is_finite(self):
        """Tell whether an exposure can exceed the limit."""
        return self.mode in (LIMITED, PREPAID)

    @property
    def ceiling(self):
        """Return the highest exposure accepted; call it on a finite limit."""
        return self.amount if self.mode == LIMITED else 0.0

    def is_near(self, exposure, percent=NEAR_PERCENT):
        """Tell whether an exposure reaches ``percent`` of the limit, or more."""
        return (
            self.mode == LIMITED
            and self.amount > 0
            and exposure >= self.amount * percent / 100
        )


def resolve_limit(bases, additions=(), caps=()):
    """Return the limit that counts now.

    The last base that says something replaces those before it (policy, then
    the customer's own, then a temporary one); additions (an insurer's share)
    raise it; caps (the group's shared limit) bound it.

    Source: DOMAIN, "Limit": 100 000 + 50 000 x 50 % = 125 000; min(own, group).

    :param bases: limits in order of precedence, weakest first
    :param additions: amounts in company currency
    :param caps: limits, ``limited`` ones
    :rtype: CreditLimit
    """
    spoken = [base for base in bases if base.mode != NONE]
    limit = spoken[-1] if spoken else CreditLimit()
    if limit.mode == LIMITED:
        limit = replace(limit, amount=limit.amount + sum(additions))
    for cap in caps:
        if limit.mode in (UNLIMITED, NONE) or (
            limit.mode == LIMITED and cap.amount < limit.amount
        ):
            limit = cap
    return limit
