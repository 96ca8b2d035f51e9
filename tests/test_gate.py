from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.hold.errors import CreditHoldError
from .gate_common import CONTEXTS, GateCommon


@tagged("post_install", "-at_install")
class TestGate(GateCommon):
    """Every way to confirm an order, and every way around the check."""

    def _assert_stopped(self, orders, holds=0):
        """Check that nothing of the confirmation is left over."""
        self.env.invalidate_all()
        self.assertEqual(set(orders.mapped("state")) - {"draft", "sent"}, set())
        self.assertEqual(len(orders.sudo().credit_hold_ids), holds)

    # ------------------------------------------------------------------
    # Called by an internal user
    # ------------------------------------------------------------------

    def test_confirmation_by_rpc_is_refused_with_all_that_one_needs_to_know(self):
        order = self._quotation(1500)
        messages = order.message_ids
        before = order.date_order
        with self.assertRaises(CreditHoldError) as caught:
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        text = str(caught.exception)
        self.assertIsInstance(caught.exception, UserError)
        for part in (
            "Dupont SA",
            order.name,
            "1,500.00",
            "1,000.00",
            "500.00",
            "exceeds the limit",
            "request its release",
        ):
            self.assertIn(part, text)
        self._assert_stopped(order)
        self.assertEqual(order.date_order, before)
        self.assertEqual(order.message_ids, messages)

    def test_none_of_a_batch_is_confirmed_when_one_is_stopped(self):
        good = self._quotation(400)
        bad = self._quotation(
            5000,
            partner=self._create_customer(
                "Durand", credit_limit=10.0, credit_blocking_mode="block"
            ),
        )
        free = self._quotation(9000, partner=self.uncontrolled)
        orders = good | bad | free
        with self.assertRaises(CreditHoldError) as caught:
            self._rpc(self.salesperson, "sale.order", "action_confirm", orders.ids)
        self.assertEqual(caught.exception.order_ids, bad.ids)
        self.assertNotIn(good.name, str(caught.exception))
        self._assert_stopped(orders)

    def test_the_button_confirms_what_passes_and_holds_the_rest(self):
        good = self._quotation(400)
        bad = self._quotation(700)
        free = self._quotation(9000, partner=self.uncontrolled)
        action = self._confirm_or_hold(good | bad | free)
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn(bad.name, action["params"]["message"])
        self.assertNotIn(good.name, action["params"]["message"])
        self.assertEqual(good.state, "sale")
        self.assertEqual(free.state, "sale")
        self._assert_stopped(bad, holds=1)
        self.assertEqual(bad.credit_state, "hold")
        self.assertEqual(bad.credit_hold_ids.requested_by_id, self.salesperson)

    def test_the_button_confirms_an_order_that_passes(self):
        order = self._quotation(1000)
        self.assertTrue(self._confirm_or_hold(order))
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_state, "clear")
        self.assertFalse(order.credit_hold_ids)

    def test_the_button_does_not_hide_other_errors(self):
        order = self._quotation(400)
        order.order_line.write({"product_id": False})
        with self.assertRaisesRegex(UserError, "missing a product"):
            self._confirm_or_hold(order)
        self._assert_stopped(order)

    def test_exposure_equal_to_the_limit_passes_and_a_cent_more_does_not(self):
        self._invoice(600)
        self.assertTrue(self._stops(self._quotation(400.01)))
        self.assertFalse(self._stops(self._quotation(400.0)))
        self.assertEqual(self.customer.credit_exposure, 1000)

    def _stops(self, order):
        """Return the error that confirming the order gives, None when it passes."""
        try:
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        except CreditHoldError as error:
            return error
        return None

    def test_example_of_the_domain(self):
        customer = self._create_customer(
            "Martin SARL", credit_limit=60000.0, credit_blocking_mode="block"
        )
        self._invoice(34800, partner=customer)
        self._order(24000, partner=customer)
        self.assertEqual(customer.credit_exposure, 58800)
        order = self._held(15000, partner=customer)
        hold = order.credit_hold_ids
        self.assertEqual(hold.receivable, 34800)
        self.assertEqual(hold.order_book, 24000)
        self.assertEqual(hold.exposure_after, 73800)
        self.assertEqual(hold.excess, 13800)
        self.assertIn("13,800.00", hold.explanation)

    def test_of_two_orders_that_do_not_fit_together_the_older_passes(self):
        customer = self._create_customer(
            "Petit", credit_limit=10000.0, credit_blocking_mode="block"
        )
        older = self._quotation(8000, partner=customer)
        younger = self._quotation(8000, partner=customer)
        with self.assertRaises(CreditHoldError) as caught:
            self._rpc(
                self.salesperson, "sale.order", "action_confirm", (younger | older).ids
            )
        self.assertEqual(caught.exception.order_ids, younger.ids)
        self._confirm_or_hold(younger | older)
        self.assertEqual(older.state, "sale")
        self._assert_stopped(younger, holds=1)
        self.assertEqual(younger.credit_hold_ids.order_book, 8000)

    # ------------------------------------------------------------------
    # Writing the state, importing
    # ------------------------------------------------------------------

    def test_no_way_of_writing_the_state_confirms_an_order(self):
        big = {
            "order_line": [
                Command.create({"product_id": self.service.id, "price_unit": 900.0})
            ]
        }
        ways = {
            "the state alone": {"state": "sale"},
            "with its date": {"state": "sale", "date_order": "2024-01-01 00:00:00"},
            "with another line": {"state": "sale", **big},
            "locked as well": {"state": "sale", "locked": True},
            "with a lower limit elsewhere": {"state": "sale", "client_order_ref": "x"},
        }
        for name, vals in ways.items():
            order = self._quotation(1000 if "order_line" in vals else 1500)
            with self.subTest(name), self.assertRaises(CreditHoldError):
                self._rpc(self.salesperson, "sale.order", "write", order.ids, vals)
            self._assert_stopped(order)
            self.assertEqual(len(order.order_line), 1)

    def test_the_customer_written_along_with_the_state_is_the_one_that_counts(self):
        order = self._quotation(1500, partner=self.uncontrolled)
        vals = {"partner_id": self.customer.id, "state": "sale"}
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "write", order.ids, vals)
        self.assertEqual(order.partner_id, self.uncontrolled)
        vals = {"partner_invoice_id": self.customer.id, "state": "sale"}
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "write", order.ids, vals)
        order = self._quotation(1500)
        vals = {
            "partner_id": self.uncontrolled.id,
            "partner_invoice_id": self.uncontrolled.id,
            "state": "sale",
        }
        self._rpc(self.salesperson, "sale.order", "write", order.ids, vals)
        self.assertEqual(order.state, "sale")

    def test_the_state_written_through_the_customer(self):
        order = self._quotation(1500)
        command = Command.update(order.id, {"state": "sale"})
        with self.assertRaises(CreditHoldError):
            self.env["res.partner"].browse(self.customer.id).write(
                {"sale_order_ids": [command]}
            )
        self._assert_stopped(order)

    def test_creating_a_confirmed_order_passes_the_check(self):
        vals = {
            "partner_id": self.customer.id,
            "state": "sale",
            "order_line": [
                Command.create({"product_id": self.service.id, "price_unit": 1000.01})
            ],
        }
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "create", vals)
        without_state = {k: v for k, v in vals.items() if k != "state"}
        with self.assertRaises(CreditHoldError):
            self._rpc(
                self.salesperson,
                "sale.order",
                "create",
                without_state,
                context={"default_state": "sale"},
            )
        self.assertFalse(
            self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        )
        vals["order_line"][0][2]["price_unit"] = 1000.0
        order_id = self._rpc(self.salesperson, "sale.order", "create", vals)
        self.assertEqual(self.env["sale.order"].browse(order_id).state, "sale")

    def test_orders_created_confirmed_count_one_after_the_other(self):
        def vals(amount):
            return {
                "partner_id": self.customer.id,
                "state": "sale",
                "order_line": [
                    Command.create(
                        {"product_id": self.service.id, "price_unit": amount}
                    )
                ],
            }

        with self.assertRaises(CreditHoldError) as caught:
            self._rpc(self.salesperson, "sale.order", "create", [vals(600), vals(600)])
        self.assertEqual(len(caught.exception.order_ids), 1)
        ids = self._rpc(
            self.salesperson, "sale.order", "create", [vals(600), vals(400)]
        )
        self.assertEqual(
            self.env["sale.order"].browse(ids).mapped("state"), ["sale"] * 2
        )

    def test_an_import_does_not_confirm(self):
        names = [
            "partner_id/.id",
            "state",
            "order_line/product_id/.id",
            "order_line/product_uom_qty",
            "order_line/price_unit",
        ]
        row = [str(self.customer.id), "sale", str(self.service.id), "2", "700"]
        Order = self.env["sale.order"].with_user(self.salesperson)
        result = Order.load(names, [row])
        self.assertFalse(result["ids"])
        self.assertIn("Dupont SA", result["messages"][0]["message"])
        self.assertFalse(Order.search([("partner_id", "=", self.customer.id)]))
        row[-1] = "500"
        result = Order.load(names, [row])
        self.assertEqual(Order.browse(result["ids"]).state, "sale")

    def test_importing_over_an_order_does_not_confirm_it(self):
        order = self._quotation(1500)
        Order = self.env["sale.order"].with_user(self.salesperson)
        result = Order.load([".id", "state"], [[str(order.id), "Sales Order"]])
        self.assertFalse(result["ids"])
        self._assert_stopped(order)

    def test_a_context_is_no_permission(self):
        order = self._quotation(1500)
        for context in CONTEXTS:
            for method, args in [
                ("action_confirm", ()),
                ("write", ({"state": "sale"},)),
            ]:
                with self.subTest(context), self.assertRaises(CreditHoldError):
                    self._rpc(
                        self.salesperson,
                        "sale.order",
                        method,
                        order.ids,
                        *args,
                        context=context,
                    )
                self._assert_stopped(order)

    def test_a_copy_is_not_confirmed_unchecked(self):
        order = self._quotation(1500)
        with self.assertRaises(CreditHoldError):
            self._rpc(
                self.salesperson, "sale.order", "copy", order.ids, {"state": "sale"}
            )

    def test_a_cancelled_order_is_checked_again(self):
        order = self._order(800)
        order._action_cancel()
        self._order(800)
        order.action_draft()
        self.assertTrue(self._stops(order))
        order.write({"state": "cancel"})
        with self.assertRaises(CreditHoldError):
            self._rpc(
                self.salesperson, "sale.order", "write", order.ids, {"state": "sale"}
            )

    # ------------------------------------------------------------------
    # Nobody to read an error
    # ------------------------------------------------------------------

    def test_automation_parks_the_order(self):
        order = self._quotation(1500)
        self.assertTrue(order.sudo().action_confirm())
        self._assert_stopped(order, holds=1)
        self.assertTrue(order.credit_hold_ids.confirm_on_release)

    def test_automation_confirms_what_passes(self):
        order = self._quotation(900)
        order.sudo().action_confirm()
        self.assertEqual(order.state, "sale")

    def test_automation_parks_what_is_stopped_of_a_batch_and_confirms_the_rest(self):
        good, bad = self._quotation(400), self._quotation(700)
        (good | bad).sudo().action_confirm()
        self._assert_stopped(bad, holds=1)
        self.assertEqual(good.state, "sale")

    def test_the_signature_of_a_customer_is_kept(self):
        user = self._portal_user(self.customer)
        order = self._quotation(1500, require_signature=True)
        order.with_user(user).sudo().write({"signed_by": "Anne Dupont"})
        order.with_user(user).sudo()._validate_order()
        self._assert_stopped(order, holds=1)
        self.assertEqual(order.signed_by, "Anne Dupont")
        hold = order.credit_hold_ids
        self.assertTrue(hold.confirm_on_release)
        self.assertTrue(hold.send_confirmation)
        self.assertTrue(hold.assigned_user_id)
        # the customer finds it among their quotations
        self.assertEqual(order.state, "sent")

    def test_the_signature_confirms_what_passes(self):
        user = self._portal_user(self.customer)
        order = self._quotation(1000, require_signature=True)
        order.with_user(user).sudo()._validate_order()
        self.assertEqual(order.state, "sale")

    def test_a_portal_user_confirms_nothing_by_rpc_and_learns_nothing(self):
        user = self._portal_user(self.customer)
        for amount in (1500, 500):
            order = self._quotation(amount, state="sent", require_signature=True)
            for method, args in [
                ("action_confirm", ()),
                ("action_confirm_or_hold", ()),
                ("action_request_release", ("Please",)),
                ("write", ({"state": "sale"},)),
            ]:
                with self.subTest(method, amount=amount):
                    with self.assertRaises(AccessError):
                        self._rpc(user, "sale.order", method, order.ids, *args)
                    self._assert_stopped(order)

    def test_an_order_of_someone_else_is_neither_confirmed_nor_held(self):
        order = self._quotation(1500)
        for method, args in [
            ("action_confirm", ()),
            ("action_confirm_or_hold", ()),
            ("action_request_release", ("Please",)),
            ("write", ({"state": "sale"},)),
        ]:
            for user in (self.other_salesperson, self.collector, self.cfo):
                with self.subTest(method, user=user.login):
                    with self.assertRaises(AccessError):
                        self._rpc(user, "sale.order", method, order.ids, *args)
                    self._assert_stopped(order)

    def test_a_server_action_of_a_person_is_refused(self):
        order = self._quotation(1500)
        action = (
            self.env["ir.actions.server"]
            .sudo()
            .create(
                {
                    "name": "Confirm",
                    "model_id": self.env["ir.model"]._get_id("sale.order"),
                    "state": "code",
                    "code": "records.action_confirm()",
                }
            )
        )
        run = action.with_user(self.salesperson).with_context(
            active_model="sale.order", active_ids=order.ids, active_id=order.id
        )
        with self.assertRaises(CreditHoldError):
            run.run()
        self._assert_stopped(order)

    def test_a_payment_is_kept_when_the_order_is_stopped(self):
        order = self._quotation(5000, require_payment=True, prepayment_percent=0.3)
        tx = self._transaction(order, 1500)
        self.assertFalse(tx._check_amount_and_confirm_order())
        self._assert_stopped(order, holds=1)
        self.assertEqual(tx.state, "done")
        self.assertEqual(order.credit_hold_ids.order_amount, 3500)
        self.assertEqual(order.credit_hold_ids.excess, 2500)

    def test_a_payment_of_everything_confirms(self):
        order = self._quotation(5000, require_payment=True)
        tx = self._transaction(order, 5000)
        self.assertEqual(tx._check_amount_and_confirm_order(), order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.customer.credit_exposure, 0)

    # ------------------------------------------------------------------
    # Modes, customers, amounts
    # ------------------------------------------------------------------

    def test_warn_mode_confirms_and_logs(self):
        self.customer.credit_blocking_mode = "warn"
        order = self._quotation(1500)
        self._confirm_or_hold(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_state, "warning")
        self.assertIn("500.00", order.credit_warning)
        self.assertFalse(order.credit_hold_ids)
        notes = order.message_ids.filtered(lambda m: "Confirmed despite" in m.body)
        self.assertEqual(notes.author_id, self.salesperson.partner_id)

    def test_without_control_nothing_happens(self):
        self.customer.credit_blocking_mode = "none"
        order = self._quotation(1500)
        messages = len(order.message_ids)
        self._confirm_or_hold(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_state, "clear")
        self.assertFalse(order.credit_warning)
        self.assertFalse(order.message_ids.filtered(lambda m: "limit" in m.body))
        self.assertGreaterEqual(len(order.message_ids), messages)

    def test_an_exempt_customer_passes_and_it_is_logged(self):
        self.customer.write({"credit_exempt": True, "credit_exempt_reason": "Retail"})
        order = self._quotation(1500)
        self._confirm_or_hold(order)
        self.assertEqual(order.state, "sale")
        self.assertTrue(
            order.message_ids.filtered(lambda m: "Exempt from blocking" in m.body)
        )

    def test_a_stopped_customer_is_stopped_whatever_the_policy_says(self):
        for vals in (
            {"credit_blocking_mode": "none"},
            {"credit_blocking_mode": "warn"},
        ):
            partner = self._create_customer(
                "Stop", credit_stopped=True, credit_stop_reason="Insolvent", **vals
            )
            order = self._quotation(1, partner=partner)
            self.assertIn("Insolvent", str(self._stops(order)))

    def test_prepaid_customers_need_a_payment(self):
        customer = self._create_customer(
            "Comptant", credit_limit_mode="prepaid", credit_blocking_mode="block"
        )
        order = self._quotation(100, partner=customer)
        self.assertIn("pays in advance", str(self._stops(order)))
        partly = self._quotation(100, partner=customer)
        self._transaction(partly, 99.99)
        self.assertTrue(self._stops(partly))
        paid = self._quotation(100, partner=customer)
        self._transaction(paid, 100)
        self.assertFalse(self._stops(paid))
        pending = self._quotation(100, partner=customer)
        self._transaction(pending, 100, state="pending")
        self.assertTrue(self._stops(pending))

    def test_a_payment_on_account_lets_a_prepaid_customer_order(self):
        customer = self._create_customer(
            "Comptant", credit_limit_mode="prepaid", credit_blocking_mode="block"
        )
        self._pay(customer, 100)
        order = self._quotation(100.01, partner=customer)
        self.assertTrue(self._stops(order))
        self.assertFalse(self._stops(self._quotation(100, partner=customer)))

    def test_a_paid_order_passes_unless_the_customer_is_stopped(self):
        self._invoice(5000, due=self._today(days=-90))
        self.customer.credit_policy_id = self._policy(
            rules={
                "days_overdue": {"severity": "block", "days": 10},
                "limit_exceeded": "block",
            }
        )
        paid = self._quotation(700)
        self._transaction(paid, 700)
        self.assertFalse(self._stops(paid))
        self.customer.action_credit_stop("Insolvent")
        paid = self._quotation(700)
        self._transaction(paid, 700)
        self.assertIn("Insolvent", str(self._stops(paid)))

    def test_what_is_paid_leaves_its_room_to_the_other_orders_of_a_batch(self):
        paid, other = self._quotation(900), self._quotation(800)
        self._transaction(paid, 700)
        (paid | other).action_confirm()
        self.assertEqual(set((paid | other).mapped("state")), {"sale"})
        self.assertEqual(set((paid | other).mapped("credit_warning")), {False})

    def test_a_payment_shared_by_two_orders_pays_none_of_them(self):
        first, second = self._quotation(1500), self._quotation(1500)
        tx = self._transaction(first, 1500)
        tx.sale_order_ids = first | second
        self.assertTrue(self._stops(first))
        self.assertTrue(self._stops(second))

    def test_contacts_and_addresses_answer_with_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.customer.id, "type": "contact"}
        )
        address = self.env["res.partner"].create(
            {"name": "Billing", "parent_id": self.customer.id, "type": "invoice"}
        )
        self._order(600, partner=contact)
        order = self._quotation(600, partner=self.uncontrolled)
        order.partner_invoice_id = address
        error = self._stops(order)
        self.assertIn("Dupont SA", str(error))
        self.assertIn("200.00", str(error))

    def test_a_foreign_order_counts_at_todays_rate(self):
        euro = self.setup_other_currency(
            "EUR", rates=[("2000-01-01", 4.0), (self._today(), 0.5)]
        )
        pricelist = self._create_pricelist(currency_id=euro.id)
        order = self._quotation(500.01, pricelist_id=pricelist.id)
        self.assertEqual(order.currency_id, euro)
        self.assertTrue(self._stops(order))
        order.order_line.price_unit = 500.0
        self.assertFalse(self._stops(order))
        self.assertEqual(self.customer.credit_exposure, 1000)

    def test_a_currency_without_any_rate_does_not_break_the_check(self):
        euro = self.setup_other_currency("EUR", rates=[])
        euro.rate_ids.unlink()
        pricelist = self._create_pricelist(currency_id=euro.id)
        order = self._quotation(1000.01, pricelist_id=pricelist.id)
        self.assertTrue(self._stops(order))

    def test_an_archived_customer_is_checked_like_any_other(self):
        order = self._quotation(1500)
        self.customer.active = False
        self.assertTrue(self._stops(order))
        self._confirm_or_hold(order)
        self._assert_stopped(order, holds=1)

    def test_an_order_without_lines_or_of_nothing_passes(self):
        self._invoice(5000)
        empty = self._quotation(0)
        empty.order_line.unlink()
        self.assertFalse(self._stops(empty))
        self.assertFalse(self._stops(self._quotation(0)))
        self.assertFalse(self._stops(self._quotation(-50)))

    def test_a_negative_order_gives_no_headroom_to_the_next(self):
        negative, positive = self._quotation(-500), self._quotation(1200)
        error = self._stops(negative | positive)
        self.assertEqual(error.order_ids, positive.ids)

    def test_a_child_archived_does_not_leave_its_group(self):
        group = self._create_customer("Group", credit_group_limit=1000.0)
        children = [
            self._create_customer(
                name, parent_id=group.id, credit_blocking_mode="block"
            )
            for name in ("First", "Second")
        ]
        self._order(800, partner=children[0])
        order = self._quotation(300, partner=children[1])
        self.assertIn("group", str(self._stops(order)))
        children[0].active = False
        self.assertIn("group", str(self._stops(order)))

    def test_companies_do_not_share_what_they_grant(self):
        other = self.setup_other_company()["company"]
        (self.env.user | self.salesperson).company_ids |= other
        order = self._quotation(1500, company_id=other.id)
        self.assertFalse(self._stops(order.with_company(other)))
        self.assertEqual(self.customer.credit_exposure, 0)


