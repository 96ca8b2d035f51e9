from odoo import api, models


class CreditExposureSource(models.AbstractModel):
    _inherit = "credit.exposure.source"

    @api.model
    def _outdate_credit_figures(self):
        # EXTENDS exposure: what is contested falls with what is owed
        super()._outdate_credit_figures()
        for model in ("credit.dispute", "credit.dispute.line"):
            self.env[model].invalidate_model(["amount_open"], flush=False)
