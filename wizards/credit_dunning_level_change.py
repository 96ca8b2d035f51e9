from odoo import fields, models


class CreditDunningLevelChange(models.TransientModel):
    """Asks which dunning level invoices have reached, and why it changes."""

    _name = "credit.dunning.level.change"
    _description = "Change Dunning Level"

    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    level_id = fields.Many2one(
        "credit.dunning.level",
        string="Level Reached",
        domain="[('is_pre_reminder', '=', False)]",
        help="Empty: as if the customer had never been reminded.",
    )
    reason = fields.Char(required=True)

    def action_change(self):
        """Set the level on the open instalments of the invoices."""
        self.ensure_one()
        self.move_ids.action_set_dunning_level(self.level_id.id, self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
