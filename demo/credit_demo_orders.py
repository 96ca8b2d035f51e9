from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command

from .documents import (
    CHECKED_ORDERS,
    DELIVERED,
    DOWN_PAYMENTS,
    FOREIGN_CURRENCIES,
    FOREIGN_ORDER,
    FOREIGN_RATE,
    INVOICED_AS_DELIVERED,
    ORDERS,
    PRODUCTS,
    QUOTATIONS,
)


class CreditDemo(models.AbstractModel):
    """The orders: how far they are delivered, invoiced and paid."""

    _inherit = "credit.demo"

    def _create_orders(self, rows, **vals):
        """Return new quotations, in the order of their rows."""
        orders = self._create_quietly(
            "sale.order", [{**self._order_values(row), **vals} for row in rows]
        )
        self._remember(
            {f"order_{row.key}": order for row, order in zip(rows, orders, strict=True)}
        )
        return orders

    def _find_order(self, key):
        return self._find(f"order_{key}").with_env(self.env)

    def _order_values(self, row):
        prices = {product.key: product.price for product in PRODUCTS}
        customer = self._find_customer(row.customer)
        return {
            "partner_id": customer.id,
            "user_id": customer.user_id.id,
            "payment_term_id": False,
            "order_line": [
                Command.create(
                    {
                        "product_id": self._find(f"product_{key}").id,
                        "product_uom_qty": quantity,
                        "price_unit": self._price(prices[key]),
                        "tax_ids": [Command.set(self._sale_tax().ids)],
                    }
                )
                for key, quantity in row.lines.items()
            ],
        }

    def _create_orders_of_the_past(self):
        """Confirm orders, then deliver and invoice parts of them."""
        orders = self._create_orders(ORDERS)
        foreign = self._create_orders(
            [FOREIGN_ORDER], pricelist_id=self._foreign_pricelist().id
        )
        (orders | foreign).action_confirm()
        for row, order in zip((*ORDERS, FOREIGN_ORDER), orders | foreign, strict=True):
            order.date_order = fields.Datetime.now() + timedelta(days=row.day)
        for key, quantity in DELIVERED.items():
            self._find_order(key).order_line.qty_delivered = quantity
        for key in INVOICED_AS_DELIVERED:
            self._find_order(key)._create_invoices().action_post()
        for key, percent in DOWN_PAYMENTS.items():
            self._invoice_down_payment(self._find_order(key), percent)

    def _invoice_down_payment(self, order, percent):
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": percent,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()

    def _foreign_pricelist(self):
        """Return a price list in a currency that is not the company's."""
        company = self.env.company
        name = next(n for n in FOREIGN_CURRENCIES if n != company.currency_id.name)
        currency = self.env.ref(f"base.{name}")
        currency.active = True
        if not currency.rate_ids.filtered(lambda rate: rate.company_id == company):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": company.id,
                    "name": self._day(-60),
                    "company_rate": FOREIGN_RATE,
                }
            )
        return self.env["product.pricelist"].create(
            {
                "name": self.env._("Export in %s", name),
                "currency_id": currency.id,
                "company_id": company.id,
            }
        )

    def _create_orders_of_today(self):
        """Confirm what passes the check, and leave quotations to be confirmed."""
        for row, order in zip(
            CHECKED_ORDERS, self._create_orders(CHECKED_ORDERS), strict=True
        ):
            self._as(self._seller(row), order).action_confirm_or_hold()
        self._create_orders(QUOTATIONS)
