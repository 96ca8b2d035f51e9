from odoo import api, models
from odoo.exceptions import AccessError

# computed by Odoo; whoever writes them by hand hides exposure
COMPUTED_FIELDS = {
    "invoice_lines", "price_total", "price_subtotal", "price_tax", "qty_invoiced",
    "state",
}  # fmt: skip
# what changes the amount of an order
WATCHED_FIELDS = {
    "discount", "order_id", "price_unit", "product_id", "product_uom_id",
    "product_uom_qty", "tax_ids",
}  # fmt: skip


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        invoiced = [vals for vals in vals_list if vals.get("invoice_lines")]
        if invoiced and not self.env.su:
            raise AccessError(
                self.env._("An order line is invoiced by an invoice, not by hand.")
            )
        default = self.env.context.get("default_order_id")
        order_ids = {vals.get("order_id", default) for vals in vals_list}
        orders = self.env["sale.order"].browse(order_ids - {False, None})
        with orders._credit_watch():
            return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and COMPUTED_FIELDS & vals.keys():
            raise AccessError(
                self.env._(
                    "Odoo computes these fields of an order line, nobody writes"
                    " them: %s.",
                    ", ".join(sorted(COMPUTED_FIELDS & vals.keys())),
                )
            )
        if not WATCHED_FIELDS & vals.keys():
            return super().write(vals)
        orders = self.order_id | self.env["sale.order"].browse(vals.get("order_id", []))
        with orders._credit_watch():
            return super().write(vals)

    def unlink(self):
        with self.order_id._credit_watch():
            return super().unlink()
