from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# payments of so many days tell how late a customer pays
HABIT_DAYS = 365
# an item that its customer's habit does not explain any more, after so many days
PATIENCE_DAYS = 30

# why money is expected on its date, or has none
BASES = [
    ("due", "Due date + habit"),
    ("late", "Later than the habit"),
    ("promise", "Promise"),
    ("plan", "Payment plan"),
    ("undated", "Much too late: no date"),
    ("disputed", "Disputed"),
    ("credit", "Credit beyond the debt"),
]


class CreditKpiExpected(models.AbstractModel):
    """When the money of the open items is expected, each part for its own reason.

    A customer pays as late as it used to: its due date moves by the weighted days
    late of what it paid during the last year, or by those of all customers when it
    paid nothing. What it has announced, or signed in a plan, has the date of that.

    An item that is later than the habit is expected as much later again: the longer
    it takes already, the longer it will take. To count it into the next week, week
    after week, would be wishful; so it has no date at all once it is a month later.
    The same goes for what is contested.

    Unallocated credits are deducted where the customer would: from its first
    payment on. All parts together are the receivable of the general ledger.
    """

    _name = "credit.kpi.expected"
    _description = "Expected Payments"

    @api.model
    def _query(self, company, as_of, domain=None):
        """Return the query of the parts of the items open on a date.

        :param company: ``res.company``; a branch stands for its root company
        :param domain: of the receivable items (``account.move.line``) that count
        :return: columns ``line_id``, ``move_id``, ``partner_id``, ``date_maturity``,
            ``basis`` (see BASES), ``expected_on`` (None without a date), and, in the
            currency of the company, ``amount`` and the credits ``deducted`` from it
        :rtype: SQL
        """
        company = company._credit_company()
        Item = self.env["credit.kpi.item"]
        Item._flush_sources()
        self.env["credit.payment.plan.line"].flush_model()
        return SQL(
            """WITH item AS MATERIALIZED (%(items)s),
                    chosen AS MATERIALIZED (%(chosen)s),
                    habit AS MATERIALIZED (%(habits)s),
                    claim AS (%(claims)s),
                    claimed AS MATERIALIZED (%(claimed)s),
                    part AS (%(parts)s),
                    credit AS MATERIALIZED (%(credits)s)
               %(net)s""",
            items=self.env["credit.open.items"]._query(company, as_of),
            chosen=self._chosen(domain),
            habits=self._habits(company, as_of),
            claims=SQL(" UNION ALL ").join(self._claims(company, as_of)),
            claimed=self._claimed(),
            parts=self._parts(as_of),
            credits=self._credits(),
            net=self._net(),
        )

    def _chosen(self, domain):
        """Select the items that count: of a plan, others may be paid before them."""
        if not domain:
            return SQL("SELECT * FROM item")
        lines = self.env["account.move.line"].sudo()._search(
            Domain(domain), bypass_access=True, active_test=False
        )  # fmt: skip
        return SQL("SELECT * FROM item WHERE line_id IN (%s)", lines.select())

    def _habits(self, company, as_of):
        """Select by customer the days that it pays late; NULL for all customers."""
        payments = self.env["credit.kpi.item"]._payments_query(
            company, as_of - timedelta(days=HABIT_DAYS - 1), as_of, dimension="partner"
        )
        return SQL(
            """SELECT key AS partner_id,
                      ROUND(SUM(days_late) / SUM(amount))::int AS delay,
                      GROUPING(key) = 1 AS is_of_all
                 FROM (%s) payment
             GROUP BY GROUPING SETS ((key), ())
               HAVING SUM(amount) > 0""",
            payments,
        )

    # ------------------------------------------------------------------
    # What is known of the date
    # ------------------------------------------------------------------

    def _claims(self, company, as_of):
        """Return the selects of what is known of items, beside their due dates.

        Each has the columns ``line_id``, ``rank`` (the lowest takes its part of the
        item first), ``basis``, ``expected_on`` and ``amount`` in the item's currency.

        :rtype: list[SQL]
        """
        Item = self.env["credit.kpi.item"]
        tomorrow = as_of + timedelta(days=1)
        return [
            SQL(
                """SELECT line.move_line_id AS line_id, 0 AS rank,
                          'disputed' AS basis, NULL::date AS expected_on, line.amount
                     FROM credit_dispute_line line
                     JOIN credit_dispute dispute ON dispute.id = line.dispute_id
                    WHERE %s""",
                Item._is_disputed(company, as_of),
            ),
            SQL(
                """SELECT line.move_line_id, 1, 'promise',
                          GREATEST(promise.date, %(tomorrow)s), %(left)s
                     FROM credit_promise_line line
                     JOIN credit_promise promise ON promise.id = line.promise_id
                     JOIN item ON item.line_id = line.move_line_id
                    WHERE %(is_promised)s""",
                tomorrow=tomorrow,
                left=self.env["credit.promise.line"]._left(
                    SQL("item.residual_currency")
                ),
                is_promised=Item._is_promised(company, as_of),
            ),
            self._instalments(company, as_of, tomorrow),
        ]

    def _instalments(self, company, as_of, tomorrow):
        """Select what the instalments to come pay of each item: the oldest first.

        Instalments and items both lie on one axis, the money of the plan. What has
        been paid of it ends where the items that are still open begin.
        """
        return SQL(
            """SELECT owed.line_id, 2, 'plan', GREATEST(instalment.date, %(tomorrow)s),
                      LEAST(instalment.stop, owed.paid + owed.stop)
                      - GREATEST(instalment.start, owed.paid + owed.start)
                 FROM (
                   SELECT line_id, plan_id, stop - amount AS start, stop,
                          plan_amount - SUM(amount) OVER (PARTITION BY plan_id) AS paid
                     FROM (
                       SELECT part.move_line_id AS line_id, part.plan_id, owed.amount,
                              plan.amount AS plan_amount,
                              SUM(owed.amount) OVER (
                                  PARTITION BY part.plan_id
                                  ORDER BY part.date_maturity, part.id
                              ) AS stop
                         FROM credit_payment_plan_item part
                         JOIN credit_payment_plan plan ON plan.id = part.plan_id
                         JOIN item ON item.line_id = part.move_line_id
                   CROSS JOIN LATERAL (
                           SELECT GREATEST(part.amount - GREATEST(part.residual_before
                               - item.residual_currency, 0), 0) AS amount) owed
                        WHERE %(is_planned)s) part
                 ) owed
                 JOIN (
                   SELECT plan_id, date, stop - amount AS start, stop
                     FROM (
                       SELECT plan_id, date, amount,
                              SUM(amount) OVER (
                                  PARTITION BY plan_id ORDER BY date, id
                              ) AS stop
                         FROM credit_payment_plan_line) line
                 ) instalment
                   ON instalment.plan_id = owed.plan_id
                  AND instalment.start < owed.paid + owed.stop
                  AND instalment.stop > owed.paid + owed.start""",
            tomorrow=tomorrow,
            is_planned=self.env["credit.kpi.item"]._is_planned(company, as_of),
        )

    def _claimed(self):
        """Take the claims off their items, as far as these reach."""
        return SQL(
            """SELECT line_id, basis, expected_on,
                      LEAST(amount, left_before) * residual / residual_currency
                          AS amount
                 FROM (
                   SELECT claim.*, item.residual, item.residual_currency,
                          item.residual_currency + claim.amount
                              - SUM(claim.amount) OVER (
                                  PARTITION BY claim.line_id
                                  ORDER BY claim.rank, claim.expected_on
                              ) AS left_before
                     FROM (
                       SELECT line_id, rank, basis, expected_on,
                              SUM(amount) AS amount
                         FROM claim
                     GROUP BY line_id, rank, basis, expected_on) claim
                     JOIN chosen item ON item.line_id = claim.line_id
                    WHERE item.residual > 0
                      AND item.residual_currency > 0
                      AND claim.amount > 0) claim
                WHERE left_before > 0"""
        )

    # ------------------------------------------------------------------
    # The parts of the items
    # ------------------------------------------------------------------

    def _parts(self, as_of):
        """Select what is claimed of items, then what is left, by the habit."""
        return SQL(
            """SELECT item.line_id, item.move_id, item.partner_id, item.date_maturity,
                      claimed.basis, claimed.expected_on, claimed.amount
                 FROM claimed
                 JOIN chosen item ON item.line_id = claimed.line_id
            UNION ALL
               SELECT line_id, move_id, partner_id, date_maturity,
                      CASE WHEN usual_on > %(as_of)s THEN 'due'
                           WHEN usual_on > %(as_of)s::date - %(patience)s THEN 'late'
                           ELSE 'undated' END,
                      CASE WHEN usual_on > %(as_of)s THEN usual_on
                           WHEN usual_on > %(as_of)s::date - %(patience)s
                           THEN %(as_of)s::date
                                + GREATEST(%(as_of)s::date - usual_on, 1) END,
                      amount
                 FROM (
                   SELECT item.*, item.residual - COALESCE(known.amount, 0) AS amount,
                          COALESCE(item.date_maturity, item.date)
                              + COALESCE(own.delay, (
                                  SELECT delay FROM habit WHERE is_of_all), 0)
                              AS usual_on
                     FROM chosen item
                LEFT JOIN (
                       SELECT line_id, SUM(amount) AS amount
                         FROM claimed GROUP BY line_id) known
                       ON known.line_id = item.line_id
                LEFT JOIN habit own
                       ON own.partner_id = item.partner_id AND NOT own.is_of_all
                    WHERE item.residual > 0) item
                WHERE amount > 0""",
            as_of=as_of,
            patience=PATIENCE_DAYS,
        )

    def _credits(self):
        """Select by customer what is not allocated to any item yet."""
        return SQL(
            """SELECT partner_id, -SUM(residual) AS amount, MIN(line_id) AS line_id
                 FROM chosen
                WHERE residual < 0
             GROUP BY partner_id"""
        )

    def _net(self):
        """Deduct the credits of customers from what they are to pay first."""
        names = SQL(
            "part.line_id, part.move_id, part.partner_id, part.date_maturity,"
            " part.basis, part.expected_on, part.amount"
        )
        return SQL(
            """SELECT %(names)s,
                      LEAST(part.amount, GREATEST(credit.amount + part.amount
                          - SUM(part.amount) OVER (
                              PARTITION BY part.partner_id
                              ORDER BY part.expected_on NULLS LAST, part.basis DESC,
                                       part.date_maturity, part.line_id
                          ), 0)) AS deducted
                 FROM part
                 JOIN credit
                   ON COALESCE(credit.partner_id, 0) = COALESCE(part.partner_id, 0)
            UNION ALL
               SELECT %(names)s, 0
                 FROM part
                WHERE COALESCE(part.partner_id, 0)
                      NOT IN (SELECT COALESCE(partner_id, 0) FROM credit)
            UNION ALL
               SELECT credit.line_id, NULL, credit.partner_id, NULL, 'credit', NULL, 0,
                      credit.amount - COALESCE(owed.amount, 0)
                 FROM credit
            LEFT JOIN (SELECT partner_id, SUM(amount) AS amount
                         FROM part GROUP BY partner_id) owed
                   ON COALESCE(owed.partner_id, 0) = COALESCE(credit.partner_id, 0)
                WHERE credit.amount > COALESCE(owed.amount, 0)""",
            names=names,
        )
