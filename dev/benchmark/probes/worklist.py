"""What the collector's worklist costs, on the morning of a run."""

from .web_client import COUNTED, PAGE

NAMED = {"fields": {"display_name": {}}}
COLUMNS = {
    **dict.fromkeys(["net_overdue", "days_overdue", "oldest_due", "reason"], {}),
    **dict.fromkeys(["last_contact", "next_action", "priority"], {}),
    **dict.fromkeys(["partner_id", "user_id", "level_id", "currency_id"], NAMED),
}
PAGES = {
    "page, first to see to": ([], "priority desc, id"),
    "page, longest overdue first": ([], "oldest_due, id"),
    "page, mine": ([("is_mine", "=", True)], "priority desc, id"),
    "page, unassigned": ([("user_id", "=", False)], "priority desc, id"),
    "page, to call": ([("next_action", "=", "call")], "priority desc, id"),
}


def measure(scene, meter):
    """Measure what a collector opens.

    :return: by case, the results by variant
    """
    rows = scene.su["credit.worklist"].with_user(scene.collector)
    rows = rows.with_context(scene.env.context)
    return {
        title: meter.compare(
            {
                "list": lambda domain=domain, order=order: rows.web_search_read(
                    domain, COLUMNS, limit=PAGE, order=order, count_limit=COUNTED
                )
            },
            size=rows.search_count(domain),
        )
        for title, (domain, order) in PAGES.items()
    }
