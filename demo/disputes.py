"""What customers contest, what came of it, and what salespeople doubt.

Days count from today: ``-7`` is a week ago. Amounts include the tax.
"""

from typing import NamedTuple

from .documents import day


class Step(NamedTuple):
    """What somebody does: an action, and what it is told."""

    day: int
    user: str
    action: str
    values: dict = {}


class Dispute(NamedTuple):
    """A part of an invoice that its customer contests.

    :param str reason: code of the reason
    :param str origin: of the dispute; the customer opens its own in the portal
    :param int settled: the day its invoice was paid after all
    """

    key: str
    invoice: str
    amount: float
    reason: str
    opened: int
    deadline: int
    text: str
    user: str = "collector"
    origin: str = "customer"
    steps: tuple = ()
    cause: str = ""
    settled: int | None = None


DISPUTES = (
    # DOMAIN.md, "Demonstration ledger"
    Dispute(
        "b", "inv04", 3600, "price", day("2026-03-10"), -14,
        "Three pendant lamps at the price of the old catalogue were agreed by phone.",
        origin="call",
        steps=(
            Step(-20, "sales", "action_qualify"),
            Step(-15, "sales", "action_start"),
        ),
    ),
    # to be worked on
    Dispute(
        "brasserie", "brasserie_1", 1200, "quality", -1, 8,
        "One of the lamps arrived with a cracked shade. Photos follow.",
        origin="portal",
    ),
    Dispute(
        "hyper", "hyper_2", 2400, "delivery", -4, 1,
        "Two boxes missing on the delivery note of the depot.",
        steps=(Step(-3, "collector", "action_qualify"),),
    ),
    Dispute(
        "cinemas", "cinemas_1", 1200, "quantity", -8, 2,
        "Invoiced 13 lamps, 12 were hung.",
        user="sales", origin="invoice",
        steps=(
            Step(-7, "sales2", "action_qualify"),
            Step(-6, "sales2", "action_wait_customer"),
        ),
    ),
    Dispute(
        "hospital", "hospital_1", 3600, "address", -6, -1,
        "The study belongs to the foundation: a separate invoice is asked for.",
        steps=(
            Step(-5, "collector", "action_qualify"),
            Step(-4, "collector", "action_wait_us"),
        ),
    ),
    # decided
    Dispute(
        "joinery", "joinery_1", 600, "price", -12, -5,
        "The rebate of the framework agreement is missing.",
        user="sales", origin="invoice", cause="price",
        steps=(
            Step(-11, "sales", "action_qualify"),
            Step(-3, "collector", "action_accept"),
        ),
    ),
    Dispute(
        "winery", "winery_1", 2400, "quality", -16, -4,
        "Two lamps flicker; they ask for both to be credited.",
        cause="quality",
        steps=(
            Step(-14, "collector", "action_qualify"),
            Step(-5, "collector", "action_accept", {"amount": 1200.0}),
        ),
    ),
    Dispute(
        "congress", "congress_1", 2400, "not_received", -20, -13,
        "The second pallet never came.",
        cause="customer",
        steps=(
            Step(-19, "collector", "action_qualify"),
            Step(-12, "collector", "action_reject", {
                "message": "Your site manager signed for both pallets on the day of"
                " delivery; you will find the delivery note attached.",
            }),
        ),
    ),
    Dispute(
        "museum", "museum_1", 4800, "po_number", -10, -8,
        "No payment without the purchase-order number of the city.",
        cause="po_number",
        steps=(
            Step(-9, "collector", "action_qualify"),
            Step(-7, "collector", "action_withdraw", {
                "note": "The number was sent on; they pay as agreed.",
            }),
            Step(-7, "credit", "action_require_po_number"),
        ),
    ),
    Dispute(
        "printer", "printer_1", 1200, "duplicate", -45, -43,
        "Is the lamp of January invoiced twice?",
        settled=-38,
    ),
)  # fmt: skip

# reasons that are about what was sold, not about the papers
ABOUT_PRODUCTS = ("delivery", "price", "quality", "quantity")
# who leads the teams that resolve disputes
TEAM_LEADERS = {"logistics": "sales2", "invoicing": "collector", "quality": "sales"}


class Alert(NamedTuple):
    """A salesperson's doubt about a customer.

    :param float waited: hours since it was raised
    """

    key: str
    customer: str
    reason: str
    waited: float
    text: str
    answer: Step | None = None


ALERTS = (
    Alert(
        "gardens", "gardens", "management", 2.0,
        "The founder has sold to a fund; their buyer does not know who signs now.",
    ),
    Alert(
        "stationer", "stationer", "rumour", 96.0,
        "Two of their suppliers deliver against cash only, I was told at the fair.",
    ),
    Alert(
        "haulier", "haulier", "late", 200.0,
        "Drivers say that the wages of last month came late.",
        Step(-6, "credit", "action_answer", {
            "measure": "watch",
            "answer": "We call them every week. No new order without my release.",
        }),
    ),
    Alert(
        "cinemas", "cinemas", "rumour", 400.0,
        "A competitor says that two halls will close.",
        Step(-14, "credit", "action_answer", {
            "measure": "nothing",
            "answer": "Spoke with their bank: the halls are sold, the group is sound.",
        }),
    ),
)  # fmt: skip
