from datetime import timedelta

from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _credit_is_postponed(self):
        """Tell whether the company's horizon leaves the order out of the exposure.

        Must match the condition in `credit.exposure`.
        """
        self.ensure_one()
        days = self.company_id._credit_company().credit_order_horizon_days
        if not days or not self.commitment_date:
            return False
        end = fields.Date.context_today(self) + timedelta(days=days)
        return self.commitment_date.date() > end
