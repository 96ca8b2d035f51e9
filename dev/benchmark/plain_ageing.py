"""What each customer owes by age, as of a date, in plain SQL.

It shares nothing with the module. It leaves out what is disputed, promised or planned.
"""

STATEMENT = """
    WITH later (line_id, amount) AS (
        SELECT line_id, SUM(amount)
          FROM (
            SELECT debit_move_id AS line_id, amount
              FROM account_partial_reconcile
             WHERE max_date > %(date)s
         UNION ALL
            SELECT credit_move_id, -amount
              FROM account_partial_reconcile
             WHERE max_date > %(date)s
          ) partial
      GROUP BY line_id
    ), item AS (
        SELECT l.partner_id, %(date)s::date - l.date_maturity AS late,
               l.amount_residual + COALESCE(later.amount, 0) AS residual
          FROM account_move_line l
     LEFT JOIN later ON later.line_id = l.id
         WHERE l.account_id = ANY(%(accounts)s)
           AND l.parent_state = 'posted'
           AND l.company_id = %(company)s
           AND l.date <= %(date)s
           AND (NOT l.reconciled OR later.line_id IS NOT NULL)
    )
    SELECT partner.commercial_partner_id,
           SUM(residual),
           SUM(residual) FILTER (WHERE residual < 0),
           SUM(residual) FILTER (WHERE residual > 0 AND late > 0),
           SUM(residual) FILTER (WHERE residual > 0 AND late BETWEEN 1 AND 30),
           SUM(residual) FILTER (WHERE residual > 0 AND late BETWEEN 31 AND 60),
           SUM(residual) FILTER (WHERE residual > 0 AND late BETWEEN 61 AND 90),
           SUM(residual) FILTER (WHERE residual > 0 AND late > 90)
      FROM item
      JOIN res_partner partner ON partner.id = item.partner_id
  GROUP BY partner.commercial_partner_id"""


def statement(env, company, date):
    """Return the statement and its parameters, to be executed."""
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    return STATEMENT, {
        "accounts": accounts.ids,
        "company": company.id,
        "date": date,
    }
