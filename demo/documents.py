"""Products, invoices, payments and orders of the demonstration.

Amounts include the tax. Days count from today: ``-35`` is 35 days ago.
"""

from datetime import date
from typing import NamedTuple

AS_OF = date(2026, 3, 31)


def day(text):
    """Return the days from the date of DOMAIN.md's ledger to a day of it."""
    return (date.fromisoformat(text) - AS_OF).days


class Product(NamedTuple):
    key: str
    name: str
    price: float
    type: str = "consu"
    invoice_policy: str = "order"


class Invoice(NamedTuple):
    key: str
    customer: str
    amount: float
    issued: int
    due: int
    paid: int | None = None


class Payment(NamedTuple):
    """Money received that nobody has applied to an invoice."""

    customer: str
    amount: float
    day: int


class Order(NamedTuple):
    """An order.

    :param dict lines: quantity by product
    :param int day: when it was confirmed; kept out of the quotations
    """

    key: str
    customer: str
    lines: dict
    day: int = 0


# the first one whose price divides an amount makes the line of an invoice
PRODUCTS = (
    Product("pendant", "Pendant lamp Aurore", 1200),
    Product("floor_lamp", "Floor lamp Méridien", 600),
    Product("wall_light", "Wall light Luciole", 120),
    Product("study", "Lighting study", 3000, "service"),
    Product("installation", "Installation, by the day", 900, "service", "delivery"),
)

# DOMAIN.md, "Demonstration ledger"
LEDGER = (
    Invoice(
        "inv03", "b", 6000, day("2025-12-15"), day("2026-01-14"), day("2026-02-03")
    ),
    Invoice("inv08", "e", 4800, day("2025-11-20"), day("2025-12-20")),
    Invoice(
        "inv06", "c", 1800, day("2026-01-05"), day("2026-02-04"), day("2026-02-04")
    ),
    Invoice("inv01", "a", 24000, day("2026-01-10"), day("2026-02-24")),
    Invoice(
        "inv09", "d", 36000, day("2026-01-20"), day("2026-03-21"), day("2026-03-26")
    ),
    Invoice("inv04", "b", 9600, day("2026-02-01"), day("2026-03-03")),
    Invoice("inv05", "c", 3000, day("2026-02-20"), day("2026-03-22")),
    Invoice("inv02", "a", 12000, day("2026-03-05"), day("2026-04-19")),
    Invoice("inv07", "d", 48000, day("2026-03-20"), day("2026-05-19")),
)
LEDGER_CREDIT_NOTES = (
    Invoice("cn01", "a", 1200, day("2026-03-12"), day("2026-03-12")),
)
LEDGER_PAYMENTS = (Payment("b", 600, day("2026-03-28")),)

