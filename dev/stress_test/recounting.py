"""What is left after the work, counted in SQL, and what the module says of it."""

from odoo.tools import SQL

from . import scene as scenes

CENT = 0.01

# what must find nothing, and what it would mean
INVARIANTS = {
    "confirmed beyond the limit without a release": """
        SELECT order_id, exposure, credit_limit FROM stress_confirmation
         WHERE exposure > credit_limit + 0.01 AND NOT released""",
    "confirmed without sight of one another": """
        SELECT a.order_id, b.order_id
          FROM stress_confirmation a
          JOIN stress_confirmation b ON b.customer = a.customer AND a.xid < b.xid
         WHERE NOT pg_visible_in_snapshot(a.xid, b.snapshot)
           AND NOT pg_visible_in_snapshot(b.xid, a.snapshot)""",
    "confirmed, unknown to PostgreSQL's triggers": """
        SELECT id FROM sale_order o WHERE state = 'sale'
           AND NOT EXISTS (SELECT FROM stress_confirmation WHERE order_id = o.id)""",
    "told to be on hold, without a hold": """
        SELECT id FROM sale_order o WHERE id = ANY(%(told)s)
           AND NOT EXISTS (SELECT FROM credit_hold WHERE order_id = o.id)""",
    "open hold of an order that does not wait": """
        SELECT hold.id FROM credit_hold hold JOIN sale_order o ON o.id = hold.order_id
         WHERE hold.state = 'pending' AND o.state NOT IN ('draft', 'sent')""",
    "order that does not know of its hold, or of its end": """
        SELECT id FROM sale_order o
         WHERE COALESCE(credit_has_pending_hold, FALSE) <> EXISTS (
               SELECT FROM credit_hold WHERE order_id = o.id AND state = 'pending')""",
    "two open holds of one order": """
        SELECT order_id FROM credit_hold WHERE state = 'pending'
      GROUP BY order_id HAVING COUNT(*) > 1""",
    "released, and the order did not go on, nor was anyone told": """
        SELECT hold.id FROM credit_hold hold JOIN sale_order o ON o.id = hold.order_id
         WHERE hold.state = 'released' AND hold.confirm_on_release
           AND o.state IN ('draft', 'sent')
           AND NOT EXISTS (SELECT FROM credit_hold later
                            WHERE later.order_id = o.id AND later.id > hold.id)
           AND NOT EXISTS (SELECT FROM mail_activity
                            WHERE res_model = 'sale.order' AND res_id = o.id)""",
    "waits, though nothing exceeds the limit": """
        SELECT hold.id FROM credit_hold hold
          JOIN sale_order o ON o.id = hold.order_id
         WHERE hold.state = 'pending'
           AND stress_exposure(hold.partner_id) + o.amount_total
               <= stress_limit(hold.partner_id)""",
    "hold decided twice, or by nobody": """
        SELECT hold.id FROM credit_hold hold
         WHERE hold.state <> 'pending' AND (hold.decision IS NULL
            OR hold.decision_date IS NULL
            OR hold.decided_by_id IS NULL
               AND hold.decision NOT IN ('automatic', 'cancelled'))""",
    "payment or credit note that left more than it should": """
        SELECT id FROM account_move WHERE move_type = 'out_invoice'
           AND state = 'posted' AND (amount_residual < 0
               OR amount_residual > amount_total)""",
}
FIGURES = """
    SELECT (SELECT COUNT(*) FROM stress_confirmation WHERE kind = 'confirmed'),
           (SELECT COUNT(*) FROM stress_confirmation WHERE kind = 'grown'),
           (SELECT COUNT(*) FROM stress_confirmation
             WHERE exposure > credit_limit + 0.01),
           (SELECT COUNT(*) FROM credit_hold),
           (SELECT COUNT(*) FROM credit_hold WHERE decision = 'automatic'),
           (SELECT COUNT(*) FROM credit_hold WHERE state = 'pending')
"""
NAMES = [
    "confirmations", "growths", "of which beyond the limit, released", "holds",
    "of which released by themselves", "of which still open",
]  # fmt: skip


def recount(env, told):
    """Return what was broken, by invariant, and the figures of the whole."""
    # what the scheduled job would do next: nothing may need it but time
    job = env.ref("credit_management.ir_cron_reevaluate_holds")
    if job.method_direct_trigger() is not True:
        raise AssertionError("The scheduled job failed on what the work left.")
    env.cr.commit()
    orders = sorted({order for orders in told for order in orders})
    broken = {}
    for name, query in INVARIANTS.items():
        env.cr.execute(query, {"told": orders})
        broken[name] = env.cr.fetchall()
    broken["exposure that is not the one counted in SQL"] = _wrong_exposures(env)
    broken["row of the list of exposures that is wrong"] = _wrong_rows(env)
    env.cr.execute(FIGURES)
    return {
        "broken": broken,
        "figures": dict(zip(NAMES, env.cr.fetchone(), strict=True)),
    }


def _counted(env, customers):
    rows = env.execute_query(
        SQL("SELECT id, stress_exposure(id)::float FROM res_partner WHERE id = ANY(%s)",
            customers)
    )  # fmt: skip
    return dict(rows)


def _wrong_exposures(env):
    customers = env["res.partner"].browse(scenes.find(env).customers)
    figures = env["credit.exposure"]._figures(customers, env.company)
    counted = _counted(env, customers.ids)
    wrong = []
    for customer in customers:
        found = figures.get(customer.id)
        said = found.exposure if found else 0.0
        if abs(said - counted[customer.id]) >= CENT:
            wrong.append((customer.id, said, counted[customer.id]))
    return wrong


def _wrong_rows(env):
    customers = scenes.find(env).customers
    Snapshot = env["credit.customer.exposure"].sudo()
    Snapshot._refresh(env.company)
    counted = _counted(env, customers)
    rows = Snapshot.search([("partner_id", "in", customers)])
    said = dict.fromkeys(customers, 0.0)
    for row in rows:
        said[row.partner_id.id] += row.exposure
    return [
        (customer, said[customer], counted[customer])
        for customer in customers
        if abs(said[customer] - counted[customer]) >= CENT
    ]
