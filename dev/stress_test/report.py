"""The figures as tables, and what failed."""

from collections import Counter
from statistics import median

OUTCOMES = ["done", "refused", "declined", "retried", "conflict", "unexpected"]


def of_work(work, found, long_order):
    """Return the report of random work in Markdown, and what failed.

    :rtype: tuple[str, list[str]]
    """
    failures = [
        f"{len(rows)} × {name}: {rows[:5]}"
        for name, rows in found["broken"].items()
        if rows
    ]
    for done in work:
        for outcome in ("conflict", "unexpected"):
            failures += [
                f"left to the user: {text}"
                for text in done["messages"].get(outcome, ())
            ]
    parts = [
        "# Stress",
        _operations(work),
        _declined(work),
        _table(["What came of it", "Number"], found["figures"].items()),
        _table(
            ["Must not be", "Found"],
            [(name, len(rows)) for name, rows in found["broken"].items()],
        ),
        _memory(work),
    ]
    if long_order:
        parts.append(_table(["Long order", ""], long_order.items()))
    parts.append(_verdict(failures))
    return "\n\n".join(parts), failures


def _operations(work):
    rows = []
    total = Counter()
    names = sorted({name for done in work for name in done["counts"]})
    for name in names:
        counts = Counter()
        seconds = []
        for done in work:
            counts.update(done["counts"].get(name, {}))
            seconds += done["seconds"].get(name, [])
        total.update(counts)
        times = [f"{median(seconds) * 1000:.0f}", f"{max(seconds):.1f}"]
        rows.append([name, *(counts[outcome] for outcome in OUTCOMES), *times])
    rows.append(["all", *(total[outcome] for outcome in OUTCOMES), "", ""])
    titles = ["Operation", "done", "refused or held", "declined", "retried",
              "conflicts left", "unexpected", "median ms", "max s"]  # fmt: skip
    return _table(titles, rows)


def _declined(work):
    texts = Counter()
    for done in work:
        for text in done["messages"].get("declined", ()):
            texts[text.splitlines()[0][:150]] += 1
    return "\n".join(["Declined, for instance:", *(f"- {text}" for text in texts)])


def _memory(work):
    rows = [
        [number, *(f"{size} MB" for size in done["memory"])]
        for number, done in enumerate(work)
    ]
    most = max(len(row) for row in rows)
    rows = [row + [""] * (most - len(row)) for row in rows]
    titles = ["Memory of process", *([""] * (most - 1))]
    return _table(titles, rows)


def of_jobs(checks):
    """Return the report of the scheduled jobs, and what failed."""
    failures = [
        f"{check['job']}: {problem}"
        for check in checks
        for problem in check["problems"]
    ]
    titles = ["Scheduled job", "pieces", "killed", "done", "twice", "lost",
              "errors logged", "seconds"]  # fmt: skip
    rows = [
        [check["job"], check["pieces"], check["killed"], check["done"],
         check["twice"], check["lost"], check["errors"], f"{check['seconds']:.1f}"]
        for check in checks
    ]  # fmt: skip
    text = "\n\n".join(["# Scheduled jobs", _table(titles, rows), _verdict(failures)])
    return text, failures


def _table(titles, rows):
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _verdict(failures):
    if not failures:
        return "All of it held."
    return "\n".join(["**Failed:**", *(f"- {failure}" for failure in failures)])
