from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestRetainedGoods(DeliveryCommon):
    def _rows(self, user=None, **filters):
        self.env.invalidate_all()
        Goods = self.env["credit.retained.goods"].with_user(user or self.collector)
        domain = [("partner_id", "=", self.customer.id)]
        domain += [(name, "=", value) for name, value in filters.items()]
        return Goods.search(domain)

    def _figures(self):
        return [(row.quantity, row.amount, row.payment) for row in self._rows()]

    def test_goods_are_listed_until_their_invoice_is_paid(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        self.assertFalse(self._rows())
        self._ship(picking)
        self.assertEqual(self._figures(), [(5.0, 500.0, "not_invoiced")])
        row = self._rows()
        self.assertEqual(row.order_id, picking.sale_id)
        self.assertEqual(row.picking_id, picking)
        self.assertEqual(row.user_id, self.salesperson)
        invoice = picking.sale_id._create_invoices()
        self.assertEqual(self._figures(), [(5.0, 500.0, "not_invoiced")])
        invoice.action_post()
        self.assertEqual(self._figures(), [(5.0, 500.0, "unpaid")])
        self.assertEqual(self._rows().oldest_due, invoice.invoice_date_due)
        self._pay(invoice, 400.0)
        self.assertEqual(self._figures(), [(5.0, 500.0, "unpaid")])
        self._pay(invoice)
        self.assertFalse(self._rows())

    def test_what_is_paid_frees_the_oldest_delivery(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        picking._action_done()
        order = picking.sale_id
        invoice = order._create_invoices()
        invoice.action_post()
        self._ship(picking.backorder_ids)
        self.assertEqual(
            self._figures(), [(2.0, 200.0, "unpaid"), (3.0, 300.0, "not_invoiced")]
        )
        self._pay(invoice)
        self.assertEqual(self._figures(), [(3.0, 300.0, "not_invoiced")])
        self.assertEqual(self._rows().picking_id, picking.backorder_ids)

    def test_serial_numbers_are_told(self):
        self.goods.tracking = "serial"
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": self.goods.id} for name in ("SN1", "SN2")]
        )
        for lot in lots:
            self._fill_stock(self.goods, 1, lot_id=lot)
        picking = self._to_deliver(200.0, quantity=2.0)
        for line, lot in zip(picking.move_line_ids, lots, strict=False):
            line.lot_id = lot
        self.assertEqual(len(picking.move_line_ids), 2)
        self._ship(picking)
        rows = self._rows()
        self.assertEqual(rows.lot_id, lots)
        self.assertEqual(rows.mapped("amount"), [100.0, 100.0])
        found = self.env["credit.retained.goods"].with_user(self.collector)
        self.assertEqual(found.search([("lot_id", "ilike", "SN2")]).lot_id, lots[1])
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1.0
        back = wizard._create_return()
        back.move_line_ids.lot_id = lots[0]
        self._ship(back)
        self.assertEqual(self._rows().lot_id, lots[1])

    def test_goods_that_came_back_are_not_listed(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        self._ship(picking)
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 3.0
        self._ship(wizard._create_return())
        self.assertEqual(self._figures(), [(2.0, 200.0, "not_invoiced")])

    def test_order_paid_in_advance_is_not_listed(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        self._ship(picking)
        self._transaction(picking.sale_id, 500.0)
        self.assertFalse(self._rows())

    def test_deposit_of_the_whole_order_is_payment(self):
        picking = self._to_deliver(500.0, quantity=5.0)
        order = picking.sale_id
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 100,
                "sale_order_ids": order.ids,
            }
        )
        wizard.create_invoices()
        order.invoice_ids.action_post()
        self._ship(picking)
        self.assertEqual(len(self._rows()), 1)
        self._pay(order.invoice_ids)
        self.assertFalse(self._rows())

    def test_customer_is_the_company_of_who_is_invoiced(self):
        contact = self.env["res.partner"].create(
            {"name": "Accounts", "parent_id": self.customer.id, "type": "invoice"}
        )
        picking = self._to_deliver(500.0, partner_invoice_id=contact.id)
        self._ship(picking)
        self.assertEqual(self._rows().partner_id, self.customer)

    def test_list_is_for_finance_of_the_company(self):
        self._ship(self._to_deliver(500.0))
        for user in (self.packer, self.salesperson, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._rows(user)
        other = self.setup_other_company()["company"]
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        self.assertFalse(self._rows(stranger))
        self.assertTrue(self._rows(self.manager))

    def test_screens_read_the_list(self):
        self._ship(self._to_deliver(500.0))
        action = self.customer.with_user(self.collector).action_credit_retained_goods()
        Goods = self.env["credit.retained.goods"].with_user(self.collector)
        self.assertEqual(Goods.search_count(action["domain"]), 1)
        groups = Goods.formatted_read_group(
            action["domain"], ["picking_id"], ["amount:sum"]
        )
        self.assertEqual(groups[0]["amount:sum"], 500.0)
