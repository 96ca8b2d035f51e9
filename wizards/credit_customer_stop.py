from odoo import fields, models


class CreditCustomerStop(models.TransientModel):
    """Asks why a customer is stopped."""

    _name = "credit.customer.stop"
    _description = "Stop a Customer"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    reason = fields.Char(required=True)

    def action_stop(self):
        """Stop the orders of the customers."""
        self.partner_ids.action_credit_stop(self.reason)
        return {"type": "ir.actions.act_window_close"}
