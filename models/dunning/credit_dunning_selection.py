from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.dunning import NOTHING

# what all the customers owe, while a run is prepared
STAGE = SQL.identifier("credit_dunning_stage")
PRE_REMINDER = "pre_reminder"
DUNNING = "dunning"


class CreditDunningSelection(models.AbstractModel):
    """Who is to be reminded of what today, and who is not, and why.

    The preview, the run and the last look before sending all ask this query.
    Its steps are common table expressions; each one has a method below.
    """

    _name = "credit.dunning.selection"
    _description = "Selection of Dunning"

    @api.model
    def _query(self, company, day, kind, select, customers=None):
        """Return a query over the steps ``proposal`` and ``entry``.

        - ``proposal``, a row by customer and currency: partner_id, currency_id,
          policy_id, level_id, reason (NULL: to be sent), amount_due,
          amount_credits, amount_net, amount_company, oldest_due_date, user_id;
        - ``entry``, a row by item of those: line_id, move_id, move_name,
          partner_id, currency_id, date_maturity, age, residual, due, level_id,
          reason.

        :param company: ``res.company``; a branch stands for its root
        :param date day: the day of the run
        :param str kind: ``pre_reminder`` or ``dunning``
        :param SQL select: what to do with the steps
        :param customers: ``res.partner``, or None for all of them
        :rtype: SQL
        """
        company = company._credit_company()
        selection = self.sudo().with_company(company)
        selection._flush_sources()
        lines = selection._lines(company, day, kind, customers)
        if customers is None:
            lines = selection._staged(lines)
        return SQL(
            """WITH line AS MATERIALIZED (%(lines)s),
                    item AS MATERIALIZED (%(items)s),
                    customer AS MATERIALIZED (%(customers)s),
                    obstacle AS MATERIALIZED (%(obstacles)s),
                    credit AS (%(credits)s),
                    contact AS (%(contacts)s),
                    written AS (%(today)s),
                    rung (policy_id, level_id, reached_from, reached_until,
                          age_from, age_until) AS (%(rungs)s),
                    entry AS MATERIALIZED (%(entries)s),
                    headline AS (%(headlines)s),
                    proposal AS MATERIALIZED (%(proposals)s)
               %(select)s""",
            lines=lines,
            items=selection._items(day),
            customers=selection._customers(
                company, SQL("partner.id IN (SELECT partner_id FROM item)")
            ),
            obstacles=selection._obstacles_by_item(company, day),
            credits=selection._credits(company, customers),
            contacts=selection._contacts(company, day),
            today=selection._today(company, day),
            rungs=selection._rungs(kind),
            entries=selection._entries(day, kind),
            headlines=selection._headlines(),
            proposals=selection._proposals(day),
            select=select,
        )

    def _staged(self, lines):
        """Put the lines aside in a temporary table; return what reads them.

        PostgreSQL guesses that a few items are due. Once they are there, it knows
        how many, and joins tens of thousands in the way that suits so many.
        """
        self.env.cr.execute(
            SQL(
                """DROP TABLE IF EXISTS pg_temp.%(stage)s;
                   CREATE TEMPORARY TABLE %(stage)s ON COMMIT DROP AS %(lines)s;
                   ANALYZE %(stage)s (line_id, move_id, invoiced_id)""",
                stage=STAGE,
                lines=lines,
            )
        )
        return SQL("TABLE pg_temp.%s", STAGE)

    def _flush_sources(self):
        flush = {
            "account.move": [
                "dunning_legal_since", "dunning_paused_until", "dunning_policy_id",
                "move_type", "name", "payment_state", "reversed_entry_id", "state",
            ],
            "account.move.line": [
                "account_id", "amount_residual", "amount_residual_currency",
                "company_id", "currency_id", "date_maturity", "dunning_level_date",
                "dunning_level_id", "move_id", "no_followup", "parent_state",
                "partner_id", "reconciled",
            ],
            "account.payment": ["invoice_ids", "move_id", "state"],
            "account.bank.statement.line": [
                "amount", "amount_currency", "currency_id", "foreign_currency_id",
                "is_reconciled", "partner_id", "payment_ref",
            ],
            "credit.dunning.notice": None,
            "credit.dunning.notice.line": None,
            "credit.dunning.level": None,
            "credit.dunning.policy": None,
            "credit.policy": ["dunning_policy_id"],
            "payment.transaction": ["invoice_ids", "state"],
            "res.partner": [
                "commercial_partner_id", "credit_collector_id",
                "credit_dunning_policy_id", "credit_policy_id",
                "dunning_paused_until",
            ],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)

    # ------------------------------------------------------------------
    # What is owed
    # ------------------------------------------------------------------

    def _lines(self, company, day, kind, customers):
        """Select the open debits that are overdue, or will soon be due."""
        is_debit = Domain("amount_residual", ">", 0) & Domain(
            "amount_residual_currency", ">", 0
        )
        query = self._open_items(company, customers, is_debit)
        query.add_where(self._due(day, kind))
        return query.select(
            SQL("account_move_line.id AS line_id"),
            SQL("account_move_line.move_id"),
            SQL("account_move_line.partner_id AS invoiced_id"),
            SQL("account_move_line.currency_id"),
            SQL("account_move_line.date_maturity"),
            SQL("account_move_line.amount_residual AS company_residual"),
            SQL("account_move_line.amount_residual_currency AS residual"),
            SQL("account_move_line.no_followup"),
            SQL("account_move_line.dunning_level_id AS reached_id"),
            SQL("account_move_line.dunning_level_date AS reached_date"),
        )

    def _items(self, day):
        """Select the lines with what their customers and invoices say about them."""
        return SQL(
            """SELECT line.*, partner.commercial_partner_id AS partner_id,
                      %(level_age)s AS level_age,
                      %(day)s - line.date_maturity AS age,
                      move.name AS move_name, move.payment_state,
                      move.dunning_policy_id, move.dunning_paused_until,
                      move.dunning_legal_since
                 FROM line
                 JOIN res_partner partner ON partner.id = line.invoiced_id
                 JOIN account_move move ON move.id = line.move_id""",
            level_age=self._level_age(day),
            day=SQL("%s::date", day),
        )

    def _open_items(self, company, customers, domain):
        MoveLine = self.env["account.move.line"]
        query = MoveLine._open_receivable_query(
            company._credit_branch_ids(), domain, MoveLine._receivable_account_ids()
        )
        if customers is not None:
            # an array, that the index of open items is asked for
            ids = tuple(customers.commercial_partner_id.ids) or (0,)
            query.add_where(
                SQL(
                    """account_move_line.partner_id = ANY(ARRAY(
                           SELECT id FROM res_partner
                            WHERE commercial_partner_id IN %s))""",
                    ids,
                )
            )
        return query

    def _due(self, day, kind):
        """Say when an item is due: since yesterday, or soon for a pre-reminder."""
        if kind == DUNNING:
            return SQL("account_move_line.date_maturity < %s", day)
        horizon = max((-level.days for level in self._pre_reminder_levels()), default=0)
        return SQL(
            "account_move_line.date_maturity BETWEEN %s AND %s",
            day + timedelta(days=1),
            day + timedelta(days=horizon),
        )

    def _level_age(self, day):
        """Return the age, in days, that decides on the step of a ``line``.

        It is not what the customer reads. Extend to bring items forward.
        """
        return SQL("%s::date - line.date_maturity", day)

    def _pre_reminder_levels(self):
        return self.env["credit.dunning.level"].search(
            [("is_pre_reminder", "=", True), ("policy_id.active", "=", True)]
        )

    def _credits(self, company, customers):
        """Select payments and credit notes not yet applied, by currency."""
        query = self._open_items(company, customers, Domain("amount_residual", "<", 0))
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id, line.currency_id,
                      -SUM(line.residual) AS amount,
                      -SUM(line.company_residual) AS amount_company
                 FROM (%(lines)s) line
                 JOIN res_partner partner ON partner.id = line.invoiced_id
             GROUP BY partner.commercial_partner_id, line.currency_id""",
            lines=query.select(
                SQL("account_move_line.partner_id AS invoiced_id"),
                SQL("account_move_line.currency_id"),
                SQL("account_move_line.amount_residual AS company_residual"),
                SQL("account_move_line.amount_residual_currency AS residual"),
            ),
        )

    # ------------------------------------------------------------------
    # Who owes it
    # ------------------------------------------------------------------

    def _customers(self, company, where):
        """Select the customers with their dunning policy: its one definition.

        The customer's own policy counts first, then that of its credit policy,
        then the company's.
        """
        default_credit_policy = company.sudo().credit_policy_id
        return SQL(
            """SELECT partner.id AS partner_id,
                      COALESCE(own.id, credit_policy.dunning_policy_id, %(default)s)
                          AS policy_id,
                      %(paused_until)s AS paused_until,
                      collector.id AS user_id
                 FROM res_partner partner
            LEFT JOIN credit_dunning_policy own ON own.id = %(own)s
            LEFT JOIN credit_policy own_credit ON own_credit.id = %(policy)s
            LEFT JOIN credit_policy
                   ON credit_policy.id = COALESCE(own_credit.id, %(default_credit)s)
            LEFT JOIN res_users collector ON collector.id = %(collector)s
                WHERE %(where)s""",
            own=self._reference("credit_dunning_policy_id"),
            policy=self._reference("credit_policy_id"),
            paused_until=self.env["res.partner"]._field_to_sql(
                "partner", "dunning_paused_until"
            ),
            collector=self._reference("credit_collector_id"),
            default=SQL("%s::int", company.sudo().credit_dunning_policy_id.id or None),
            default_credit=SQL("%s::int", default_credit_policy.id or None),
            where=where,
        )

    def _reference(self, name):
        """Give the id that a ``partner`` refers to in the company.

        The record may be gone: as Odoo words it, each row would ask for it.
        """
        Partner = self.env["res.partner"]
        return fields.Field.to_sql(Partner._fields[name], Partner, "partner")

    @api.model
    def _customer_policies(self, company, partners):
        """Return the dunning policy of each customer, in one query.

        :rtype: dict[res.partner, credit.dunning.policy]
        """
        company = company._credit_company()
        selection = self.sudo().with_company(company)
        self.env["res.partner"].flush_model(
            ["credit_dunning_policy_id", "credit_policy_id", "dunning_paused_until"]
        )
        self.env["credit.policy"].flush_model(["dunning_policy_id"])
        customers = partners.commercial_partner_id
        where = SQL("partner.id IN %s", tuple(customers.ids) or (0,))
        rows = self.env.execute_query(selection._customers(company, where))
        Policy = self.env["credit.dunning.policy"].sudo()
        found = {partner_id: Policy.browse(policy) for partner_id, policy, *_ in rows}
        return {customer: found.get(customer.id, Policy) for customer in customers}

    def _contacts(self, company, day):
        """Select when and how often each customer was written to before today.

        Today's notices in other currencies belong to the same message.
        """
        return SQL(
            """SELECT partner_id, MAX(date) AS last_date,
                      COUNT(DISTINCT date) FILTER (WHERE date > %(week_ago)s) AS in_week
                 FROM credit_dunning_notice
                WHERE company_id = %(company)s
                  AND state = 'sent'
                  AND date BETWEEN %(horizon)s AND %(yesterday)s
             GROUP BY partner_id""",
            week_ago=day - timedelta(days=7),
            horizon=day - timedelta(days=366),
            yesterday=day - timedelta(days=1),
            company=company.id,
        )

    def _today(self, company, day):
        """Select who has been written to today, in which currency."""
        return SQL(
            """SELECT DISTINCT partner_id, currency_id
                 FROM credit_dunning_notice
                WHERE company_id = %s AND state = 'sent' AND date = %s""",
            company.id,
            day,
        )

    # ------------------------------------------------------------------
    # What stands in the way of an item
    # ------------------------------------------------------------------

    def _obstacles_by_item(self, company, day):
        """Select the reasons why an item, or a part of it, is not chased."""
        return SQL(
            """SELECT line_id,
                      (ARRAY_AGG(reason ORDER BY amount DESC NULLS FIRST, reason))[1]
                          AS reason,
                      BOOL_OR(amount IS NULL) AS is_whole,
                      SUM(amount) AS amount
                 FROM (%s) obstacle
             GROUP BY line_id""",
            SQL(" UNION ALL ").join(self._obstacles(company, day)),
        )

    def _obstacles(self, company, day):
        """Return the selects of what keeps items out of dunning.

        Each has the columns ``line_id``, ``reason`` (a code of
        :meth:`credit.dunning.notice._reasons`) and ``amount``: the part of the
        residual that rests, in the currency of the item, NULL for all of it.
        They read the step ``item``. Extend to add a reason.

        :rtype: list[SQL]
        """
        return [
            self._excluded_items(day),
            self._payments_under_way(),
            self._draft_credit_notes(),
            self._bank_lines(company),
        ]

    def _excluded_items(self, day):
        return SQL(
            """SELECT item.line_id,
                      CASE WHEN item.dunning_legal_since IS NOT NULL THEN 'legal'
                           WHEN item.dunning_paused_until >= %(day)s THEN 'paused'
                           WHEN item.payment_state = 'blocked' THEN 'blocked'
                           WHEN item.payment_state = 'in_payment'
                           THEN 'payment_under_way'
                           ELSE 'no_followup' END AS reason,
                      NULL::numeric AS amount
                 FROM item
                WHERE item.no_followup
                   OR item.dunning_legal_since IS NOT NULL
                   OR item.dunning_paused_until >= %(day)s
                   OR item.payment_state IN ('blocked', 'in_payment')""",
            day=day,
        )

    def _payments_under_way(self):
        """A direct debit or an online payment that is not booked yet."""
        return SQL(
            """SELECT item.line_id, 'payment_under_way', NULL::numeric
                 FROM item
                 JOIN account_invoice_transaction_rel rel
                   ON rel.invoice_id = item.move_id
                 JOIN payment_transaction transaction
                   ON transaction.id = rel.transaction_id
                WHERE transaction.state IN ('pending', 'authorized')
            UNION ALL
               SELECT item.line_id, 'payment_under_way', NULL::numeric
                 FROM item
                 JOIN account_move__account_payment rel ON rel.invoice_id = item.move_id
                 JOIN account_payment payment ON payment.id = rel.payment_id
                WHERE payment.state = 'in_process'
                  AND payment.move_id IS NULL"""
        )

    def _draft_credit_notes(self):
        return SQL(
            """SELECT item.line_id, 'draft_credit_note', NULL::numeric
                 FROM item
                 JOIN account_move refund ON refund.reversed_entry_id = item.move_id
                WHERE refund.state = 'draft'
                  AND refund.reversed_entry_id IS NOT NULL"""
        )

    def _bank_lines(self, company):
        """Money on the bank account that nobody has matched yet, of this amount.

        It pays the item, or all that the customer owes in the currency.
        """
        return SQL(
            """SELECT item.line_id, 'bank_line', NULL::numeric
                 FROM (SELECT item.*, SUM(residual) OVER (
                                  PARTITION BY partner_id, currency_id) AS owed
                         FROM item) item
           CROSS JOIN LATERAL (VALUES (item.residual), (item.owed)) awaited (amount)
                 JOIN (SELECT COALESCE(line.foreign_currency_id, line.currency_id)
                                  AS currency_id,
                              COALESCE(NULLIF(line.amount_currency, 0), line.amount)
                                  AS amount,
                              partner.commercial_partner_id AS partner_id,
                              line.payment_ref
                         FROM account_bank_statement_line line
                    LEFT JOIN res_partner partner ON partner.id = line.partner_id
                        WHERE line.is_reconciled IS NOT TRUE
                          AND line.amount > 0
                          AND line.company_id IN %(companies)s) bank
                   ON bank.amount = awaited.amount
                  AND bank.currency_id = item.currency_id
                WHERE bank.partner_id = item.partner_id
                   OR (bank.partner_id IS NULL
                       AND POSITION(item.move_name IN bank.payment_ref) > 0)""",
            companies=company._credit_branch_ids(),
        )

    # ------------------------------------------------------------------
    # What is to be said
    # ------------------------------------------------------------------

    def _rungs(self, kind):
        """Give the table of steps that ``tools.dunning`` makes of the policies."""
        table = self.env["credit.dunning.policy"]._rungs(kind == PRE_REMINDER)
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s)",
                policy_id, rung.step.id, rung.reached_from, rung.reached_until,
                rung.age_from, rung.age_until,
            )
            for policy_id, found in table.items()
            for rung in found
        ]  # fmt: skip
        return SQL("VALUES %s", SQL(", ").join(rows or [SQL("(0, 0, 0, 0, 0, 0)")]))

    def _entries(self, day, kind):
        """Select the items with the step that each one reaches today.

        What the policy does not speak of yet is in no pre-reminder.
        """
        return SQL(
            """SELECT item.line_id, item.move_id, item.partner_id, item.currency_id,
                      item.move_name, item.date_maturity, item.age, item.residual,
                      customer.paused_until, customer.user_id,
                      policy.id AS policy_id, policy.max_contacts_per_week,
                      CASE WHEN obstacle.amount IS NULL THEN item.residual
                           ELSE item.residual - obstacle.amount END AS due,
                      CASE WHEN obstacle.amount IS NULL THEN item.company_residual
                           ELSE item.company_residual
                                * (1 - obstacle.amount / item.residual)
                           END AS company_due,
                      CASE WHEN (item.reached_date IS NULL
                                 OR item.reached_date + COALESCE(level.minimum_days, 0)
                                    <= %(day)s)
                            AND said.line_id IS NULL
                           THEN rung.level_id END AS level_id,
                      CASE WHEN obstacle.is_whole
                             OR item.residual <= obstacle.amount THEN obstacle.reason
                           WHEN item.company_residual < policy.minimum_amount
                           THEN 'small_item' END AS reason
                 FROM item
                 JOIN customer ON customer.partner_id = item.partner_id
            LEFT JOIN credit_dunning_policy policy
                   ON policy.id = COALESCE(item.dunning_policy_id, customer.policy_id)
            LEFT JOIN credit_dunning_level reached ON reached.id = item.reached_id
            LEFT JOIN rung
                   ON rung.policy_id = policy.id
                  AND COALESCE(reached.days, %(nothing)s) >= rung.reached_from
                  AND COALESCE(reached.days, %(nothing)s) < rung.reached_until
                  AND item.level_age >= rung.age_from
                  AND item.level_age < rung.age_until
            LEFT JOIN credit_dunning_level level ON level.id = rung.level_id
            LEFT JOIN (%(said)s) said ON said.line_id = item.line_id
                                     AND said.level_id = rung.level_id
            LEFT JOIN obstacle ON obstacle.line_id = item.line_id
                   -- an inner join of the policies: PostgreSQL would expect few rows
                WHERE COALESCE(policy.active, FALSE) AND %(within_reach)s""",
            day=day,
            nothing=NOTHING,
            said=self._said(),
            within_reach=SQL(
                """item.age >= (SELECT MIN(age_from) FROM rung
                                 WHERE rung.policy_id = policy.id)"""
            )
            if kind == PRE_REMINDER
            else SQL("TRUE"),
        )

    def _said(self):
        """Select the steps that items have reached already: no one is sent twice."""
        return SQL(
            """SELECT line.move_line_id AS line_id, line.level_id
                 FROM credit_dunning_notice_line line
                 JOIN credit_dunning_notice notice ON notice.id = line.notice_id
                WHERE line.is_counted
                  AND notice.state = 'sent'"""
        )

    def _headlines(self):
        """Select, by customer and currency, the item that decides on the notice.

        That is the oldest one to be chased; without one, the oldest that would
        have been, and why it rests. With it come the totals of all the items.
        """
        return SQL(
            """SELECT DISTINCT ON (partner_id, currency_id)
                      partner_id, currency_id, policy_id, level_id, reason,
                      paused_until, user_id, max_contacts_per_week,
                      COALESCE(SUM(due) FILTER (WHERE reason IS NULL) OVER customer, 0)
                          AS due,
                      COALESCE(SUM(company_due) FILTER (WHERE reason IS NULL)
                          OVER customer, 0) AS company_due,
                      COALESCE(
                          MIN(date_maturity) FILTER (WHERE reason IS NULL)
                              OVER customer,
                          MIN(date_maturity) OVER customer) AS oldest
                 FROM entry
               WINDOW customer AS (PARTITION BY partner_id, currency_id)
             ORDER BY partner_id, currency_id, level_id IS NULL, reason IS NOT NULL,
                      date_maturity, line_id"""
        )

    def _proposals(self, day):
        """Select one notice by customer and currency, and why it is not sent."""
        return SQL(
            """SELECT headline.partner_id, headline.currency_id, headline.policy_id,
                      headline.level_id, headline.user_id,
                      headline.due AS amount_due,
                      COALESCE(credit.amount, 0) AS amount_credits,
                      headline.due - COALESCE(credit.amount, 0) AS amount_net,
                      headline.company_due - COALESCE(credit.amount_company, 0)
                          AS amount_company,
                      headline.oldest AS oldest_due_date,
                      CASE WHEN headline.paused_until >= %(day)s
                           THEN 'customer_paused'
                           WHEN headline.reason IS NOT NULL THEN headline.reason
                           WHEN headline.due <= COALESCE(credit.amount, 0)
                           THEN 'nothing_due'
                           WHEN headline.company_due
                                - COALESCE(credit.amount_company, 0)
                                < level.minimum_amount
                           THEN 'below_minimum'
                           WHEN written.partner_id IS NOT NULL
                             OR contact.last_date + level.minimum_gap_days > %(day)s
                           THEN 'gap'
                           WHEN headline.max_contacts_per_week > 0
                            AND contact.in_week >= headline.max_contacts_per_week
                           THEN 'weekly_cap' END AS reason
                 FROM headline
                 JOIN credit_dunning_level level ON level.id = headline.level_id
            LEFT JOIN credit
                   ON credit.partner_id = headline.partner_id
                  AND credit.currency_id = headline.currency_id
            LEFT JOIN contact ON contact.partner_id = headline.partner_id
            LEFT JOIN written
                   ON written.partner_id = headline.partner_id
                  AND written.currency_id = headline.currency_id""",
            day=day,
        )
