from odoo import fields, models


class CreditDunningLegal(models.TransientModel):
    """Asks since when invoices are in legal collection, before they leave dunning."""

    _name = "credit.dunning.legal"
    _description = "Hand to Legal Collection"

    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        required=True,
        default=lambda self: self.env.context.get("active_ids", []),
    )
    since = fields.Date(required=True, default=fields.Date.context_today)

    def action_hand_over(self):
        """Take the invoices out of dunning."""
        self.ensure_one()
        self.move_ids.action_hand_to_legal(self.since)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
