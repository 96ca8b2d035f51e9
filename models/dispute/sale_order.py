from odoo import fields, models

from ..exposure.res_partner import FIGURES_GROUPS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    dispute_count = fields.Integer(
        compute="_compute_dispute_count", groups=FIGURES_GROUPS
    )

    def write(self, vals):
        result = super().write(vals)
        if "client_order_ref" in vals:
            self._continue_with_po_number()
        return result

    def _continue_with_po_number(self):
        """Let orders go on that had waited for the customer's number."""
        waiting = (
            self.sudo()
            ._credit_pending_holds()
            .filtered(lambda hold: "po_missing" in (hold.rule_codes or ""))
        )
        if waiting:
            waiting._reevaluate_safely()

    def _credit_controlled(self, company):
        # EXTENDS hold: a number may be demanded without any other control
        demanding = self.filtered(
            lambda order: (
                order._credit_customer().with_company(company).credit_po_required
                and not order._credit_customer().with_company(company)._credit_policy()
            )
        )
        return super()._credit_controlled(company) | demanding

    def _compute_dispute_count(self):
        found = self.env["credit.dispute"].search(self._dispute_domain())
        for order in self:
            invoices = order.sudo().invoice_ids
            order.dispute_count = len(
                found.filtered(
                    lambda dispute, order=order, invoices=invoices: (
                        dispute.order_id == order
                        or dispute.sudo().line_ids.move_id & invoices
                    )
                )
            )

    def _dispute_domain(self):
        """Return the domain of the disputes about the orders or their invoices."""
        invoices = self.sudo().invoice_ids
        return [
            "|",
            ("order_id", "in", self.ids),
            ("line_ids.move_id", "in", invoices.ids),
        ]

    def action_dispute(self):
        """Contest the invoices of the order, or others of its customer."""
        self.ensure_one()
        self.check_access("read")
        invoices = self.sudo().invoice_ids.filtered(
            lambda move: move.move_type == "out_invoice" and move.state == "posted"
        )
        customer = self._credit_customer()
        is_own = self.partner_id.commercial_partner_id == customer
        return self.env["credit.dispute.open"]._start(
            customer,
            self.company_id,
            "order",
            moves=invoices or None,
            order=self,
            contact=self.partner_id if is_own else None,
        )

    def action_view_disputes(self):
        """Open the disputes about the order or its invoices."""
        self.ensure_one()
        return self.env["credit.dispute"]._view_action(self._dispute_domain())
