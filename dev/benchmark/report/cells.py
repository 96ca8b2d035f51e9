"""What tables are made of."""

LATE = "time above goal"
LARGE = "memory above goal"


def table(header, rows):
    """Return a table in Markdown, its first column of text, the others of figures."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def thousands(count):
    return f"{count:,}".replace(",", " ")


def milliseconds(value):
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def memory(result):
    return "—" if result["mb"] is None else f"{result['mb']:+.0f}"


def cost(result):
    return f"{result['queries']} q, {milliseconds(result['ms'])} ms"


def in_time(is_met):
    return "met" if is_met else LATE


def against_sql(variants):
    """Return the ratio of times to plain SQL, and the cells that show it."""
    ours, sql = variants["ours"], variants["sql"]
    ratio = ours["ms"] / sql["ms"]
    times = [milliseconds(ours["ms"]), milliseconds(sql["ms"])]
    return ratio, [ours["queries"], *times, f"{ratio:.2f}", memory(ours)]


SQL_HEADER = ["Queries", "ms", "SQL ms", "Ratio", "MB", "Verdict"]
