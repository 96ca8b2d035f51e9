from odoo import models


class CreditLimitChange(models.Model):
    _inherit = "credit.limit.change"

    def _decide(self, state):
        result = super()._decide(state)
        self.partner_id._reevaluate_credit_holds()
        return result
