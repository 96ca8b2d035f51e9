from odoo import api, fields, models
from odoo.fields import Command


class CreditDunningPause(models.TransientModel):
    """Asks until when, and why, customers or invoices are not reminded."""

    _name = "credit.dunning.pause"
    _description = "Pause Reminders"

    partner_ids = fields.Many2many("res.partner", string="Customers")
    move_ids = fields.Many2many("account.move", string="Invoices")
    until = fields.Date(string="No Reminder Until", required=True)
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        names = {"res.partner": "partner_ids", "account.move": "move_ids"}
        name = names.get(self.env.context.get("active_model"))
        if name:
            values[name] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    def action_pause(self):
        """Pause the reminders of what was chosen."""
        self.ensure_one()
        self.partner_ids.action_pause_dunning(self.until, self.reason)
        self.move_ids.action_pause_dunning(self.until, self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
