from odoo import fields, models

from ..exposure.res_partner import FIGURES_GROUPS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    dispute_count = fields.Integer(
        compute="_compute_dispute_count", groups=FIGURES_GROUPS
    )

    def _compute_dispute_count(self):
        for order in self:
            order.dispute_count = self.env["credit.dispute"].search_count(
                order._dispute_domain()
            )

    def _dispute_domain(self):
        """Return the domain of the disputes about the order or its invoices."""
        invoices = self.sudo().invoice_ids
        return [
            "|",
            ("order_id", "=", self.id),
            ("line_ids.move_id", "in", invoices.ids),
        ]

    def action_dispute(self):
        """Contest the invoices of the order, or others of its customer."""
        self.ensure_one()
        self.check_access("read")
        invoices = self.sudo().invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        return self.env["credit.dispute.open"]._start(
            self.partner_invoice_id,
            self.company_id,
            "order",
            moves=invoices or None,
            order=self,
            contact=self.partner_id,
        )

    def action_view_disputes(self):
        """Open the disputes about the order or its invoices."""
        self.ensure_one()
        return self.env["credit.dispute"]._view_action(self._dispute_domain())
