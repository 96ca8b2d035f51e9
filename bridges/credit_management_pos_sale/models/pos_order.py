from odoo import api, models


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def sync_from_ui(self, orders):
        """Keep the receipts of orders that need a credit decision.

        Nobody at the till can read an error, and the money is taken: the order
        stays a quotation on hold, instead of undoing the receipt.
        """
        return super(PosOrder, self.with_context(credit_park=True)).sync_from_ui(orders)
