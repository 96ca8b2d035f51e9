from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Command


class Delivery(NamedTuple):
    """Goods of an order of the demonstration that have left.

    :param dict quantities: by product, when not all has left
    """

    order: str
    day: int
    quantities: dict | None = None
    is_invoiced: bool = False


class Stopped(NamedTuple):
    """A customer who is stopped while their goods stand ready."""

    key: str
    name: str
    zip: str
    city: str
    quantity: int
    reason: str
    facts: str = ""
    release: str = ""


DELIVERIES = (
    Delivery("cheese", -7),
    Delivery("a_book", -10, {"pendant": 12}),
    Delivery("joinery", -6, is_invoiced=True),
    Delivery("trains", -9, {"pendant": 4}),
    Delivery("theatre", -16),
)
NUMBERED = {"hospital": ("LC-24018", "LC-24019", "LC-24025"), "trains": ("LC-23977",)}
NUMBERED_PRICE = 4200.0
STOPPED = (
    Stopped(
        "cabaret", "Cabaret du Canal", "75010", "Paris", 6,
        "Their bank has returned the transfer of the last invoice.",
        "The truck leaves at four; the customer says that the transfer is on its way.",
    ),
    Stopped(
        "carousel", "Manège des Remparts", "56000", "Vannes", 4,
        "Receivership asked for by a supplier, according to the press.",
        "They offer to pay cash on delivery.",
        "Cash on delivery: the driver brings it back.",
    ),
)  # fmt: skip


class CreditDemo(models.AbstractModel):
    """The deliveries: those that have left, those that finance holds."""

    _inherit = "credit.demo"

    @api.model
    def _load_deliveries(self):
        """Load the deliveries of the demonstration into the main company, once."""
        company = self.env.ref("base.main_company")
        if not self._find("order_cheese") or self._find("delivery_cabaret"):
            return
        demo = self.with_context(
            lang="en_US", mail_notify_force_send=False
        ).with_company(company)
        demo._deliver_orders()
        demo._deliver_numbered_goods()
        demo._hold_deliveries()
        self.env["credit.customer.exposure"]._refresh(company)

    def _deliver_orders(self):
        for row in DELIVERIES:
            order = self._find_order(row.order)
            picking = order.picking_ids
            for move in picking.move_ids if row.quantities else ():
                key = next(
                    key
                    for key in row.quantities
                    if self._find(f"product_{key}") == move.product_id
                )
                move.quantity = row.quantities[key]
            self._leave(picking, row.day)
            if row.is_invoiced:
                order._create_invoices().action_post()

    def _leave(self, picking, days):
        """Validate a delivery, and move it to the past."""
        if not any(picking.move_ids.mapped("quantity")):
            picking.action_assign()
        for move in picking.move_ids:
            move.quantity = move.quantity or move.product_uom_qty
        picking.move_ids.picked = True
        picking._action_done()
        day = fields.Datetime.now() + timedelta(days=days)
        picking.date_done = day
        picking.move_ids.date = day
        picking.move_line_ids.date = day

    def _deliver_numbered_goods(self):
        """Deliver goods with serial numbers, that a claim has to name."""
        product = self._create_quietly(
            "product.product",
            [
                {
                    "name": "Crystal chandelier, numbered",
                    "type": "consu",
                    "is_storable": True,
                    "tracking": "serial",
                    "invoice_policy": "delivery",
                    "list_price": self._price(NUMBERED_PRICE),
                    "taxes_id": [Command.set(self._sale_tax().ids)],
                }
            ],
        )
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        for key, serials in NUMBERED.items():
            lots = self.env["stock.lot"].create(
                [{"name": name, "product_id": product.id} for name in serials]
            )
            for lot in lots:
                self.env["stock.quant"]._update_available_quantity(
                    product, warehouse.lot_stock_id, 1, lot_id=lot
                )
            order = self._sell(self._find_customer(key), product, len(lots))
            self._leave(order.picking_ids, -5)
            if key == "trains":
                order._create_invoices().action_post()

    def _sell(self, customer, product, quantity):
        """Return a confirmed order; it passes, as its customer is controlled later."""
        control = customer.credit_blocking_mode
        customer.credit_blocking_mode = "none"
        order = self._create_quietly(
            "sale.order",
            [
                {
                    "partner_id": customer.id,
                    "user_id": customer.user_id.id,
                    "payment_term_id": False,
                    "order_line": [
                        Command.create(
                            {"product_id": product.id, "product_uom_qty": quantity}
                        )
                    ],
                }
            ],
        )
        order.action_confirm()
        customer.credit_blocking_mode = control
        return order

    def _hold_deliveries(self):
        """Have finance stop customers, and the warehouse meet the hold."""
        product = self._find("product_pendant").with_env(self.env)
        for row in STOPPED:
            customer = self._create_quietly(
                "res.partner",
                [
                    {
                        "name": row.name,
                        "is_company": True,
                        "zip": row.zip,
                        "city": row.city,
                        "country_id": self.env.company.country_id.id,
                        "user_id": self._user("sales").id,
                        "property_payment_term_id": False,
                    }
                ],
            )
            picking = self._sell(customer, product, row.quantity).picking_ids
            self._remember({f"delivery_{row.key}": picking})
            self._as("cfo", customer).action_credit_stop(row.reason)
            mine = picking.with_user(
                self.env.ref("credit_management_stock.demo_user_warehouse")
            )
            mine.move_ids.picked = True
            mine.button_validate()
            mine.action_request_release(row.facts)
            self._finish()
            if row.release:
                hold = self._as("cfo", picking.credit_hold_ids)
                hold.action_release(comment=row.release)
                self._finish()
