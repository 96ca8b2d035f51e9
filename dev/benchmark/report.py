"""The figures as tables, with goals and verdicts."""

from math import log

# Plain SQL for the same answer takes 1; times do not decide, they are only shown.
SQL_RATIO = 1.5
FIGURES_QUERIES = 4
CHECK_QUERIES = 6
PAGE_MS = 50
SELECTION_RATIO = 2
ITEM_MS = 15_000 / 130_000
RUN_MB = 100
MESSAGE_QUERIES = 5
WORKLIST_MS = 100
PEER_RATIO = 20
AGEING_PEER_RATIO = 10
WORKBOOK_MB = 50


def write(results):
    """Return the report in Markdown, and what misses its goal.

    :rtype: tuple[str, list[str]]
    """
    controlled, plain = results["controlled"], results["plain"]
    missed = []
    parts = [
        _size(results),
        _exposure(controlled["exposure"], missed),
        _list("Customer exposure", controlled["exposure_list"], PAGE_MS),
        _kpi(controlled["kpi"], missed),
        *_ageing(controlled["ageing"], results["peer"], missed),
        *_dunning(controlled["dunning"], results["peer"], missed),
        _list("Worklist", controlled["dunning"]["worklist"], WORKLIST_MS),
        _overhead(
            "Confirmation",
            plain["confirmation"],
            controlled["confirmation"],
            missed,
            goal=CHECK_QUERIES,
        ),
        _overhead(
            "Bookkeeping", plain["bookkeeping"], controlled["bookkeeping"], missed
        ),
        _verdict(missed),
    ]
    return "\n\n".join(parts), missed


def _size(results):
    sizes = results["controlled"]["database"].items()
    text = ", ".join(f"{count:,} {name}".replace(",", " ") for name, count in sizes)
    installed = results["installed_in_seconds"]
    if installed is not None:
        text += f". The module was installed on them in {installed:.0f} s"
    return f"# Benchmark\n\nPostgreSQL {results['postgresql']}; {text}."


def _exposure(exposure, missed):
    disagreements = exposure["disagreements"]
    missed += [f"disagreement: {text}" for text in disagreements]
    rows = [
        _exposure_row(name, variants, missed)
        for name, variants in exposure["cases"].items()
    ]
    header = ["Exposure", "Customers", "Queries", "ms", "SQL ms", "Ratio", "Verdict"]
    answer = "differ: see below" if disagreements else "agree to the cent"
    return (
        f"{_table(header, rows)}\n\n"
        f"The answers of the module and of plain SQL {answer}. Goals: figures in"
        f" {FIGURES_QUERIES} queries at most, within {SQL_RATIO} of plain SQL."
    )


def _exposure_row(name, variants, missed):
    ours, sql = variants["ours"], variants["sql"]
    ratio = ours["ms"] / sql["ms"]
    verdict = "—"
    if name.startswith("figures"):
        verdict = "met" if ratio <= SQL_RATIO else "time above goal"
        if ours["queries"] > FIGURES_QUERIES:
            verdict = "MISSED"
            missed.append(f"{name}: {ours['queries']} queries")
    cells = [ours["size"], ours["queries"], *map(_ms, (ours["ms"], sql["ms"]))]
    return [name, *cells, f"{ratio:.2f}", verdict]


def _kpi(kpi, missed):
    missed += [f"disagreement: {text}" for text in kpi["disagreements"]]
    rows = [_ratio_row(name, variants) for name, variants in kpi["cases"].items()]
    header = ["DSO and its family", "Queries", "ms", "SQL ms", "Ratio", "Verdict"]
    return (
        f"{_table(header, rows)}\n\n"
        "Plain SQL gives what was owed, overdue and sold at the end of each month."
        f" Goal: within {SQL_RATIO} of it."
    )


def _ratio_row(name, variants):
    ours, sql = variants["ours"], variants["sql"]
    ratio = ours["ms"] / sql["ms"]
    verdict = "met" if ratio <= SQL_RATIO else "time above goal"
    cells = [ours["queries"], *map(_ms, (ours["ms"], sql["ms"]))]
    return [name, *cells, f"{ratio:.2f}", verdict]


