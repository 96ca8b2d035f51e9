from odoo import api, fields, models
from odoo.tools import SQL, format_amount

from ..dunning.credit_worklist import COMPANIES


class CreditSalesCustomer(models.Model):
    """What the customers of a salesperson owe: a row by customer, live.

    The figures come from the ledger, which salespeople may not read; the query
    itself leaves out the customers of others.
    """

    _name = "credit.sales.customer"
    _description = "Customer of a Salesperson"
    _auto = False
    _order = "priority desc, receivable desc, id"
    _rec_name = "partner_id"
    _depends = {
        "account.move": ["dunning_legal_since", "dunning_paused_until"],
        "res.partner": [
            "active", "commercial_partner_id", "dunning_paused_until", "name",
            "parent_id", "phone", "user_id",
        ],
        "res.users": ["sale_team_id"],
    }  # fmt: skip

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    salesperson_id = fields.Many2one("res.users", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    phone = fields.Char(
        readonly=True, help="Of the customer, else of its first contact with one."
    )
    receivable = fields.Monetary(
        string="Cash Still Out",
        readonly=True,
        help="Sold and not yet paid, less credits not yet applied.",
    )
    overdue = fields.Monetary(readonly=True)
    unallocated = fields.Monetary(string="Unallocated Credits", readonly=True)
    disputed = fields.Monetary(readonly=True)
    announced = fields.Monetary(
        string="Promised", readonly=True, help="Promised, or in a payment plan."
    )
    resting = fields.Monetary(
        string="Not Chased",
        readonly=True,
        help="Overdue, but finance has paused the reminders or gone to court.",
    )
    to_collect = fields.Monetary(
        string="To Ask For",
        readonly=True,
        help="Overdue, less what is disputed, promised, in a plan or not chased, and"
        " less credits.",
    )
    oldest_due = fields.Date(string="Oldest Due Date", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    priority = fields.Float(
        string="Rank",
        digits=(16, 0),
        readonly=True,
        aggregator=None,
        help="To ask for × days overdue.",
    )
    dso = fields.Float(
        string="DSO",
        digits=(16, 0),
        compute="_compute_dso",
        help="Standard: net receivable ÷ sales of the period × its days.",
    )
    has_dso = fields.Boolean(
        string="Has Sales",
        compute="_compute_dso",
        help="Without sales in the period, there is no DSO.",
    )
    reason = fields.Char(string="Why", compute="_compute_reason")

    @api.depends("company_id", "partner_id")
    def _compute_dso(self):
        for company, rows in self.grouped("company_id").items():
            # salespeople have no access to the ledger: figures of their customers only
            found = rows.partner_id.sudo()._credit_dsos(company)
            for row in rows:
                dso = found.get(row.partner_id.id)
                row.dso = dso or 0.0
                row.has_dso = dso is not None

    @api.depends_context("lang")
    def _compute_reason(self):
        for row in self:
            row.reason = ", ".join(row._reasons())

    def _reasons(self):
        """Return why the customer stands where it stands, in words.

        :rtype: list[str]
        """
        self.ensure_one()
        reasons = []
        if self.days_overdue:
            reasons.append(
                self.env._(
                    "%(amount)s overdue for %(days)s days",
                    amount=format_amount(self.env, self.overdue, self.currency_id),
                    days=self.days_overdue,
                )
            )
        for amount, words in [
            (self.disputed, self.env._("%s disputed")),
            (self.announced, self.env._("%s promised")),
            (self.resting, self.env._("%s not chased")),
            (self.unallocated, self.env._("%s not yet applied")),
        ]:
            if amount:
                reasons.append(
                    words % format_amount(self.env, amount, self.currency_id)
                )
        return reasons

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        return SQL(
            """SELECT item.partner_id::bigint * %(room)s + item.company_id AS id,
                      item.*,
                      partner.user_id AS salesperson_id,
                      salesperson.sale_team_id AS team_id,
                      COALESCE(partner.phone, %(phone_of_contact)s) AS phone,
                      COALESCE(%(today)s::date - item.oldest_due, 0) AS days_overdue,
                      item.to_collect
                          * COALESCE(%(today)s::date - item.oldest_due, 0) AS priority
                 FROM (%(items)s) item
                 JOIN res_partner partner ON partner.id = item.partner_id
            LEFT JOIN res_users salesperson ON salesperson.id = partner.user_id""",
            room=COMPANIES,
            today=today,
            items=SQL(" UNION ALL ").join(
                self._items(company, today) for company in self.env.companies.root_id
            ),
            phone_of_contact=SQL(
                """(SELECT contact.phone
                      FROM res_partner contact
                     WHERE contact.parent_id = partner.id
                       AND contact.phone IS NOT NULL
                       AND contact.active
                  ORDER BY contact.id
                     LIMIT 1)"""
            ),
        )

    def _items(self, company, today):
        """Select what the customers in reach of the user owe a company."""
        Partner = self.env["res.partner"].with_company(company).sudo()
        overdue = SQL("item.residual > 0 AND item.date_maturity < %s", today)
        rests = SQL(
            "(item.move_id IN (%s) OR %s >= %s)",
            self.env["account.move"]._resting_moves(today),
            Partner._field_to_sql("customer", "dunning_paused_until"),
            today,
        )
        aside = SQL("COALESCE(item.disputed + item.promised + item.planned, 0)")
        return SQL(
            """SELECT part.*,
                      GREATEST(part.overdue - part.aside - part.resting
                          - part.unallocated, 0) AS to_collect
                 FROM (SELECT item.key AS partner_id,
                              %(company)s AS company_id,
                              SUM(item.residual) AS receivable,
                              COALESCE(SUM(item.residual)
                                  FILTER (WHERE %(overdue)s), 0) AS overdue,
                              SUM(GREATEST(-item.residual, 0)) AS unallocated,
                              COALESCE(SUM(item.disputed), 0) AS disputed,
                              COALESCE(SUM(item.promised + item.planned), 0)
                                  AS announced,
                              COALESCE(SUM(%(aside)s)
                                  FILTER (WHERE %(overdue)s), 0) AS aside,
                              COALESCE(SUM(item.residual - %(aside)s)
                                  FILTER (WHERE %(overdue)s AND %(rests)s), 0)
                                  AS resting,
                              MIN(item.date_maturity) FILTER (WHERE %(overdue)s)
                                  AS oldest_due
                         FROM (%(items)s) item
                         JOIN res_partner customer ON customer.id = item.key
                     GROUP BY item.key) part""",
            company=company.id,
            overdue=overdue,
            rests=rests,
            aside=aside,
            items=self.env["credit.kpi.item"]._items(
                company, today, self._reach(), "partner"
            ),
        )

    def _reach(self):
        """Return the domain of the items of customers that the user follows.

        :rtype: Domain
        """
        users = None if self.env.su else self.env.user._credit_sales_scope()
        return self.env["res.users"]._credit_items_followed_by(users)

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()
