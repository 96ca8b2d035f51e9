from odoo import models


class CreditDunningCall(models.TransientModel):
    """A call that ends with a promise leads to it, filled in."""

    _inherit = "credit.dunning.call"

    def _next_document(self):
        # EXTENDS dunning
        if self.result != "promise":
            return super()._next_document()
        notice = self.notice_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Promise to Pay"),
            "res_model": "credit.promise",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_partner_id": notice.partner_id.id,
                "default_company_id": notice.company_id.id,
                "default_currency_id": notice.currency_id.id,
                "default_amount": notice.amount_net,
                "default_contact_id": self.contact_id.id,
                "default_channel": "phone",
                "default_note": self.note,
            },
        }