def _ageing(ageing, peer, missed):
    missed += [f"disagreement: {text}" for text in ageing["disagreements"]]
    cases = ageing["cases"]
    rows = [_ratio_row(name, variants) for name, variants in cases.items()]
    header = ["Aged balance", "Queries", "ms", "SQL ms", "Ratio", "Verdict"]
    workbook = ageing["workbook"]
    verdict = "met" if (workbook["mb"] or 0) <= WORKBOOK_MB else "memory above goal"
    memory = "—" if workbook["mb"] is None else f"{workbook['mb']:+.0f}"
    cells = [workbook["size"], workbook["queries"], _ms(workbook["ms"]), memory]
    parts = [
        f"{_table(header, rows)}\n\nPlain SQL gives the balance of each customer by"
        f" age. Goal: within {SQL_RATIO} of it.",
        _table(
            ["Aged balance, workbook: items", "Queries", "ms", "MB", "Verdict"],
            [[*cells, verdict]],
        ),
    ]
    if peer:
        parts.append(_ageing_peer(cases, peer))
    return parts


def _ageing_peer(cases, peer):
    rows = []
    pairs = zip(cases.items(), ("aged_balance", "aged_balance_past"), strict=False)
    for (name, variants), step in pairs:
        ours, theirs = variants["ours"], peer[step]
        if theirs is None:
            rows.append([name, _ms(ours["ms"]), *["given up"] * 5])
            continue
        ratio = theirs["ms"] / ours["ms"]
        verdict = "met" if ratio >= AGEING_PEER_RATIO else "time above goal"
        memory = "—" if theirs["mb"] is None else f"{theirs['mb']:+.0f}"
        cells = [theirs["queries"], _ms(theirs["ms"]), memory, f"{ratio:.0f}"]
        rows.append([name, _ms(ours["ms"]), *cells, verdict])
    header = [
        *["Aged balance", "ms", "OCA queries", "OCA ms", "OCA MB", "Ratio"],
        "Verdict",
    ]
    return (
        f"{_table(header, rows)}\n\nOCA: the figures of account_financial_report on the"
        " same ledger, without details; nothing is rendered. Goal:"
        f" {AGEING_PEER_RATIO} times faster."
    )


def _list(title, cases, goal):
    rows = []
    for name, variants in cases.items():
        result = variants["list"]
        verdict = "—"
        if name != "refresh":
            verdict = "met" if result["ms"] <= goal else "time above goal"
        rows.append(
            [name, result["size"], result["queries"], _ms(result["ms"]), verdict]
        )
    header = [title, "Rows", "Queries", "ms", "Verdict"]
    return f"{_table(header, rows)}\n\nGoal: {goal} ms for whatever is opened."


def _dunning(dunning, peer, missed):
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
        ours, sql = variants["ours"], variants["sql"]
        ratio = ours["ms"] / sql["ms"]
        verdict = "met" if ratio <= SELECTION_RATIO else "time above goal"
        cells = [ours["size"], ours["queries"], *map(_ms, (ours["ms"], sql["ms"]))]
        rows.append([name, *cells, f"{ratio:.2f}", verdict])
    header = [
        *["Dunning, selection", "Items due", "Queries", "ms", "SQL ms"],
        *["Ratio", "Verdict"],
    ]
    answer = "differ: see below" if dunning["disagreements"] else "agree to the cent"
    return (
        f"{_table(header, rows)}\n\nThe answers of the module and of plain SQL, reasons"
        f" included, {answer}. Goal: within {SELECTION_RATIO} of plain SQL."
    )


def _preparation(runs):
    rows = []
    for run in runs:
        slow = run["ms"] > ITEM_MS * run["size"]
        large = (run["mb"] or 0) > RUN_MB
        verdict = "time above goal" if slow else "memory above goal" if large else "met"
        memory = "—" if run["mb"] is None else f"{run['mb']:+.0f}"
        per_item = f"{run['ms'] / run['size']:.3f}" if run["size"] else "—"
        rows.append(
            [run["size"], run["queries"], _ms(run["ms"]), per_item, memory, verdict]
        )
    header = ["Dunning, whole run: items", "Queries", "ms", "ms an item", "MB"]
    return (
        f"{_table([*header, 'Verdict'], rows)}\n\nFrom the selection to the deliveries"
        f" that are planned. Time grows with the items to the power of"
        f" {_exponent(runs):.2f}. Goals: 130 000 items in 15 s, {RUN_MB} MB at most."
    )


