"""What the aged balance costs, next to plain SQL; and its workbook."""

import tempfile

from dateutil.relativedelta import relativedelta

from odoo import fields

from .. import plain_ageing

MONTHS_AGO = 6


def measure(scene, meter):
    """Measure the aged balance by customer, as it is read, shown and written.

    :return: by case, the results by variant; the workbook of all open items; and the
        disagreements found
    """
    report = scene.su["credit.aged.balance"].with_context(
        allowed_company_ids=scene.company.ids
    )
    today = fields.Date.today()
    dates = {
        "all customers, today": today,
        f"all customers, {MONTHS_AGO} months ago": past_date(),
    }
    cases = {
        name: meter.compare(
            {
                "ours": lambda date=date: _lines(report, date),
                "sql": lambda date=date: _plain(scene, date),
            }
        )
        for name, date in dates.items()
    }
    cases["the screen, today"] = meter.compare(
        {"ours": report.report, "sql": lambda: _plain(scene, today)}
    )
    return {
        "cases": cases,
        "workbook": meter.once("workbook", lambda: _workbook(report)),
        "disagreements": [
            text for date in dates.values() for text in _differing(scene, report, date)
        ],
    }


def past_date():
    """Return the date of the aged balance of the past."""
    return fields.Date.today() - relativedelta(months=MONTHS_AGO)


def _lines(report, date):
    options = report._options({"date": fields.Date.to_string(date)})
    return report._total_and_lines(options)[1]


def _plain(scene, date):
    cr = scene.env.cr
    cr.execute(*plain_ageing.statement(scene.su, scene.company, date))
    return cr.fetchall()


def _workbook(report):
    options = report._options()
    with tempfile.TemporaryFile() as file:
        report._write_xlsx(options, file)
    return sum(1 for _item in report._items(options))


def _differing(scene, report, date):
    """Yield the customers whose balance or overdue amount differs by a cent."""
    plain = {
        key: (round(float(balance), 2), round(float(overdue or 0), 2))
        for key, balance, _credits, overdue, *_ages in _plain(scene, date)
    }
    for line in _lines(report, date):
        found = tuple(round(line.amounts[name], 2) for name in ("balance", "overdue"))
        if found != (expected := plain.pop(line.key, (0.0, 0.0))):
            yield f"customer {line.key} on {date}: {found}, in plain SQL {expected}"
    for key, expected in plain.items():
        if any(expected):
            yield f"customer {key} on {date}: none, in plain SQL {expected}"
