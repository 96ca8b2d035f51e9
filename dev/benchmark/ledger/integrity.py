"""Checks that the ledger is one that Odoo could have made itself."""

import random

SQL_CHECKS = {
    "each entry is balanced": """
        SELECT move_id FROM account_move_line GROUP BY move_id HAVING SUM(balance) != 0
    """,
    "debit less credit is the balance": """
        SELECT id FROM account_move_line WHERE debit - credit != balance
    """,
    "a residual is the balance less what is reconciled": """
        SELECT line.id
          FROM account_move_line line
          JOIN account_account account ON account.id = line.account_id
     LEFT JOIN (SELECT debit_move_id AS id, SUM(amount) AS amount
                  FROM account_partial_reconcile GROUP BY 1) debit
            ON debit.id = line.id
     LEFT JOIN (SELECT credit_move_id AS id, SUM(amount) AS amount
                  FROM account_partial_reconcile GROUP BY 1) credit
            ON credit.id = line.id
         WHERE account.account_type = 'asset_receivable'
           AND line.parent_state = 'posted'
           AND (line.amount_residual != line.balance - COALESCE(debit.amount, 0)
                                        + COALESCE(credit.amount, 0)
                OR line.reconciled != (line.amount_residual = 0))
    """,
    "an invoice's residual is that of its lines": """
        SELECT move.id
          FROM account_move move
          JOIN account_move_line line ON line.move_id = move.id
          JOIN account_account account ON account.id = line.account_id
         WHERE account.account_type = 'asset_receivable'
           AND move.state = 'posted'
           AND move.move_type IN ('out_invoice', 'out_refund')
      GROUP BY move.id
        HAVING move.amount_residual_signed != SUM(line.amount_residual)
    """,
    "no payment lies in the future": """
        SELECT id FROM account_payment WHERE date > CURRENT_DATE
    """,
    "lines belong to the customer of their invoice": """
        SELECT line.id
          FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
         WHERE move.move_type IN ('out_invoice', 'out_refund')
           AND line.partner_id != move.commercial_partner_id
    """,
    "a line knows the date, state and name of its entry": """
        SELECT line.id
          FROM account_move_line line
          JOIN account_move move ON move.id = line.move_id
         WHERE line.date != move.date OR line.parent_state != move.state
            OR line.move_name IS DISTINCT FROM move.name
    """,
    "posted entries have a name of their own": """
        SELECT journal_id FROM account_move WHERE state = 'posted'
      GROUP BY journal_id, name HAVING COUNT(*) > 1
    """,
    "an order's total is that of its lines": """
        SELECT o.id FROM sale_order o JOIN sale_order_line l ON l.order_id = o.id
      GROUP BY o.id HAVING ABS(o.amount_total - SUM(l.price_total)) > 0.001
    """,
}
# Stored fields that the ORM computes anew, on a sample.
RECOMPUTED = {
    "account.move": [
        "amount_total", "amount_total_signed", "amount_residual",
        "amount_residual_signed", "commercial_partner_id", "payment_state",
    ],
    "account.move.line": [
        "amount_residual", "amount_residual_currency", "price_total", "reconciled",
    ],
    "sale.order": ["amount_total", "invoice_status"],
    "sale.order.line": [
        "invoice_status", "price_total", "qty_invoiced", "qty_to_invoice",
    ],
    "res.partner": ["commercial_partner_id", "complete_name"],
}  # fmt: skip
SAMPLE = 200


def check(env, seed):
    """Return what is wrong with the ledger; nothing, if all is well.

    :rtype: list[str]
    """
    problems = []
    for name, query in SQL_CHECKS.items():
        env.cr.execute(query)
        if wrong := env.cr.fetchmany(5):
            problems.append(f"Not true that {name}: {wrong}")
    chance = random.Random(seed)
    for model, names in RECOMPUTED.items():
        problems += _recompute(env[model], names, chance)
    env.cr.rollback()
    env.invalidate_all(flush=False)
    return problems


def _recompute(model, names, chance):
    """Compare stored fields of a sample with what the ORM computes."""
    model = model.with_context(active_test=False, lang="en_US")
    ids = model.search([]).ids
    records = model.browse(chance.sample(ids, min(SAMPLE, len(ids))))
    stored = {record: [record[name] for name in names] for record in records}
    for name in names:
        model.env.add_to_compute(model._fields[name], records)
    return [
        f"{record}.{name} is {before}, Odoo computes {record[name]}"
        for record, values in stored.items()
        for name, before in zip(names, values, strict=True)
        if not _same(before, record[name])
    ]


def _same(before, now):
    if isinstance(now, float):
        return abs(before - now) < 0.005
    return before == now
