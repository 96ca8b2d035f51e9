"""The figures as tables, with goals and verdicts; times do not decide."""

from . import dunning, exposure, growth, installation, overhead, reports
from .pages import pages

__all__ = ["growth", "write"]

PAGE_MS = 50
WORKLIST_MS = 100
COCKPIT_MS = 1000


def write(results):
    """Return the report in Markdown, and what misses its goal.

    :rtype: tuple[str, list[str]]
    """
    controlled, plain = results["controlled"], results["plain"]
    missed = []
    parts = [
        *installation.tables(results),
        exposure.compared(controlled["exposure"], missed),
        pages("Customer exposure", controlled["exposure_list"], PAGE_MS),
        reports.kpi(controlled["kpi"], missed),
        *reports.ageing(controlled["ageing"], results["peer"], missed),
        *dunning.tables(controlled["dunning"], results["peer"], missed),
        pages("Worklist", controlled["dunning"]["worklist"], WORKLIST_MS),
        pages("Sales cockpit", controlled["cockpit"], COCKPIT_MS),
        overhead.customers(plain["customers"], controlled["customers"]),
        overhead.confirmation(
            plain["confirmation"], controlled["confirmation"], missed
        ),
        overhead.bookkeeping(plain["bookkeeping"], controlled["bookkeeping"], missed),
        _verdict(missed),
    ]
    return "\n\n".join(parts), missed


def _verdict(missed):
    if not missed:
        return "All goals for queries are met, all answers agree."
    return "\n".join(["Missed:", *(f"- {text}" for text in missed)])
