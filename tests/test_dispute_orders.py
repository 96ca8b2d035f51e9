from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.hold.errors import CreditHoldError
from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeOrders(DisputeCommon):
    """What is contested, and orders: exposure, rules, holds, PO numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.credit_blocking_mode = "block"

    # ------------------------------------------------------------------
    # Exposure
    # ------------------------------------------------------------------

    def test_the_three_balances(self):
        invoice = self._overdue(100)
        self._dispute(invoice, 40)
        self.assertEqual(self.customer.credit_receivable, 100)
        self.assertEqual(self.customer.credit_disputed, 40)
        self.assertEqual(self.customer.credit_clean_balance, 60)
        self.assertEqual(self.customer.credit_actionable_balance, 60)
        self.assertEqual(self.customer.credit_exposure, 100)
        self._pay(invoice, 90)
        self.assertEqual(self.customer.credit_disputed, 10)
        self.assertEqual(self.customer.credit_clean_balance, 0)

    def test_a_company_may_leave_it_out_of_the_exposure(self):
        invoice = self._overdue(900)
        dispute = self._dispute(invoice, 300)
        order = self._quotation(200)
        order.with_user(self.salesperson).action_confirm_or_hold()
        self.assertEqual(order.credit_state, "hold")
        self.company.credit_exclude_disputed = True
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.credit_receivable, 900)
        self.assertEqual(self.customer.credit_exposure, 600)
        (apart,) = [
            component
            for component in self.customer.credit_panel["components"]
            if component["key"] == "left_out"
        ]
        self.assertEqual(apart["amount"], -300)
        self.env["credit.hold"]._of_customers(self.customer)._reevaluate()
        self.assertEqual(order.state, "sale")
        dispute.action_withdraw()
        self.assertEqual(self.customer.credit_exposure, 1100)

    def test_the_list_of_exposures_has_the_balances(self):
        self._dispute(self._overdue(100), 40)
        Exposure = self.env["credit.customer.exposure"]
        for is_excluded, exposure in ((False, 100), (True, 60)):
            self.company.credit_exclude_disputed = is_excluded
            Exposure._refresh(self.company)
            row = Exposure.search([("partner_id", "=", self.customer.id)])
            self.assertEqual(
                (row.exposure, row.disputed, row.clean_balance, row.actionable_balance),
                (exposure, 40, 60, 60),
            )

    # ------------------------------------------------------------------
    # Rules and conditions
    # ------------------------------------------------------------------

    def test_the_rule_counts_what_is_contested(self):
        self.customer.credit_limit_mode = "unlimited"
        for severity, accepted, state in (
            ("none", 0, "sale"),
            ("block", 40, "sale"),
            ("block", 39.99, "draft"),
        ):
            with self.subTest(severity=severity, accepted=accepted):
                self.customer.credit_policy_id = self._policy(
                    rules={"disputed": {"severity": severity, "amount": accepted}}
                )
                if not self.customer.credit_disputed:
                    self._dispute(self._overdue(100), 40)
                order = self._quotation(10)
                order.with_user(self.salesperson).action_confirm_or_hold()
                self.assertEqual(order.state, state)

    def test_a_release_waits_for_the_recognition(self):
        dispute = self._dispute(self._overdue(900), 300)
        order = self._quotation(200)
        order.with_user(self.salesperson).action_confirm_or_hold()
        hold = order.credit_hold_ids
        foreign = self._dispute(self._overdue(10, partner=self.uncontrolled), 1)
        with self._refused(UserError, "disputes of the customer"):
            hold.with_user(self.cfo).action_release(
                "conditional", dispute_ids=foreign.ids
            )
        hold.with_user(self.cfo).action_release("conditional", dispute_ids=dispute.ids)
        self.assertEqual((hold.state, order.state), ("pending", "draft"))
        self.assertIn(dispute.name, hold._condition_text())
        dispute.action_accept(10)
        self.assertEqual((hold.state, order.state), ("released", "sale"))

    def test_a_rejected_dispute_does_not_release(self):
        dispute = self._dispute(self._overdue(900), 300)
        order = self._quotation(200)
        order.with_user(self.salesperson).action_confirm_or_hold()
        wizard = self.env["credit.hold.release"].with_user(self.cfo).create(
            {
                "hold_ids": order.credit_hold_ids.ids,
                "decision": "conditional",
                "dispute_ids": dispute.ids,
            }
        )  # fmt: skip
        wizard.action_apply()
        dispute.action_reject("No", notify=False)
        self.assertEqual(order.credit_hold_ids.state, "pending")

    # ------------------------------------------------------------------
    # PO numbers
    # ------------------------------------------------------------------

    def test_a_cause_becomes_a_control(self):
        dispute = self._dispute(self._overdue(100), 40)
        self.assertFalse(dispute.can_require_po_number)
        dispute.cause_id = self.env.ref(
            "credit_management.credit_dispute_cause_po_number"
        )
        self.assertTrue(dispute.can_require_po_number)
        dispute.action_require_po_number()
        self.assertTrue(self.customer.credit_po_required)
        self.assertFalse(dispute.can_require_po_number)

    def test_sales_do_not_lift_the_control(self):
        self.customer.credit_po_required = True
        with self._refused(AccessError, "."):
            self.customer.with_user(self.salesperson).credit_po_required = False

    def test_an_order_without_its_number_waits_and_goes_on_with_it(self):
        self.customer.credit_po_required = True
        cases = {
            "without a policy": (None, "none"),
            "with a policy": (self._policy(rules={"po_missing": "block"}), "block"),
        }
        for name, (policy, mode) in cases.items():
            with self.subTest(name):
                self.customer.credit_policy_id = policy
                self.customer.credit_blocking_mode = mode
                order = self._quotation(10)
                with self._refused(CreditHoldError, "purchase-order number"):
                    order.with_user(self.sales_manager).action_confirm()
                order.with_user(self.salesperson).action_confirm_or_hold()
                self.assertEqual(order.credit_hold_ids.rule_codes, "po_missing")
                order.with_user(self.salesperson).client_order_ref = "  "
                self.assertEqual(order.state, "draft")
                order.with_user(self.salesperson).client_order_ref = "PO 4711"
                self.assertEqual(order.state, "sale")
                invoice = order._create_invoices()
                self.assertEqual(invoice.ref, "PO 4711")

    def test_the_policy_says_what_a_missing_number_does(self):
        self.customer.credit_po_required = True
        for severity in ("none", "warn"):
            self.customer.credit_policy_id = self._policy(
                rules={"po_missing": severity}
            )
            order = self._order(10)
            self.assertEqual(bool(order.credit_warning), severity == "warn")

    def test_customers_who_demand_nothing_are_not_asked(self):
        self.customer.credit_policy_id = self._policy(rules={"po_missing": "block"})
        self.assertEqual(self._order(10).state, "sale")
        self._overdue(10)

    def test_an_invoice_without_the_number_is_neither_posted_nor_sent(self):
        posted = self._overdue(10)
        self.customer.credit_po_required = True
        with self._refused(UserError, "Customer Reference"):
            self._overdue(10)
        with self._refused(UserError, "Customer Reference"):
            self.env["account.move.send"]._generate_and_send_invoices(
                posted, sending_methods=["manual"]
            )
        self.assertEqual(self._overdue(10, ref="PO 1").state, "posted")
        self.assertEqual(self._credit_note(5).state, "posted")
        # what a payment has set off is not stranded
        draft = self._overdue(10, post=False)
        draft.sudo().action_post()
        self.assertEqual(draft.state, "posted")

    def test_the_number_is_printed_on_invoice_and_reminders(self):
        self.customer.credit_po_required = True
        order = self._order(100, client_order_ref="PO 4711")
        invoice = order._create_invoices()
        self._post(invoice)
        report, _type = self.env["ir.actions.report"]._render_qweb_html(
            "account.report_invoice", invoice.ids
        )
        self.assertIn(b"PO 4711", report)
        invoice.line_ids.filtered("date_maturity").date_maturity = self._today(days=-6)
        notice = self._notice(self._send_all())
        self.assertIn("PO 4711", notice.items_table)
        [statement] = self.env["credit.statement"]._statements(
            self.customer, self.company
        )
        self.assertEqual(statement.accounts[0].items[0].reference, "PO 4711")

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------

    def test_disputes_are_opened_where_the_user_is(self):
        order = self._order(100)
        invoice = order._create_invoices()
        self._post(invoice)
        for record, origin in (
            (invoice, "invoice"),
            (order, "order"),
            (self.customer, "customer"),
        ):
            with self.subTest(origin):
                action = record.with_user(self.salesperson).action_dispute()
                wizard = (
                    self.env["credit.dispute.open"]
                    .with_user(self.salesperson)
                    .browse(action["res_id"])
                )
                wizard.reason_id = self.reason
                wizard.line_ids.amount = 10
                opened = wizard.action_apply()
                dispute = self.env["credit.dispute"].browse(opened["res_id"])
                self.assertEqual((dispute.origin, dispute.amount), (origin, 10))
        self.assertEqual(invoice.dispute_count, 3)
        self.assertEqual(order.dispute_count, 3)
        self.assertEqual(self.customer.dispute_count, 3)
        self.assertEqual(order.action_view_disputes()["res_model"], "credit.dispute")
        self._dispute(invoice, 70)
        with self._refused(UserError, "Nothing is left"):
            invoice.with_user(self.salesperson).action_dispute()

    def test_a_call_leads_to_a_dispute(self):
        self.dunning.level_ids.channel_ids = self.channels["phone"]
        self.customer.phone = "+32 470 12 34 56"
        self._overdue(100)
        self._send_all()
        delivery = self.env["credit.dunning.delivery"].search(
            [("notice_id.partner_id", "=", self.customer.id)]
        )
        call = (
            self.env["credit.dunning.call"]
            .with_user(self.collector)
            .create(
                {"delivery_id": delivery.id, "result": "dispute", "note": "Too dear"}
            )
        )
        action = call.action_log()
        wizard = self.env["credit.dispute.open"].browse(action["res_id"])
        self.assertEqual((wizard.origin, wizard.description), ("call", "Too dear"))

    def test_a_notice_leads_to_its_disputes(self):
        invoice = self._overdue(100)
        notice = self._notice(self._send_all()).with_user(self.collector)
        self._dispute(invoice, 40)
        self.assertEqual(notice.dispute_count, 1)
        self.assertTrue(notice.action_dispute()["res_id"])

    def test_the_decision_starts_with_what_is_contested(self):
        dispute = self._dispute(self._overdue(100), 40)
        dialog = Form(
            self.env["credit.dispute.decide"]
            .with_user(self.collector)
            .with_context(default_dispute_id=dispute.id, default_decision="accept")
        )
        self.assertEqual((dialog.amount, dialog.partner_id), (40, self.customer))
        dialog.amount = 15
        dialog.cause_id = self.cause
        dialog.save().action_apply()
        self.assertEqual(dispute.state, "partly_accepted")
        self.assertEqual(dispute.credit_note_ids.amount_total, 15)
        self.assertEqual(dispute.cause_id, self.cause)

    def test_stages_count_by_deadline(self):
        self._dispute(self._overdue(100), 40)
        bar = self.env["credit.dispute"].read_progress_bar(
            [("partner_id", "=", self.customer.id)],
            "state",
            {"field": "deadline_state", "colors": {"late": "d", "in_time": "s"}},
        )
        self.assertEqual(bar["new"], {"late": 0, "in_time": 1})
