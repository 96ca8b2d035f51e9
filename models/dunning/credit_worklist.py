from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount, format_date

NEXT_ACTIONS = [
    ("call", "Call"),
    ("review", "Review a notice"),
    ("letter", "Print a letter"),
    ("mend", "Mend the contact"),
    ("wait", "Wait"),
]
# weight of Odoo's degree of trust in the rank of a customer
TRUST_WEIGHTS = {"good": 0.5, "normal": 1.0, "bad": 2.0}
# room for the companies in the ids of rows
COMPANIES = 4096


class CreditWorklist(models.Model):
    """Who to see to first this morning, and why: a row by customer with overdues.

    Rank = net overdue × days of the oldest item × weight of the risk: live
    figures, straight from the ledger.
    """

    _name = "credit.worklist"
    _description = "Collector's Worklist"
    _auto = False
    _order = "priority desc, id"
    _rec_name = "partner_id"
    _depends = {
        "account.move.line": [
            "account_id", "amount_residual", "company_id", "date_maturity",
            "parent_state", "partner_id", "reconciled",
        ],
        "credit.dunning.delivery": ["code", "notice_id", "state"],
        "credit.dunning.notice": [
            "company_id", "date", "kind", "level_id", "partner_id", "reason", "state",
        ],
        "res.partner": [
            "commercial_partner_id", "country_id", "credit_collector_id",
            "trust", "user_id",
        ],
        "res.users": [
            "credit_absent_from", "credit_absent_until", "credit_substitute_id",
        ],
    }  # fmt: skip

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    collector_id = fields.Many2one(
        "res.users", readonly=True, help="Who owns the customer."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Acts Today",
        readonly=True,
        help="The collector, or the substitute during an absence.",
    )
    salesperson_id = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    receivable = fields.Monetary(
        readonly=True, help="All that is owed, due or not, less credits."
    )
    overdue = fields.Monetary(readonly=True)
    unallocated = fields.Monetary(string="Unallocated Credits", readonly=True)
    net_overdue = fields.Monetary(readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    oldest_due = fields.Date(string="Oldest Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    trust = fields.Selection(
        [("good", "Good"), ("normal", "Normal"), ("bad", "Bad")], readonly=True
    )
    priority = fields.Float(
        string="Rank",
        digits=(16, 0),
        readonly=True,
        aggregator=None,
        help="Net overdue × days × risk.",
    )
    level_id = fields.Many2one(
        "credit.dunning.level", string="Last Level", readonly=True
    )
    last_contact = fields.Date(readonly=True)
    delivery_id = fields.Many2one(
        "credit.dunning.delivery", string="Task", readonly=True
    )
    notice_id = fields.Many2one(
        "credit.dunning.notice", string="Proposal", readonly=True
    )
    next_action = fields.Selection(NEXT_ACTIONS, readonly=True)
    reason = fields.Char(string="Why", compute="_compute_reason")
    is_mine = fields.Boolean(compute="_compute_is_mine", search="_search_is_mine")

    # what the words are made of is read with the row: each query adds up the ledger
    @api.depends(
        "currency_id",
        "days_overdue",
        "last_contact",
        "level_id",
        "net_overdue",
        "trust",
    )
    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            row.reason = ", ".join(row._reasons())

    def _reasons(self):
        """Return why the customer stands where it stands, in words. Extend to add.

        :rtype: list[str]
        """
        self.ensure_one()
        reasons = [
            self.env._(
                "%(amount)s overdue for %(days)s days",
                amount=format_amount(self.env, self.net_overdue, self.currency_id),
                days=self.days_overdue,
            )
        ]
        if self.trust == "bad":
            reasons.append(self.env._("not trusted"))
        if self.level_id and self.last_contact:
            reasons.append(
                self.env._(
                    "“%(level)s” on %(date)s",
                    level=self.level_id.name,
                    date=format_date(self.env, self.last_contact),
                )
            )
        elif not self.last_contact:
            reasons.append(self.env._("never reminded"))
        return reasons

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for row in self:
            row.is_mine = row.user_id == self.env.user

    @api.model
    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("user_id", "=", self.env.uid)

    # ------------------------------------------------------------------
    # The query
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        return SQL(
            """WITH item AS (%(items)s),
                    contact AS (%(contacts)s),
                    task AS (%(tasks)s),
                    proposal AS (%(proposals)s)
               SELECT item.partner_id::bigint * %(room)s + item.company_id AS id,
                      item.partner_id, item.company_id,
                      item.receivable, item.overdue, item.unallocated, item.net_overdue,
                      item.item_count, item.oldest_due,
                      %(today)s::date - item.oldest_due AS days_overdue,
                      owner.collector_id,
                      COALESCE(acting.user_id, owner.collector_id) AS user_id,
                      owner.salesperson_id, owner.country_id,
                      owner.trust,
                      GREATEST(item.net_overdue, 0)
                          * (%(today)s::date - item.oldest_due)
                          * %(risk)s AS priority,
                      contact.level_id, contact.last_contact,
                      task.delivery_id, proposal.notice_id,
                      CASE WHEN task.code = 'phone' THEN 'call'
                           WHEN task.code IS NOT NULL THEN 'letter'
                           WHEN proposal.state = 'review' THEN 'review'
                           WHEN proposal.reason = 'no_contact' THEN 'mend'
                           ELSE 'wait' END AS next_action
                      %(columns)s
                 FROM item
                 JOIN res_partner partner ON partner.id = item.partner_id
           CROSS JOIN LATERAL (%(owners)s) owner
            LEFT JOIN (%(acting)s) acting (collector_id, user_id)
                   ON acting.collector_id = owner.collector_id
            LEFT JOIN contact ON contact.partner_id = item.partner_id
                             AND contact.company_id = item.company_id
            LEFT JOIN task ON task.partner_id = item.partner_id
                          AND task.company_id = item.company_id
            LEFT JOIN proposal ON proposal.partner_id = item.partner_id
                              AND proposal.company_id = item.company_id
               %(joins)s
               OFFSET 0""",  # filters stay outside: they would spoil the estimates
            columns=SQL("").join(SQL(", %s", column) for column in self._columns()),
            joins=SQL(" ").join(self._joins()),
            items=self._items(today),
            contacts=self._contacts(),
            tasks=self._tasks(),
            proposals=self._last_proposals(),
            owners=self._owners(),
            acting=self._acting(today),
            risk=self._risk(),
            room=COMPANIES,
            today=today,
        )

    def _columns(self):
        """Return further columns of the list. Extend it together with :meth:`_joins`.

        :rtype: list[SQL]
        """
        return []

    def _joins(self):
        """Return what further columns are read from, joined with ``item``.

        :rtype: list[SQL]
        """
        return []

    def _items(self, today):
        """Select what is overdue, by customer and root company."""
        roots = {
            branch_id: root.id
            for root in self.env.companies.root_id
            for branch_id in root._credit_branch_ids()
        }
        MoveLine = self.env["account.move.line"].sudo()
        query = MoveLine._open_receivable_query(
            list(roots), account_ids=MoveLine._receivable_account_ids()
        )
        due = SQL(
            "account_move_line.amount_residual > 0"
            " AND account_move_line.date_maturity < %s",
            today,
        )
        amount = SQL("account_move_line.amount_residual")
        query.groupby = SQL(
            "account_move_line.partner_id, account_move_line.company_id"
        )
        rows = query.select(
            SQL("account_move_line.partner_id"),
            SQL("account_move_line.company_id"),
            SQL("SUM(%s) AS receivable", amount),
            SQL("SUM(%s) FILTER (WHERE %s) AS overdue", amount, due),
            SQL("-SUM(%(amount)s) FILTER (WHERE %(amount)s < 0) AS credits",
                amount=amount),
            SQL("COUNT(*) FILTER (WHERE %s) AS items", due),
            SQL("MIN(account_move_line.date_maturity) FILTER (WHERE %s) AS oldest",
                due),
        )  # fmt: skip
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id,
                      %(root)s AS company_id,
                      SUM(line.receivable) AS receivable,
                      SUM(line.overdue) AS overdue,
                      COALESCE(SUM(line.credits), 0) AS unallocated,
                      SUM(line.overdue) - COALESCE(SUM(line.credits), 0)
                          AS net_overdue,
                      SUM(line.items)::int AS item_count,
                      MIN(line.oldest) AS oldest_due
                 FROM (%(rows)s) line
                 JOIN res_partner partner ON partner.id = line.partner_id
             GROUP BY 1, 2
               HAVING SUM(line.overdue) > 0""",
            rows=rows,
            # no join with the companies: it would spoil the planner's estimates
            root=SQL(
                "(CASE line.company_id %s ELSE line.company_id END)",
                SQL(" ").join(
                    SQL("WHEN %s THEN %s", branch_id, root_id)
                    for branch_id, root_id in roots.items()
                ),
            ),
        )

    def _owners(self):
        """Select who owns the customer, in the company of the row."""
        return SQL(
            """SELECT (partner.credit_collector_id ->> item.company_id::text)::int
                          AS collector_id,
                      partner.user_id AS salesperson_id, partner.country_id,
                      COALESCE(partner.trust ->> item.company_id::text, 'normal')
                          AS trust"""
        )

    def _acting(self, today):
        """Give the substitutes of collectors who are away."""
        away = (
            self.env["res.users"].sudo().search([("credit_substitute_id", "!=", False)])
        )
        rows = [
            SQL("(%s, %s)", user.id, acting.id)
            for user in away
            if (acting := user._credit_acting(today)) and acting != user
        ]
        return SQL("VALUES %s", SQL(", ").join(rows or [SQL("(0, 0)")]))

    def _contacts(self):
        """Select the last notice of each customer."""
        return SQL(
            """SELECT DISTINCT ON (company_id, partner_id)
                      company_id, partner_id, level_id, date AS last_contact
                 FROM credit_dunning_notice
                WHERE state = 'sent'
             ORDER BY company_id, partner_id, date DESC, id DESC"""
        )

    def _tasks(self):
        """Select the first open task of each customer: calls before letters."""
        return SQL(
            """SELECT DISTINCT ON (notice.company_id, notice.partner_id)
                      notice.company_id, notice.partner_id,
                      delivery.id AS delivery_id, delivery.code
                 FROM credit_dunning_delivery delivery
                 JOIN credit_dunning_notice notice ON notice.id = delivery.notice_id
                WHERE delivery.state = 'todo'
                  AND notice.state = 'sent'
             ORDER BY notice.company_id, notice.partner_id,
                      delivery.code <> 'phone', delivery.id"""
        )

    def _last_proposals(self):
        """Select what the last run proposes, or why it leaves the customer out."""
        return SQL(
            """SELECT DISTINCT ON (company_id, partner_id)
                      company_id, partner_id, id AS notice_id, state, reason
                 FROM credit_dunning_notice
                WHERE state IN ('left_out', 'review', 'ready')
                  AND kind = 'dunning'
             ORDER BY company_id, partner_id, state DESC, id DESC"""
        )

    def _risk(self):
        """Return the weight of a customer's risk in its rank. Extend to weigh more."""
        weights = SQL(" ").join(
            SQL("WHEN %s THEN %s", trust, weight)
            for trust, weight in TRUST_WEIGHTS.items()
        )
        return SQL("(CASE owner.trust %s ELSE 1 END)", weights)

    # ------------------------------------------------------------------
    # What to do
    # ------------------------------------------------------------------

    def action_next(self):
        """Open what is to be done next for the customer."""
        self.ensure_one()
        if self.next_action == "call":
            return self.delivery_id.action_call()
        if self.next_action == "letter":
            return self.delivery_id.get_formview_action()
        if self.next_action == "review":
            return self.notice_id.get_formview_action()
        return self.action_open_customer()

    def action_call(self):
        """Call the customer now: about all that is overdue."""
        self.ensure_one()
        if self.next_action == "call":
            return self.delivery_id.action_call()
        return self.partner_id.action_call_about_overdue(self.company_id.id)

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()
