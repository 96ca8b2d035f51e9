from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditDisputeDecide(models.TransientModel):
    """The dialog that ends a dispute: asks, then calls the dispute's own actions."""

    _name = "credit.dispute.decide"
    _description = "Decision on a Dispute"

    dispute_id = fields.Many2one(
        "credit.dispute", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="dispute_id.currency_id")
    partner_id = fields.Many2one(related="dispute_id.partner_id")
    document_names = fields.Char(related="dispute_id.document_names")
    amount_open = fields.Monetary(related="dispute_id.amount_open")
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
    message = fields.Text()
    notify = fields.Boolean(string="Send It to the Customer", default=True)
    attachment_ids = fields.Many2many("ir.attachment", string="Proof")
    cause_id = fields.Many2one("credit.dispute.cause", string="Root Cause")

    @api.depends("dispute_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.dispute_id.amount_open

    def action_apply(self):
        """Decide as the dialog says.

        :raises AccessError: the user is not in finance
        :raises UserError: see the actions of :class:`credit.dispute`
        """
        self.ensure_one()
        dispute, cause = self.dispute_id, self.cause_id
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
