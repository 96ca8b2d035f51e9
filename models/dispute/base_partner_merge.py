from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_values(self, src_partners, dst_partner):
        result = super()._update_values(src_partners, dst_partner)
        # the disputes and agreements have come along
        if any(src_partners.sudo().mapped("credit_payments_watched")):
            dst_partner._watch_payments()
        return result
