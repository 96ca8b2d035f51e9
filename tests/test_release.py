from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.mail.tests.common import MockEmail

from ..models.hold.errors import CreditHoldError
from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestRelease(GateCommon, MockEmail):
    """The decisions of finance, and what follows."""

    def _requested(self, amount, **vals):
        """Return a quotation whose release was asked for, without confirming it."""
        order = self._quotation(amount, **vals)
        self._rpc(
            self.salesperson,
            "sale.order",
            "action_request_release",
            order.ids,
            "Please",
        )
        self.env.invalidate_all()
        return order

    def _assert_confirmed(self, order):
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_state, "released")
        self.assertFalse(self._pending(order))

    def _assert_still_held(self, order):
        self.env.invalidate_all()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.credit_state, "hold")

    # ------------------------------------------------------------------
    # The decisions
    # ------------------------------------------------------------------

    def test_release_once(self):
        order = self._held(1400)
        hold = order.credit_hold_ids
        with freeze_time("2030-01-07 10:00:00"):
            self._decide(order, self.manager, comment="Long-standing customer")
            self.assertRecordValues(
                hold,
                [
                    {
                        "state": "released",
                        "decision": "once",
                        "released_amount": 1400.0,
                        "decided_by_id": self.manager.id,
                        "comment": "Long-standing customer",
                        "release_tolerance": 5.0,
                    }
                ],
            )
            self.assertEqual(str(hold.valid_until), "2030-01-14 10:00:00")
            self.assertEqual(str(hold.decision_date), "2030-01-07 10:00:00")
        self.assertFalse(hold.activity_ids)
        self._assert_confirmed(order)
        self.assertEqual(self.customer.credit_limit, 1000)

    def test_a_requested_order_becomes_confirmable(self):
        order = self._requested(1400)
        self._decide(order)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.credit_state, "released")
        task = order.activity_ids
        self.assertEqual(task.user_id, self.salesperson)
        self.assertIn("can be confirmed", task.note)
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        self._assert_confirmed(order)

    def test_the_order_is_confirmed_in_the_name_of_whoever_confirmed_it(self):
        order = self._held(1400)
        seen = []
        origin = type(order)._action_confirm

        def spy(orders):
            seen.append((orders.env.user, orders.env.su, orders.env.context))
            return origin(orders)

        with patch.object(type(order), "_action_confirm", spy):
            self._decide(order)
        (user, su, context) = seen[0]
        self.assertEqual(user, self.salesperson)
        self.assertFalse(su)
        self.assertFalse(context.get("send_email"))
        self._assert_confirmed(order)

    def test_the_mail_of_a_signed_order_is_sent_once_on_release(self):
        portal = self._portal_user(self.customer)
        order = self._quotation(1400, require_signature=True)
        with self.mock_mail_gateway():
            order.with_user(portal).sudo()._validate_order()
            order._send_order_confirmation_mail()
            self.env.flush_all()
            to_customer = self._new_mails.filtered(
                lambda m: order.partner_id in m.recipient_ids
            )
            self.assertFalse(to_customer)
        with self.mock_mail_gateway():
            self._decide(order)
            to_customer = self._new_mails.filtered(
                lambda m: order.partner_id in m.recipient_ids
            )
            self.assertEqual(len(to_customer), 1)
        self._assert_confirmed(order)

    def test_a_release_may_expire(self):
        order = self._requested(1400)
        self._decide(order)
        with (
            freeze_time(self._now(days=7, minutes=1)),
            self.assertRaises(CreditHoldError),
        ):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        with freeze_time(self._now(days=6, hours=23)):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        self._assert_confirmed(order)

    def test_a_release_covers_its_tolerance(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, release_tolerance=10.0
        )
        self.customer.credit_limit = 10.0
        order = self._requested(1000)
        self._decide(order)
        order.order_line.price_unit = 1100.01
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        order.order_line.price_unit = 1100.0
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        self._assert_confirmed(order)

    def test_a_stop_is_stronger_than_an_earlier_release(self):
        order = self._requested(1400)
        self._decide(order)
        self.customer.action_credit_stop("Insolvent")
        with self.assertRaisesRegex(CreditHoldError, "Insolvent"):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)

    def test_a_stopped_customer_may_be_released(self):
        self.customer.action_credit_stop("Insolvent")
        order = self._held(100)
        self._decide(order)
        self._assert_confirmed(order)

    def test_temporary_limit(self):
        order = self._held(1400)
        until = self._today(days=30)
        self._decide(
            order,
            self.manager,
            decision="temporary",
            limit_amount=1500.0,
            limit_until=str(until),
        )
        self._assert_confirmed(order)
        self.assertEqual(order.credit_hold_ids.decision, "temporary")
        self.assertEqual(order.credit_hold_ids.decided_by_id, self.manager)
        self.assertEqual(self.customer.credit_limit, 1000)
        self.assertEqual(self.customer.credit_limit_effective, 1500)
        self.assertEqual(self.customer.credit_limit_until, until)
        with freeze_time(self._now(days=32)):
            self.env.invalidate_all()
            self.assertEqual(self.customer.credit_limit_effective, 1000)

    def test_permanent_limit(self):
        order = self._held(1400)
        self._decide(order, self.manager, decision="permanent", limit_amount=1500.0)
        self._assert_confirmed(order)
        self.assertEqual(order.credit_hold_ids.decision, "permanent")
        self.assertEqual(self.customer.credit_limit, 1500)
        change = self.customer.credit_limit_change_ids.filtered(
            lambda c: c.amount == 1500
        )
        self.assertRecordValues(
            change,
            [
                {
                    "state": "approved",
                    "previous_amount": 1000.0,
                    "is_applied": True,
                    "approved_by_id": self.manager.id,
                    "date_to": False,
                }
            ],
        )

    def test_limits_that_make_no_sense(self):
        order = self._held(1400)
        tomorrow = str(self._today(days=1))
        for kwargs in (
            {"decision": "temporary", "limit_amount": 1500.0},
            {"decision": "temporary", "limit_amount": 1500.0, "limit_until": False},
            {"decision": "temporary", "limit_amount": 0.0, "limit_until": tomorrow},
            {"decision": "temporary", "limit_amount": None, "limit_until": tomorrow},
            {"decision": "temporary", "limit_amount": -5.0, "limit_until": tomorrow},
            {
                "decision": "temporary",
                "limit_amount": 1500.0,
                "limit_until": str(self._today(days=-1)),
            },
            {"decision": "permanent"},
            {"decision": "permanent", "limit_amount": -1.0},
            {"decision": "permanent", "limit_amount": 1e13},
            {"decision": "permanent", "limit_amount": 1399.99},
        ):
            with self.subTest(kwargs):
                with self.assertRaises(UserError):
                    self._decide(order, **kwargs)
                self._assert_still_held(order)
                self.assertEqual(self.customer.credit_limit, 1000)
                self.assertEqual(self.customer.credit_limit_effective, 1000)

    def test_an_unknown_decision(self):
        order = self._held(1400)
        for decision in ("", "refused", "automatic", "_close", None, 5, [], "ONCE"):
            with self.subTest(decision), self.assertRaises(UserError):
                self._decide(order, decision=decision)
            self._assert_still_held(order)

    def test_on_a_deposit(self):
        order = self._held(1400)
        self._decide(order, self.manager, decision="conditional", deposit=300.0)
        self._assert_still_held(order)
        self.assertIn("300.00", order.message_ids[0].body)
        self._pay(self.customer, 299.99)
        self._assert_still_held(order)
        self._pay(self.customer, 0.01)
        self.env.invalidate_all()
        self._assert_confirmed(order)
        hold = order.credit_hold_ids
        self.assertEqual(hold.decision, "conditional")
        self.assertEqual(hold.decided_by_id, self.manager)

    def test_conditions_are_looked_at_all_at_once(self):
        invoice = self._invoice(1)
        counts = []
        for number in (2, 8):
            orders = self.env["sale.order"].union(
                *(self._held(1400) for _index in range(number))
            )
            self._decide(orders, decision="conditional", invoice_ids=invoice.ids)
            holds = self._pending(orders)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(holds._with_condition_met())
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_earlier_money_is_no_deposit(self):
        self._pay(self.customer, 50)
        order = self._held(1500)
        self._decide(order, decision="conditional", deposit=50.0)
        self._assert_still_held(order)
        self._pay(self.customer, 50)
        self.env.invalidate_all()
        self._assert_confirmed(order)

    def test_an_online_payment_is_a_deposit(self):
        order = self._held(1400)
        self._decide(order, decision="conditional", deposit=300.0)
        tx = self._transaction(order, 300)
        with patch(
            "odoo.addons.account_payment.models.payment_transaction"
            ".PaymentTransaction._post_process",
            lambda tx: None,
        ):
            tx._post_process()
        self.env.invalidate_all()
        self._assert_confirmed(order)

    def test_on_the_payment_of_invoices(self):
        first, second = self._invoice(300), self._invoice(400)
        order = self._held(3000)
        self._decide(order, decision="conditional", invoice_ids=(first | second).ids)
        self._pay(first)
        self._assert_still_held(order)
        self._pay(second, 399.0)
        self._assert_still_held(order)
        self._pay(second)
        self.env.invalidate_all()
        self._assert_confirmed(order)

    def test_an_unallocated_payment_that_is_allocated_pays_the_invoice(self):
        invoice = self._invoice(300)
        payment = self._pay(self.customer, 300)
        order = self._held(3000)
        self._decide(order, decision="conditional", invoice_ids=invoice.ids)
        self._assert_still_held(order)
        lines = (invoice.line_ids | payment.move_id.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.env.invalidate_all()
        self._assert_confirmed(order)

    def test_a_credit_note_or_a_draft_does_not_pay_an_invoice(self):
        invoice = self._invoice(300)
        order = self._held(3000)
        self._decide(order, decision="conditional", invoice_ids=invoice.ids)
        invoice.button_draft()
        self._assert_still_held(order)
        invoice.button_cancel()
        self._assert_still_held(order)

    def test_conditions_that_make_no_sense(self):
        other = self._invoice(300, partner=self.uncontrolled)
        bill = self._invoice(300, move_type="in_invoice")
        order = self._held(1400)
        for kwargs in (
            {},
            {"deposit": 0.0},
            {"deposit": -10.0},
            {"invoice_ids": []},
            {"invoice_ids": [2**31 - 1]},
            {"invoice_ids": other.ids},
            {"invoice_ids": bill.ids},
            {"deposit": 10.0, "invoice_ids": other.ids},
        ):
            with self.subTest(kwargs), self.assertRaises(UserError):
                self._decide(order, decision="conditional", **kwargs)
            self._assert_still_held(order)
            self.assertFalse(order.credit_hold_ids.decision)

    def test_an_order_that_grew_is_not_covered_by_its_condition(self):
        order = self._held(1400)
        self._decide(order, self.manager, decision="conditional", deposit=300.0)
        order.order_line.price_unit = 50000.0
        self.env.flush_all()
        self._pay(self.customer, 300)
        self._assert_still_held(order)

    def test_a_condition_may_be_decided_again(self):
        order = self._held(1400)
        self._decide(order, decision="conditional", deposit=300.0)
        self._decide(order)
        self._assert_confirmed(order)
        self.assertEqual(order.credit_hold_ids.decision, "once")

    def test_refuse_and_write_to_the_customer(self):
        order = self._held(1400)
        with self.mock_mail_gateway():
            self._decide(
                order,
                self.manager,
                method="action_refuse",
                reason="Pays late",
                message="<p>Please pay first<script>alert(1)</script></p>",
                subject="Your order",
            )
            mails = self._new_mails.filtered(
                lambda m: order.partner_id in m.recipient_ids
            )
        self.assertEqual(len(mails), 1)
        self.assertEqual(mails.subject, "Your order")
        self.assertIn("Please pay first", mails.body_html)
        self.assertNotIn("script", mails.body_html)
        self.assertNotIn("Pays late", mails.body_html)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.credit_state, "refused")
        hold = order.credit_hold_ids
        self.assertEqual(hold.comment, "Pays late")
        self.assertFalse(hold.activity_ids)
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)

    def test_refuse_without_telling_the_customer(self):
        order = self._held(1400)
        for message in ("", False, "<p><br></p>"):
            with self.mock_mail_gateway():
                self._decide(
                    order, method="action_refuse", reason="No", message=message
                )
                self.assertFalse(
                    self._new_mails.filtered(
                        lambda m: order.partner_id in m.recipient_ids
                    )
                )
            self._confirm_or_hold(order)

    def test_a_customer_without_email_cannot_be_written_to(self):
        self.customer.email = False
        order = self._held(1400)
        with self.assertRaises(UserError) as caught:
            self._decide(order, method="action_refuse", reason="No", message="<p>x</p>")
        self.assertIn("no e-mail address", str(caught.exception))
        self._assert_still_held(order)
        with self.assertRaisesRegex(UserError, "Say why"):
            self._decide(order, method="action_refuse", reason=" ")
        self._assert_still_held(order)

    def test_the_dialog_decides(self):
        order = self._held(1400)
        hold = order.credit_hold_ids
        action = self._rpc(self.manager, "credit.hold", "action_decide", hold.ids)
        wizard = (
            self.env["credit.hold.release"]
            .with_user(self.manager)
            .browse(action["res_id"])
        )
        self.assertEqual(wizard.excess, 400)
        way = wizard.way_out_ids.filtered(lambda w: w.kind == "deposit")
        self.assertEqual(way.amount, 400)
        way.action_use()
        self.assertEqual((wizard.decision, wizard.deposit), ("conditional", 400))
        wizard.action_apply()
        self._assert_still_held(order)
        self._pay(self.customer, 400)
        self.env.invalidate_all()
        self._assert_confirmed(order)

    def test_the_dialog_refuses_with_its_template(self):
        order = self._held(1400)
        wizard = (
            self.env["credit.hold.release"]
            .with_user(self.manager)
            .create(
                {
                    "hold_ids": order.credit_hold_ids.ids,
                    "decision": "refused",
                    "comment": "Too late",
                }
            )
        )
        self.assertIn(order.name, wizard.subject)
        self.assertIn("open invoices", wizard.message)
        with self.mock_mail_gateway():
            wizard.action_apply()
            mail = self._new_mails.filtered(
                lambda m: order.partner_id in m.recipient_ids
            )
        self.assertEqual(len(mail), 1)
        self.assertEqual(order.credit_state, "refused")

    # ------------------------------------------------------------------
    # Several holds
    # ------------------------------------------------------------------

    def test_the_holds_of_a_customer_are_decided_together(self):
        orders = self._held(1100) | self._held(1200) | self._held(1300)
        self._decide(orders)
        self.assertEqual(orders.mapped("state"), ["sale"] * 3)

    def test_authority_counts_all_the_orders_together(self):
        orders = self._held(1400) | self._held(1100)
        with self.assertRaisesRegex(AccessError, "authority"):
            self._decide(orders, self.manager)
        self.assertEqual(orders.mapped("credit_state"), ["hold"] * 2)
        self._decide(orders[0], self.manager)
        self.assertEqual(orders[0].state, "sale")
        with self.assertRaisesRegex(AccessError, "authority"):
            self._decide(orders[1], self.manager)

    def test_authority_is_not_split_over_orders_that_are_not_confirmed(self):
        first, second = self._requested(1400), self._requested(1400)
        self._decide(first, self.manager)
        self.assertEqual(first.state, "draft")
        with self.assertRaisesRegex(AccessError, "authority"):
            self._decide(second, self.manager)

    # ------------------------------------------------------------------
    # Who decides
    # ------------------------------------------------------------------

    def test_authority_at_and_above(self):
        self._decide(self._held(1500), self.manager)
        higher = self._held(0.01)
        with self.assertRaisesRegex(AccessError, "500.01"):
            self._decide(higher, self.manager)
        self._assert_still_held(higher)
        self._decide(higher, self.cfo)
        self._assert_confirmed(higher)

    def test_the_authority_of_a_policy_is_for_every_manager(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, authority_amount=5000.0
        )
        order = self._held(6000)
        self._decide(order, self.manager)
        self._assert_confirmed(order)

    def test_authority_counts_the_limit_of_the_group(self):
        group = self._create_customer("Group", credit_group_limit=1000.0)
        first, second = [
            self._create_customer(
                name,
                parent_id=group.id,
                credit_blocking_mode="block",
                credit_limit=900.0,
            )
            for name in ("First", "Second")
        ]
        self._order(900, partner=first)
        order = self._held(800, partner=second)
        with self.assertRaisesRegex(AccessError, "authority"):
            self._decide(order, self.manager)

    def test_authority_counts_what_happened_since(self):
        order = self._held(1400)
        self._invoice(5000)
        with self.assertRaisesRegex(AccessError, "authority"):
            self._decide(order, self.manager)

    def test_the_salesperson_never_decides(self):
        self.salesperson.group_ids |= self.env.ref(
            "credit_management.group_credit_manager"
        )
        self.salesperson.credit_authority_unlimited = True
        order = self._held(1400)
        for method, kwargs in [
            ("action_release", {}),
            ("action_release", {"decision": "conditional", "deposit": 1.0}),
            ("action_refuse", {"reason": "x"}),
        ]:
            with self.assertRaises(AccessError):
                self._decide(order, self.salesperson, method, **kwargs)
        self._assert_still_held(order)

    def test_the_salesperson_does_not_give_the_order_away_to_decide(self):
        self.salesperson.group_ids |= self.env.ref(
            "credit_management.group_credit_manager"
        )
        self.salesperson.credit_authority_unlimited = True
        order = self._held(1400)
        hold = order.credit_hold_ids
        order.user_id = self.other_salesperson
        hold.sudo().requested_by_id = self.other_salesperson
        self.env.flush_all()
        with self.assertRaises(AccessError):
            self._decide(order, self.salesperson)
        self._assert_still_held(order)

    def test_whoever_asked_first_does_not_decide(self):
        seller = self._create_user(
            "seller_and_manager",
            "sales_team.group_sale_salesman_all_leads,"
            "credit_management.group_credit_manager",
        )
        seller.credit_authority_unlimited = True
        order = self._quotation(1400)
        self._rpc(seller, "sale.order", "action_request_release", order.ids, "Please")
        with self.assertRaises(AccessError):
            self._decide(order, seller)
        self._confirm_or_hold(order)
        with self.assertRaises(AccessError):
            self._decide(order, seller)
        self._assert_still_held(order)

    def test_superuser_automation_decides_nothing(self):
        order = self._held(1400)
        hold = order.credit_hold_ids
        for automaton in (
            hold.with_user(SUPERUSER_ID),
            hold.with_user(self.salesperson).sudo(),
            hold.with_user(self.accountant).sudo(),
        ):
            with self.assertRaises(AccessError):
                automaton.action_release()
            with self.assertRaises(AccessError):
                automaton.action_refuse("No")
        self._assert_still_held(order)

    def test_a_manager_of_another_company_decides_nothing(self):
        other = self.setup_other_company()["company"]
        self.cfo.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        order = self._held(1400)
        with self.assertRaises(AccessError):
            self._decide(order, self.cfo)
        self._assert_still_held(order)

    def test_what_is_decided_is_decided(self):
        order = self._held(1400)
        hold = order.credit_hold_ids
        self._decide(order, self.cfo)
        for method, kwargs in [
            ("action_release", {}),
            ("action_refuse", {"reason": "x"}),
            ("action_ask_facts", {"question": "x"}),
            ("action_keep", {}),
            ("action_unkeep", {}),
        ]:
            with (
                self.subTest(method),
                self.assertRaisesRegex(UserError, "already decided by Cfo"),
            ):
                self._rpc(self.manager, "credit.hold", method, hold.ids, **kwargs)
        self.assertEqual(hold.decided_by_id, self.cfo)
        cancelled = self._held(1300)
        hold = cancelled.credit_hold_ids
        cancelled._action_cancel()
        with self.assertRaisesRegex(UserError, "already"):
            self._rpc(self.manager, "credit.hold", "action_release", hold.ids)

    def test_one_decided_hold_stops_the_whole_decision(self):
        decided, open_order = self._held(1400), self._held(1450)
        self._decide(decided, self.cfo)
        holds = (decided | open_order).credit_hold_ids
        with self.assertRaisesRegex(UserError, "already decided"):
            self._rpc(self.cfo, "credit.hold", "action_release", holds.ids)
        self._assert_still_held(open_order)

    # ------------------------------------------------------------------
    # An order that cannot be confirmed all the same
    # ------------------------------------------------------------------

    def test_a_release_is_kept_when_the_order_lacks_something_else(self):
        order = self._held(1400)
        order.order_line = [Command.create({"name": "Something", "price_unit": 10.0})]
        self.env.flush_all()
        self._decide(order)
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.credit_state, "released")
        task = order.activity_ids
        self.assertEqual(task.user_id, self.salesperson)
        self.assertIn("missing a product", task.note)

    def test_a_salesperson_who_left_does_not_stop_the_order(self):
        order = self._held(1400)
        self.salesperson.active = False
        self._decide(order)
        self._assert_confirmed(order)

    def test_a_salesperson_who_lost_the_rights_is_told(self):
        order = self._held(1400)
        self.salesperson.group_ids = self.env.ref("base.group_user")
        self._decide(order)
        self.assertEqual(order.credit_state, "released")
        self.assertEqual(order.state, "draft")


