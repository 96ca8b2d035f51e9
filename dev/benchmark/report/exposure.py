"""The exposure, next to plain SQL."""

from .cells import SQL_HEADER, against_sql, in_time, table

SQL_RATIO = 1.5
FIGURES_QUERIES = 4
LARGEST, LARGEST_MS = "figures of the largest customer", 20


def compared(exposure, missed):
    disagreements = exposure["disagreements"]
    missed += [f"disagreement: {text}" for text in disagreements]
    rows = [
        _row(name, variants, missed) for name, variants in exposure["cases"].items()
    ]
    answer = "differ: see below" if disagreements else "agree to the cent"
    return (
        f"{table(['Exposure', 'Customers', *SQL_HEADER], rows)}\n\n"
        f"The answers of the module and of plain SQL {answer}. Goals: figures in"
        f" {FIGURES_QUERIES} queries at most, within {SQL_RATIO} of plain SQL; those of"
        f" the largest customer in {LARGEST_MS} ms."
    )


def _row(name, variants, missed):
    ours = variants["ours"]
    ratio, cells = against_sql(variants)
    verdict = "—"
    if name.startswith("figures"):
        verdict = in_time(
            ours["ms"] <= LARGEST_MS if name == LARGEST else ratio <= SQL_RATIO
        )
        if ours["queries"] > FIGURES_QUERIES:
            verdict = "MISSED"
            missed.append(f"{name}: {ours['queries']} queries")
    return [name, ours["size"], *cells, verdict]
