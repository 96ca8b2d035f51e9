from odoo import api, fields, models

from ..models.dunning.credit_dunning_delivery import CALL_RESULTS


class CreditDunningCall(models.TransientModel):
    """The call in front of the collector: whom, about what, and what came of it."""

    _name = "credit.dunning.call"
    _description = "Call a Customer"

    delivery_id = fields.Many2one(
        "credit.dunning.delivery", string="Call", required=True
    )
    notice_id = fields.Many2one(related="delivery_id.notice_id")
    customer_id = fields.Many2one(related="delivery_id.customer_id")
    contact_id = fields.Many2one(related="delivery_id.partner_id", string="Contact")
    number = fields.Char(related="delivery_id.address", string="Number")
    script = fields.Html(related="delivery_id.body")
    line_ids = fields.One2many(related="notice_id.line_ids")
    currency_id = fields.Many2one(related="notice_id.currency_id")
    amount_net = fields.Monetary(related="notice_id.amount_net")
    amount_credits = fields.Monetary(related="notice_id.amount_credits")
    days_overdue = fields.Integer(related="notice_id.days_overdue")
    result = fields.Selection(CALL_RESULTS, required=True, default="reached")
    note = fields.Text()
    call_back_date = fields.Date(string="Call Back On")
    needs_date = fields.Boolean(compute="_compute_needs_date")

    @api.depends("result")
    def _compute_needs_date(self):
        for wizard in self:
            wizard.needs_date = wizard.result in ("call_back", "no_answer")

    def action_log(self):
        """Note the result; opens the document that it calls for, when there is one."""
        self.ensure_one()
        self.delivery_id.action_log_call(self.result, self.note, self.call_back_date)
        return self._next_document() or {
            "type": "ir.actions.act_window_close",
            "infos": {"done": True},
        }

    def _next_document(self):
        """Return the action of what follows from the result. Extend to add one.

        :rtype: dict | None
        """
        if self.result == "wrong_number":
            return self.contact_id.get_formview_action()
        return None
