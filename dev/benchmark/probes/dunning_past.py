"""What was said, promised and contested before: a ledger on an ordinary morning.

Reminders went out, and every reason why an item or a customer may rest is there, each
for about one in a hundred. It is written in SQL, in a transaction that is undone.
"""

# days ago when all the customers were written to
LAST_RUN = 14
# what one in so many has; no two alike, so that they also meet
SENT_LAST = "state IN ('ready', 'review') AND notice.partner_id %% 2 = 0"
OLDEST = """
    SELECT DISTINCT ON (p.commercial_partner_id)
           l.id, l.move_id, l.amount_residual_currency AS residual, l.currency_id,
           l.date_maturity, p.commercial_partner_id AS partner_id
      FROM account_move_line l
      JOIN account_account a ON a.id = l.account_id
      JOIN res_partner p ON p.id = l.partner_id
     WHERE a.account_type = 'asset_receivable' AND l.parent_state = 'posted'
       AND l.company_id = %(company)s AND l.reconciled IS NOT TRUE
       AND l.amount_residual_currency > 0 AND l.amount_residual > 0
  ORDER BY p.commercial_partner_id, l.date_maturity, l.id"""
INVOICES = "move_type = 'out_invoice' AND state = 'posted' AND payment_state <> 'paid'"
STATEMENTS = [
    # reminders, some of them yesterday, some twice in the week
    "UPDATE credit_dunning_notice notice SET state = 'sent', sent_date = date"
    f" WHERE {SENT_LAST}",
    "UPDATE credit_dunning_notice SET date = %(day)s - 2"
    " WHERE state = 'sent' AND partner_id %% 23 = 0",
    "UPDATE credit_dunning_notice SET date = %(day)s - 6"
    " WHERE state = 'sent' AND partner_id %% 29 = 0",
    """INSERT INTO credit_dunning_notice (company_id, partner_id, currency_id, level_id,
              kind, state, date, sent_date)
       SELECT company_id, partner_id, currency_id, level_id, kind, state, date + 1,
              date + 1
         FROM credit_dunning_notice
        WHERE state = 'sent' AND date = %(day)s - 6""",
    """UPDATE account_move_line item
          SET dunning_level_id = line.level_id, dunning_level_date = notice.date
         FROM credit_dunning_notice_line line
         JOIN credit_dunning_notice notice ON notice.id = line.notice_id
        WHERE line.move_line_id = item.id AND line.is_counted
          AND line.level_id IS NOT NULL AND notice.state = 'sent'""",
    # customers with policies of their own, or with a pause
    """UPDATE res_partner SET credit_dunning_policy_id =
              jsonb_build_object(%(key)s, (SELECT max(id) FROM credit_dunning_policy))
        WHERE id %% 11 = 0""",
    """UPDATE res_partner SET dunning_paused_until =
              jsonb_build_object(%(key)s, %(day)s + 5) WHERE id %% 97 = 0""",
    # invoices that rest
    f"""UPDATE account_move SET dunning_legal_since = %(day)s - 9
         WHERE {INVOICES} AND id %% 101 = 0""",
    f"""UPDATE account_move SET dunning_paused_until = %(day)s + 9
         WHERE {INVOICES} AND id %% 103 = 0""",
    f"""UPDATE account_move SET payment_state = 'blocked'
         WHERE {INVOICES} AND id %% 107 = 0""",
    f"""UPDATE account_move SET payment_state = 'in_payment'
         WHERE {INVOICES} AND id %% 109 = 0""",
    f"""UPDATE account_move SET dunning_policy_id =
               (SELECT min(id) + 1 FROM credit_dunning_policy)
         WHERE {INVOICES} AND id %% 113 = 0""",
    f"""UPDATE account_move_line SET no_followup = TRUE
         WHERE move_id IN (SELECT id FROM account_move
                            WHERE {INVOICES} AND id %% 127 = 0)""",
    # credit notes in preparation
    f"""UPDATE account_move draft
           SET move_type = 'out_refund', reversed_entry_id = origin.id
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM account_move
                 WHERE {INVOICES} AND id %% 131 = 0) origin
          JOIN (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM account_move
                 WHERE move_type = 'out_invoice' AND state = 'draft') spare
         USING (rank)
         WHERE draft.id = spare.id""",
    # money that is not matched: of the customer, or with a number as its reference
    f"""INSERT INTO account_bank_statement_line (move_id, journal_id, company_id,
               currency_id, partner_id, payment_ref, amount)
        SELECT move_id, (SELECT min(id) FROM account_journal WHERE type = 'bank'),
               %(company)s, item.currency_id,
               CASE WHEN item.id %% 2 = 0 THEN item.partner_id END,
               'Invoice ' || move.name, residual
          FROM ({OLDEST}) item
          JOIN account_move move ON move.id = item.move_id
         WHERE item.partner_id %% 89 = 0""",
    # payments under way
    """INSERT INTO account_payment (journal_id, company_id, currency_id, partner_id,
              state, payment_type, partner_type, date, amount, memo)
       SELECT journal_id, company_id, currency_id, partner_id, 'in_process',
              payment_type, partner_type, %(day)s, amount, id::text
         FROM account_payment WHERE id %% 137 = 0""",
    f"""INSERT INTO account_move__account_payment (invoice_id, payment_id)
        SELECT item.move_id, payment.id
          FROM account_payment payment
          JOIN ({OLDEST}) item ON item.partner_id = payment.partner_id
         WHERE payment.state = 'in_process' AND payment.move_id IS NULL""",
    f"""INSERT INTO payment_transaction (provider_id, payment_method_id, company_id,
               currency_id, partner_id, reference, state, amount)
        SELECT (SELECT min(id) FROM payment_provider),
               (SELECT min(id) FROM payment_method), %(company)s, currency_id,
               partner_id, 'benchmark ' || move_id, 'pending', residual
          FROM ({OLDEST}) item
         WHERE partner_id %% 83 = 0""",
    """INSERT INTO account_invoice_transaction_rel (invoice_id, transaction_id)
       SELECT split_part(reference, ' ', 2)::int, id FROM payment_transaction
        WHERE reference LIKE 'benchmark %%'""",
    # promises: open and broken, of all or of half
    f"""WITH promise AS (
            INSERT INTO credit_promise (partner_id, company_id, currency_id, channel,
                   state, date, closed_on, amount, create_date)
            SELECT partner_id, %(company)s, currency_id, 'phone',
                   CASE WHEN partner_id %% 2 = 0 THEN 'open' ELSE 'broken' END,
                   %(day)s + 3, %(day)s - 2, residual, %(day)s::date - 9
              FROM ({OLDEST}) item
             WHERE partner_id %% 53 = 0
         RETURNING id, partner_id)
        INSERT INTO credit_promise_line (promise_id, move_line_id, move_id, amount,
               residual_before)
        SELECT promise.id, item.id, move_id,
               round(residual / (1 + partner_id %% 3), 2), residual
          FROM promise
          JOIN ({OLDEST}) item USING (partner_id)""",
    # disputes: open and rejected
    f"""WITH dispute AS (
            INSERT INTO credit_dispute (partner_id, company_id, currency_id, reason_id,
                   name, state, origin, closed_date, create_date)
            SELECT partner_id, %(company)s, currency_id,
                   (SELECT min(id) FROM credit_dispute_reason), 'benchmark',
                   CASE WHEN partner_id %% 2 = 0 THEN 'new' ELSE 'rejected' END,
                   'call', %(day)s - 3, %(day)s::date - 9
              FROM ({OLDEST}) item
             WHERE partner_id %% 59 = 0
         RETURNING id, partner_id, state)
        INSERT INTO credit_dispute_line (dispute_id, move_line_id, move_id, amount,
               amount_accepted, amount_resting)
        SELECT dispute.id, item.id, move_id, part, 0,
               CASE WHEN dispute.state = 'new' THEN part ELSE 0 END
          FROM dispute
          JOIN ({OLDEST}) item USING (partner_id),
               round(residual / (1 + partner_id %% 3), 2) part""",
    # payment plans: running, broken and ended by agreement
    f"""WITH plan AS (
            INSERT INTO credit_payment_plan (partner_id, company_id, currency_id, name,
                   state, order_rule, valid_until, called_on, closed_on, signed_on,
                   create_date)
            SELECT partner_id, %(company)s, currency_id, 'benchmark',
                   (ARRAY['running', 'defaulted', 'cancelled'])[1 + partner_id %% 3],
                   'instalments', %(day)s,
                   CASE WHEN partner_id %% 3 = 1 THEN %(day)s - 4 END,
                   CASE WHEN partner_id %% 3 = 2 THEN %(day)s - 4 END,
                   %(day)s::date - 40, %(day)s::date - 40
              FROM ({OLDEST}) item
             WHERE partner_id %% 61 = 0
         RETURNING id, partner_id, state)
        INSERT INTO credit_payment_plan_item (plan_id, move_line_id, move_id, amount,
               residual_before, called_age)
        SELECT plan.id, item.id, move_id, residual, residual,
               CASE WHEN plan.state = 'defaulted' THEN 32 END
          FROM plan
          JOIN ({OLDEST}) item USING (partner_id)""",
]
TABLES = [
    *("account_move", "account_move_line", "res_partner", "account_payment"),
    *("account_bank_statement_line", "payment_transaction"),
    *("account_move__account_payment", "account_invoice_transaction_rel"),
    *("credit_dunning_notice", "credit_dunning_notice_line", "credit_promise"),
    *("credit_promise_line", "credit_dispute", "credit_dispute_line"),
    *("credit_payment_plan", "credit_payment_plan_item"),
]


def write(env, day):
    """Give the ledger a past; the proposals of an earlier run are there already."""
    env.flush_all()
    params = {"company": env.company.id, "key": str(env.company.id), "day": day}
    for statement in STATEMENTS:
        env.cr.execute(statement, params)
    env.cr.execute(f"ANALYZE {', '.join(TABLES)}")
    env.invalidate_all()
