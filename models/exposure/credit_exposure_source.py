from odoo import api, models


class CreditExposureSource(models.AbstractModel):
    """A document that makes exposure: changing it outdates the figures read so far.

    The figures are computed, not stored, from thousands of documents: triggers
    on each of them would cost queries on every posted invoice, while dropping
    the figures from the cache costs nothing.
    """

    _name = "credit.exposure.source"
    _description = "Source of Credit Exposure"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self._outdate_credit_figures()
        return records

    def write(self, vals):
        result = super().write(vals)
        self._outdate_credit_figures()
        return result

    def unlink(self):
        result = super().unlink()
        self._outdate_credit_figures()
        return result

    @api.model
    def _outdate_credit_figures(self):
        """Forget the credit figures that the transaction has already computed."""
        for model in ("res.partner", "sale.order"):
            names = self.env[model]._credit_figure_names()
            self.env[model].invalidate_model(names, flush=False)


class AccountPartialReconcile(models.Model):
    _name = "account.partial.reconcile"
    _inherit = ["account.partial.reconcile", "credit.exposure.source"]


class PaymentTransaction(models.Model):
    _name = "payment.transaction"
    _inherit = ["payment.transaction", "credit.exposure.source"]


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "credit.exposure.source"]

    @api.model
    def _credit_figure_names(self):
        """Return the names of computed fields that show credit figures."""
        return []
