"""What the list of exposures costs: to open, sort, filter, group and refresh."""

from .web_client import COUNTED, PAGE

AMOUNTS = ["exposure", "overdue", "order_book"]
NAMED = {"fields": {"display_name": {}}}
# What the list shows, as the web client asks for it.
COLUMNS = {
    **dict.fromkeys([*AMOUNTS, "credit_limit", "available", "usage"], {}),
    **dict.fromkeys(["status", "is_stopped", "oldest_due", "refreshed_at"], {}),
    **dict.fromkeys(["partner_id", "user_id", "company_id", "currency_id"], NAMED),
}
SORTED = {
    "highest exposure first": "exposure desc, id",
    "least available first": "available, id",
    "most overdue first": "overdue desc, id",
    "longest overdue first": "oldest_due, id",
}
FILTERED = {
    "over limit": [("status", "=", "over")],
    "near limit": [("status", "=", "near")],
    "overdue": [("overdue", ">", 0)],
    "overdue for 30 days": [("oldest_due", "<", "-30d")],
    "stopped": [("is_stopped", "=", True)],
}
GROUPED = {"status": "status", "policy": "policy_id", "salesperson": "user_id"}


def measure(scene, meter):
    """Measure the refresh of the list, then what collectors do with it.

    :return: by case, the results by variant
    """
    Snapshot = scene.su["credit.customer.exposure"]
    results = {
        "refresh": meter.compare({"list": lambda: Snapshot._refresh(scene.company)})
    }
    Snapshot._refresh(scene.company)
    scene.su.cr.execute("ANALYZE credit_customer_exposure")
    rows = Snapshot.with_user(scene.collector).with_context(scene.env.context)
    for title, work in _uses(rows).items():
        results[title] = meter.compare({"list": work}, size=rows.search_count([]))
    results["refresh"]["list"].size = rows.search_count([])
    return results


def _uses(rows):
    def page(domain=(), order="exposure desc, id"):
        return lambda: rows.web_search_read(
            list(domain), COLUMNS, limit=PAGE, order=order, count_limit=COUNTED
        )

    def groups(name):
        return lambda: rows.web_read_group(
            [], [name], [f"{amount}:sum" for amount in AMOUNTS], limit=PAGE
        )

    return {
        **{f"page, {title}": page(order=order) for title, order in SORTED.items()},
        **{f"page, {title}": page(domain) for title, domain in FILTERED.items()},
        **{f"by {title}": groups(name) for title, name in GROUPED.items()},
    }
