"""Payment plans: agreed, proposed, broken, paid.

Days count from today: ``-7`` is a week ago. Amounts include the tax.
"""

from typing import NamedTuple


class Plan(NamedTuple):
    """What a customer pays by instalments.

    :param tuple instalments: day and amount of each
    :param tuple paid: day and amount of what came
    :param str signer: who signed it; nobody yet when empty
    :param int checked: day of a check that found it broken
    """

    key: str
    invoices: tuple
    drafted: int
    instalments: tuple
    signer: str = ""
    paid: tuple = ()
    fee: float = 0.0
    order_rule: str = "normal"
    checked: int | None = None
    note: str = ""


PLANS = (
    # an instalment has come, one is due today
    Plan(
        "spa", ("spa_1",), -28,
        ((-14, 1800), (0, 1800), (14, 1800), (28, 1800)),
        "Maylis Etcheverry", ((-14, 1800),), order_rule="prepaid",
    ),
    # waits for its signature
    Plan(
        "cannery", ("cannery_1", "cannery_2"), -2,
        ((12, 1640), (42, 1640), (72, 1640)), fee=120.0,
        note="As discussed: the first instalment comes with the season.",
    ),
    # the first instalment never came
    Plan(
        "garage", ("garage_1",), -35, ((-21, 2400), (-7, 2400)), "Denis Rochefort",
        checked=-15,
    ),
    # paid to the end
    Plan(
        "nursery", ("nursery_1",), -60, ((-50, 1500), (-36, 1500)), "Claire Bonnefoy",
        ((-51, 1500), (-36, 1500)),
    ),
)  # fmt: skip
