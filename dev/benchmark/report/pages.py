"""Lists that are opened."""

from .cells import in_time, memory, milliseconds, table


def pages(title, cases, goal):
    """Return the table of what is opened, in ``goal`` milliseconds at most."""
    rows = [
        _row(name, variants["list"], None if name == "refresh" else goal)
        for name, variants in cases.items()
    ]
    header = [title, "Rows", "Queries", "ms", "MB", "Verdict"]
    return f"{table(header, rows)}\n\nGoal: {goal} ms for whatever is opened."


def _row(name, result, goal):
    cells = [result["size"], result["queries"], milliseconds(result["ms"])]
    verdict = "—" if goal is None else in_time(result["ms"] <= goal)
    return [name, *cells, memory(result), verdict]
