"""What DSO and its family cost, next to plain SQL for the ends of the months."""

from odoo import fields

from odoo.addons.credit_management.tools.kpi import month_ends

from .. import plain_kpi

MONTHS = 24


def measure(scene, meter):
    """Measure figures of today, curves and the overview.

    :return: by case, the results by variant; and the disagreements found
    """
    kpi = scene.su["credit.kpi"]
    overview = scene.su["credit.overview"].with_context(
        allowed_company_ids=scene.company.ids
    )
    today = fields.Date.today()
    sql = _plain(scene)
    ours = {
        "figures of today": lambda: kpi.figures(scene.company, today),
        f"curves of {MONTHS} months": lambda: kpi.trend(
            scene.company, month_ends(today, MONTHS)
        ),
        "overview: today": overview.situation,
        "overview: curves": overview.history,
    }
    cases = {
        name: meter.compare({"ours": work, "sql": sql}) for name, work in ours.items()
    }
    return {"cases": cases, "disagreements": _disagreements(scene)}


def _plain(scene):
    statement = plain_kpi.statement(scene.su, scene.company)

    def run():
        scene.env.cr.execute(*statement)
        return scene.env.cr.fetchall()

    return run


def _disagreements(scene):
    """Compare the ends of months, to the cent; return what differs."""
    plain = {day: amounts for day, *amounts in _plain(scene)()}
    ends = [day for day in month_ends(fields.Date.today(), MONTHS)[1:] if day in plain]
    trend = scene.su["credit.kpi"].trend(scene.company, ends)
    names = ("receivable", "receivable_gross", "overdue", "sales_month")
    return [
        f"{name} of {day}: {found[name]:.2f}, in plain SQL {amount:.2f}"
        for day, found in zip(ends, trend, strict=True)
        for name, amount in zip(names, plain[day], strict=True)
        if round(found[name] - float(amount), 2)
    ]
