from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    _inherit = "credit.exposure"

    @api.model
    def _waiting_parts(self, company, commercial_ids):
        # EXTENDS dispute: what instalments ask for later
        parts = super()._waiting_parts(company, commercial_ids)
        domain = Domain("company_id", "=", company.id) & Domain("state", "=", "running")
        if commercial_ids is not None:
            domain &= Domain("partner_id", "in", commercial_ids)
        waiting = self.env["credit.payment.plan"].sudo().search(domain)._waiting_items()
        if waiting:
            rows = SQL(", ").join(SQL("%s", row) for row in waiting)
            parts.append(SQL("VALUES %s", rows))
        return parts
