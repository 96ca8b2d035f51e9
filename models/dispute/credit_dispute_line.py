from odoo import api, fields, models
from odoo.tools import SQL

from .credit_dispute import OPEN, RECOGNISED


class CreditDisputeLine(models.Model):
    """The contested part of one open item.

    ``amount_resting`` is what rests from dunning, as far as it is still owed:
    the contested part while the dispute is open, the accepted one until its
    credit note is posted, nothing afterwards.
    """

    _name = "credit.dispute.line"
    _description = "Disputed Item"
    _order = "dispute_id, date_maturity, id"

    dispute_id = fields.Many2one(
        "credit.dispute", required=True, index=True, ondelete="cascade"
    )
    # what the ledger drops, a dispute remembers
    move_line_id = fields.Many2one(
        "account.move.line", string="Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="set null"
    )
    invoice_line_id = fields.Many2one("account.move.line", ondelete="set null")
    product_id = fields.Many2one(
        "product.product", readonly=True, index="btree_not_null"
    )
    name = fields.Char(string="Number")
    date_maturity = fields.Date(string="Due Date")
    amount = fields.Monetary(string="Disputed")
    amount_company = fields.Monetary(
        string="Disputed (Company Currency)", currency_field="company_currency_id"
    )
    amount_accepted = fields.Monetary(string="Credited", default=0.0)
    amount_resting = fields.Monetary(string="Out of Dunning", default=0.0)
    amount_open = fields.Monetary(
        string="Still Contested", compute="_compute_amount_open"
    )
    residual = fields.Monetary(
        string="Remaining", compute="_compute_residual", compute_sudo=True
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    company_id = fields.Many2one(related="dispute_id.company_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(related="dispute_id.partner_id", string="Customer")
    state = fields.Selection(related="dispute_id.state")
    reason_id = fields.Many2one(related="dispute_id.reason_id")

    _amounts_sound = models.Constraint(
        "CHECK(amount > 0 AND amount_accepted >= 0 AND amount_accepted <= amount"
        " AND amount_resting >= 0 AND amount_resting <= amount)",
        "A disputed amount is more than 0, and no more than it is accepted.",
    )
    _resting_idx = models.Index("(move_line_id) WHERE amount_resting > 0")

    @api.depends("amount_resting")
    def _compute_amount_open(self):
        open_amounts = self._open_amounts()
        for line in self:
            line.amount_open = open_amounts.get(line.id, 0.0)

    def _compute_residual(self):
        for line in self:
            item = line.move_line_id
            is_open = item.parent_state == "posted"
            line.residual = item.amount_residual_currency if is_open else 0.0

    # ------------------------------------------------------------------
    # What is contested now
    # ------------------------------------------------------------------

    @api.model
    def _resting_query(self):
        """Select what is contested of each item: its one definition.

        Columns ``line_id`` and ``amount``, in the currency of the item. Whoever
        reads it takes no more than the residual: a payment lowers both.

        :rtype: SQL
        """
        self.env["credit.dispute.line"].flush_model(["amount_resting", "move_line_id"])
        return SQL(
            """SELECT move_line_id AS line_id, SUM(amount_resting) AS amount
                 FROM credit_dispute_line
                WHERE amount_resting > 0
                  AND move_line_id IS NOT NULL
             GROUP BY move_line_id"""
        )

    def _open_amounts(self):
        """Return what of each line is contested and still owed, in one query.

        Several disputes of an item share its residual, the oldest first.

        :rtype: dict[int, float]
        """
        items = self.sudo().move_line_id
        if not items:
            return {}
        self.env["credit.dispute.line"].flush_model(
            ["amount_resting", "invoice_line_id", "move_line_id"]
        )
        self.env["account.move.line"].flush_model(
            ["amount_residual_currency", "parent_state"]
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT line.id,
                          GREATEST(0, LEAST(
                              line.amount_resting,
                              item.amount_residual_currency - SUM(line.amount_resting)
                                  OVER (PARTITION BY line.move_line_id
                                        ORDER BY line.id
                                        ROWS BETWEEN UNBOUNDED PRECEDING
                                                 AND CURRENT ROW)
                                  + line.amount_resting))::float
                     FROM credit_dispute_line line
                     JOIN account_move_line item ON item.id = line.move_line_id
                    WHERE line.amount_resting > 0
                      AND item.parent_state = 'posted'
                      AND line.move_line_id IN %s""",
                tuple(items.ids),
            )
        )
        return dict(rows)

    def _update_resting(self):
        """Bring ``amount_resting`` up to date with the life of the disputes."""
        for line in self:
            resting = line._resting()
            if line.currency_id.compare_amounts(line.amount_resting, resting):
                line.amount_resting = resting
        self.env["credit.exposure.source"]._outdate_credit_figures()

    def _find_items(self, items):
        """Find the items of an invoice that was changed and posted again."""
        for line in self:
            of_day = items.filtered(
                lambda item, line=line: item.date_maturity == line.date_maturity
            )
            line.move_line_id = (of_day or items)[:1]

    def _resting(self):
        if self.dispute_id.state in OPEN:
            return self.amount
        if self.dispute_id.state in RECOGNISED:
            drafts = self.dispute_id.credit_note_ids.filtered(
                lambda move: (
                    move.state == "draft" and move.reversed_entry_id == self.move_id
                )
            )
            return self.amount_accepted if drafts else 0.0
        return 0.0
