from odoo import api, fields, models

from odoo.addons.credit_management.models.exposure.res_partner import FIGURES_GROUPS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    credit_open_amount = fields.Monetary(
        string="Not Invoiced",
        compute="_compute_credit_open_amount",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        help="What the order counts for in the order book, tax included.",
    )
    credit_delivered_amount = fields.Monetary(
        string="Delivered, Not Invoiced",
        compute="_compute_credit_open_amount",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
    )
    credit_undelivered_amount = fields.Monetary(
        string="To Deliver",
        compute="_compute_credit_open_amount",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
    )

    @api.depends("amount_total", "state", "order_line.qty_delivered",
                 "order_line.qty_invoiced")  # fmt: skip
    def _compute_credit_open_amount(self):
        amounts = self.env["credit.exposure"]._open_amounts(self._origin)
        for order in self:
            rest, delivered = amounts.get(order._origin.id, (0.0, 0.0))
            order.credit_open_amount = rest
            order.credit_delivered_amount = delivered
            order.credit_undelivered_amount = rest - delivered

    def _credit_are_paid(self):
        """Tell whether the customers have paid all of these orders, in any way."""
        amounts = self._credit_amounts()
        return all(
            amounts[order]["is_prepaid"] or order._credit_invoices_are_paid()
            for order in self
        )

    def _credit_invoices_are_paid(self):
        """Tell whether the whole order is invoiced, and all of it paid."""
        currency = self.currency_id
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted")
        return (
            invoices
            and currency.compare_amounts(self.amount_invoiced, self.amount_total) >= 0
            and all(move.currency_id.is_zero(move.amount_residual) for move in invoices)
        )
