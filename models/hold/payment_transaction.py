from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Keep the money and park the order when it needs a credit decision."""
        parked = self.filtered(
            lambda tx: tx._credit_quotation()._credit_park_stopped(send_email=True)
        )
        passing = self - parked
        confirmed = super(PaymentTransaction, passing)._check_amount_and_confirm_order()
        return confirmed.filtered(lambda order: order.state == "sale")

    def _credit_quotation(self):
        """Return the quotation that the transaction pays enough of to confirm it."""
        orders = self.sale_order_ids
        return orders.filtered(
            lambda order: (
                len(orders) == 1
                and order.state in ("draft", "sent")
                and order._is_confirmation_amount_reached()
            )
        )

    def _post_process(self):
        result = super()._post_process()
        received = self.filtered(lambda tx: tx.state in ("authorized", "done"))
        received.sale_order_ids._credit_customers()._reevaluate_credit_holds()
        return result