@tagged("post_install", "-at_install")
class TestReleaseByItself(GateCommon):
    """The cause of a hold disappears."""

    def _assert_released(self, order, by=None):
        self.env.invalidate_all()
        hold = order.credit_hold_ids
        self.assertEqual(hold.state, "released")
        self.assertEqual(hold.decision, "automatic")
        self.assertFalse(hold.decided_by_id)
        self.assertEqual(order.state, "sale")
        self.assertFalse(hold.activity_ids)

    def _assert_still_held(self, order):
        self.env.invalidate_all()
        self.assertEqual(order.credit_hold_ids.state, "pending")
        self.assertIn(order.state, ("draft", "sent"))

    def test_a_payment(self):
        invoice = self._invoice(700)
        order = self._held(500)
        self._pay(invoice, 199.99)
        self._assert_still_held(order)
        self._pay(invoice, 0.01)
        self._assert_released(order)
        self.assertTrue(order.message_ids.filtered(lambda m: "disappeared" in m.body))

    def test_a_payment_registered_by_the_accountant(self):
        invoice = self._invoice(700)
        order = self._held(500)
        self.env.flush_all()
        self.env["account.payment.register"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create({})._create_payments()
        self._assert_released(order)

    def test_a_payment_on_account(self):
        self._invoice(700)
        order = self._held(500)
        self._pay(self.customer, 200)
        self._assert_released(order)

    def test_a_payment_of_a_contact(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.customer.id}
        )
        self._invoice(700)
        order = self._held(500, partner=contact)
        self._pay(contact, 200)
        self._assert_released(order)

    def test_a_credit_note(self):
        self._invoice(700)
        order = self._held(500)
        self._credit_note(200)
        self._assert_released(order)

    def test_an_invoice_back_to_draft_and_cancelled(self):
        invoice = self._invoice(700)
        order = self._held(500)
        invoice.button_draft()
        self._assert_still_held(order)
        invoice.button_cancel()
        self._assert_released(order)

    def test_a_draft_invoice_deleted(self):
        invoice = self._invoice(700, post=False)
        order = self._held(500)
        invoice.unlink()
        self._assert_released(order)

    def test_a_higher_limit(self):
        order = self._held(1500)
        self.customer.with_user(self.cfo).credit_limit = 1499.99
        self._assert_still_held(order)
        self.customer.with_user(self.cfo).credit_limit = 1500.0
        self._assert_released(order)

    def test_a_temporary_limit(self):
        order = self._held(1500)
        change = (
            self.env["credit.limit.change"]
            .with_user(self.salesperson)
            .create(
                {
                    "partner_id": self.customer.id,
                    "amount": 1500.0,
                    "reason": "Season",
                    "date_to": self._today(days=10),
                }
            )
        )
        self._assert_still_held(order)
        change.with_user(self.cfo).action_approve()
        self._assert_released(order)

    def test_another_order_cancelled_or_smaller(self):
        for free in (
            lambda order: order._action_cancel(),
            lambda order: order.order_line.write({"price_unit": 100.0}),
        ):
            other = self._order(600)
            order = self._held(700)
            free(other)
            self._assert_released(order)
            (order | other)._action_cancel()

    def test_an_order_invoiced_to_someone_else(self):
        other = self._order(600)
        order = self._held(700)
        other.partner_invoice_id = self.uncontrolled
        self._assert_released(order)

    def test_a_stop_that_is_lifted(self):
        self.customer.action_credit_stop("Insolvent")
        order = self._held(700)
        self.customer.with_user(self.cfo).action_credit_resume()
        self._assert_released(order)

    def test_weaker_control(self):
        for vals in (
            {"credit_blocking_mode": "warn"},
            {"credit_blocking_mode": "none"},
            {"credit_exempt": True, "credit_exempt_reason": "Retail"},
            {"credit_limit_mode": "unlimited"},
        ):
            with self.subTest(vals):
                customer = self._create_customer(
                    "Roux", credit_limit=10.0, credit_blocking_mode="block"
                )
                order = self._held(700, partner=customer)
                customer.with_user(self.cfo).write(vals)
                self._assert_released(order)

    def test_a_policy_without_control_frees_with_the_job(self):
        self.customer.credit_blocking_mode = False
        policy = self._policy(rules={"limit_exceeded": "block"})
        self.customer.credit_policy_id = policy
        order = self._held(1500)
        policy.blocking_mode = "none"
        self._run_cron()
        self._assert_released(order)

    def test_scarce_headroom_goes_to_the_oldest_request(self):
        invoice = self._invoice(1000)
        orders = []
        for hours, amount in [(3, 600), (2, 600), (1, 300)]:
            with freeze_time(self._now(hours=-hours)):
                orders.append(self._held(amount))
        oldest, middle, youngest = orders
        self._pay(invoice)
        self._assert_released(oldest)
        self._assert_still_held(middle)
        self._assert_released(youngest)

    def test_the_oldest_request_is_not_the_oldest_order(self):
        invoice = self._invoice(1000)
        old_order, young_order = self._quotation(600), self._quotation(600)
        with freeze_time(self._now(hours=-2)):
            self._confirm_or_hold(young_order)
        self._confirm_or_hold(old_order)
        self._pay(invoice)
        self._assert_released(young_order)
        self._assert_still_held(old_order)

    def test_a_requested_order_is_told_and_not_confirmed(self):
        invoice = self._invoice(700)
        order = self._quotation(500)
        self._rpc(
            self.salesperson,
            "sale.order",
            "action_request_release",
            order.ids,
            "Please",
        )
        self._pay(invoice)
        self.env.invalidate_all()
        self.assertEqual(order.credit_hold_ids.state, "released")
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.activity_ids.user_id, self.salesperson)

    def test_a_member_of_the_group_pays(self):
        group = self._create_customer("Group", credit_group_limit=1000.0)
        first, second = [
            self._create_customer(n, parent_id=group.id, credit_blocking_mode="block")
            for n in ("First", "Second")
        ]
        invoice = self._invoice(900, partner=first)
        order = self._held(300, partner=second)
        self._pay(invoice)
        self._assert_released(order)

    def test_what_finance_keeps_waits_for_finance(self):
        invoice = self._invoice(700)
        order = self._held(500)
        hold = order.credit_hold_ids
        with self.assertRaises(AccessError):
            self._rpc(self.collector, "credit.hold", "action_keep", hold.ids)
        self._rpc(self.manager, "credit.hold", "action_keep", hold.ids)
        self._pay(invoice)
        self._assert_still_held(order)
        self._run_cron()
        self._assert_still_held(order)
        with self.assertRaises(CreditHoldError):
            self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        self._confirm_or_hold(order)
        self._assert_still_held(order)
        order.sudo()._validate_order()
        self._assert_still_held(order)
        self._rpc(
            self.salesperson,
            "sale.order.line",
            "write",
            order.order_line.ids,
            {"price_unit": 10.0},
        )
        self._assert_still_held(order)
        self._rpc(self.manager, "credit.hold", "action_unkeep", hold.ids)
        self._assert_released(order)

    def test_what_finance_keeps_does_not_pass_for_another_customer(self):
        order = self._held(1400)
        self._rpc(self.manager, "credit.hold", "action_keep", order.credit_hold_ids.ids)
        other = {"partner_id": self.uncontrolled.id}
        other["partner_invoice_id"] = self.uncontrolled.id
        self._rpc(self.salesperson, "sale.order", "write", order.ids, other)
        self._assert_still_held(order)
        self.assertEqual(order.credit_hold_ids.partner_id, self.uncontrolled)
        self._confirm_or_hold(order)
        self._assert_still_held(order)

    def test_what_finance_keeps_finance_releases(self):
        order = self._held(1400)
        self._rpc(self.manager, "credit.hold", "action_keep", order.credit_hold_ids.ids)
        self._decide(order, self.manager)
        self.assertEqual(order.state, "sale")

    # ------------------------------------------------------------------
    # The scheduled job
    # ------------------------------------------------------------------

    def _run_cron(self):
        cron = self.env.ref("credit_management.ir_cron_reevaluate_holds").sudo()
        with self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()

    def _free_quietly(self, partner):
        """Raise a limit behind the back of what watches limits."""
        partner.env.cr.execute(
            "UPDATE res_partner SET credit_limit = "
            "jsonb_build_object(%s::text, 100000) WHERE id = %s",
            (self.env.company.id, partner.id),
        )
        self.env.invalidate_all()

    def test_the_job_frees_what_was_missed_and_escalates(self):
        order = self._held(1500)
        late = self._held(
            1500,
            partner=self._create_customer(
                "Late", credit_limit=1100.0, credit_blocking_mode="block"
            ),
        )
        late.credit_hold_ids.sudo().deadline = self._now(hours=-1)
        self.assertEqual(late.credit_hold_ids.assigned_user_id, self.manager)
        self._free_quietly(self.customer)
        self._run_cron()
        self._assert_released(order)
        self._assert_still_held(late)
        self.assertTrue(late.credit_hold_ids.is_escalated)
        self.assertNotEqual(late.credit_hold_ids.assigned_user_id, self.manager)

    def test_a_failing_hold_does_not_stop_the_job(self):
        customers = [
            self._create_customer(name, credit_limit=10.0, credit_blocking_mode="block")
            for name in ("Alpha", "Beta", "Gamma")
        ]
        orders = [self._held(500, partner=customer) for customer in customers]
        for customer in customers:
            self._free_quietly(customer)
        Hold = type(self.env["credit.hold"])
        origin = Hold._reevaluate

        def failing(holds):
            if customers[1] in holds.partner_id:
                raise ValueError("out of order")
            return origin(holds)

        with (
            patch.object(Hold, "_reevaluate", failing),
            mute_logger("odoo.addons.credit_management.models.exposure.ir_cron"),
        ):
            self._run_cron()
        self._assert_released(orders[0])
        self._assert_still_held(orders[1])
        self._assert_released(orders[2])
        self._run_cron()
        self._assert_released(orders[1])

    def test_an_order_deleted_meanwhile_or_cancelled_does_not_stop_the_job(self):
        order = self._held(1500)
        self.env.cr.execute(
            "UPDATE sale_order SET state = 'cancel' WHERE id = %s", (order.id,)
        )
        self.env.invalidate_all()
        self._free_quietly(self.customer)
        self._run_cron()
        self.assertEqual(order.state, "cancel")

    def test_bookkeeping_is_never_disturbed(self):
        invoice = self._invoice(700)
        order = self._held(500)
        Hold = type(self.env["credit.hold"])

        def broken_sql(holds):
            holds.env.cr.execute("SELECT no_such_column FROM credit_hold")

        def validation(holds):
            raise ValidationError(order.name)

        logger = "odoo.addons.credit_management.models.hold.credit_hold_reevaluation"
        for failing in (broken_sql, validation):
            with (
                patch.object(Hold, "_reevaluate", failing),
                mute_logger(logger, "odoo.sql_db"),
            ):
                self._pay(invoice, 10)
                self._credit_note(1)
        self.assertEqual(invoice.amount_residual, 680)
        self._assert_still_held(order)
        self._pay(invoice)
        self._assert_released(order)

    def test_without_holds_bookkeeping_pays_nothing_for_them(self):
        invoice = self._invoice(700)
        Hold = type(self.env["credit.hold"])
        with patch.object(Hold, "_of_customers") as searched:
            self._pay(invoice)
        searched.assert_not_called()
