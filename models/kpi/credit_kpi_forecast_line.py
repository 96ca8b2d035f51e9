from odoo import fields, models
from odoo.tools import SQL

from .credit_kpi_expected import BASES

# room for the reasons and the dates of an item in the ids of rows
ROOM = 8 * 65536


class CreditKpiForecastLine(models.Model):
    """A part of an open item: when its money is expected, and why then.

    Live figures, straight from the ledger, promises and plans.
    """

    _name = "credit.kpi.forecast.line"
    _description = "Expected Payment"
    _auto = False
    _order = "expected_on, partner_id, date_maturity, id"
    _rec_name = "move_id"
    _depends = {
        "account.move.line": [
            "account_id", "amount_residual", "amount_residual_currency", "balance",
            "company_id", "date", "date_maturity", "parent_state", "partner_id",
        ],
        "credit.dispute": ["closed_date", "company_id", "opened_date"],
        "credit.payment.plan": ["called_on", "closed_on", "company_id", "signed_on"],
        "credit.payment.plan.line": ["amount", "date", "plan_id"],
        "credit.promise": ["closed_on", "company_id", "date", "state"],
        "res.partner": [
            "commercial_partner_id", "country_id", "credit_collector_id", "user_id",
        ],
    }  # fmt: skip

    line_id = fields.Many2one("account.move.line", string="Item", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    salesperson_id = fields.Many2one("res.users", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    date_maturity = fields.Date(string="Due Date", readonly=True)
    expected_on = fields.Date(
        readonly=True, help="Empty: contested, or so late that nobody knows."
    )
    delay = fields.Integer(
        readonly=True,
        aggregator=None,
        help="Days from the due date to the one on which the money is expected.",
    )
    basis = fields.Selection(BASES, string="Expected By", readonly=True)
    amount = fields.Monetary(string="Open", readonly=True)
    deducted = fields.Monetary(
        string="Credits",
        readonly=True,
        help="Payments and credit notes of the customer that are not allocated yet.",
    )
    expected = fields.Monetary(readonly=True)

    @property
    def _table_query(self):
        today = fields.Date.context_today(self)
        companies = self.env.companies.root_id
        return SQL(
            """SELECT part.line_id::bigint * %(room)s
                          + array_position(%(bases)s, part.basis) * 65536
                          + COALESCE(part.expected_on - DATE '2000-01-01', 0) AS id,
                      part.*,
                      part.expected_on - part.date_maturity AS delay,
                      part.amount - part.deducted AS expected
                 FROM (%(parts)s) part
               OFFSET 0""",  # filters stay outside: they would spoil the estimates
            room=ROOM,
            bases=[basis for basis, _label in BASES],
            parts=SQL(" UNION ALL ").join(
                self._expected(company, today) for company in companies
            ),
        )

    def _expected(self, company, today):
        """Select what is expected of a company's customers, and who cares for them."""
        return SQL(
            """SELECT expected.*, %(company)s AS company_id,
                      customer.salesperson_id, customer.collector_id,
                      customer.country_id
                 FROM (%(expected)s) expected
            LEFT JOIN (%(customers)s) customer
                   ON customer.partner_id = expected.partner_id""",
            company=company.id,
            expected=self.env["credit.kpi.expected"]._query(company, today),
            customers=self.env["credit.kpi.customer"]._query(company),
        )

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()
