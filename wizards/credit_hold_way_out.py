from odoo import fields, models


class CreditHoldWayOut(models.TransientModel):
    """A way out of a hold, that fills the dialog in one click."""

    _name = "credit.hold.way.out"
    _description = "Way Out of a Credit Hold"

    wizard_id = fields.Many2one(
        "credit.hold.release", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("payment", "Payment"),
            ("deposit", "Deposit"),
            ("temporary_limit", "Temporary limit"),
            ("partial_order", "Partial order"),
        ],
        required=True,
    )
    name = fields.Char(required=True)
    amount = fields.Float()
    move_ids = fields.Many2many("account.move")

    def action_use(self):
        """Fill the dialog with this way out and show it again."""
        self.ensure_one()
        wizard = self.wizard_id
        wizard.write(self._wizard_values())
        return wizard._reopen()

    def _wizard_values(self):
        if self.kind == "payment":
            return {
                "decision": "conditional",
                "invoice_ids": [fields.Command.set(self.move_ids.ids)],
                "deposit": 0.0,
            }
        if self.kind == "deposit":
            return {
                "decision": "conditional",
                "deposit": self.amount,
                "invoice_ids": [fields.Command.clear()],
            }
        if self.kind == "temporary_limit":
            month = fields.Date.add(fields.Date.context_today(self), months=1)
            return {
                "decision": "temporary",
                "limit_amount": self.amount,
                "limit_until": month,
            }
        return {"decision": "facts", "comment": self.name}
