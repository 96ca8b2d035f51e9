from odoo.tests import tagged

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestOrderBook(DeliveryCommon):
    def _parts(self):
        self.env.invalidate_all()
        customer = self.customer
        return (
            customer.credit_order_book,
            customer.credit_delivered,
            customer.credit_undelivered,
        )

    def test_delivered_and_undelivered_make_the_order_book(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        self.assertEqual(self._parts(), (500.0, 0.0, 500.0))
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(self._parts(), (500.0, 200.0, 300.0))
        order = picking.sale_id
        self.assertEqual(order.credit_open_amount, 500.0)
        self.assertEqual(order.credit_delivered_amount, 200.0)
        self.assertEqual(order.credit_undelivered_amount, 300.0)
        order._create_invoices().action_post()
        self.assertEqual(self._parts(), (300.0, 0.0, 300.0))
        self.assertEqual(self.customer.credit_exposure, 500.0)

    def test_deposit_pays_first_for_what_is_to_be_delivered(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        order = picking.sale_id
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 70,
                "sale_order_ids": order.ids,
            }
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()
        self.assertEqual(self._parts(), (150.0, 0.0, 150.0))
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(self._parts(), (150.0, 150.0, 0.0))

    def test_return_takes_the_goods_back(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        self._ship(picking)
        self.assertEqual(self._parts(), (500.0, 500.0, 0.0))
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 5.0
        self._ship(wizard._create_return())
        self.assertEqual(self._parts(), (500.0, 0.0, 500.0))

    def test_bar_shows_the_parts_and_the_same_total(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        picking._action_done()
        self.env.invalidate_all()
        panel = self.customer.credit_panel
        amounts = {part["key"]: part["amount"] for part in panel["components"]}
        self.assertEqual((amounts["delivered"], amounts["order_book"]), (200.0, 300.0))
        self.assertEqual(sum(amounts.values()), panel["exposure"])

    def test_bars_of_many_customers_cost_one_query_more(self):
        customers = self.customer
        for name in "ABCD":
            customer = self._create_customer(f"{name} Ltd", credit_limit=1000.0)
            self._order(100.0, partner=customer)
            customers |= customer
        Check = self.env["credit.check"].sudo()
        cases = Check._cases(customers, self.company)
        Check._load_panel_facts(cases.values())
        with self.assertQueryCount(1):
            Check._load_panel_facts(cases.values())

    def test_drill_down_lists_the_orders(self):
        picking = self._to_deliver(500.0)
        action = self.customer.action_credit_order_book()
        orders = self.env["sale.order"].search(action["domain"])
        self.assertEqual(orders, picking.sale_id)
        view = self.env["ir.ui.view"].browse(action["views"][0][0])
        self.assertIn("credit_delivered_amount", view.arch)
