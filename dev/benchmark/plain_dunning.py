"""Who is to be reminded of what, and who is not and why, in plain SQL.

One statement written by hand, for this ledger and for speed: one company, its accounts
known, its currency that of the limits. It shares nothing with the module: it is what
the module is compared with, in its whole answer and in its time.
"""

STEPS = """
WITH called AS (
    SELECT part.move_line_id AS id,
           max(part.called_age + %(day)s - plan.called_on) AS age
      FROM credit_payment_plan_item part
      JOIN credit_payment_plan plan ON plan.id = part.plan_id
     WHERE plan.state = 'defaulted' AND part.called_age > 0
  GROUP BY part.move_line_id
), item AS MATERIALIZED (
    SELECT l.id, l.move_id, p.commercial_partner_id AS customer_id, l.currency_id,
           l.date_maturity AS due_date, l.amount_residual AS in_company,
           l.amount_residual_currency AS residual, l.no_followup,
           l.dunning_level_id AS reached_id, l.dunning_level_date AS reached_on,
           greatest(%(day)s - l.date_maturity, called.age) AS age,
           m.name, m.payment_state, m.dunning_policy_id AS policy_id,
           m.dunning_paused_until >= %(day)s AS is_paused,
           m.dunning_legal_since IS NOT NULL AS is_legal
      FROM account_move_line l
      JOIN account_move m ON m.id = l.move_id
      JOIN res_partner p ON p.id = l.partner_id
 LEFT JOIN called ON called.id = l.id
     WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s)
       AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND l.amount_residual > 0 AND l.amount_residual_currency > 0
       AND (l.date_maturity < %(day)s
            OR l.date_maturity IS NOT NULL AND l.id = ANY(ARRAY(SELECT id FROM called)))
), customer AS MATERIALIZED (
    SELECT p.id,
           coalesce((p.credit_dunning_policy_id ->> %(key)s)::int,
                    terms.dunning_policy_id, %(policy)s) AS policy_id,
           (p.dunning_paused_until ->> %(key)s)::date >= %(day)s AS is_paused
      FROM res_partner p
 LEFT JOIN credit_policy terms
        ON terms.id = coalesce((p.credit_policy_id ->> %(key)s)::int, %(terms)s)
     WHERE p.id IN (SELECT customer_id FROM item)
), grace AS (
    SELECT item.id, policy.grace_days
      FROM item
      JOIN customer ON customer.id = item.customer_id
      JOIN credit_dunning_policy policy
        ON policy.id = coalesce(item.policy_id, customer.policy_id)
     WHERE item.id IN (SELECT move_line_id FROM credit_dispute_line
                 UNION SELECT move_line_id FROM credit_promise_line
                 UNION SELECT move_line_id FROM credit_payment_plan_item)
), owed AS MATERIALIZED (
    SELECT customer_id, currency_id, sum(residual) AS amount
      FROM item
  GROUP BY customer_id, currency_id
), bank AS MATERIALIZED (
    SELECT coalesce(b.foreign_currency_id, b.currency_id) AS currency_id,
           coalesce(nullif(b.amount_currency, 0), b.amount) AS amount,
           p.commercial_partner_id AS customer_id, b.payment_ref
      FROM account_bank_statement_line b
 LEFT JOIN res_partner p ON p.id = b.partner_id
     WHERE b.company_id = %(company)s AND b.is_reconciled IS NOT TRUE AND b.amount > 0
), rest AS (
    SELECT id, CASE WHEN is_legal THEN 'legal'
                    WHEN is_paused THEN 'paused'
                    WHEN payment_state = 'blocked' THEN 'blocked'
                    WHEN payment_state = 'in_payment' THEN 'payment_under_way'
                    ELSE 'no_followup' END AS reason, NULL::numeric AS amount
      FROM item
     WHERE is_legal OR is_paused OR no_followup
        OR payment_state IN ('blocked', 'in_payment')
UNION ALL
    SELECT item.id, 'payment_under_way', NULL
      FROM payment_transaction t
      JOIN account_invoice_transaction_rel r ON r.transaction_id = t.id
      JOIN item ON item.move_id = r.invoice_id
     WHERE t.state IN ('pending', 'authorized')
UNION ALL
    SELECT item.id, 'payment_under_way', NULL
      FROM account_payment t
      JOIN account_move__account_payment r ON r.payment_id = t.id
      JOIN item ON item.move_id = r.invoice_id
     WHERE t.state = 'in_process' AND t.move_id IS NULL
UNION ALL
    SELECT item.id, 'draft_credit_note', NULL
      FROM account_move refund
      JOIN item ON item.move_id = refund.reversed_entry_id
     WHERE refund.state = 'draft' AND refund.reversed_entry_id IS NOT NULL
       AND refund.dispute_id IS NULL
UNION ALL
    SELECT item.id, 'bank_line', NULL
      FROM bank
      JOIN item USING (customer_id, currency_id)
      JOIN owed USING (customer_id, currency_id)
     WHERE bank.amount IN (item.residual, owed.amount)
UNION ALL
    SELECT item.id, 'bank_line', NULL
      FROM bank
      JOIN item USING (currency_id)
      JOIN owed ON owed.customer_id = item.customer_id
               AND owed.currency_id = item.currency_id
     WHERE bank.customer_id IS NULL AND bank.amount IN (item.residual, owed.amount)
       AND position(item.name IN payment_ref) > 0
UNION ALL
    SELECT item.id, 'promised',
           least(part.amount - greatest(part.residual_before - residual, 0), residual)
      FROM credit_promise promise
      JOIN credit_promise_line part ON part.promise_id = promise.id
      JOIN item ON item.id = part.move_line_id
     WHERE promise.state = 'open' AND promise.date + %(tolerance)s >= %(day)s
       AND part.amount > greatest(part.residual_before - residual, 0)
UNION ALL
    SELECT item.id, 'grace', least(part.amount, residual)
      FROM credit_promise promise
      JOIN credit_promise_line part ON part.promise_id = promise.id
      JOIN item ON item.id = part.move_line_id
      JOIN grace ON grace.id = item.id
     WHERE promise.state IN ('broken', 'partially_kept', 'withdrawn')
       AND promise.closed_on + grace.grace_days > %(day)s
UNION ALL
    SELECT item.id, 'disputed', least(sum(part.amount_resting), residual)
      FROM credit_dispute_line part
      JOIN item ON item.id = part.move_line_id
     WHERE part.amount_resting > 0
  GROUP BY item.id, residual
UNION ALL
    SELECT item.id, 'grace', least(sum(part.amount - part.amount_accepted), residual)
      FROM credit_dispute dispute
      JOIN credit_dispute_line part ON part.dispute_id = dispute.id
      JOIN item ON item.id = part.move_line_id
      JOIN grace ON grace.id = item.id
     WHERE dispute.state IN ('partly_accepted', 'rejected', 'withdrawn')
       AND dispute.closed_date + grace.grace_days > %(day)s
       AND part.amount > part.amount_accepted
  GROUP BY item.id, residual
UNION ALL
    SELECT item.id, 'in_plan',
           least(part.amount - greatest(part.residual_before - residual, 0), residual)
      FROM credit_payment_plan plan
      JOIN credit_payment_plan_item part ON part.plan_id = plan.id
      JOIN item ON item.id = part.move_line_id
     WHERE plan.state = 'running'
       AND part.amount > greatest(part.residual_before - residual, 0)
UNION ALL
    SELECT item.id, 'grace', least(part.amount, residual)
      FROM credit_payment_plan plan
      JOIN credit_payment_plan_item part ON part.plan_id = plan.id
      JOIN item ON item.id = part.move_line_id
      JOIN grace ON grace.id = item.id
     WHERE plan.state = 'cancelled' AND plan.signed_on IS NOT NULL
       AND plan.called_on IS NULL AND plan.closed_on + grace.grace_days > %(day)s
), resting AS (
    SELECT id, (array_agg(reason ORDER BY amount DESC NULLS FIRST, reason))[1]
               AS reason,
           bool_or(amount IS NULL) AS is_whole, coalesce(sum(amount), 0) AS amount
      FROM rest
  GROUP BY id
), level AS (
    SELECT * FROM credit_dunning_level WHERE is_pre_reminder IS NOT TRUE
), start AS (
    SELECT -1000000 AS days UNION SELECT days FROM credit_dunning_level
), step AS MATERIALIZED (
    SELECT policy.id AS policy_id, start.days AS reached, age, step.*
      FROM credit_dunning_policy policy, start,
           generate_series(0, (SELECT max(days) FROM level)) age,
           LATERAL (SELECT id AS level_id, minimum_days FROM level
                     WHERE policy_id = policy.id AND days > start.days AND days <= age
                  ORDER BY is_mandatory IS TRUE AND policy.catch_up IS NOT TRUE DESC,
                           days * CASE WHEN is_mandatory
                                        AND policy.catch_up IS NOT TRUE
                                       THEN 1 ELSE -1 END
                     LIMIT 1) step
), told AS (
    SELECT line.move_line_id AS id, line.level_id
      FROM credit_dunning_notice_line line
      JOIN credit_dunning_notice notice ON notice.id = line.notice_id
     WHERE line.is_counted AND notice.state = 'sent'
), entry AS MATERIALIZED (
    SELECT item.id, item.customer_id, item.currency_id, item.due_date, policy.id
               AS policy_id,
           CASE WHEN (item.reached_on + coalesce(step.minimum_days, 0) > %(day)s)
                     IS NOT TRUE
                 AND told.id IS NULL THEN step.level_id END AS level_id,
           CASE WHEN resting.is_whole OR residual <= resting.amount
                THEN resting.reason
                WHEN in_company < policy.minimum_amount THEN 'small_item'
                END AS reason,
           CASE WHEN resting.amount > 0 THEN residual - resting.amount
                ELSE residual END AS due,
           CASE WHEN resting.amount > 0
                THEN in_company * (1 - resting.amount / residual)
                ELSE in_company END AS in_company
      FROM item
      JOIN customer ON customer.id = item.customer_id
 LEFT JOIN credit_dunning_policy policy
        ON policy.id = coalesce(item.policy_id, customer.policy_id)
 LEFT JOIN credit_dunning_level reached ON reached.id = item.reached_id
 LEFT JOIN step ON step.policy_id = policy.id
       AND step.reached = coalesce(reached.days, -1000000)
       AND step.age = least(item.age, (SELECT max(days) FROM level))
 LEFT JOIN told ON told.id = item.id AND told.level_id = step.level_id
 LEFT JOIN resting ON resting.id = item.id
     WHERE coalesce(policy.active, FALSE) -- an inner join would be expected to be tiny
), driver AS (
    SELECT DISTINCT ON (customer_id, currency_id)
           customer_id, currency_id, policy_id, level_id, reason
      FROM entry
     WHERE level_id IS NOT NULL
  ORDER BY customer_id, currency_id, reason IS NOT NULL, due_date, id
), total AS (
    SELECT customer_id, currency_id,
           sum(due) FILTER (WHERE reason IS NULL) AS due,
           sum(in_company) FILTER (WHERE reason IS NULL) AS in_company,
           coalesce(min(due_date) FILTER (WHERE reason IS NULL), min(due_date))
               AS oldest
      FROM entry
  GROUP BY customer_id, currency_id
), credit AS (
    SELECT p.commercial_partner_id AS customer_id, l.currency_id,
           -sum(l.amount_residual_currency) AS amount,
           -sum(l.amount_residual) AS in_company
      FROM account_move_line l
      JOIN res_partner p ON p.id = l.partner_id
     WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s)
       AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND l.amount_residual < 0
  GROUP BY p.commercial_partner_id, l.currency_id
), contact AS (
    SELECT partner_id AS customer_id, max(date) FILTER (WHERE date < %(day)s) AS last,
           count(DISTINCT date) FILTER (WHERE date < %(day)s
                                          AND date > %(day)s - 7) AS in_week
      FROM credit_dunning_notice
     WHERE company_id = %(company)s AND state = 'sent'
       AND date BETWEEN %(day)s - 366 AND %(day)s
  GROUP BY partner_id
), today AS (
    SELECT DISTINCT partner_id AS customer_id, currency_id
      FROM credit_dunning_notice
     WHERE company_id = %(company)s AND state = 'sent' AND date = %(day)s
), proposal AS MATERIALIZED (
    SELECT driver.customer_id, driver.currency_id, driver.level_id,
           CASE WHEN customer.is_paused THEN 'customer_paused'
                WHEN driver.reason IS NOT NULL THEN driver.reason
                WHEN total.due <= coalesce(credit.amount, 0) THEN 'nothing_due'
                WHEN total.in_company - coalesce(credit.in_company, 0)
                     < level.minimum_amount THEN 'below_minimum'
                WHEN today.customer_id IS NOT NULL
                  OR contact.last + level.minimum_gap_days > %(day)s THEN 'gap'
                WHEN policy.max_contacts_per_week > 0
                 AND contact.in_week >= policy.max_contacts_per_week
                THEN 'weekly_cap' END AS reason,
           coalesce(total.due, 0) AS due, coalesce(credit.amount, 0) AS credits,
           total.oldest
      FROM driver
      JOIN customer ON customer.id = driver.customer_id
      JOIN total ON total.customer_id = driver.customer_id
                AND total.currency_id = driver.currency_id
      JOIN level ON level.id = driver.level_id
      JOIN credit_dunning_policy policy ON policy.id = driver.policy_id
 LEFT JOIN credit ON credit.customer_id = driver.customer_id
                 AND credit.currency_id = driver.currency_id
 LEFT JOIN contact ON contact.customer_id = driver.customer_id
 LEFT JOIN today ON today.customer_id = driver.customer_id
                AND today.currency_id = driver.currency_id
)
"""
PROPOSALS = """
SELECT customer_id, currency_id, level_id, reason, due, credits, oldest
  FROM proposal"""
ITEMS = """
SELECT entry.id, entry.customer_id, entry.currency_id, entry.level_id, entry.reason,
       entry.due
  FROM entry
  JOIN proposal USING (customer_id, currency_id)"""


def statement(env, day, select=PROPOSALS):
    """Return the statement and its parameters."""
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    company = env.company
    return STEPS + select, {
        "accounts": accounts.ids,
        "company": company.id,
        "day": day,
        "key": str(company.id),
        "policy": company.credit_dunning_policy_id.id or None,
        "terms": company.credit_policy_id.id or None,
        "tolerance": company.credit_promise_tolerance_days,
    }


def answer(env, day, select):
    env.cr.execute(*statement(env, day, select))
    return env.cr.fetchall()
