"""DSO and its family and the aged balance, next to plain SQL and to OCA."""

from .cells import (
    LARGE,
    SQL_HEADER,
    against_sql,
    in_time,
    memory,
    milliseconds,
    table,
)

SQL_RATIO = 1.5
PEER_RATIO = 10
WORKBOOK_MB = 50


def kpi(kpi, missed):
    missed += [f"disagreement: {text}" for text in kpi["disagreements"]]
    return (
        f"{_compared('DSO and its family', kpi['cases'])}\n\n"
        "Plain SQL gives what was owed, overdue and sold at the end of each month."
        f" Goal: within {SQL_RATIO} of it."
    )


def ageing(ageing, peer, missed):
    missed += [f"disagreement: {text}" for text in ageing["disagreements"]]
    cases = ageing["cases"]
    parts = [
        f"{_compared('Aged balance', cases)}\n\nPlain SQL gives the balance of each"
        f" customer by age. Goal: within {SQL_RATIO} of it.",
        _workbook(ageing["workbook"]),
    ]
    if peer:
        parts.append(_peer(cases, peer))
    return parts


def _compared(title, cases):
    rows = []
    for name, variants in cases.items():
        ratio, cells = against_sql(variants)
        rows.append([name, *cells, in_time(ratio <= SQL_RATIO)])
    return table([title, *SQL_HEADER], rows)


def _workbook(workbook):
    verdict = "met" if (workbook["mb"] or 0) <= WORKBOOK_MB else LARGE
    cells = [workbook["size"], workbook["queries"], milliseconds(workbook["ms"])]
    header = ["Aged balance, workbook: items", "Queries", "ms", "MB", "Verdict"]
    return table(header, [[*cells, memory(workbook), verdict]])


def _peer(cases, peer):
    pairs = zip(cases.items(), ("aged_balance", "aged_balance_past"), strict=False)
    rows = [
        _peer_row(name, variants["ours"], peer[step])
        for (name, variants), step in pairs
    ]
    header = ["Aged balance", "ms", "OCA queries", "OCA ms", "OCA MB", "Ratio"]
    return (
        f"{table([*header, 'Verdict'], rows)}\n\nOCA: the figures of"
        " account_financial_report on the same ledger, without details; nothing is"
        f" rendered. Goal: {PEER_RATIO} times faster."
    )


def _peer_row(name, ours, theirs):
    if theirs is None:
        return [name, milliseconds(ours["ms"]), *["given up"] * 5]
    ratio = theirs["ms"] / ours["ms"]
    times = [milliseconds(theirs["ms"]), memory(theirs), f"{ratio:.0f}"]
    cells = [milliseconds(ours["ms"]), theirs["queries"], *times]
    return [name, *cells, in_time(ratio >= PEER_RATIO)]
