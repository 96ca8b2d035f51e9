"""What was measured, and how long the module took to be installed on it."""

from .cells import in_time, table, thousands

MORE_SECONDS = 15


def tables(results):
    parts = [_size(results)]
    if results["installation"]:
        parts.append(_installation(**results["installation"]))
    return parts


def _size(results):
    sizes = results["controlled"]["database"].items()
    text = ", ".join(f"{thousands(count)} {name}" for name, count in sizes)
    return f"# Benchmark\n\nPostgreSQL {results['postgresql']}; {text}."


def _installation(installing, loading):
    more = installing - loading
    row = [
        *["on this ledger", f"{installing:.1f}", f"{loading:.1f}", f"{more:+.1f}"],
        in_time(more <= MORE_SECONDS),
    ]
    header = ["Installation", "s", "Loading the registry, s", "More", "Verdict"]
    return (
        f"{table(header, [row])}\n\nMeasured when the database was made. Goal:"
        f" {MORE_SECONDS} s more than Odoo takes to start with the module on it."
    )
