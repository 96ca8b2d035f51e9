from odoo import models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "credit.exposure.source"]

    # The order book is the small part of the order lines that still waits for
    # an invoice. Must match the condition in `credit.exposure`.
    _credit_open_line_idx = models.Index(
        "(order_id) WHERE state = 'sale' AND display_type IS NULL"
        " AND (qty_invoiced < GREATEST(product_uom_qty, qty_delivered)"
        " OR product_uom_qty < LEAST(qty_invoiced, 0))"
    )
