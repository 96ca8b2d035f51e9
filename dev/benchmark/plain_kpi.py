"""What was owed, overdue and sold at the end of each month, in plain SQL."""

STATEMENT = """
    WITH line AS (
        SELECT l.id, l.date, l.date_maturity AS due, l.balance,
               CASE WHEN m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                    THEN m.invoice_date END AS sold
          FROM account_move_line l
          JOIN account_move m ON m.id = l.move_id
         WHERE l.account_id = ANY(%(accounts)s)
           AND l.parent_state = 'posted'
           AND l.company_id = %(company)s
    ), event (month, net, gross, overdue, sales) AS (
        SELECT date_trunc('month', date), SUM(balance),
               SUM(balance) FILTER (WHERE balance > 0), 0, 0
          FROM line GROUP BY 1
     UNION ALL
        SELECT date_trunc('month', GREATEST(date, due + 1)), 0, 0, SUM(balance), 0
          FROM line WHERE balance > 0 AND due IS NOT NULL GROUP BY 1
     UNION ALL
        SELECT date_trunc('month', sold), 0, 0, 0, SUM(balance)
          FROM line WHERE sold IS NOT NULL GROUP BY 1
     UNION ALL
        SELECT date_trunc('month', p.max_date), 0, -SUM(p.amount), 0, 0
          FROM account_partial_reconcile p
          JOIN line ON line.id = p.debit_move_id GROUP BY 1
     UNION ALL
        SELECT date_trunc('month', GREATEST(p.max_date, line.due + 1)),
               0, 0, -SUM(p.amount), 0
          FROM account_partial_reconcile p
          JOIN line ON line.id = p.debit_move_id
         WHERE line.due IS NOT NULL GROUP BY 1
    )
    SELECT (month + INTERVAL '1 month - 1 day')::date,
           SUM(SUM(net)) OVER until,
           SUM(SUM(gross)) OVER until,
           SUM(SUM(overdue)) OVER until,
           SUM(sales)
      FROM event
  GROUP BY month
    WINDOW until AS (ORDER BY month)
  ORDER BY month"""


def statement(env, company):
    """Return the statement and its parameters, to be executed."""
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    return STATEMENT, {"accounts": accounts.ids, "company": company.id}
