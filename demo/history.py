"""A year of sales that were paid, later than agreed but ever less so.

It gives the curves a past: days sales outstanding, overdue rate, delays of customers.
"""

from .documents import Invoice

# amounts by customer, sold every month
REGULAR = {"hyper": 18000, "trains": 14400, "printer": 7200, "cheese": 4800}
TERM = 45
MONTH = 30
OLDEST, NEWEST = 13, 4  # months ago


def _history():
    for months in range(OLDEST, NEWEST - 1, -1):
        for rank, (customer, amount) in enumerate(REGULAR.items()):
            issued = -months * MONTH + 5 * rank
            late = 3 * months - 6 * rank
            # sales swing by the season
            sold = amount + 1200 * (months % 4)
            key = f"{customer}_month_{months}"
            yield Invoice(
                key, customer, sold, issued, issued + TERM, issued + TERM + late
            )


HISTORY = tuple(_history())
