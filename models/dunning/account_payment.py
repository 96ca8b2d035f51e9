from odoo import fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    credit_item_ids = fields.Many2many(
        "account.move.line",
        "credit_payment_transaction_item_rel",
        string="Items Paid",
        readonly=True,
        copy=False,
        help="The instalments that the customer has chosen to pay.",
    )


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def action_post(self):
        result = super().action_post()
        # Odoo would pay the oldest instalment of all the invoices concerned
        for payment in self.sudo().filtered("payment_transaction_id.credit_item_ids"):
            items = payment.payment_transaction_id.credit_item_ids
            receivable = payment.move_id.line_ids.filtered(
                lambda line, account=payment.destination_account_id: (
                    line.account_id == account and not line.reconciled
                )
            )
            receivable |= items.filtered(
                lambda item, account=payment.destination_account_id: (
                    item.account_id == account
                    and item.parent_state == "posted"
                    and not item.reconciled
                )
            )
            receivable.reconcile()
        return result