@tagged("post_install", "-at_install")
class TestGateBypass(GateCommon):
    """Fields that a salesperson could write to make an order look harmless."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as most salespeople do, they create contacts
        cls.salesperson.group_ids |= cls.env.ref("base.group_partner_manager")

    def test_computed_amounts_of_an_order_are_not_written(self):
        order = self._quotation(900)
        for name, value in [
            ("amount_total", 1.0),
            ("amount_untaxed", 1.0),
            ("amount_tax", 0.0),
            ("currency_rate", 1000.0),
            ("transaction_ids", [Command.clear()]),
            ("credit_warning", "fine"),
            ("credit_has_pending_hold", False),
        ]:
            with self.subTest(name), self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson, "sale.order", "write", order.ids, {name: value}
                )

    def test_computed_amounts_of_a_line_are_not_written(self):
        order = self._order(900)
        line = order.order_line
        invoice = self._invoice(900, partner=self.uncontrolled, post=False)
        for name, value in [
            ("price_total", 1.0),
            ("price_subtotal", 1.0),
            ("price_tax", 0.0),
            ("qty_invoiced", 1.0),
            ("state", "cancel"),
            ("invoice_lines", [Command.set(invoice.invoice_line_ids.ids)]),
        ]:
            with self.subTest(name), self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson,
                    "sale.order.line",
                    "write",
                    line.ids,
                    {name: value},
                )
            with (
                self.subTest(f"{name} through the order"),
                self.assertRaises(AccessError),
            ):
                self._rpc(
                    self.salesperson,
                    "sale.order",
                    "write",
                    order.ids,
                    {"order_line": [Command.update(line.id, {name: value})]},
                )
        self.assertEqual(self.customer.credit_exposure, 900)

    def test_amounts_given_when_an_order_is_created_do_not_count(self):
        line = {
            "product_id": self.service.id,
            "price_unit": 1500.0,
            "state": "cancel",
            "price_total": 1.0,
            "price_subtotal": 1.0,
            "price_tax": 0.0,
            "qty_invoiced": 1.0,
            "product_uom_qty": 1.0,
        }
        vals = {
            "partner_id": self.customer.id,
            "amount_total": 1.0,
            "amount_tax": 0.0,
            "amount_untaxed": 1.0,
            "currency_rate": 1000.0,
            "credit_warning": "fine",
            "order_line": [Command.create(line)],
        }
        try:
            order_id = self._rpc(self.salesperson, "sale.order", "create", vals)
        except AccessError:
            return
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", [order_id])

    def test_an_order_is_not_created_as_if_it_were_invoiced(self):
        invoice = self._invoice(900, partner=self.uncontrolled)
        invoice.invoice_user_id = self.salesperson
        vals = {
            "partner_id": self.customer.id,
            "order_line": [
                Command.create(
                    {
                        "product_id": self.service.id,
                        "price_unit": 900.0,
                        "invoice_lines": [Command.set(invoice.invoice_line_ids.ids)],
                    }
                )
            ],
        }
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "sale.order", "create", vals)

    def test_a_line_is_not_added_as_if_it_were_invoiced(self):
        invoice = self._invoice(900, partner=self.uncontrolled)
        invoice.invoice_user_id = self.salesperson
        order = self._order(500)
        vals = {
            "order_id": order.id,
            "product_id": self.service.id,
            "price_unit": 500.0,
            "invoice_lines": [Command.set(invoice.invoice_line_ids.ids)],
        }
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "sale.order.line", "create", vals)

    def test_a_hold_is_not_written_through_its_order(self):
        order = self._held(1500)
        hold = order.credit_hold_ids
        for command in [
            Command.update(hold.id, {"state": "released"}),
            Command.create({"name": "x", "state": "released"}),
            Command.delete(hold.id),
            Command.clear(),
        ]:
            with self.subTest(command), self.assertRaises(UserError):
                self._rpc(
                    self.salesperson,
                    "sale.order",
                    "write",
                    order.ids,
                    {"credit_hold_ids": [command]},
                )
        self.assertEqual(order.credit_hold_ids.state, "pending")

    def test_the_company_of_a_customer_is_not_written_by_hand(self):
        order = self._quotation(1500)
        with self.assertRaises(AccessError):
            self._rpc(
                self.salesperson,
                "res.partner",
                "write",
                self.customer.ids,
                {"commercial_partner_id": self.uncontrolled.id},
            )
        self.assertEqual(order._credit_customer(), self.customer)

    def test_a_contact_does_not_change_company_to_order(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.uncontrolled.id}
        )
        order = self._quotation(1500, partner=contact)
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        with self.assertRaises(CreditHoldError):
            self._rpc(
                self.salesperson,
                "res.partner",
                "write",
                contact.ids,
                {"parent_id": self.customer.id},
            )
        self.assertEqual(self.customer.credit_exposure, 0)

    def test_a_contact_does_not_become_a_company_to_order(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.customer.id, "is_company": True}
        )
        order = self._quotation(1500, partner=contact)
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        with self.assertRaises(CreditHoldError):
            self._rpc(
                self.salesperson,
                "res.partner",
                "write",
                contact.ids,
                {"is_company": False},
            )

    def test_a_company_does_not_leave_its_group_to_order(self):
        group = self._create_customer("Group", credit_group_limit=1000.0)
        child = self._create_customer(
            "Child", parent_id=group.id, credit_blocking_mode="block"
        )
        with self.assertRaises(AccessError):
            self._rpc(
                self.salesperson,
                "res.partner",
                "write",
                child.ids,
                {"parent_id": False},
            )
        self._rpc(self.cfo, "res.partner", "write", child.ids, {"comment": "x"})

    def test_a_contact_moves_while_it_has_no_orders(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.uncontrolled.id}
        )
        self._rpc(
            self.salesperson,
            "res.partner",
            "write",
            contact.ids,
            {"parent_id": self.customer.id},
        )
        self.assertEqual(contact.commercial_partner_id, self.customer)

    def test_confirmed_orders_are_not_invoiced_to_someone_over_the_limit(self):
        order = self._order(1500, partner=self.uncontrolled)
        for vals in (
            {"partner_invoice_id": self.customer.id},
            {"partner_id": self.customer.id},
        ):
            with self.subTest(vals), self.assertRaises(CreditHoldError):
                self._rpc(self.salesperson, "sale.order", "write", order.ids, vals)
        small = self._order(900, partner=self.uncontrolled)
        self._rpc(
            self.salesperson,
            "sale.order",
            "write",
            small.ids,
            {"partner_invoice_id": self.customer.id},
        )
        self.assertEqual(self.customer.credit_exposure, 900)

    def test_a_release_is_not_carried_to_another_customer(self):
        good = self._create_customer(
            "Good", credit_limit=10, credit_blocking_mode="block"
        )
        order = self._quotation(1500, partner=good)
        self._rpc(
            self.salesperson,
            "sale.order",
            "action_request_release",
            order.ids,
            "A good customer",
        )
        self._decide(order)
        self.assertEqual(order.credit_state, "released")
        self._rpc(
            self.salesperson,
            "sale.order",
            "write",
            order.ids,
            {"partner_id": self.customer.id, "partner_invoice_id": self.customer.id},
        )
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)

    def test_finance_terms_do_not_come_by_the_context_of_a_new_customer(self):
        for name, value in [
            ("credit_limit", 1e9),
            ("credit_limit_mode", "unlimited"),
            ("credit_blocking_mode", "none"),
            ("credit_group_limit", 1e9),
        ]:
            for user in (self.salesperson, self.collector, self.accountant):
                user.sudo().group_ids |= self.env.ref("base.group_partner_manager")
                with self.subTest(name, user=user.login):
                    try:
                        partner_id = self._rpc(
                            user,
                            "res.partner",
                            "create",
                            {"name": "New"},
                            context={f"default_{name}": value},
                        )
                    except AccessError:
                        continue
                    self.assertFalse(self.env["res.partner"].browse(partner_id)[name])

    def test_finance_terms_do_not_come_by_a_personal_default(self):
        self.env["ir.default"].with_user(self.salesperson).set(
            "res.partner", "credit_limit_mode", "unlimited", user_id=True
        )
        self.env.company.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, limit_mode="limited", limit_amount=10.0
        )
        try:
            partner_id = self._rpc(
                self.salesperson, "res.partner", "create", {"name": "New"}
            )
        except AccessError:
            return
        order = self._quotation(
            1500, partner=self.env["res.partner"].browse(partner_id)
        )
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)

    def test_merging_customers_keeps_the_check(self):
        other = self._create_customer(
            "Dupont bis", credit_limit=500.0, credit_blocking_mode="block"
        )
        self._order(400)
        self._order(300, partner=other)
        held = self._held(5000, partner=other)
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((self.customer | other).ids, self.customer, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(self.customer.credit_exposure, 700)
        self.assertEqual(held.credit_hold_ids.partner_id, self.customer)
        order = self._quotation(301)
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)


@tagged("post_install", "-at_install")
class TestGrowth(GateCommon):
    """Confirmed orders that grow pass the same check."""

    def _assert_refused(self, record, vals, model="sale.order"):
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, model, "write", record.ids, vals)
        self.env.invalidate_all()

    def _write(self, record, vals, model="sale.order"):
        self._rpc(self.salesperson, model, "write", record.ids, vals)
        self.env.invalidate_all()

    def test_each_way_to_grow_is_checked(self):
        order = self._order(900, quantity=9, product=self.goods)
        line = order.order_line
        double_tax = self.sale_tax.copy(
            {"amount": 50.0, "price_include_override": "tax_excluded"}
        )
        other = self._order(900, partner=self.uncontrolled)
        new = {"product_id": self.service.id, "price_unit": 100.01}
        section = {"display_type": "line_section", "name": "Section"}
        for vals in (
            {"product_uom_qty": 10.01},
            {"price_unit": 111.2},
            {"discount": -20.0},
            {"tax_ids": [Command.link(double_tax.id)]},
            {"product_uom_id": self.uom_dozen.id, "price_unit": 1200.0},
        ):
            with self.subTest(vals):
                self._assert_refused(line, vals, "sale.order.line")
                self._assert_refused(
                    order, {"order_line": [Command.update(line.id, vals)]}
                )
                self.assertEqual(order.amount_total, 900)
        with self.subTest("new line"):
            self._assert_refused(order, {"order_line": [Command.create(new)]})
            with self.assertRaises(CreditHoldError):
                self._rpc(
                    self.salesperson,
                    "sale.order.line",
                    "create",
                    {"order_id": order.id, **new},
                )
            with self.assertRaises(CreditHoldError):
                self._rpc(
                    self.salesperson,
                    "sale.order.line",
                    "create",
                    new,
                    context={"default_order_id": order.id},
                )
        with self.subTest("line of another order"):
            self._assert_refused(
                other.order_line, {"order_id": order.id}, "sale.order.line"
            )
        self.assertEqual(order.amount_total, 900)
        self._write(order, {"order_line": [Command.create(section)]})

    def test_the_state_written_once_more_hides_no_growth(self):
        order = self._order(5000, partner=self.uncontrolled)
        hidden = {"state": "sale", "partner_invoice_id": self.customer.id}
        self._assert_refused(order, hidden)
        self.assertEqual(order.partner_invoice_id, self.uncontrolled)

    def test_what_is_written_along_with_the_state_reaches_every_order(self):
        orders = self._order(10) | self._quotation(10)
        self._write(orders, {"state": "sale", "client_order_ref": "PO 7"})
        self.assertEqual(orders.mapped("client_order_ref"), ["PO 7", "PO 7"])
        self.assertEqual(set(orders.mapped("state")), {"sale"})

    def test_growth_within_the_limit_passes(self):
        order = self._order(900)
        self._write(order.order_line, {"price_unit": 1000.0}, "sale.order.line")
        self.assertEqual(order.amount_total, 1000)
        self._assert_refused(
            order.order_line, {"price_unit": 1000.01}, "sale.order.line"
        )

    def test_a_line_grows_while_another_shrinks(self):
        order = self._order(500)
        first = order.order_line
        self._write(
            order,
            {
                "order_line": [
                    Command.create({"product_id": self.service.id, "price_unit": 500.0})
                ]
            },
        )
        second = order.order_line - first
        for commands in (
            [
                Command.update(first.id, {"price_unit": 900.0}),
                Command.update(second.id, {"price_unit": 100.0}),
            ],
            [
                Command.update(second.id, {"product_uom_qty": 0.0}),
                Command.update(first.id, {"price_unit": 1000.0}),
            ],
        ):
            self._write(order, {"order_line": commands})
            self.assertEqual(order.amount_total, 1000)

    def test_an_order_shrinks_above_the_limit(self):
        order = self._order(900)
        self._invoice(800)
        self._write(order.order_line, {"price_unit": 850.0}, "sale.order.line")
        self._assert_refused(order.order_line, {"price_unit": 851.0}, "sale.order.line")
        self._rpc(
            self.salesperson,
            "sale.order.line",
            "write",
            order.order_line.ids,
            {"name": "Another name"},
        )

    def test_growth_counts_once_when_part_is_invoiced(self):
        order = self._order(1000, quantity=10)
        order.order_line.product_uom_qty = 6
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(self.customer.credit_exposure, 600)
        self._write(order.order_line, {"product_uom_qty": 10}, "sale.order.line")
        self.assertEqual(self.customer.credit_exposure, 1000)
        self._assert_refused(
            order.order_line, {"product_uom_qty": 11}, "sale.order.line"
        )

    def test_postponed_deliveries_are_checked_when_they_come_back(self):
        self.env.company.credit_order_horizon_days = 30
        later = self._order(900, commitment_date=self._now(days=90))
        self.assertEqual(self.customer.credit_exposure, 0)
        self._order(900)
        self._assert_refused(later, {"commitment_date": self._now(days=1)})

    def test_a_postponed_order_does_not_grow_unchecked(self):
        self.env.company.credit_order_horizon_days = 30
        self._order(900)
        later = self._quotation(90, commitment_date=self._now(days=90))
        self._confirm(later)
        self._assert_refused(
            later.order_line, {"price_unit": 2000.0}, "sale.order.line"
        )

    def test_a_release_covers_growth_within_its_tolerance(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, release_tolerance=10.0
        )
        self.customer.credit_limit = 100.0
        order = self._held(1000)
        self._decide(order)
        self.assertEqual(order.state, "sale")
        self._write(order.order_line, {"price_unit": 1100.0}, "sale.order.line")
        self.assertEqual(order.amount_total, 1100)
        self._assert_refused(
            order.order_line, {"price_unit": 1100.01}, "sale.order.line"
        )

    def test_two_small_growths_do_not_exceed_the_tolerance(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, release_tolerance=10.0
        )
        order = self._held(10000)
        self._decide(order)
        self._write(order.order_line, {"price_unit": 10900.0}, "sale.order.line")
        self._assert_refused(
            order.order_line, {"price_unit": 11800.0}, "sale.order.line"
        )

    def test_automation_that_makes_an_order_grow_is_not_stopped(self):
        # a carrier's cost, an expense: nobody is there to read an error
        order = self._order(900)
        order.sudo().order_line.price_unit = 1200.0
        self.env.flush_all()
        self.assertEqual(order.amount_total, 1200)
        self.assertTrue(order.message_ids.filtered(lambda m: "200.00" in m.body))

    def test_the_message_about_growth_tells_what_to_do(self):
        order = self._order(900)
        with self.assertRaises(CreditHoldError) as caught:
            self._rpc(
                self.salesperson,
                "sale.order.line",
                "write",
                order.order_line.ids,
                {"price_unit": 1200.0},
            )
        self.assertNotIn("Confirm it", str(caught.exception))
