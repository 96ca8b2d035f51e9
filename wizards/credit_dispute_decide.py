from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CreditDisputeDecide(models.TransientModel):
    """The dialog that ends a dispute: asks, then calls the dispute's own actions."""

    _name = "credit.dispute.decide"
    _description = "Decision on a Dispute"

    dispute_id = fields.Many2one(
        "credit.dispute", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id", related_sudo=False)
    partner_id = fields.Many2one(related="dispute_id.partner_id", related_sudo=False)
    document_names = fields.Char(
        related="dispute_id.document_names", related_sudo=False
    )
    amount_open = fields.Monetary(related="dispute_id.amount_open", related_sudo=False)
    decision = fields.Selection(
        [
            ("accept", "Accept"),
            ("reject", "Reject"),
            ("withdraw", "Withdrawn by the customer"),
            ("reopen", "Reopen"),
        ],
        required=True,
        default="accept",
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, readonly=False, string="To Credit"
    )
    line_ids = fields.One2many(
        "credit.dispute.decide.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        string="Items",
    )
    has_lines = fields.Boolean(compute="_compute_has_lines")
    message = fields.Text()
    notify = fields.Boolean(string="Send It to the Customer", default=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Proof")
    cause_id = fields.Many2one("credit.dispute.cause", string="Root Cause")

    @api.constrains("dispute_id")
    def _check_dispute_id(self):
        # what the dialog shows of a dispute is for who may read it
        self.sudo(False).dispute_id.check_access("read")

    @api.depends("dispute_id")
    def _compute_has_lines(self):
        for wizard in self:
            lines = wizard.dispute_id.line_ids.filtered("amount_open")
            wizard.has_lines = len(lines) > 1

    @api.depends("dispute_id", "line_ids.amount")
    def _compute_amount(self):
        for wizard in self:
            if wizard.has_lines:
                wizard.amount = sum(wizard.line_ids.mapped("amount"))
            else:
                wizard.amount = wizard.dispute_id.amount_open

    @api.depends("dispute_id", "has_lines")
    def _compute_line_ids(self):
        """With several items, choose how much of each is accepted."""
        for wizard in self:
            lines = wizard.dispute_id.line_ids if wizard.has_lines else ()
            wizard.line_ids = [
                Command.clear(),
                *(
                    Command.create({"line_id": line.id, "amount": line.amount_open})
                    for line in lines
                ),
            ]

    def action_apply(self):
        """Decide as the dialog says.

        :raises AccessError: the user is not in finance
        :raises UserError: see the actions of :class:`credit.dispute`
        """
        self.ensure_one()
        dispute, cause = self.dispute_id, self.cause_id
        if self.decision == "accept" and self.has_lines:
            shares = [(line.line_id, line.amount) for line in self.line_ids]
            return dispute.action_accept(cause=cause, shares=shares)
        if self.decision == "accept":
            return dispute.action_accept(self.amount, cause)
        if self.decision == "reject":
            dispute.action_reject(
                self.message, self.attachment_ids, cause, notify=self.notify
            )
        elif self.decision == "withdraw":
            dispute.action_withdraw(self.message or "", cause)
        elif self.decision == "reopen":
            dispute.action_reopen(self.message)
        else:
            raise UserError(self.env._("Choose a decision."))
        return {"type": "ir.actions.act_window_close"}


class CreditDisputeDecideLine(models.TransientModel):
    """How much of one item is accepted."""

    _name = "credit.dispute.decide.line"
    _description = "Item of a Decision on a Dispute"

    wizard_id = fields.Many2one(
        "credit.dispute.decide", required=True, ondelete="cascade"
    )
    line_id = fields.Many2one("credit.dispute.line", required=True, ondelete="cascade")
    name = fields.Char(related="line_id.name", string="Invoice")
    product_id = fields.Many2one(related="line_id.product_id")
    currency_id = fields.Many2one(related="line_id.currency_id")
    amount_open = fields.Monetary(related="line_id.amount_open", string="Contested")
    amount = fields.Monetary(string="To Credit")
