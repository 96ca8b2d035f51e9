from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_credit_alert(self):
        """Raise an alert on the customer of the order."""
        self.ensure_one()
        customer = self._credit_customer()
        return customer._credit_alert_action(
            {"default_partner_id": customer.id, "default_order_id": self.id}
        )
