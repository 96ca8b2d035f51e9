"""What each scheduled job finds to do, and how often each piece of it was done."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from odoo.fields import Command, Datetime

from odoo.addons.credit_management.models.dunning import credit_dunning_run
from odoo.addons.credit_management.models.kpi import credit_kpi_target_report

from . import scene as scenes

PIECES = 6
SIGNATURE = Path(__file__).resolve().parents[2] / "demo" / "signature.png"
TODAY = date.today()


@dataclass
class Job:
    """A scheduled job.

    :param set_scene: makes what is to be done, returns how many pieces it has
    :param count: returns, by piece, how often it was done
    :param dies_at: the piece whose worker is killed
    """

    xml_id: str
    set_scene: Callable
    count: Callable
    dies_at: int = 2


def prepare(env):
    """Make what several jobs use."""
    scenes.make(env, 0)
    # several batches, and a day on which targets are told of
    credit_dunning_run.BATCH = 2
    credit_kpi_target_report.FIRST_DAYS = 31
    users = env["res.users"].browse(scenes.find(env).users["manager"])
    users.write({"credit_authority_unlimited": False, "credit_authority_amount": 1e5})


def _customers(env, kind, count=PIECES, **values):
    partners = env["res.partner"].create(
        [
            {
                "name": f"{kind} {number}",
                "ref": kind,
                "is_company": True,
                "email": f"{kind}{number}@stress.example.com",
                "property_payment_term_id": False,
            }
            for number in range(count)
        ]
    )
    partners.write(values)
    return partners


def _found(env, kind):
    return env["res.partner"].search([("ref", "=", kind)], order="id")


def _invoices(env, partners, days, amount=100.0):
    """Return posted invoices, due so many days from today."""
    due = TODAY + timedelta(days=days)
    invoices = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": min(due, TODAY),
                "invoice_date_due": due,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": scenes.find(env).product,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
            for partner in partners
        ]
    )
    invoices.action_post()
    return invoices


def _by_sql(env, statement, *params):
    env.flush_all()
    env.cr.execute(statement, params)
    env.invalidate_all()


def _counts(env, query, *params):
    env.flush_all()
    env.cr.execute(query, params)
    return [count for (count,) in env.cr.fetchall()]


# ----------------------------------------------------------------------
# Holds
# ----------------------------------------------------------------------


def _set_holds(env):
    seller = scenes.find(env).users["seller"]
    freed = _customers(env, "freed", credit_limit=10.0, credit_blocking_mode="block")
    late = _customers(env, "late", credit_limit=10.0, credit_blocking_mode="block")
    for partner in freed | late:
        order = env["sale.order"].create(
            {
                "partner_id": partner.id,
                "user_id": seller,
                "order_line": [
                    Command.create(
                        {"product_id": scenes.find(env).product, "price_unit": 500.0}
                    )
                ],
            }
        )
        order.with_user(seller).action_confirm_or_hold()
    _by_sql(
        env,
        "UPDATE res_partner SET credit_limit = jsonb_build_object(%s, 1000)"
        " WHERE id = ANY(%s)",
        str(env.company.id),
        freed.ids,
    )
    _by_sql(
        env,
        "UPDATE credit_hold SET deadline = %s WHERE partner_id = ANY(%s)",
        Datetime.now() - timedelta(hours=1),
        late.ids,
    )
    return len(freed | late)


def _count_holds(env):
    return _counts(
        env,
        """SELECT (SELECT COUNT(*) FROM mail_message
                    WHERE model = 'credit.hold' AND res_id = hold.id
                      AND (body ILIKE '%%released and confirmed%%'
                           AND hold.state = 'released' AND o.state = 'sale'
                           OR body ILIKE '%%not decided in time%%'))
             FROM credit_hold hold
             JOIN sale_order o ON o.id = hold.order_id
             JOIN res_partner p ON p.id = hold.partner_id
            WHERE p.ref IN ('freed', 'late')""",
    )


# ----------------------------------------------------------------------
# Limits and exposures
# ----------------------------------------------------------------------


def _set_limits(env):
    partners = _customers(env, "raised", credit_limit=10.0)
    changes = env["credit.limit.change"].create(
        [
            {
                "partner_id": partner.id,
                "amount": amount,
                "date_from": TODAY + timedelta(days=days),
                "reason": "Stress",
                "state": "approved",
            }
            for partner in partners
            for days, amount in [(1, 700.0), (2, 800.0)]
        ]
    )
    _by_sql(
        env,
        "UPDATE credit_limit_change SET date_from = date_from - 3 WHERE id = ANY(%s)",
        changes.ids,
    )
    return len(partners)


def _count_limits(env):
    partners = _found(env, "raised")
    return [
        int(
            partner.credit_limit == 800.0
            and all(partner.credit_limit_change_ids.mapped("is_applied"))
        )
        * (len(partner.credit_limit_change_ids) - 2)  # and the first one, by hand
        for partner in partners
    ]


def _set_exposures(env):
    _invoices(env, _customers(env, "exposed"), 10)
    env["res.company"].create([{"name": f"Stress {number}"} for number in range(2)])
    return PIECES


def _count_exposures(env):
    return _counts(
        env,
        """SELECT COUNT(*) FILTER (WHERE row.exposure = 100)
             FROM res_partner p
        LEFT JOIN credit_customer_exposure row ON row.partner_id = p.id
            WHERE p.ref = 'exposed' GROUP BY p.id""",
    )


# ----------------------------------------------------------------------
# Disputes, promises, plans
# ----------------------------------------------------------------------


def _set_disputes(env):
    reason = env.ref("credit_management.credit_dispute_reason_price")
    resolver = scenes.find(env).users["manager_bis"]
    number = 0
    for kind, days in [("soon", 1), ("overdue", -2)]:
        invoices = _invoices(env, _customers(env, kind), -10)
        for invoice in invoices:
            item = invoice._dunning_items()
            dispute = env["credit.dispute"].action_open([(item, 50.0)], reason)
            dispute.user_id = resolver
            _by_sql(
                env,
                "UPDATE credit_dispute SET deadline = %s, is_reminded = %s,"
                " is_escalated = FALSE WHERE id = %s",
                TODAY + timedelta(days=days),
                days < 0,
                dispute.id,
            )
            number += 1
    _by_sql(env, "DELETE FROM mail_message WHERE model = 'credit.dispute'")
    return number


def _count_disputes(env):
    return _counts(
        env,
        """SELECT (SELECT COUNT(*) FROM mail_message
                    WHERE model = 'credit.dispute' AND res_id = dispute.id
                      AND message_type = 'user_notification' AND p.ref = 'soon')
                + (SELECT COUNT(*) FROM mail_activity activity
                    WHERE res_model = 'credit.dispute' AND res_id = dispute.id
                      AND activity.summary ILIKE '%%has waited for an answer%%')
             FROM credit_dispute dispute
             JOIN res_partner p ON p.id = dispute.partner_id
            WHERE p.ref IN ('soon', 'overdue')""",
    )


def _set_promises(env):
    partners = _customers(env, "promised")
    _invoices(env, partners, -10)
    promises = env["credit.promise"].create(
        [
            {
                "partner_id": partner.id,
                "amount": 60.0,
                "date": TODAY + timedelta(days=1),
            }
            for partner in partners
        ]
    )
    _by_sql(env, "UPDATE credit_promise SET date = %s", TODAY - timedelta(days=30))
    return len(promises)


def _count_promises(env):
    return _counts(
        env,
        """SELECT (SELECT COUNT(*) FROM mail_activity activity
                    WHERE res_model = 'credit.promise' AND res_id = promise.id)
             FROM credit_promise promise WHERE state = 'broken'""",
    )


def _set_plans(env):
    partners = _customers(env, "planned")
    plans = env["credit.payment.plan"].create(
        [
            {
                "partner_id": invoice.partner_id.id,
                "grace_days": 90,
                "item_ids": [
                    Command.create(
                        {"move_line_id": invoice._dunning_items().id, "amount": 100.0}
                    )
                ],
                "line_ids": [
                    Command.create(
                        {"date": TODAY + timedelta(days=days), "amount": 50.0}
                    )
                    for days in (10, 20)
                ],
            }
            for invoice in _invoices(env, partners, -10)
        ]
    )
    manager = scenes.find(env).users["manager"]
    plans.with_user(manager).action_propose()
    signature = base64.b64encode(SIGNATURE.read_bytes()).decode()
    for plan in plans:
        plan._accept("Ann Dupont", signature)
    _by_sql(env, "UPDATE credit_payment_plan_line SET date = date - 12")
    return len(plans)


def _count_plans(env):
    return _counts(
        env,
        """SELECT (SELECT COUNT(*) FROM mail_activity activity
                    WHERE res_model = 'credit.payment.plan' AND res_id = plan.id
                      AND summary ILIKE '%%missed%%')
             FROM credit_payment_plan plan WHERE missed_since IS NOT NULL""",
    )


# ----------------------------------------------------------------------
# Dunning
# ----------------------------------------------------------------------


def _policy(env):
    policy = env["credit.dunning.policy"].search([("name", "=", scenes.MARK)])
    if policy:
        return policy
    template = env["mail.template"].create(
        {
            "name": scenes.MARK,
            "model_id": env["ir.model"]._get_id("credit.dunning.notice"),
            "subject": "Stress {{ object.kind }}",
            "body_html": "<p>Please pay</p>",
        }
    )
    email = env.ref("credit_management.credit_dunning_channel_email")
    return policy.create(
        {
            "name": scenes.MARK,
            "skip_weekends": False,
            "skip_holidays": False,
            "max_contacts_per_week": 0,
            "level_ids": [
                Command.create(
                    {
                        "name": f"Stress {days}",
                        "days": days,
                        "mail_template_id": template.id,
                        "channel_ids": [Command.link(email.id)],
                    }
                )
                for days in (-5, 5)
            ],
        }
    )


def _set_dunning(kind, days, trigger=None):
    def set_scene(env):
        partners = _customers(
            env, kind, 2 * PIECES, credit_dunning_policy_id=_policy(env)
        )
        _invoices(env, partners, days)
        if trigger:
            run = env["credit.dunning.run"].create({"trigger": trigger})
            run._prepare()
            run.state = "running"
        return len(partners)

    return set_scene


def _count_mails(kind):
    def count(env):
        return _counts(
            env,
            """SELECT (SELECT COUNT(*) FROM mail_mail mail
                         JOIN mail_message message ON message.id = mail.mail_message_id
                        WHERE message.model = 'res.partner' AND message.res_id = p.id)
                 FROM res_partner p WHERE p.ref = %s""",
            kind,
        )

    return count


# ----------------------------------------------------------------------
# Figures
# ----------------------------------------------------------------------


def _set_targets(env):
    targets = env["credit.kpi.target"].create(
        [
            {
                "user_id": scenes.find(env).users["manager"],
                "start_date": TODAY - timedelta(days=400),
                "target_date": TODAY + timedelta(days=400),
                "kpi": kpi,
                "start_value": 60.0,
                "target_value": 30.0,
            }
            for kpi in ("dso", "dso_countback", "add", "wadp", "wadl", "wado")
        ]
    )
    return len(targets)


def _count_targets(env):
    return _counts(
        env,
        """SELECT (SELECT COUNT(*) FROM mail_mail mail
                     JOIN mail_message message ON message.id = mail.mail_message_id
                    WHERE message.model = 'credit.kpi.target'
                      AND message.message_type = 'email_outgoing'
                      AND message.res_id = target.id)
             FROM credit_kpi_target target WHERE reported_month IS NOT NULL""",
    )


def _set_overview(env):
    Kept = env["credit.overview.kept"]
    companies = env["credit.overview"]._companies()
    for lang in ("en_US", "fr_FR"):
        asking = Kept.with_context(lang=lang)
        for part in ("situation", "history", "expected"):
            filters = {"months": 12} if part == "history" else {}
            question = asking._question(part, companies, filters)
            asking._keep(question, {}, Datetime.now())
    _by_sql(
        env,
        "UPDATE credit_overview_kept SET computed_on = %s",
        Datetime.now() - timedelta(hours=5),
    )
    return 6


def _count_overview(env):
    return _counts(
        env,
        "SELECT COUNT(*) FILTER (WHERE figures::text <> '{}' AND computed_on > %s)"
        " FROM credit_overview_kept GROUP BY question",
        Datetime.now() - timedelta(minutes=10),
    )


JOBS = [
    Job(
        "ir_cron_dunning_send", _set_dunning("send", -8, "manual"), _count_mails("send")
    ),
    Job("ir_cron_dunning", _set_dunning("dun", -8), _count_mails("dun")),
    Job("ir_cron_pre_reminder", _set_dunning("remind", 3), _count_mails("remind")),
    Job("ir_cron_reevaluate_holds", _set_holds, _count_holds),
    Job("ir_cron_limit_changes", _set_limits, _count_limits),
    Job("ir_cron_customer_exposure", _set_exposures, _count_exposures, dies_at=1),
    Job("ir_cron_disputes", _set_disputes, _count_disputes),
    Job("ir_cron_promises", _set_promises, _count_promises, dies_at=1),
    Job("ir_cron_payment_plans", _set_plans, _count_plans, dies_at=1),
    Job("ir_cron_kpi_targets", _set_targets, _count_targets),
    Job("ir_cron_overview", _set_overview, _count_overview),
]
