from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.credit_management.tests.rights_common import public_methods, rights

from .common import DeliveryCommon


@tagged("post_install", "-at_install")
class TestDeliveryRights(DeliveryCommon):
    def setUp(self):
        super().setUp()
        self.picking = self._to_deliver()
        self._stop(reason="Moves money abroad")
        self._validate(self.picking)
        self.hold = self.picking.sudo().credit_hold_ids

    def test_only_managers_release_by_rpc(self):
        for user in (self.packer, self.salesperson, self.sales_manager, self.collector):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._rpc(user, "credit.hold", "action_release", self.hold.ids)
        self._rpc(self.manager, "credit.hold", "action_release", self.hold.ids)
        self.assertEqual(self.hold.state, "released")

    def test_who_asked_never_decides(self):
        both = self._create_user(
            "packing_manager",
            "stock.group_stock_user,credit_management.group_credit_manager",
        )
        both.credit_authority_unlimited = True
        self._rpc(
            *[both, "stock.picking", "action_request_release", self.picking.ids],
            "The truck waits",
        )
        self.assertEqual(self.hold.request_comment, "The truck waits")
        with self.assertRaises(AccessError):
            self._rpc(both, "credit.hold", "action_release", self.hold.ids)

    def test_salesperson_of_the_order_never_decides(self):
        self.picking.sale_id.user_id = self.cfo
        with self.assertRaises(AccessError):
            self._rpc(self.cfo, "credit.hold", "action_release", self.hold.ids)

    def test_superuser_does_not_release(self):
        with self.assertRaises(AccessError):
            self.hold.with_user(SUPERUSER_ID).action_release()

    def test_warehouse_reads_why_but_not_what_is_owed(self):
        picking = self.picking.with_user(self.packer)
        self.assertEqual(picking.credit_state, "hold")
        self.assertIn("stopped", picking.credit_stop_reasons.lower())
        self.assertNotIn("abroad", picking.credit_stop_reasons)
        self.assertIn(
            "abroad", self.picking.with_user(self.salesperson).credit_stop_reasons
        )
        with self.assertRaises(AccessError):
            picking.read(["credit_hold_ids"])
        with self.assertRaises(AccessError):
            picking.read(["credit_refusal_reason"])
        with self.assertRaises(AccessError):
            self.hold.with_user(self.packer).read(["state"])

    def test_chatter_of_the_delivery_tells_no_more(self):
        said = " ".join(self.picking.message_ids.mapped("body"))
        self.assertIn(self.hold.name, said)
        self.assertNotIn("abroad", said)
        self.assertIn("abroad", self.hold.explanation)

    def test_error_tells_the_warehouse_no_figures(self):
        picking = self._to_deliver_despite_stop()
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            picking.with_user(self.packer)._action_done()
        self.assertNotIn("abroad", str(caught.exception))

    def _to_deliver_despite_stop(self):
        picking = self._manual_delivery()
        picking.move_ids.picked = True
        return picking

    def test_warehouse_asks_in_the_dialog(self):
        request = self.env["credit.release.request"].with_user(self.packer)
        request = request.create(
            {"picking_id": self.picking.id, "comment": "Paid at the gate"}
        )
        self.assertFalse(request.credit_panel)
        request.action_send()
        self.assertEqual(self.hold.request_comment, "Paid at the gate")

    def test_salesperson_adds_facts_to_their_own_deliveries(self):
        ask = ("stock.picking", "action_request_release", self.picking.ids)
        self._rpc(self.salesperson, *ask, "They pay on Friday")
        self.assertEqual(self.hold.request_comment, "They pay on Friday")
        for user in (self.other_salesperson, self.collector):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._rpc(user, *ask, "Please")

    def test_nothing_is_asked_without_facts_or_cause(self):
        picking = self.picking.with_user(self.packer)
        with self._refused(UserError, "Say why"):
            picking.action_request_release(" ")
        self.customer.credit_stopped = False
        with self._refused(UserError, "Nothing stops"):
            picking.action_request_release("Please")

    def test_salesperson_sees_the_holds_of_their_own_deliveries(self):
        Hold = self.env["credit.hold"]
        mine = [("id", "=", self.hold.id)]
        for user, found in (
            (self.salesperson, 1),
            (self.other_salesperson, 0),
            (self.sales_manager, 1),
            (self.collector, 1),
            (self.manager, 1),
        ):
            with self.subTest(user.login):
                self.assertEqual(Hold.with_user(user).search_count(mine), found)

    def test_public_methods_are_these(self):
        self.assertEqual(
            public_methods(self.registry, "credit_management_stock"),
            {
                "res.partner": {"action_credit_retained_goods"},
                "stock.picking": {
                    "action_open_release_request",
                    "action_request_release",
                    "action_view_credit_holds",
                },
            },
        )

    def test_rights_on_what_the_warehouse_adds(self):
        roles = {
            "employee": self._create_user("employee", "base.group_user"),
            "portal": self._portal_user(self.customer),
            "public": self.env.ref("base.public_user"),
            "packer": self.packer,
            "salesperson": self.salesperson,
            "accountant": self.accountant,
            "collector": self.collector,
            "manager": self.manager,
        }
        by_finance = {"collector": "r", "manager": "r"}
        Goods = self.env["credit.retained.goods"]
        self.assertEqual(rights(Goods, roles), by_finance)
        self.assertEqual(rights(self.env["stock.lot"], roles)["collector"], "r")
        request = self.env["credit.release.request"].with_user(self.packer)
        request = request.create({"picking_id": self.picking.id, "comment": "Please"})
        self.assertEqual(rights(request, roles), {"packer": "rwcu"})
        for role in ("employee", "portal", "public", "collector", "manager"):
            with self.subTest(role), self.assertRaises(AccessError):
                self._rpc(
                    *[roles[role], "stock.picking", "action_request_release"],
                    *[self.picking.ids, "Please"],
                )

    def test_stopped_goods_do_not_leave_as_someone_elses(self):
        move, nobody = self.picking.move_ids, self.uncontrolled
        manual = self._manual_delivery()
        for record, vals in [
            (self.picking, {"sale_id": False, "partner_id": nobody.id}),
            (move, {"sale_line_id": False, "partner_id": nobody.id}),
            (manual, {"partner_id": nobody.id}),
            (manual.move_ids, {"partner_id": nobody.id}),
        ]:
            for user in (self.packer, self.salesperson):
                with (
                    self.subTest(vals, user=user.login),
                    self._refused(UserError, "someone else"),
                ):
                    self._rpc(user, record._name, "write", record.ids, vals)
        self.customer.credit_stopped = False
        self._rpc(
            *[self.packer, "stock.picking", "write", manual.ids],
            {"partner_id": nobody.id},
        )
        self.assertEqual(manual.move_ids._credit_customer(), nobody)

    def test_delivery_does_not_leave_as_a_return(self):
        stock, customers = self.warehouse.lot_stock_id, self.customers
        picking = self._manual_delivery()
        self._rpc(
            *[self.packer, "stock.move", "write", picking.move_ids.ids],
            {"location_id": customers.id},
        )
        self._rpc(
            *[self.packer, "stock.move.line", "write", picking.move_line_ids.ids],
            {"location_id": stock.id},
        )
        self._validate(picking)
        self.assertEqual((picking.state, picking.credit_state), ("assigned", "hold"))
        # from the customer to the customer: nothing leaves, until it is corrected
        picking.move_line_ids.location_id = customers
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        with self.assertRaises(UserError):
            self._rpc(
                *[self.packer, "stock.move.line", "write", picking.move_line_ids.ids],
                {"location_id": stock.id},
            )

    def test_nobody_writes_what_marks_a_hold(self):
        for user in (self.manager, self.salesperson, self.packer):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.hold.with_user(user).write({"state": "released"})

    def test_warehouse_cannot_take_the_mark_off(self):
        for user in (self.packer, self.salesperson):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self.picking.with_user(user).write({"credit_has_pending_hold": False})

    def test_finance_opens_the_delivery(self):
        action = self._rpc(
            self.collector, "credit.hold", "action_open_order", self.hold.ids
        )
        self.assertEqual(action["res_model"], "stock.picking")
        self._rpc(
            *[self.collector, action["res_model"], "web_read", [action["res_id"]]],
            {"name": {}, "credit_stop_reasons": {}, "credit_hold_ids": {}},
        )

    def test_other_company_sees_nothing(self):
        other = self.setup_other_company()["company"]
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_manager",
            company_id=other.id,
            company_ids=other.ids,
        )
        stranger.credit_authority_unlimited = True
        Hold = self.env["credit.hold"].with_user(stranger)
        self.assertFalse(Hold.search([("id", "=", self.hold.id)]))
        with self.assertRaises(AccessError):
            self._rpc(stranger, "credit.hold", "action_release", self.hold.ids)
