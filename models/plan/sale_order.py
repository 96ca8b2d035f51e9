from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _credit_controlled(self, company):
        # EXTENDS hold: a plan stops orders whatever the blocking mode
        return super()._credit_controlled(company) | self.filtered(
            lambda order: (
                order._credit_customer().with_company(company).credit_plan_order_rule
            )
        )
