from odoo import models


class CreditDunningCall(models.TransientModel):
    """A call that ends with the customer contesting leads to a dispute."""

    _inherit = "credit.dunning.call"

    def _next_document(self):
        # EXTENDS dunning
        if self.result != "dispute":
            return super()._next_document()
        notice = self.notice_id
        return self.env["credit.dispute.open"]._start(
            notice.partner_id,
            notice.company_id,
            "call",
            contact=self.contact_id,
            description=self.note,
        )
