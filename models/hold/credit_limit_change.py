from odoo import models


class CreditLimitChange(models.Model):
    _inherit = "credit.limit.change"

    def _after_decision(self):
        result = super()._after_decision()
        self.partner_id._reevaluate_credit_holds()
        return result
