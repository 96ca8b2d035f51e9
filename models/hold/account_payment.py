from odoo import api, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        # Odoo tells the transaction only once the payment is posted; holds are
        # reevaluated before, when the money would count as booked and as unbooked
        for payment in payments.filtered("payment_transaction_id"):
            payment.sudo().payment_transaction_id.payment_id = payment
        return payments
