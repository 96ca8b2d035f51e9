from odoo import models


class CreditDunningCall(models.TransientModel):
    """A call that ends with a promise leads to it, filled in."""

    _inherit = "credit.dunning.call"

    def _next_document(self):
        # EXTENDS dunning
        if self.result != "promise":
            return super()._next_document()
        notice = self.notice_id
        return self.env["credit.promise"]._start(
            notice.partner_id,
            notice.company_id,
            notice.currency_id,
            notice.amount_net,
            contact_id=self.contact_id.id,
            channel="phone",
            note=self.note,
        )
