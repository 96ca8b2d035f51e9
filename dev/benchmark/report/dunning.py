"""Dunning, next to plain SQL, to Odoo's own messages and to OCA."""

from .cells import (
    LARGE,
    LATE,
    SQL_HEADER,
    against_sql,
    in_time,
    memory,
    milliseconds,
    table,
)
from .growth import exponent

SELECTION_RATIO = 2
ITEM_MS = 15_000 / 130_000
RUN_MB = 100
MESSAGE_QUERIES = 5
PEER_RATIO = 20


def tables(dunning, peer, missed):
    missed += [f"disagreement: {text}" for text in dunning["disagreements"]]
    parts = [
        _selection(dunning),
        _preparation(dunning["preparation"]),
        _sending(dunning["sending"], missed),
    ]
    if peer:
        parts.insert(2, _peer(dunning["run_of_today"], peer))
    return parts


def _selection(dunning):
    rows = []
    for name, variants in dunning["selection"].items():
        ratio, cells = against_sql(variants)
        verdict = in_time(ratio <= SELECTION_RATIO)
        rows.append([name, variants["ours"]["size"], *cells, verdict])
    answer = "differ: see below" if dunning["disagreements"] else "agree to the cent"
    return (
        f"{table(['Dunning, selection', 'Items due', *SQL_HEADER], rows)}\n\n"
        "The answers of the module and of plain SQL, reasons included,"
        f" {answer}. Goal: within {SELECTION_RATIO} of plain SQL."
    )


def _preparation(runs):
    header = ["Dunning, whole run: items", "Queries", "ms", "ms an item", "MB"]
    few, many = runs[0], runs[-1]
    growth = exponent(few["ms"], many["ms"], many["size"] / few["size"])
    return (
        f"{table([*header, 'Verdict'], map(_run, runs))}\n\nFrom the selection to the"
        " deliveries that are planned. Time grows with the items to the power of"
        f" {growth:.2f}. Goals: 130 000 items in 15 s, {RUN_MB} MB at most."
    )


def _run(run):
    slow = run["ms"] > ITEM_MS * run["size"]
    large = (run["mb"] or 0) > RUN_MB
    verdict = LATE if slow else LARGE if large else "met"
    per_item = f"{run['ms'] / run['size']:.3f}" if run["size"] else "—"
    cells = [run["size"], run["queries"], milliseconds(run["ms"]), per_item]
    return [*cells, memory(run), verdict]


def _peer(ours, peer):
    rows = [
        _peer_row("this module: notices and deliveries", ours, ours),
        _peer_row("OCA: lines", peer["lines"], ours),
        _peer_row("OCA: lines and messages", peer["messages"], ours),
    ]
    header = ["Dunning, run of today", "Items", "Queries", "s", "MB", "Ratio by item"]
    return (
        f"{table(header, rows)}\n\nOCA: account_credit_control on the same ledger, its"
        " policy of three steps; what is not finished after 15 minutes is given up."
        " Nothing is rendered or sent. Goal:"
        f" {PEER_RATIO} times faster, memory flat."
    )


def _peer_row(name, run, ours):
    if run is None:
        return [name, *["given up"] * 5]
    ratio = run["ms"] / run["size"] / (ours["ms"] / ours["size"])
    cells = [run["size"], run["queries"], f"{run['ms'] / 1000:.1f}", memory(run)]
    return [name, *cells, f"{ratio:.0f}"]


def _sending(sending, missed):
    ours, odoo = sending["ours"], sending["odoo"]
    count = ours["size"]
    more = (ours["queries"] - odoo["queries"]) / count
    verdict = "met" if more <= MESSAGE_QUERIES else "MISSED"
    if more > MESSAGE_QUERIES:
        missed.append(f"dunning: {more:.1f} queries a message beside Odoo's own")
    queries = [odoo["queries"] / count, ours["queries"] / count]
    times = [odoo["ms"] / count, ours["ms"] / count]
    row = [
        *["e-mails", count, *(f"{each:.1f}" for each in queries), f"{more:+.1f}"],
        *[*map(milliseconds, times), verdict],
    ]
    header = [
        *["Dunning, sending", "Messages", "Odoo, queries each", "Ours", "More"],
        *["Odoo, ms each", "Ours", "Verdict"],
    ]
    return (
        f"{table(header, [row])}\n\nOdoo's own: the same text posted to the same"
        f" people. Goal: {MESSAGE_QUERIES} queries more at most."
    )
