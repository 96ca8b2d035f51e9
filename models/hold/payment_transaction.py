from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _check_amount_and_confirm_order(self):
        """Keep the money and park the order when it needs a credit decision."""
        passing = self
        for tx in self:
            quotation = tx.sale_order_ids.filtered(
                lambda order: order.state in ("draft", "sent")
            )
            if len(tx.sale_order_ids) == 1 and quotation:
                if quotation._is_confirmation_amount_reached():
                    if quotation._credit_park_stopped(send_email=True):
                        passing -= tx
        confirmed = super(PaymentTransaction, passing)._check_amount_and_confirm_order()
        return confirmed.filtered(lambda order: order.state == "sale")

    def _post_process(self):
        result = super()._post_process()
        received = self.filtered(lambda tx: tx.state in ("authorized", "done"))
        received.sale_order_ids._credit_customers()._reevaluate_credit_holds()
        return result
