from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        # first of all: Odoo then keeps the values of the destination, and whoever
        # merges need not be allowed to write the terms that do not change
        customers = (src_partners | dst_partner).filtered(
            lambda partner: partner == partner.commercial_partner_id
        )
        if dst_partner in customers:
            customers._unify_credit_terms()
        return super()._update_foreign_keys(src_partners, dst_partner)
