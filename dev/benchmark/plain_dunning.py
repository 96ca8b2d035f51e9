"""Who is to be reminded, in plain SQL, written for this ledger and for speed.

It shares nothing with the module: it is what the module is compared with, in its answer
and in its time. In this ledger nobody was reminded before, one policy holds for all,
and items rest for nothing but the state of their invoice or a draft credit note.
"""

from collections import namedtuple

Reminder = namedtuple("Reminder", "due credits oldest_due")
STATEMENT = """
WITH item AS (
    SELECT l.partner_id, l.currency_id, l.date_maturity,
           l.amount_residual_currency AS amount,
           l.amount_residual >= %(smallest)s
           AND l.no_followup IS NOT TRUE
           AND m.dunning_legal_since IS NULL
           AND (m.dunning_paused_until < %(day)s) IS NOT FALSE
           AND m.payment_state NOT IN ('blocked', 'in_payment')
           AND NOT EXISTS (
               SELECT FROM account_move refund
                WHERE refund.reversed_entry_id = m.id AND refund.state = 'draft')
               AS is_due
      FROM account_move_line l
      JOIN account_move m ON m.id = l.move_id
     WHERE l.company_id = %(company)s AND l.account_id = ANY(%(accounts)s)
       AND l.parent_state = 'posted' AND l.reconciled IS NOT TRUE
       AND l.date_maturity < %(day)s AND l.amount_residual > 0
), credit AS (
    SELECT partner_id, currency_id, -sum(amount_residual_currency) AS amount
      FROM account_move_line
     WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
       AND parent_state = 'posted' AND reconciled IS NOT TRUE
       AND date_maturity IS NOT NULL AND amount_residual < 0
  GROUP BY partner_id, currency_id
), due AS (
    SELECT p.commercial_partner_id AS partner_id, item.currency_id,
           sum(amount) FILTER (WHERE is_due) AS amount,
           min(date_maturity) FILTER (WHERE is_due) AS oldest,
           bool_or(is_due AND %(day)s - date_maturity >= %(days)s) AS is_reached
      FROM item
      JOIN res_partner p ON p.id = item.partner_id
  GROUP BY p.commercial_partner_id, item.currency_id
), credits AS (
    SELECT p.commercial_partner_id AS partner_id, credit.currency_id,
           sum(amount) AS amount
      FROM credit
      JOIN res_partner p ON p.id = credit.partner_id
  GROUP BY p.commercial_partner_id, credit.currency_id
)
    SELECT due.partner_id, due.currency_id, due.amount,
           coalesce(credits.amount, 0), due.oldest
      FROM due
 LEFT JOIN credits USING (partner_id, currency_id)
     WHERE due.is_reached AND due.amount > coalesce(credits.amount, 0)"""


def statement(env, policy, day):
    """Return the statement and its parameters.

    :param policy: ``credit.dunning.policy`` of all the customers
    """
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    levels = policy.level_ids.filtered(lambda level: level.days > 0)
    return STATEMENT, {
        "accounts": accounts.ids,
        "company": env.company.id,
        "day": day,
        "days": min(levels.mapped("days")),
        "smallest": policy.minimum_amount,
    }


def reminders(env, policy, day):
    """Return what is to be sent, by customer and currency.

    :rtype: dict[tuple[int, int], Reminder]
    """
    env.cr.execute(*statement(env, policy, day))
    return {row[:2]: Reminder(*row[2:]) for row in env.cr.fetchall()}
