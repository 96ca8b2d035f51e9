from odoo import fields, models


class CreditIncentiveLine(models.Model):
    """Cash on a statement: what came in, how late, and what the salesperson gets.

    It tells all by itself: the ledger may change after the confirmation, and a
    reconciliation that is undone is gone.
    """

    _name = "credit.incentive.line"
    _description = "Line of an Incentive Statement"
    _order = "statement_id, date, id"

    statement_id = fields.Many2one(
        "credit.incentive.statement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="statement_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="statement_id.user_id", store=True)
    kind = fields.Selection(
        [
            ("received", "Cash received"),
            ("refunded", "Cash refunded"),
            ("taken_back", "Payment undone"),
        ],
        required=True,
        readonly=True,
    )
    partial_id = fields.Integer(
        string="Reconciliation",
        required=True,
        readonly=True,
        aggregator=None,
        help="Number of the reconciliation of the payment, even when it is undone.",
    )
    origin_id = fields.Many2one(
        "credit.incentive.line",
        string="Takes Back",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    rule_id = fields.Many2one(
        "credit.incentive.rule", readonly=True, ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    name = fields.Char(string="Invoice", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="restrict"
    )
    date = fields.Date(string="Paid on", required=True, readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    days_late = fields.Integer(
        readonly=True, aggregator=None, help="Below 0: paid early."
    )
    cash = fields.Monetary(string="Cash Received", readonly=True)
    untaxed = fields.Monetary(string="Untaxed Part", readonly=True)
    rate = fields.Float(
        string="Rate (%)", digits=(16, 4), readonly=True, aggregator=None
    )
    factor = fields.Float(readonly=True, aggregator=None)
    amount = fields.Monetary(string="Incentive", readonly=True)

    _paid_once = models.UniqueIndex(
        "(partial_id) WHERE kind != 'taken_back'",
        "This cash stands on a statement already.",
    )
    _taken_back_once = models.UniqueIndex(
        "(origin_id) WHERE origin_id IS NOT NULL",
        "This payment has been taken back already.",
    )

    def _take_back_values(self, date):
        """Return the values of the line that takes this one back."""
        self.ensure_one()
        return {
            "kind": "taken_back",
            "origin_id": self.id,
            "partial_id": self.partial_id,
            "rule_id": self.rule_id.id,
            "move_id": self.move_id.id,
            "name": self.name,
            "partner_id": self.partner_id.id,
            "date": date,
            "date_due": self.date_due,
            "days_late": self.days_late,
            "cash": -self.cash,
            "untaxed": -self.untaxed,
            "rate": self.rate,
            "factor": self.factor,
            "amount": -self.amount,
        }
