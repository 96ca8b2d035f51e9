from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.credit_management.models.hold.errors import CreditHoldError

from ..hooks import uninstall_hook
from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryHold(DeliveryCommon):
    def _assert_held(self, picking):
        self.assertNotIn(picking.state, ("done", "cancel"))
        self.assertEqual(picking.credit_state, "hold")

    # ------------------------------------------------------------------
    # Which deliveries are held
    # ------------------------------------------------------------------

    def test_delivery_of_a_customer_at_ease_leaves(self):
        picking = self._to_deliver()
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.credit_hold_ids)

    def test_delivery_of_a_stopped_customer_is_held_at_the_button(self):
        picking = self._to_deliver()
        self._stop()
        result = self._validate(picking)
        self.assertEqual(result["tag"], "display_notification")
        self._assert_held(picking)
        self.assertEqual(picking.state, "assigned")
        self.assertEqual(picking.move_ids.quantity, 5.0)
        hold = picking.sudo().credit_hold_ids
        self.assertEqual(hold.state, "pending")
        self.assertEqual(hold.rule_codes, "customer_stopped")
        self.assertEqual(hold.order_total, 500.0)
        self.assertEqual(hold.user_id, self.salesperson)
        self.assertEqual(hold.requested_by_id, self.packer)
        self.assertTrue(hold.assigned_user_id)
        self.assertFalse(hold.order_id)
        self.assertEqual(self.customer.credit_pending_hold_count, 1)

    def test_validating_again_keeps_the_one_hold(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        self._validate(picking)
        self.assertEqual(len(picking.sudo().credit_hold_ids), 1)

    def test_policy_that_never_holds_lets_a_stopped_customers_goods_leave(self):
        self.customer.credit_policy_id = self._policy(delivery_control="none")
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_overdue_customer_is_delivered_unless_the_policy_holds(self):
        policy = self._policy(rules={"days_overdue": {"severity": "block", "days": 30}})
        self.customer.credit_policy_id = policy
        first, second = self._to_deliver(100.0), self._to_deliver(100.0)
        self._invoice(100.0, due=self._today(days=-31))
        self._validate(first)
        self.assertEqual(first.state, "done")
        policy.delivery_control = "blocked"
        self._validate(second)
        self._assert_held(second)
        self.assertEqual(second.sudo().credit_hold_ids.rule_codes, "days_overdue")

    def test_rules_that_only_warn_hold_nothing(self):
        policy = self._policy(
            "warn",
            rules={"days_overdue": {"severity": "block", "days": 30}},
            delivery_control="blocked",
        )
        self.customer.write(
            {"credit_policy_id": policy.id, "credit_blocking_mode": False}
        )
        self._invoice(100.0, due=self._today(days=-31))
        picking = self._to_deliver(100.0)
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_limit_lowered_below_the_exposure_holds_the_delivery(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, delivery_control="blocked"
        )
        picking = self._to_deliver(500.0)
        self.customer.credit_limit = 500.0
        self._ship(self._to_deliver(0.0))
        self.customer.credit_limit = 499.0
        self._validate(picking)
        self._assert_held(picking)
        hold = picking.sudo().credit_hold_ids
        self.assertEqual(hold.excess, 1.0)
        self.assertEqual(hold.exposure_after, 500.0)  # counted once

    def test_order_that_finance_released_is_delivered(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, delivery_control="blocked"
        )
        order = self._held(1200.0, product=self.goods, quantity=6)
        self._decide(order)
        picking = order.picking_ids
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_stop_is_stronger_than_the_release_of_the_order(self):
        order = self._held(1200.0, product=self.goods, quantity=6)
        self._decide(order)
        self._stop()
        self._validate(order.picking_ids)
        self._assert_held(order.picking_ids)

    def test_paid_order_is_delivered_to_an_overdue_customer(self):
        self.customer.credit_policy_id = self._policy(
            rules={"days_overdue": {"severity": "block", "days": 30}},
            delivery_control="blocked",
        )
        self.goods.invoice_policy = "order"
        picking = self._to_deliver(240.0)
        invoice = picking.sale_id._create_invoices()
        invoice.action_post()
        self._invoice(100.0, due=self._today(days=-31))
        self._validate(picking)
        self._assert_held(picking)
        self._pay(invoice)
        self.assertEqual(picking.credit_state, "released")

    def test_who_is_invoiced_answers_not_who_receives(self):
        self._stop(self.uncontrolled)
        picking = self._to_deliver(partner_shipping_id=self.uncontrolled.id)
        self.assertEqual(picking.partner_id, self.uncontrolled)
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self._stop()
        picking = self._manual_delivery(self.uncontrolled)
        self._validate(picking)
        self._assert_held(picking)

    def test_goods_that_nobody_ordered_are_held_at_their_sales_price(self):
        self.goods.lst_price = 30.0
        picking = self._manual_delivery(quantity=4.0)
        self._stop()
        self._validate(picking)
        self._assert_held(picking)
        self.assertEqual(picking.sudo().credit_hold_ids.order_total, 120.0)

    def test_other_company_decides_for_itself(self):
        other = self.setup_other_company()["company"]
        self._stop(self.customer.with_company(other))
        picking = self._to_deliver()
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_check_of_many_deliveries_costs_a_few_queries(self):
        self.customer.credit_policy_id = self._policy(
            rules={"days_overdue": {"severity": "block", "days": 30}},
            delivery_control="blocked",
        )
        pickings = self.env["stock.picking"]
        for _number in range(6):
            pickings |= self._to_deliver(10.0)
            pickings |= self._to_deliver(10.0, partner=self.uncontrolled)
        counts = []
        for batch in (pickings[:2], pickings):
            batch.move_ids._credit_gate()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            batch.move_ids._credit_gate()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

    # ------------------------------------------------------------------
    # No path walks around
    # ------------------------------------------------------------------

    def test_code_that_validates_reads_the_error(self):
        picking = self._to_deliver()
        self._stop()
        for way in (
            lambda: picking._action_done(),
            lambda: picking.sudo()._action_done(),
            lambda: picking.with_context(cancel_backorder=True)._action_done(),
            lambda: picking.move_ids._action_done(),
            lambda: picking.move_ids.write({"state": "done"}),
            lambda: picking.move_ids.sudo().write({"state": "done"}),
            lambda: picking.write({"state": "done"}),
        ):
            picking.move_ids.picked = True
            with self._refused(CreditHoldError, picking.name), self.cr.savepoint():
                way()
            self.assertEqual(picking.state, "assigned")
            self.assertEqual(self.goods.qty_available, 1000.0)

    def test_context_is_no_permission(self):
        picking = self._to_deliver()
        self._stop()
        for context in (
            {"skip_sanity_check": True, "skip_immediate": True, "is_scrap": True},
            {"force": True, "credit_park": True, "skip_credit_check": True},
            {"install_mode": True, "tracking_disable": True},
        ):
            self._validate(picking, **context)
            self._assert_held(picking)

    def test_move_without_a_transfer_is_stopped(self):
        self._stop()
        move = self.env["stock.move"].create(
            {
                "product_id": self.goods.id,
                "product_uom_qty": 2.0,
                "quantity": 2.0,
                "picked": True,
                "partner_id": self.customer.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.customers.id,
            }
        )
        with self._refused(CreditHoldError, "Dupont"), self.cr.savepoint():
            move._action_done()
        self.assertNotEqual(move.state, "done")

    def test_goods_of_an_internal_transfer_do_not_slip_out(self):
        self._stop()
        picking = self._manual_delivery(location_dest_id=self.warehouse.lot_stock_id.id)
        picking.move_line_ids.location_dest_id = self.customers
        picking.move_ids.picked = True
        with self._refused(CreditHoldError, picking.name), self.cr.savepoint():
            picking._action_done()

    def test_delivery_that_is_done_does_not_grow(self):
        picking = self._to_deliver()
        self._ship(picking)
        self._stop()
        line = picking.move_line_ids
        with self._refused(CreditHoldError, picking.name), self.cr.savepoint():
            line.quantity = 6.0
        line.quantity = 4.0
        with self._refused(CreditHoldError, picking.name), self.cr.savepoint():
            line.copy({"move_id": line.move_id.id, "quantity": 3.0})
        with self._refused(CreditHoldError, picking.name), self.cr.savepoint():
            self.env["stock.move.line"].create(
                {
                    "picking_id": picking.id,
                    "product_id": self.goods.id,
                    "quantity": 3.0,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "location_dest_id": self.customers.id,
                }
            )

    def test_batch_validates_what_passes(self):
        stopped = self._to_deliver()
        passing = self._to_deliver(partner=self.uncontrolled)
        self._stop()
        result = self._validate(stopped | passing)
        self.assertEqual(result["tag"], "display_notification")
        self.assertIn(stopped.name, result["params"]["message"])
        self.assertEqual(passing.state, "done")
        self._assert_held(stopped)

    def test_backorder_is_held_in_its_turn(self):
        picking = self._to_deliver()
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        action = self._rpc(self.packer, "stock.picking", "button_validate", picking.ids)
        wizard = Form.from_action(self.env, action).save()
        wizard.process()
        self.assertEqual(picking.state, "done")
        backorder = picking.backorder_ids
        self._stop()
        self._validate(backorder)
        self._assert_held(backorder)
        self.assertEqual(backorder.sudo().credit_hold_ids.order_total, 300.0)

    def test_dialog_of_the_backorder_holds_politely(self):
        picking = self._to_deliver()
        self._stop()
        picking.move_ids.quantity = 2.0
        picking.move_ids.picked = True
        action = self._rpc(self.packer, "stock.picking", "button_validate", picking.ids)
        wizard = Form.from_action(self.env(user=self.packer), action).save()
        result = wizard.process()
        self.assertEqual(result["tag"], "display_notification")
        self._assert_held(picking)
        self.assertFalse(picking.backorder_ids)
        self.assertEqual(picking.sudo().credit_hold_ids.order_total, 200.0)

    def test_drop_shipment_is_held_its_vendor_is_not_asked(self):
        vendor = self._create_customer("Vendor Ltd")
        order = self._order(500.0, quantity=5.0, product=self.goods)
        picking = self._manual_delivery(vendor, source=self.suppliers)
        picking.move_ids.write(
            {
                "sale_line_id": order.order_line.id,
                "partner_id": self.customer.id,
                "quantity": 5.0,
            }
        )
        self._stop()
        self._validate(picking)
        self._assert_held(picking)
        self.assertEqual(picking.sudo().credit_hold_ids.partner_id, self.customer)

    def test_only_the_last_of_several_steps_is_held(self):
        self.warehouse.delivery_steps = "pick_ship"
        picking = self._to_deliver()
        self._stop()
        self._ship(picking)
        delivery = picking.sale_id.picking_ids - picking
        self._validate(delivery)
        self._assert_held(delivery)

    # ------------------------------------------------------------------
    # Never held
    # ------------------------------------------------------------------

    def test_return_is_never_held(self):
        picking = self._to_deliver()
        self._ship(picking)
        self._stop()
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 5.0
        back = wizard._create_return()
        back.move_ids.picked = True
        self._validate(back)
        self.assertEqual(back.state, "done")

    def test_receipt_is_never_held(self):
        self._stop()
        picking = self._manual_delivery(
            source=self.suppliers,
            picking_type_id=self.warehouse.in_type_id.id,
            location_dest_id=self.warehouse.lot_stock_id.id,
        )
        picking.move_ids.write({"quantity": 5.0, "picked": True})
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_scrap_and_inventory_are_not_deliveries(self):
        self._stop()
        quant = self.env["stock.quant"].search(
            [("product_id", "=", self.goods.id),
             ("location_id", "=", self.warehouse.lot_stock_id.id)]
        )  # fmt: skip
        quant.inventory_quantity = 900.0
        quant.action_apply_inventory()
        self.assertEqual(self.goods.qty_available, 900.0)

    # ------------------------------------------------------------------
    # How a hold ends
    # ------------------------------------------------------------------

    def test_finance_releases_and_the_warehouse_validates(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        hold = picking.sudo().credit_hold_ids
        self._rpc(
            *[self.manager, "credit.hold", "action_release", hold.ids],
            comment="Paid by cheque",
        )
        self.env.invalidate_all()
        self.assertEqual(hold.state, "released")
        self.assertEqual(picking.state, "assigned")  # its goods are on the dock
        self.assertEqual(picking.credit_state, "released")
        self.assertIn(self.packer, picking.activity_ids.user_id)
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertFalse(picking.activity_ids)

    def test_released_delivery_that_grows_is_held_again(self):
        picking = self._to_deliver()
        self._stop()
        picking.move_ids.quantity = 2.0
        self._validate(picking, cancel_backorder=True)
        self._rpc(
            *[self.cfo, "credit.hold", "action_release"],
            picking.sudo().credit_hold_ids.ids,
        )
        self.env.invalidate_all()
        picking.move_ids.quantity = 5.0
        self._validate(picking)
        self._assert_held(picking)
        self.assertEqual(len(picking.sudo().credit_hold_ids), 2)

    def test_finance_decides_in_the_dialog_of_the_desk(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        hold = picking.sudo().credit_hold_ids
        dialog = self.env["credit.hold.release"].with_user(self.cfo)
        wizard = dialog.create(
            {
                "hold_ids": [Command.set(hold.ids)],
                "decision": "refused",
                "comment": "Insolvency",
            }
        )
        self.assertIn(picking.name, wizard.subject)
        self.assertTrue(wizard.credit_panel)
        wizard.action_apply()
        self.assertEqual(picking.credit_state, "refused")
        sent = picking.message_ids.filtered(lambda m: m.message_type == "comment")
        self.assertIn(self.customer, sent.partner_ids)
        self._validate(picking)  # asks again
        self._assert_held(picking)

    def test_hold_ends_by_itself_when_finance_resumes_the_customer(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        self.customer.credit_stopped = False
        self.assertEqual(picking.sudo().credit_hold_ids.decision, "automatic")
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_hold_ends_by_itself_when_the_debt_is_paid(self):
        self.customer.credit_policy_id = self._policy(
            rules={"days_overdue": {"severity": "block", "days": 30}},
            delivery_control="blocked",
        )
        picking = self._to_deliver(100.0)
        late = self._invoice(100.0, due=self._today(days=-31))
        self._validate(picking)
        self._assert_held(picking)
        self._pay(late)
        hold = picking.sudo().credit_hold_ids
        self.assertEqual((hold.state, hold.decision), ("released", "automatic"))
        self.assertIn(self.packer, picking.activity_ids.user_id)

    def test_hold_on_condition_ends_with_the_payment(self):
        picking = self._to_deliver(100.0)
        invoice = self._invoice(100.0)
        self._stop()
        self._validate(picking)
        hold = picking.sudo().credit_hold_ids
        self._rpc(
            *[self.cfo, "credit.hold", "action_release", hold.ids],
            decision="conditional", invoice_ids=invoice.ids,
        )  # fmt: skip
        self.env.invalidate_all()
        self._assert_held(picking)
        self._pay(invoice)
        self.assertEqual((hold.state, hold.decision), ("released", "conditional"))
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_delivery_that_finance_keeps_waits_for_finance(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        hold = picking.sudo().credit_hold_ids
        hold.with_user(self.cfo).action_keep()
        self.customer.credit_stopped = False
        self._validate(picking)
        self._assert_held(picking)
        hold.with_user(self.cfo).action_unkeep()
        self.assertEqual(hold.state, "released")

    def test_cancelled_delivery_leaves_the_desk(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        picking.action_cancel()
        self.assertEqual(picking.sudo().credit_hold_ids.state, "cancelled")
        self.assertFalse(picking.credit_has_pending_hold)

    def test_delivery_with_a_decision_is_kept(self):
        picking = self._manual_delivery()
        self._stop()
        self._validate(picking)
        with self._refused(UserError, "cancel the delivery"):
            picking.unlink()

    def test_deliveries_and_orders_are_decided_together(self):
        picking = self._to_deliver()
        self._stop()
        order = self._held(100.0)
        self._validate(picking)
        holds = self._pending(order) | picking.sudo().credit_hold_ids
        holds.with_user(self.cfo).action_release(comment="One last time")
        self.assertEqual(order.state, "sale")
        self.assertEqual(picking.credit_state, "released")
        self.assertEqual(order.credit_hold_ids.mapped("picking_id").ids, [])

    def test_removal_of_the_module_leaves_the_holds_of_orders(self):
        picking = self._to_deliver()
        self._stop()
        self._validate(picking)
        uninstall_hook(self.env)
        self.assertFalse(picking.sudo().credit_hold_ids)
        self.assertFalse(self.customer.credit_has_pending_hold)

    def test_search_by_credit_state(self):
        held, released, free = (self._to_deliver(100.0) for _number in range(3))
        self._stop()
        self._validate(held | released)
        released.sudo().credit_hold_ids.with_user(self.cfo).action_release()
        Picking = self.env["stock.picking"]
        ours = [("id", "in", (held | released | free).ids)]
        for state, found in (("hold", held), ("released", released)):
            self.assertEqual(
                Picking.search([*ours, ("credit_state", "=", state)]), found
            )
        self.assertEqual(
            Picking.search([*ours, ("credit_state", "!=", "hold")]), released | free
        )
