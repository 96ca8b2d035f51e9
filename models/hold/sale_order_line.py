from odoo import api, models
from odoo.exceptions import AccessError

# computed by Odoo; whoever writes them by hand hides exposure
COMPUTED_FIELDS = {
    "extra_tax_data", "invoice_lines", "price_total", "price_subtotal", "price_tax",
    "qty_invoiced", "state",
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
            lines = super().create(vals_list)
            lines._check_credit_tax_data()
            return lines

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
            result = super().write(vals)
            self._check_credit_tax_data()
            return result

    def unlink(self):
        with self.order_id._credit_watch():
            return super().unlink()

    def _check_credit_tax_data(self):
        """Check that amounts given beside a price only spread what rounding leaves.

        Odoo adds them to a discount on the whole order; they go before the price.

        :raises AccessError: they make another amount of the line
        """
        if self.env.su:
            return
        for line in self.filtered("extra_tax_data"):
            base_line = line._prepare_base_line_for_taxes_computation(
                extra_tax_data=None
            )
            self.env["account.tax"]._add_tax_details_in_base_line(
                base_line, line.company_id or self.env.company
            )
            amount = base_line["tax_details"]["raw_total_included_currency"]
            if abs(line.price_total - amount) > line.currency_id.rounding * 100:
                raise AccessError(
                    self.env._(
                        "The amount of “%s” comes from its price, nobody writes it.",
                        line.name,
                    )
                )
