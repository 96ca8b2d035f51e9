from datetime import datetime

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestHold(GateCommon):
    """What a hold records, who hears of it, and how long it may last."""

    # ------------------------------------------------------------------
    # Snapshot
    # ------------------------------------------------------------------

    def test_a_hold_records_what_was_known(self):
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block", "overdue_amount": "warn"}
        )
        overdue = self._invoice(300, due=self._today(days=-40))
        self._invoice(200)
        self._credit_note(50)
        self._order(150)
        self._invoice(70, post=False)
        order = self._held(1500)
        hold = order.credit_hold_ids
        self.assertRecordValues(
            hold,
            [
                {
                    "order_id": order.id,
                    "partner_id": self.customer.id,
                    "company_id": self.env.company.id,
                    "user_id": self.salesperson.id,
                    "state": "pending",
                    "rule_codes": "limit_exceeded,overdue_amount",
                    "receivable": 450.0,
                    "overdue": 300.0,
                    "unallocated": 50.0,
                    "order_book": 150.0,
                    "draft_invoices": 70.0,
                    "exposure": 670.0,
                    "oldest_overdue_days": 40,
                    "credit_limit": 1000.0,
                    "limit_mode": "limited",
                    "limit_source": "own",
                    "limit_source_label": "Customer's own limit",
                    "order_amount": 1500.0,
                    "order_total": 1500.0,
                    "exposure_after": 2170.0,
                    "excess": 1170.0,
                    "currency_rate": 1.0,
                    "requested_by_id": self.salesperson.id,
                    "confirm_on_release": True,
                }
            ],
        )
        self.assertEqual(
            set(hold.rule_ids.mapped("code")), {"limit_exceeded", "overdue_amount"}
        )
        self.assertIn("1,170.00", hold.explanation)
        self.assertTrue(overdue)

    def test_the_snapshot_does_not_follow_the_ledger(self):
        invoice = self._invoice(600)
        order = self._held(5000)
        hold = order.credit_hold_ids
        names = ["receivable", "exposure", "exposure_after", "excess", "explanation"]
        before = hold.read(names)
        self._pay(invoice)
        self._order(30)
        self.customer.credit_limit = 1200.0
        self.env.invalidate_all()
        self.assertEqual(hold.state, "pending")
        self.assertEqual(hold.read(names), before)

    def test_the_snapshot_is_in_the_language_of_finance(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.salesperson.lang = "fr_FR"
        order = self._quotation(5000)
        french = self._rpc(
            self.salesperson,
            "sale.order",
            "action_confirm_or_hold",
            order.ids,
            context={"lang": "fr_FR"},
        )
        self.assertEqual(french["params"]["title"], "Blocage crédit")
        hold = order.sudo().credit_hold_ids
        self.assertIn("exceeds the limit", hold.explanation)
        self.assertEqual(hold.limit_source_label, "Customer's own limit")
        in_french = hold.with_context(lang="fr_FR")
        self.assertEqual(in_french.limit_source_label, "Limite propre au client")

    def test_a_foreign_order_keeps_its_rate(self):
        euro = self.setup_other_currency("EUR", rates=[("2000-01-01", 0.5)])
        pricelist = self._create_pricelist(currency_id=euro.id)
        order = self._held(1500, pricelist_id=pricelist.id)
        hold = order.credit_hold_ids
        self.assertEqual(hold.order_total, 3000)
        self.assertEqual(hold.order_currency_id, euro)
        self.assertEqual(hold.currency_rate, 0.5)
        self.assertEqual(hold.excess, 2000)

    def test_holds_come_along_when_customers_are_merged(self):
        duplicate = self._create_customer("Dupont", credit_limit=1000.0)
        order = self._held(1500)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.customer | duplicate).ids, duplicate)
        self.env.invalidate_all()
        self.assertEqual(order.credit_hold_ids.partner_id, duplicate)
        self.assertTrue(duplicate.credit_has_pending_hold)
        self.assertTrue(order.credit_has_pending_hold)
        self._pay(duplicate, 500)
        self.env.invalidate_all()
        self.assertEqual(order.state, "sale")

    def test_references_follow_one_another(self):
        first = self._held(1500).credit_hold_ids
        second = self._held(1500).credit_hold_ids
        self.assertRegex(first.name, r"^HOLD/\d{4}/\d{5}$")
        self.assertEqual(int(second.name[-5:]), int(first.name[-5:]) + 1)

    # ------------------------------------------------------------------
    # One hold by order
    # ------------------------------------------------------------------

    def test_confirming_again_brings_the_same_hold_up_to_date(self):
        order = self._held(1500)
        hold = order.credit_hold_ids
        deadline, requested = hold.deadline, hold.request_date
        self._order(200)
        with freeze_time(self._now(hours=1)):
            self._confirm_or_hold(order)
        self.assertEqual(order.credit_hold_ids, hold)
        self.assertEqual(hold.order_book, 200)
        self.assertEqual(hold.excess, 700)
        self.assertEqual((hold.deadline, hold.request_date), (deadline, requested))

    @mute_logger("odoo.sql_db")
    def test_the_database_keeps_a_second_open_hold_out(self):
        hold = self._held(1500).credit_hold_ids
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            hold.sudo().copy({"name": "second"}).flush_recordset()

    def test_a_hold_stops_something(self):
        hold = self._held(1400).credit_hold_ids
        with self.assertRaisesRegex(ValidationError, "something that it stops"):
            hold.sudo().order_id = False

    def test_a_decided_hold_leaves_room_for_the_next(self):
        order = self._held(1500)
        self._decide(order, method="action_refuse", reason="Pays late")
        self.assertEqual(order.credit_state, "refused")
        self._confirm_or_hold(order)
        self.assertEqual(order.credit_state, "hold")
        self.assertEqual(
            sorted(order.credit_hold_ids.mapped("state")), ["pending", "refused"]
        )
        self.assertEqual(order.credit_hold_count, 2)

    def test_a_change_of_the_order_updates_its_hold(self):
        order = self._held(1500)
        hold = order.credit_hold_ids
        self._rpc(
            self.salesperson,
            "sale.order",
            "write",
            order.ids,
            {
                "order_line": [
                    Command.update(order.order_line.id, {"price_unit": 3000.0})
                ]
            },
        )
        self.env.invalidate_all()
        self.assertEqual(hold.order_total, 3000)
        self.assertEqual(hold.excess, 2000)
        self.assertEqual(order.credit_hold_ids, hold)

    def test_an_order_that_comes_to_fit_goes_on(self):
        order = self._held(1500)
        self._rpc(
            self.salesperson,
            "sale.order.line",
            "write",
            order.order_line.ids,
            {"price_unit": 1000.0},
        )
        self.env.invalidate_all()
        self.assertEqual(order.credit_hold_ids.state, "released")
        self.assertEqual(order.state, "sale")

    def test_another_customer_updates_the_hold(self):
        order = self._held(1500)
        hold = order.credit_hold_ids
        other = self._create_customer(
            "Other", credit_limit=100.0, credit_blocking_mode="block"
        )
        self._rpc(
            self.salesperson,
            "sale.order",
            "write",
            order.ids,
            {"partner_id": other.id, "partner_invoice_id": other.id},
        )
        self.env.invalidate_all()
        self.assertEqual(hold.state, "pending")
        self.assertEqual(hold.partner_id, other)
        self.assertEqual(hold.excess, 1400)
        self.assertEqual(self.customer.credit_pending_hold_count, 0)
        self.assertEqual(other.credit_pending_hold_count, 1)

    def test_a_customer_without_control_frees_the_order(self):
        order = self._held(1500)
        self._rpc(
            self.salesperson,
            "sale.order",
            "write",
            order.ids,
            {
                "partner_id": self.uncontrolled.id,
                "partner_invoice_id": self.uncontrolled.id,
            },
        )
        self.env.invalidate_all()
        self.assertEqual(order.credit_hold_ids.state, "released")

    def test_cancelling_the_order_cancels_its_hold(self):
        for cancel in (
            lambda order: order.action_cancel(),
            lambda order: order._action_cancel(),
            lambda order: self._rpc(
                self.salesperson, "sale.order", "write", order.ids, {"state": "cancel"}
            ),
        ):
            order = self._held(1500)
            cancel(order)
            self.env.invalidate_all()
            hold = order.credit_hold_ids
            self.assertEqual(hold.state, "cancelled")
            self.assertFalse(hold.activity_ids)
            self.assertEqual(order.credit_state, "clear")

    def test_a_hold_is_kept_for_ever(self):
        order = self._held(1500)
        with self.assertRaisesRegex(UserError, "cancel the order"):
            order.unlink()
        with self.assertRaisesRegex(UserError, "cancel the order"):
            order.with_user(self.sales_manager).unlink()
        order._action_cancel()
        with self.assertRaises(UserError):
            order.sudo().unlink()
        for user in (self.salesperson, self.cfo):
            with self.assertRaises(AccessError):
                order.credit_hold_ids.with_user(user).unlink()

    def test_a_duplicate_has_no_hold(self):
        order = self._held(1500)
        copy = order.copy()
        self.assertFalse(copy.credit_hold_ids)
        self.assertEqual(copy.credit_state, "clear")
        self.assertFalse(copy.credit_warning)

    def test_orders_are_found_by_their_state(self):
        held = self._held(1500)
        clear = self._quotation(10)
        released = self._held(1600)
        self._decide(released)
        refused = self._held(1700)
        self._decide(refused, method="action_refuse", reason="No")
        watched = self._create_customer(
            "Watched", credit_limit=10.0, credit_blocking_mode="warn"
        )
        warned = self._order(1800, partner=watched)
        orders = held | clear | released | refused | warned
        found = {
            state: self.env["sale.order"].search(
                [("credit_state", "=", state), ("id", "in", orders.ids)]
            )
            for state in ("hold", "clear", "released", "refused", "warning")
        }
        self.assertEqual(
            found,
            {
                "hold": held,
                "clear": clear,
                "released": released,
                "refused": refused,
                "warning": warned,
            },
        )
        for state, order in found.items():
            self.assertEqual(order.credit_state, state)
        rest = self.env["sale.order"].search(
            [("credit_state", "not in", ["hold", "clear"]), ("id", "in", orders.ids)]
        )
        self.assertEqual(rest, released | refused | warned)

    # ------------------------------------------------------------------
    # The clock
    # ------------------------------------------------------------------

    def _set_up_calendar(self):
        self.env.company.resource_calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Office",
                "tz": "Europe/Paris",
                "attendance_ids": [Command.clear()]
                + [
                    Command.create(
                        {
                            "name": "Work",
                            "dayofweek": str(day),
                            "hour_from": start,
                            "hour_to": end,
                            "day_period": period,
                        }
                    )
                    for day in range(5)
                    for start, end, period in [
                        (8, 12, "morning"),
                        (13, 17, "afternoon"),
                    ]
                ],
            }
        )

    def test_a_decision_is_due_after_four_working_hours(self):
        self._set_up_calendar()
        # a Friday in winter, at 16:00 in Paris
        with freeze_time("2026-01-16 15:00:00"):
            order = self._held(1500)
            hold = order.credit_hold_ids
            self.assertEqual(hold.deadline, datetime(2026, 1, 19, 10, 0))
            self.assertFalse(hold.is_late)
            activity = hold.activity_ids
            self.assertEqual(activity.date_deadline, fields.Date.to_date("2026-01-19"))
        with freeze_time("2026-01-19 10:00:01"):
            hold.invalidate_recordset(["is_late", "hours_left"])
            self.assertTrue(hold.is_late)
            late = self.env["credit.hold"].search([("is_late", "=", True)])
            self.assertIn(hold, late)
        with freeze_time("2026-01-19 09:30:00"):
            hold.invalidate_recordset(["is_late", "hours_left"])
            self.assertFalse(hold.is_late)
            self._decide(order)
            self.assertAlmostEqual(hold.hours_to_decide, 3.5)

    def test_holidays_do_not_count(self):
        self._set_up_calendar()
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Bank holiday",
                "calendar_id": False,
                "company_id": self.env.company.id,
                "date_from": "2026-01-18 23:00:00",
                "date_to": "2026-01-19 22:59:59",
            }
        )
        with freeze_time("2026-01-16 15:00:00"):
            hold = self._held(1500).credit_hold_ids
        self.assertEqual(hold.deadline, datetime(2026, 1, 20, 10, 0))

    def test_a_policy_has_its_own_target(self):
        self._set_up_calendar()
        self.customer.credit_policy_id = self._policy(
            rules={"limit_exceeded": "block"}, decision_hours=2.0
        )
        with freeze_time("2026-01-16 09:00:00"):
            hold = self._held(1500).credit_hold_ids
        self.assertEqual(hold.deadline, datetime(2026, 1, 16, 11, 0))

    def test_a_company_without_calendar_counts_hours(self):
        self.env.company.resource_calendar_id = False
        with freeze_time("2026-01-16 15:00:00"):
            order = self._held(1500)
        hold = order.credit_hold_ids
        self.assertEqual(hold.deadline, datetime(2026, 1, 16, 19, 0))
        with freeze_time("2026-01-16 16:30:00"):
            self._decide(order)
        self.assertAlmostEqual(hold.hours_to_decide, 1.5)

    # ------------------------------------------------------------------
    # Who decides
    # ------------------------------------------------------------------

    def _assert_assigned(self, hold, user):
        self.assertEqual(hold.assigned_user_id, user)
        activity = hold.activity_ids.filtered(
            lambda a: (
                a.activity_type_id
                == self.env.ref("credit_management.mail_activity_type_hold")
            )
        )
        self.assertEqual(activity.user_id, user)

    def test_the_lowest_authority_that_is_enough_decides(self):
        self._assert_assigned(self._held(1500).credit_hold_ids, self.manager)
        higher = self._held(1500.01).credit_hold_ids
        self.assertNotEqual(higher.assigned_user_id, self.manager)
        self.assertTrue(higher.assigned_user_id.credit_authority_unlimited)

    def test_neither_the_salesperson_nor_the_requester_decides(self):
        groups = self.env.ref("credit_management.group_credit_manager")
        self.salesperson.group_ids |= groups
        self.salesperson.credit_authority_amount = 100.0
        order = self._held(1050)
        self._assert_assigned(order.credit_hold_ids, self.manager)
        other = self._quotation(1050, user=self.other_salesperson)
        self.assertNotIn(
            self.salesperson, self._held_by_manager(other).credit_hold_ids._deciders()
        )

    def _held_by_manager(self, order):
        """Hold an order that someone else sells, as the salesperson confirms it."""
        self.salesperson.group_ids |= self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        self._confirm_or_hold(order, self.salesperson)
        return order

    def test_a_manager_of_another_company_does_not_decide(self):
        other = self.setup_other_company()["company"]
        self.manager.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        hold = self._held(1500).credit_hold_ids
        self.assertNotIn(self.manager, hold._deciders())

    def test_a_late_hold_goes_once_to_the_next_higher_authority(self):
        middle = self._create_user("middle", "credit_management.group_credit_manager")
        middle.credit_authority_amount = 2000.0
        with freeze_time("2026-01-16 09:00:00"):
            hold = self._held(1500).credit_hold_ids
        self._assert_assigned(hold, self.manager)
        with freeze_time("2026-01-26 09:00:00"):
            hold.sudo()._escalate()
        self._assert_assigned(hold, middle)
        self.assertTrue(hold.is_escalated)
        with freeze_time("2026-01-30 09:00:00"):
            hold.sudo()._escalate()
        self._assert_assigned(hold, middle)

    def test_a_late_hold_never_goes_down(self):
        with freeze_time("2026-01-16 09:00:00"):
            hold = self._held(1500).credit_hold_ids
        hold.sudo()._assign(self.cfo)
        with freeze_time("2026-01-26 09:00:00"):
            hold.sudo()._escalate()
        self.assertTrue(hold.assigned_user_id.credit_authority_unlimited)

    def test_an_order_that_grows_goes_to_a_higher_authority(self):
        order = self._held(1400)
        self._assert_assigned(order.credit_hold_ids, self.manager)
        order.order_line.price_unit = 9000.0
        self.env.flush_all()
        hold = order.credit_hold_ids
        self.assertTrue(hold.assigned_user_id.credit_authority_unlimited)

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def test_sales_asks_for_a_release_with_facts(self):
        order = self._quotation(1500)
        self._rpc(
            self.salesperson,
            "sale.order",
            "action_request_release",
            order.ids,
            "They pay on Friday",
        )
        self.env.invalidate_all()
        hold = order.credit_hold_ids
        self.assertEqual(order.credit_state, "hold")
        self.assertEqual(hold.request_comment, "They pay on Friday")
        self.assertEqual(hold.requested_by_id, self.salesperson)
        self.assertFalse(hold.confirm_on_release)
        message = hold.message_ids.filtered(lambda m: "Friday" in m.body)
        self.assertEqual(message.author_id, self.salesperson.partner_id)

    def test_a_request_needs_facts_and_a_reason(self):
        order = self._quotation(1500)
        for comment in ("", "   ", False, None):
            with self.assertRaisesRegex(UserError, "Say why"):
                self._rpc(
                    self.salesperson,
                    "sale.order",
                    "action_request_release",
                    order.ids,
                    comment,
                )
        passing = self._quotation(500)
        with self.assertRaisesRegex(UserError, "Nothing stops"):
            self._rpc(
                self.salesperson,
                "sale.order",
                "action_request_release",
                passing.ids,
                "Please",
            )

    def test_a_request_of_the_dialog(self):
        order = self._quotation(1500)
        action = self._rpc(
            self.salesperson, "sale.order", "action_open_release_request", order.ids
        )
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.salesperson)
            .with_context(**action["context"])
            .create({"comment": "They pay on Friday"})
        )
        wizard.action_send()
        self.assertEqual(order.credit_hold_ids.request_comment, "They pay on Friday")

    def test_finance_asks_and_sales_answers(self):
        order = self._held(1500)
        hold = order.credit_hold_ids
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                self._rpc(user, "credit.hold", "action_ask_facts", hold.ids, "Why?")
        with self.assertRaisesRegex(UserError, "what you want to know"):
            self._rpc(self.collector, "credit.hold", "action_ask_facts", hold.ids, " ")
        self._rpc(self.collector, "credit.hold", "action_ask_facts", hold.ids, "Why?")
        self.env.invalidate_all()
        self.assertTrue(hold.awaiting_facts)
        self.assertTrue(order.credit_awaiting_facts)
        self.assertEqual(hold.state, "pending")
        task = order.activity_ids
        self.assertEqual(task.user_id, self.salesperson)
        self.assertIn("Why?", task.note)
        self._rpc(
            self.salesperson,
            "sale.order",
            "action_request_release",
            order.ids,
            "Because",
        )
        self.env.invalidate_all()
        self.assertFalse(hold.awaiting_facts)
        self.assertEqual(hold.request_comment, "Because")
        self.assertTrue(hold.confirm_on_release)
        self.assertFalse(order.activity_ids)
