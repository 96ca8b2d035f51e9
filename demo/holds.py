"""The orders on hold of the demonstration, and what finance made of them."""

from typing import NamedTuple


class Decision(NamedTuple):
    """What a person does about a hold: the action, and what it is told.

    The end of a temporary limit, ``limit_until``, is in days from today.
    """

    user: str
    action: str
    values: dict | None = None


class Hold(NamedTuple):
    """An order that its salesperson confirms, and the gate stops.

    :param dict lines: quantity by product
    :param float waited: hours since it was asked for
    :param str facts: what the salesperson tells finance
    """

    key: str
    customer: str
    lines: dict
    waited: float = 1.0
    facts: str = ""
    decision: Decision | None = None


LONG_AGO = 96.0  # hours: a weekend in between does not make it less than the target

HOLDS = (
    # to decide
    Hold("gardens", "gardens", {"pendant": 2}, 0.2),
    Hold("armorica", "armorica_south", {"pendant": 5}, 0.7),
    Hold("studio", "studio", {"pendant": 3}, 1.5),
    Hold(
        "stationer", "stationer", {"floor_lamp": 4}, LONG_AGO,
        "Their bank changed; the transfer of the old invoice is announced for Friday.",
    ),
    Hold("haulier", "haulier", {"pendant": 4}, LONG_AGO + 5),
    Hold(
        "congress", "congress", {"pendant": 30}, 2.5,
        "Opening of the new hall; the city guarantees the budget.",
    ),
    Hold(
        "winery", "winery", {"pendant": 4}, LONG_AGO - 20,
        decision=Decision("credit", "action_ask_facts", {
            "question": "When does the second shop open, and who signs for it?",
        }),
    ),
    Hold(
        "brasserie", "brasserie", {"pendant": 3}, 3.0,
        "The terrace has to be lit before the season.",
        Decision("credit", "action_release", {
            "decision": "conditional",
            "deposit": 2400.0,
            "comment": "We deliver as soon as two thirds are paid.",
        }),
    ),
    Hold(
        "club", "club", {"floor_lamp": 5}, 3.5,
        decision=Decision("cfo", "action_keep"),
    ),
    # decided
    Hold(
        "cinemas", "cinemas", {"pendant": 4}, 28.0,
        "Paid every invoice for six years, at times a fortnight late.",
        Decision("credit", "action_release", {
            "decision": "once",
            "comment": "Long-standing customer, small excess.",
        }),
    ),
    Hold(
        "festival", "festival", {"pendant": 12}, 3.0,
        "The festival pays from its ticket sales, as last year.",
        Decision("credit", "action_release", {
            "decision": "temporary",
            "limit_amount": 24000.0,
            "limit_until": 20,
            "comment": "Until the festival is over.",
        }),
    ),
)  # fmt: skip

REFUSED = Hold(
    "boutique", "boutique", {"pendant": 3}, 75.0, "They promise to pay soon."
)
REFUSAL = "Three promises were not kept: payment in advance only."
PAID = Hold("workshops", "workshops", {"pendant": 5}, 7.0)  # the invoice is paid
GIVEN_UP = Hold("hardware", "hardware", {"floor_lamp": 6}, 8.0)  # order cancelled
