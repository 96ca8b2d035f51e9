from odoo import fields, models

from ..models.alert.credit_alert import MEASURES


class CreditAlertAnswer(models.TransientModel):
    """Asks for the answer to an alert, and for what is done about it."""

    _name = "credit.alert.answer"
    _description = "Answer to an Alert"

    alert_id = fields.Many2one(
        "credit.alert", required=True, readonly=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="alert_id.partner_id", related_sudo=False)
    raised_by_id = fields.Many2one(related="alert_id.raised_by_id", related_sudo=False)
    description = fields.Text(related="alert_id.description", related_sudo=False)
    measure = fields.Selection(MEASURES, string="What Is Done", required=True)
    answer = fields.Text(required=True)

    def action_apply(self):
        """Answer, and do it.

        :raises AccessError: the user is not a credit manager
        :raises UserError: answered already
        """
        self.ensure_one()
        action = self.alert_id.action_answer(self.measure, self.answer)
        if isinstance(action, dict):
            return action
        return {"type": "ir.actions.act_window_close"}
