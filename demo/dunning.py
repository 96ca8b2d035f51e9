"""What was said to customers who pay late, and what they answered.

Days count from today: ``-7`` is a week ago.
"""

from typing import NamedTuple

# a run a week, each on the weekday of today: so every day of the year shows the same
RUN_DAYS = tuple(range(-49, 0, 7))


class Call(NamedTuple):
    """What came of a call that a level asked for."""

    customer: str
    day: int
    result: str
    note: str


ANSWERED = "The invoices are in the system; they look into what is missing."
CALLS = (
    Call("a", -21, "reached", "New person in accounting; sends the list to the buyer."),
    Call("a", -7, "reached", "The director was not aware, and asks for two weeks."),
    Call("b", -14, "reached", "They pay what is right, once the price is settled."),
    Call("stationer", -42, "reached", "The owner signs transfers on Fridays."),
    Call("stationer", -21, "reached", "Cash is short; the bank is to decide."),
    Call("haulier", -14, "promise", "Pays the old invoice by the end of the week."),
    Call("boutique", -28, "promise", "The season begins; pays from the first sales."),
    Call("workshops", -7, "promise", "The transfer leaves with the next batch."),
    Call("university", -7, "reached", "Approved; the buyer has to release the budget."),
)


class Promise(NamedTuple):
    """Money announced for a day, to be received or not.

    :param int made: the day of the announcement
    """

    key: str
    invoice: str
    amount: float
    made: int
    due: int
    channel: str = "phone"
    note: str = ""


PROMISES = (
    Promise("clinic", "clinic_1", 7200, -28, -20),  # kept
    Promise("boutique", "boutique_1", 3600, -28, -16, note="From the first sales"),
    Promise("workshops", "workshops_1", 9600, -7, 0),  # the money comes today
    Promise("c", "inv05", 3000, -2, 5, "email", "With the payment run of the month"),
    Promise("haulier", "haulier_2", 2400, -4, 0, note="First part of the arrears"),
    Promise("boutique_again", "boutique_1", 3600, -1, 12, "email"),  # to approve
)
BROKEN = ("boutique",)


class Pause(NamedTuple):
    """Somebody, or an invoice alone, is left in peace until a day."""

    name: str
    day: int
    until: int
    reason: str


PAUSED_CUSTOMERS = (
    Pause("club", -70, 60, "Insolvency: the claim is declared with the administrator"),
)
PAUSED_INVOICES = (
    Pause("hyper_1", -45, 10, "Sent again through their new platform for invoices"),
)
LEGAL = {"inv08": -30}


class Letter(NamedTuple):
    """A formal notice handed to the post office, and what came back."""

    customer: str
    day: int
    number: str
    received: int


REGISTERED = (
    Letter("e", -35, "1A 204 885 3107 6", -32),
    Letter("haulier", -35, "1A 204 885 3108 3", -31),
    Letter("stationer", -14, "1A 204 885 4471 0", -11),
)

# the address of the customer does not exist any more
BOUNCED = ("optician", -7, "550 5.1.1 User unknown")
# the money came between the preview and the click
PAID_MEANWHILE = ("pharmacy", -7)
# the collector's own initiative, yesterday
CALLED_YESTERDAY = ("schools", "no_answer", "The bursar is back tomorrow morning.")

OWN_POLICIES = {"potter": "small"}
# the collector for the large amounts, and from how much on
LARGE_OVERDUE = 15000
# of the collector who is away
CUSTOMERS_OF_ABSENT = ("haulier", "university")
