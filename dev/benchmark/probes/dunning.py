"""What dunning costs: to choose, to prepare and to send."""

from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from .. import plain_dunning
from . import dunning_past, worklist

# of the open items: how many are due on the days that are measured
SHARES = (0.125, 0.25, 0.5, 1.0)
LEVELS = "credit_management.credit_dunning_policy_business"
# after the last due date: the first level reaches all that is open
REACHED = 4
MESSAGES = 50
# the answer of the module, worded as plain SQL gives it
ANSWERS = {
    plain_dunning.PROPOSALS: SQL(
        """SELECT partner_id, currency_id, level_id, reason, amount_due,
                  amount_credits, oldest_due_date
             FROM proposal"""
    ),
    plain_dunning.ITEMS: SQL(
        """SELECT entry.line_id, entry.partner_id, entry.currency_id, entry.level_id,
                  entry.reason, entry.due
             FROM entry
             JOIN proposal USING (partner_id, currency_id)"""
    ),
}


def measure(scene, meter):
    """Measure the dunning of all the customers by one policy.

    :return: by section, the results; and the disagreements with plain SQL
    """
    _follow_policy(scene)
    today = fields.Date.today()
    results = {
        "preparation": _preparation(scene, meter),
        "run_of_today": meter.once("today", lambda: _run_of(scene, today)),
    }
    _prepared(scene, today - timedelta(days=dunning_past.LAST_RUN))
    dunning_past.write(scene.su, today)
    results["selection"] = _selection(scene, meter, today)
    results["disagreements"] = _disagreements(scene, today)
    with meter.undone():
        run = _prepared(scene)
        results["sending"] = _sending(scene, meter, run)
        results["worklist"] = worklist.measure(scene, meter)
    return results


def _follow_policy(scene):
    """Have the shipped policy rule; files are rendered, which is not measured."""
    levels = scene.su["credit.dunning.level"].search([])
    levels.write({"attach_invoices": False, "attach_statement": False})
    scene.su.company.credit_dunning_policy_id = scene.su.ref(LEVELS)
    scene.su.flush_all()


# ----------------------------------------------------------------------
# Choosing
# ----------------------------------------------------------------------


def _chosen(scene, day, answer):
    query = scene.su["credit.dunning.selection"]._query(
        scene.su.company, day, "dunning", ANSWERS[answer]
    )
    return scene.su.execute_query(query)


def _selection(scene, meter, day):
    answer = plain_dunning.PROPOSALS
    found = meter.compare(
        {
            "ours": lambda: _chosen(scene, day, answer),
            "sql": lambda: plain_dunning.answer(scene.su, day, answer),
        },
        size=_due_items(scene, day),
    )
    return {"customers to remind, and why not": found}


def _due_items(scene, day):
    return scene.ids(
        """SELECT COUNT(*)
             FROM account_move_line line
             JOIN account_account account ON account.id = line.account_id
            WHERE account.account_type = 'asset_receivable'
              AND line.company_id = %s AND line.parent_state = 'posted'
              AND line.reconciled IS NOT TRUE AND line.amount_residual > 0
              AND line.date_maturity < %s""",
        scene.company.id,
        day,
    )[0]


def _disagreements(scene, day):
    """Return where the module and plain SQL would remind differently, in words.

    They give the same customers and items, with the same reasons, to the cent.
    """
    problems = []
    for answer in ANSWERS:
        ours = set(_chosen(scene, day, answer))
        plain = set(plain_dunning.answer(scene.su, day, answer))
        problems += [f"only the module says {row}" for row in ours - plain]
        problems += [f"only plain SQL says {row}" for row in plain - ours]
    return problems[:20]


# ----------------------------------------------------------------------
# Preparing
# ----------------------------------------------------------------------


def _preparation(scene, meter):
    """Measure whole runs, on days when more and more items are due."""
    days = scene.ids(
        """SELECT unnest(PERCENTILE_DISC(%s::float[])
                         WITHIN GROUP (ORDER BY line.date_maturity))
             FROM account_move_line line
             JOIN account_account account ON account.id = line.account_id
            WHERE account.account_type = 'asset_receivable'
              AND line.company_id = %s AND line.parent_state = 'posted'
              AND line.reconciled IS NOT TRUE AND line.amount_residual > 0
              AND line.date_maturity IS NOT NULL""",
        list(SHARES),
        scene.company.id,
    )
    days = [day + timedelta(days=REACHED) for day in days]
    meter.once("warming up", lambda: _run_of(scene, days[0]))
    return [
        meter.once(
            f"{_due_items(scene, day)} items due", lambda day=day: _run_of(scene, day)
        )
        for day in days
    ]


def _run_of(scene, day):
    """Prepare a run; return how many items are in its notices."""
    run = _prepared(scene, day)
    return scene.ids(
        """SELECT COUNT(*)
             FROM credit_dunning_notice_line line
             JOIN credit_dunning_notice notice ON notice.id = line.notice_id
            WHERE notice.run_id = %s""",
        run.id,
    )[0]


def _prepared(scene, day=None):
    run = scene.su["credit.dunning.run"].create(
        {"date": day or fields.Date.today(), "include_quiet": True}
    )
    run._prepare()
    scene.su.flush_all()
    return run


# ----------------------------------------------------------------------
# Sending
# ----------------------------------------------------------------------


def _sending(scene, meter, run):
    """Measure messages, next to Odoo's own that post the same text to the same."""
    ready = run._ready()
    middle = len(ready) // 2  # the largest customers come first
    notices = ready[middle : middle + MESSAGES].with_prefetch()
    notices.delivery_ids.fetch(["partner_id"])
    texts = {
        notice.id: notice.delivery_ids[:1]._render(notice.level_id.mail_template_id)
        for notice in notices
    }

    def odoo():
        for notice in notices:
            subject, body = texts[notice.id]
            notice.partner_id.with_context(
                mail_post_autofollow=False, mail_post_autofollow_author_skip=True
            ).message_post(
                subject=subject,
                body=body,
                partner_ids=notice.delivery_ids.partner_id.ids,
                author_id=scene.su.company.partner_id.id,
                email_from=scene.su.company.partner_id.email_formatted,
                message_type="auto_comment",
                subtype_xmlid="mail.mt_comment",
                email_layout_xmlid="mail.mail_notification_layout",
                email_add_signature=False,
                mail_auto_delete=False,
                notify_skip_followers=True,
                force_send=False,
            )

    return meter.compare({"ours": notices._send, "odoo": odoo}, size=len(notices))