INVOICES = (
    Invoice("cheese_1", "cheese", 4800, -95, -65, -62),
    Invoice("cheese_2", "cheese", 3600, -18, 12),
    Invoice("printer_1", "printer", 7200, -70, -40, -38),
    Invoice("printer_2", "printer", 9600, -25, 20),
    Invoice("joinery_1", "joinery", 12000, -20, 25),
    Invoice("bakeries_1", "bakeries", 4800, -33, -3),
    Invoice("brasserie_1", "brasserie", 9600, -28, 2),
    Invoice("stationer_1", "stationer", 3600, -97, -52),
    Invoice("stationer_2", "stationer", 1800, -40, 5),
    Invoice("haulier_1", "haulier", 7200, -165, -120),
    Invoice("haulier_2", "haulier", 4800, -90, -45),
    Invoice("hospital_1", "hospital", 54000, -50, 10),
    Invoice("architects_1", "architects", 2400, -15, 15),
    Invoice("trains_1", "trains", 60000, -45, 0),
    Invoice("trains_2", "trains", 24000, -20, 25),
    Invoice("club_1", "club", 8400, -110, -80),
    Invoice("hyper_1", "hyper", 48000, -100, -55),
    Invoice("hyper_2", "hyper", 18000, -30, 15),
    Invoice("festival_1", "festival", 6000, -22, 8),
    Invoice("gardens_1", "gardens", 14400, -26, 19),
    Invoice("winery_1", "winery", 13200, -31, 14),
    Invoice("carpentry_1", "carpentry", 9600, -38, 7),
    Invoice("armorica_west_1", "armorica_west", 28800, -35, 10),
    Invoice("armorica_south_1", "armorica_south", 18000, -41, 4),
    Invoice("university_1", "university", 16800, -48, -18),
    Invoice("export_1", "export", 6000, -29, 1),
    Invoice("clinic_1", "clinic", 7200, -64, -34, -20),
    Invoice("museum_1", "museum", 4800, -12, 18),
    Invoice("congress_1", "congress", 26400, -36, 9),
    Invoice("cinemas_1", "cinemas", 15600, -42, -12),
    Invoice("boutique_1", "boutique", 3600, -84, -39),
    Invoice("workshops_1", "workshops", 9600, -47, -17),
    Invoice("hardware_1", "hardware", 8400, -24, 6),
    Invoice("florist_1", "florist", 1200, -50, -20),
    Invoice("optician_1", "optician", 2400, -40, -10),
    Invoice("caterer_1", "caterer", 2400, -39, -9),
    Invoice("schools_1", "schools", 4800, -41, -11),
    Invoice("pharmacy_1", "pharmacy", 3600, -43, -13),
    Invoice("potter_1", "potter", 600, -42, -12),
    # paid by instalments
    Invoice("spa_1", "spa", 7200, -75, -40),
    Invoice("cannery_1", "cannery", 3600, -31, -1),
    Invoice("cannery_2", "cannery", 1200, -16, 14),
    Invoice("garage_1", "garage", 4800, -90, -60),
    Invoice("nursery_1", "nursery", 3000, -100, -70),
)
CREDIT_NOTES = (Invoice("bakeries_2", "bakeries", 480, -10, -10),)
DRAFT_INVOICES = (Invoice("museum_2", "museum", 3600, 0, 30),)
PAYMENTS = (
    Payment("restaurant", 3000, -4),
    Payment("studio", 6000, -6),
    Payment("caterer", 2400, -8),
)

# confirmed before the company began to control its credit
ORDERS = (
    Order("a_book", "a", {"pendant": 20}, -12),
    Order("cheese", "cheese", {"floor_lamp": 4}, -9),
    Order("joinery", "joinery", {"pendant": 5, "wall_light": 5}, -8),
    Order("brasserie", "brasserie", {"pendant": 3}, -15),
    Order("trains", "trains", {"pendant": 10}, -11),
    Order("hospital", "hospital", {"pendant": 30, "study": 1}, -6),
    Order("university", "university_buyer", {"pendant": 6}, -14),
    Order("theatre", "theatre", {"pendant": 20, "study": 2}, -20),
    Order("offices", "offices", {"installation": 10}, -18),
    Order("clinic", "clinic", {"installation": 20}, -25),
)
DOWN_PAYMENTS = {"theatre": 30}  # per cent, invoiced
DELIVERED = {"offices": 12, "clinic": 8}
INVOICED_AS_DELIVERED = ("clinic",)
FOREIGN_ORDER = Order("export", "export", {"pendant": 8}, -5)
FOREIGN_CURRENCIES = ("USD", "EUR")  # the first that is not the company's
FOREIGN_RATE = 1.10  # units for one of the company's currency

# confirmed afterwards: paid in advance, or despite a warning
CHECKED_ORDERS = (
    Order("studio_paid", "studio", {"pendant": 5}),
    Order("trains_warned", "trains", {"pendant": 10}),
    Order("hyper_exempt", "hyper", {"pendant": 5}),
)

QUOTATIONS = (
    Order("a_quotation", "a", {"pendant": 10, "study": 1}),  # 13 800 too much
    Order("c_quotation", "c", {"floor_lamp": 7, "wall_light": 2}),  # near
    Order("d_quotation", "d", {"pendant": 5}),  # well within
    Order("e_quotation", "e", {"floor_lamp": 2}),  # overdue too long
    Order("museum_quotation", "museum", {"wall_light": 5}),  # without a PO number
    Order("cheese_quotation", "cheese", {"wall_light": 10}),
    Order("carpentry_quotation", "carpentry", {"pendant": 2}),  # review due
    Order("architects_quotation", "architects", {"pendant": 2}),  # no limit
    Order("hospital_quotation", "hospital", {"pendant": 12}),  # no upper limit
    Order("restaurant_quotation", "restaurant", {"floor_lamp": 6}),  # prepayment
)
