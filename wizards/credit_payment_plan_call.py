from odoo import models


class CreditDunningCall(models.TransientModel):
    """A call that ends with a payment plan leads to its dialog."""

    _inherit = "credit.dunning.call"

    def _next_document(self):
        # EXTENDS dunning
        if self.result != "plan":
            return super()._next_document()
        notice = self.notice_id
        return self.env["credit.payment.plan.create"]._start(
            notice.partner_id, notice.company_id, contact=self.contact_id
        )
