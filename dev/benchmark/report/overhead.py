"""What the module adds to what Odoo does, next to plain Odoo."""

from .cells import LATE, cost, table

# more than plain Odoo at most: queries, milliseconds each
ONE_ORDER = (6, 8.0)
# setting and releasing the savepoint that lets a refused order be put on hold
SAVEPOINT = 2
ORDERS = (8, 0.5)
PAYMENT = (0, None)
POSTING = (1, None)
HEADER = [
    *["Plain Odoo", "Module, no control", "Module, blocking"],
    *["Check", "Whole module", "ms more each", "Ratio", "Verdict"],
]
MEANING = (
    "Check: queries more than without control; whole module, ms more and ratio of"
    " times: against Odoo without it, control included, measured in turns."
)


def confirmation(plain, controlled, missed):
    rows = [
        _row(name, plain[name], variants, _goal_of_orders(name, variants), missed)
        for name, variants in controlled.items()
    ]
    return (
        f"{table(['Confirmation', *HEADER], rows)}\n\n{MEANING} Goals of the whole"
        f" module: {ONE_ORDER[0]} queries and {ONE_ORDER[1]:.0f} ms at most for an"
        f" order, {ORDERS[0]} queries and {ORDERS[1]} ms an order for many, whoever the"
        f" customer is; {SAVEPOINT} more queries for the savepoint of the button, which"
        " puts a refused order on hold."
    )


def bookkeeping(plain, controlled, missed):
    rows = [
        _row(
            name,
            plain[name],
            variants,
            PAYMENT if name.startswith("pay") else POSTING,
            missed,
        )
        for name, variants in controlled.items()
    ]
    return (
        f"{table(['Bookkeeping', *HEADER], rows)}\n\n{MEANING} Goals of the whole"
        f" module: no query on a payment, {POSTING[0]} when invoices are posted."
    )


def customers(plain, controlled):
    header = [
        *["Customers", "Plain Odoo", "Module", "Queries more", "ms more"],
        "Module, collector",
    ]
    rows = []
    for name, variants in controlled.items():
        base, ours = plain[name]["salesperson"], variants["salesperson"]
        more = [f"{ours['queries'] - base['queries']:+}", _more(base, ours)]
        rows.append([name, cost(base), cost(ours), *more, cost(variants["collector"])])
    return (
        f"{table(header, rows)}\n\nWhat the web client asks for, invisible fields"
        " included, by a salesperson, who also invoices; then by a collector, whom"
        " plain Odoo does not know."
    )


def _goal_of_orders(name, variants):
    queries, ms = ONE_ORDER if variants["block"]["size"] == 1 else ORDERS
    return queries + SAVEPOINT * ("button" in name), ms


def _row(name, plain, variants, goal, missed):
    base, none, block = plain["plain"], variants["none"], variants["block"]
    check = block["queries"] - none["queries"]
    whole = block["queries"] - base["queries"]
    queries, ms_each = goal
    verdict = "met"
    if whole > queries:
        verdict = "MISSED"
        missed.append(f"{name}: {whole} queries more than in plain Odoo")
    elif ms_each is not None and _ms_each(base, block) > ms_each:
        verdict = LATE
    cells = [cost(base), cost(none), cost(block), f"{check:+}", f"{whole:+}"]
    ratio = f"{block['ms'] / base['ms']:.2f}"
    return [name, *cells, _more(base, block), ratio, verdict]


def _more(base, ours):
    return f"{_ms_each(base, ours):+.2f}"


def _ms_each(base, ours):
    return (ours["ms"] - base["ms"]) / ours["size"]