def _exponent(runs):
    few, many = runs[0], runs[-1]
    return log(many["ms"] / few["ms"]) / log(many["size"] / few["size"])


def _peer(ours, peer):
    rows = [
        _peer_row("this module: notices and deliveries", ours, ours),
        _peer_row("OCA: lines", peer["lines"], ours),
        _peer_row("OCA: lines and messages", peer["messages"], ours),
    ]
    header = ["Dunning, run of today", "Items", "Queries", "s", "MB", "Ratio by item"]
    return (
        f"{_table(header, rows)}\n\nOCA: account_credit_control on the same ledger, its"
        " policy of three steps; what is not finished after 15 minutes is given up."
        " Nothing is rendered or sent. Goal:"
        f" {PEER_RATIO} times faster, memory flat."
    )


def _peer_row(name, run, ours):
    if run is None:
        return [name, *["given up"] * 5]
    ratio = run["ms"] / run["size"] / (ours["ms"] / ours["size"])
    memory = "—" if run["mb"] is None else f"{run['mb']:+.0f}"
    cells = [run["size"], run["queries"], f"{run['ms'] / 1000:.1f}", memory]
    return [name, *cells, f"{ratio:.0f}"]


def _sending(sending, missed):
    ours, odoo = sending["ours"], sending["odoo"]
    count = ours["size"]
    more = (ours["queries"] - odoo["queries"]) / count
    verdict = "met" if more <= MESSAGE_QUERIES else "MISSED"
    if more > MESSAGE_QUERIES:
        missed.append(f"dunning: {more:.1f} queries a message beside Odoo's own")
    row = [
        *["e-mails", count, f"{odoo['queries'] / count:.1f}"],
        *[f"{ours['queries'] / count:.1f}", f"{more:+.1f}"],
        *[_ms(odoo["ms"] / count), _ms(ours["ms"] / count), verdict],
    ]
    header = [
        *["Dunning, sending", "Messages", "Odoo, queries each", "Ours", "More"],
        *["Odoo, ms each", "Ours", "Verdict"],
    ]
    return (
        f"{_table(header, [row])}\n\nOdoo's own: the same text posted to the same"
        f" people. Goal: {MESSAGE_QUERIES} queries more at most."
    )


def _overhead(title, plain, controlled, missed, goal=None):
    header = [
        *[title, "Plain Odoo", "Module, no control", "Module, blocking"],
        *["Check", "Whole module", "Ratio", "Verdict"],
    ]
    rows = []
    for name, variants in controlled.items():
        base, none, block = plain[name]["plain"], variants["none"], variants["block"]
        more = block["queries"] - none["queries"]
        whole = block["queries"] - base["queries"]
        verdict = "—"
        if goal is not None:
            verdict = "met" if more <= goal else "MISSED"
            if more > goal:
                missed.append(f"{name}: the check takes {more} queries")
        cells = [_cost(base), _cost(none), _cost(block), f"{more:+}", f"{whole:+}"]
        rows.append([name, *cells, f"{block['ms'] / base['ms']:.2f}", verdict])
    text = (
        f"{_table(header, rows)}\n\nCheck: queries more than without control; whole"
        " module, and ratio of times: more than in Odoo without it."
    )
    if goal is not None:
        text += (
            f" Goal: a check of {goal} queries at most, whatever the number of orders."
        )
    return text


def _verdict(missed):
    if not missed:
        return "All goals for queries are met, all answers agree."
    return "\n".join(["Missed:", *(f"- {text}" for text in missed)])


def _cost(result):
    return f"{result['queries']} q, {_ms(result['ms'])} ms"


def _ms(value):
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _table(header, rows):
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
