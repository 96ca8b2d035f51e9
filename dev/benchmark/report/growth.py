"""How times grow with the ledger."""

from math import log

from .cells import memory, milliseconds, table, thousands

OURS = ("ours", "list", "block", "collector")  # the variants that are the module's
# exponents: of what reads the whole ledger, and of what reads a few of its customers
ALL, FEW = 1.1, 0.2
# words in the names of what reads a few; of the largest customer there is ever more
FEW_WORDS = ("small", "100", "page", "e-mails", "order", "invoice")
MORE_WORD = "largest"
LEAST_MS = 0.01


def write(found):
    """Return the table of what was measured in ledgers of several sizes.

    :param found: the results of each size, the smallest first
    """
    sizes = [results["controlled"]["database"]["customers"] for results in found]
    measured = [_measured(results["controlled"]) for results in found]
    rows = [
        _row(key, [results[key] for results in measured], sizes[-1] / sizes[0])
        for key in measured[0]
        if all(key in results for results in measured)
    ]
    header = ["Growth", *(f"{thousands(size)}, ms" for size in sizes)]
    return (
        f"# Growth\n\n{table([*header, 'Exponent', 'MB', 'Verdict'], rows)}\n\n"
        "In ledgers of so many customers; times grow with them to the power of the"
        " exponent, from the smallest to the largest. MB: in the largest. Goals: an"
        f" exponent of {ALL} at most; of {FEW} for what reads few customers, however"
        " many there are, apart from the largest, who has more documents in a larger"
        " ledger."
    )


def exponent(few_ms, many_ms, times):
    """Return to what power of the size a time grows that is ``times`` as large."""
    return log(max(many_ms, LEAST_MS) / max(few_ms, LEAST_MS)) / log(times)


def _measured(controlled):
    """Return the module's results by section and name."""
    ageing, dunning = controlled["ageing"], controlled["dunning"]
    sections = {
        "Exposure": controlled["exposure"]["cases"],
        "Customer exposure": controlled["exposure_list"],
        "DSO and its family": controlled["kpi"]["cases"],
        "Aged balance": {**ageing["cases"], "workbook": {"ours": ageing["workbook"]}},
        "Dunning": {
            **dunning["selection"],
            "whole run": {"ours": dunning["preparation"][-1]},
            f"{dunning['sending']['ours']['size']} e-mails": dunning["sending"],
        },
        "Worklist": dunning["worklist"],
        "Sales cockpit": controlled["cockpit"],
        "Customers": controlled["customers"],
        "Confirmation": controlled["confirmation"],
        "Bookkeeping": controlled["bookkeeping"],
    }
    return {
        (title, name): next(variants[key] for key in OURS if key in variants)
        for title, cases in sections.items()
        for name, variants in cases.items()
    }


def _row(key, results, times):
    title, name = key
    growth = exponent(results[0]["ms"], results[-1]["ms"], times)
    goal = _goal(name)
    verdict = "met" if growth <= goal else f"above {goal}"
    each = [milliseconds(result["ms"]) for result in results]
    return [f"{title}: {name}", *each, f"{growth:.2f}", memory(results[-1]), verdict]


def _goal(name):
    few = any(word in name for word in FEW_WORDS) and MORE_WORD not in name
    return FEW if few else ALL
