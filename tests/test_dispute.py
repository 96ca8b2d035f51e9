from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .dispute_common import DisputeCommon

OPEN = ["new", "qualified", "in_progress", "waiting_customer", "waiting_us"]
CLOSED = ["accepted", "partly_accepted", "rejected", "withdrawn", "settled"]


@tagged("post_install", "-at_install")
class TestDispute(DisputeCommon):
    """What is contested: opened, decided on, out of dunning."""

    # ------------------------------------------------------------------
    # Life
    # ------------------------------------------------------------------

    def test_the_life_of_a_dispute(self):
        actions = {
            "action_qualify": ("qualified", ["new"]),
            "action_start": (
                "in_progress",
                ["new", "qualified", "waiting_customer", "waiting_us"],
            ),
            "action_wait_customer": (
                "waiting_customer",
                ["qualified", "in_progress", "waiting_us"],
            ),
            "action_wait_us": (
                "waiting_us",
                ["qualified", "in_progress", "waiting_customer"],
            ),
            "action_withdraw": ("withdrawn", OPEN),
        }
        dispute = self._dispute(self._overdue(100))
        for name, (target, sources) in actions.items():
            for state in OPEN + CLOSED:
                with self.subTest(action=name, state=state):
                    dispute.sudo().state = state
                    if state in sources:
                        getattr(dispute, name)()
                        self.assertEqual(dispute.state, target)
                    else:
                        with self._refused(UserError, "cannot become"):
                            getattr(dispute, name)()

    def test_money_is_decided_on_while_a_dispute_is_open(self):
        for state in CLOSED:
            dispute = self._dispute(self._overdue(10))
            dispute.sudo().state = state
            with self.subTest(state=state), self._refused(UserError, "cannot become"):
                dispute.action_accept()
            with self.subTest(state=state), self._refused(UserError, "cannot become"):
                dispute.action_reject("No")
        dispute = self._dispute(self._overdue(10))
        with self._refused(UserError, "still open"):
            dispute.action_reopen("Again")

    @freeze_time("2026-03-31")
    def test_reason_decides_on_resolver_and_deadline(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 10)
        self.assertEqual(dispute.user_id, invoice.invoice_user_id or self.salesperson)
        # Tuesday: five working days later is Tuesday of the next week
        self.assertEqual(dispute.deadline, date(2026, 4, 7))
        logistics = self.env.ref("credit_management.credit_dispute_reason_quantity")
        logistics.team_id.user_id = self.accountant
        dispute = self._dispute(invoice, 10, reason=logistics)
        self.assertEqual(dispute.team_id, logistics.team_id)
        self.assertEqual(dispute.user_id, self.accountant)
        self.assertEqual(dispute.activity_ids.mapped("user_id"), self.accountant)
        other = self.env.ref("credit_management.credit_dispute_reason_other")
        self.customer.credit_collector_id = self.manager
        dispute = self._dispute(invoice, 10, reason=other)
        self.assertEqual(dispute.user_id, self.manager)

    def test_rejecting_sends_the_proof(self):
        dispute = self._dispute(self._overdue(100), 40)
        proof = (
            self.env["ir.attachment"]
            .with_user(self.collector)
            .create(
                {
                    "name": "delivery note.pdf",
                    "raw": b"%PDF",
                    "mimetype": "application/pdf",
                }
            )
        )
        with self._refused(UserError, "why"):
            dispute.action_reject(" ")
        with self._mail_server():
            dispute.action_reject(
                "You had agreed to <b>this</b> price.", proof.ids, self.cause.id
            )
        (mail,) = self._mails_to(self.customer)
        self.assertIn("You had agreed to &lt;b&gt;this&lt;/b&gt; price.", mail["body"])
        self.assertEqual([a[0] for a in mail["attachments"]], ["delivery note.pdf"])
        self.assertEqual((dispute.state, dispute.days_to_close), ("rejected", 0))

    def test_rejecting_needs_an_address(self):
        self.customer.email = False
        dispute = self._dispute(self._overdue(100), 40)
        with self._refused(UserError, "e-mail"):
            dispute.action_reject("No")
        dispute.action_reject("No", notify=False)
        self.assertEqual(dispute.state, "rejected")

    def test_a_closed_dispute_is_taken_up_again(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        dispute.action_accept()
        credit_note = dispute.credit_note_ids
        with self._refused(UserError, "why"):
            dispute.action_reopen("")
        dispute.action_reopen("The customer called again")
        self.assertEqual(dispute.state, "in_progress")
        self.assertEqual(dispute.amount_accepted, 0)
        self.assertFalse(credit_note.exists())
        self.assertEqual(self._due(), 60)
        dispute.action_accept()
        self._post(dispute.credit_note_ids)
        with self._refused(UserError, "Open a new dispute"):
            dispute.action_reopen("Once more")

    def test_reopening_does_not_exceed_what_is_owed(self):
        invoice = self._overdue(100)
        first = self._dispute(invoice, 80)
        first.action_withdraw()
        self._dispute(invoice, 30)
        with self._refused(UserError, "contested already"):
            first.action_reopen("Again")
        self._pay(invoice)
        with self._refused(UserError, "nothing to contest"):
            first.action_reopen("Again")

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------

    def test_no_more_than_what_is_open_is_contested(self):
        invoice = self._overdue(100)
        for amount in (100.01, 100.005, 1e20):
            with self.subTest(amount=amount), self._refused(UserError, "is open"):
                self._dispute(invoice, amount)
        for amount in (0, -5, 0.004, float("nan"), float("inf"), "50", None):
            with self.subTest(amount=amount), self._refused(UserError, "amount|More"):
                self.env["credit.dispute"].action_open(
                    [(self._item(invoice), amount)], self.reason
                )
        # half a cent is rounded away
        self.assertEqual(self._dispute(invoice, 99.994).amount, 99.99)
        self._dispute(invoice, 0.01)
        with self._refused(UserError, "contested already"):
            self._dispute(invoice, 0.01)

    def test_an_item_is_named_once(self):
        item = self._item(self._overdue(100))
        Dispute = self.env["credit.dispute"]
        with self._refused(UserError, "Choose the open items"):
            Dispute.action_open([(item, 60), (item, 60)], self.reason)
        with self._refused(UserError, "Choose the open items"):
            Dispute.action_open([], self.reason)
        with self._refused(UserError, "one customer"):
            other = self._item(self._overdue(10, partner=self.uncontrolled))
            Dispute.action_open([(item, 6), (other, 6)], self.reason)
        with self._refused(UserError, "still owes"):
            credit = self._credit_note(10).line_ids.filtered("date_maturity")
            Dispute.action_open([(credit, 6)], self.reason)
        with self._refused(UserError, "reason"):
            Dispute.action_open([(item, 6)], 0)

    def test_the_contested_part_falls_with_the_residual_and_rises_again(self):
        invoice = self._overdue(100)
        first = self._dispute(invoice, 50)
        second = self._dispute(invoice, 20)
        payment = self._pay(invoice, 40)
        self.assertEqual((first.amount_open, second.amount_open), (50, 10))
        self.assertEqual(self._due(), 0)
        self._item(invoice).remove_move_reconcile()
        self.assertEqual((first.amount_open, second.amount_open), (50, 20))
        self.assertTrue(payment)

    def test_a_credit_note_is_exact_whatever_the_taxes(self):
        taxes = self.env["account.tax"].create(
            [
                {"name": f"{rate} %", "amount": rate, "type_tax_use": "sale"}
                for rate in (20, 5.5, 10)
            ]
        )
        invoice = self._invoice(
            0,
            due=self._today(days=-6),
            invoice_line_ids=[
                Command.create(
                    {
                        "product_id": self.service.id,
                        "price_unit": price,
                        "quantity": 3,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for price, tax in zip((33.33, 19.99, 7.77), taxes, strict=True)
            ],
        )
        for amount in (0.01, 0.07, 33.33, 50.01):
            with self.subTest(amount=amount):
                dispute = self._dispute(invoice, amount)
                dispute.action_accept()
                self.assertEqual(dispute.credit_note_ids.amount_total, amount)
                self._post(dispute.credit_note_ids)
        residual = invoice.amount_residual
        dispute = self._dispute(invoice)
        dispute.action_accept()
        self._post(dispute.credit_note_ids)
        self.assertEqual(dispute.amount_accepted, residual)
        self.assertEqual(invoice.amount_residual, 0)

    def test_the_whole_invoice_is_reversed(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice)
        dispute.action_accept()
        lines = dispute.credit_note_ids.invoice_line_ids
        self.assertEqual(lines.product_id, self.service)
        self._post(dispute.credit_note_ids)
        self.assertEqual(invoice.payment_state, "reversed")

    def test_a_line_of_the_invoice_is_credited(self):
        invoice = self._overdue(
            0,
            invoice_line_ids=[
                Command.create({"product_id": product.id, "price_unit": price})
                for product, price in ((self.service, 100), (self.goods, 60))
            ],
        )
        line = invoice.invoice_line_ids.filtered(
            lambda line: line.product_id == self.goods
        )
        dispute = (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open([(self._item(invoice), 12.34, line)], self.reason)
        )
        self.assertEqual(dispute.line_ids.product_id, self.goods)
        dispute.action_accept()
        credited = dispute.credit_note_ids.invoice_line_ids
        self.assertEqual(credited.product_id, self.goods)
        self.assertEqual(credited.account_id, line.account_id)
        self.assertEqual(credited.price_total, 12.34)

    def test_a_foreign_currency_keeps_its_amounts(self):
        currency = self.setup_other_currency("EUR", rates=[("2016-01-01", 2.0)])
        invoice = self._overdue(100, currency=currency)
        dispute = self._dispute(invoice, 33.33)
        self.assertEqual(dispute.currency_id, currency)
        self.assertAlmostEqual(dispute.amount_company, 16.67, 2)
        with self._refused(UserError, "33.33"):
            self._dispute(invoice, 66.68)
        with self._refused(UserError, "one currency"):
            items = self._item(invoice), self._item(self._overdue(10))
            self.env["credit.dispute"].action_open(
                [(item, 1) for item in items], self.reason
            )
        dispute.action_accept()
        self.assertEqual(dispute.credit_note_ids.amount_total, 33.33)
        self.assertEqual(dispute.credit_note_ids.currency_id, currency)
        self._post(dispute.credit_note_ids)
        self.assertAlmostEqual(invoice.amount_residual, 66.67)

    def test_an_amount_by_item_is_accepted(self):
        first, second = self._overdue(100), self._overdue(50)
        parts = [(self._item(first), 60), (self._item(second), 40)]
        dispute = (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open(parts, self.reason)
        )
        own = dispute.line_ids[0]
        foreign = self._dispute(self._overdue(10)).line_ids
        for shares in [
            [(own.id, 60.01)],
            [(own.id, -1)],
            [(own.id, float("nan"))],
            [(own.id, "10")],
            [(own.id, 10), (own.id, 10)],
            [(foreign.id, 1)],
            [(own.id, 0)],
            [],
        ]:
            with self.subTest(shares=shares), self._refused(UserError, "."):
                dispute.action_accept(shares=shares)
        dialog = Form(
            self.env["credit.dispute.decide"]
            .with_user(self.collector)
            .with_context(default_dispute_id=dispute.id, default_decision="accept")
        )
        self.assertEqual(dialog.amount, 100)
        with dialog.line_ids.edit(0) as line:
            line.amount = 0
        with dialog.line_ids.edit(1) as line:
            line.amount = 25
        self.assertEqual(dialog.amount, 25)
        dialog.save().action_apply()
        self.assertEqual(dispute.state, "partly_accepted")
        accepted = {line.move_id: line.amount_accepted for line in dispute.line_ids}
        self.assertEqual(accepted, {first: 0, second: 25})
        credited = dispute.credit_note_ids
        self.assertEqual(credited.reversed_entry_id, second)
        self.assertEqual(credited.amount_total, 25)

    def test_a_part_is_accepted_the_oldest_item_first(self):
        old, new = self._overdue(30), self._invoice(50, due=self._today(days=-5))
        dispute = (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open([(self._item(new), 50), (self._item(old), 30)], self.reason)
        )
        with self._refused(UserError, "no more"):
            dispute.action_accept(80.01)
        with self._refused(UserError, "more than 0"):
            dispute.action_accept(0)
        dispute.action_accept(45)
        self.assertEqual(dispute.state, "partly_accepted")
        notes = dispute.credit_note_ids
        credited = {note.reversed_entry_id: note.amount_total for note in notes}
        self.assertEqual(credited, {old: 30, new: 15})
        self.assertEqual(dispute.amount_accepted, 45)

    # ------------------------------------------------------------------
    # Dunning
    # ------------------------------------------------------------------

    def test_the_contested_part_leaves_dunning_and_the_rest_stays(self):
        due = self._overdue(100).invoice_date_due
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        self.assertEqual(self._due(), 160)
        dispute.action_accept(10)
        # the draft credit note rests, and what was refused has its grace
        self.assertEqual(self._due(), 160)
        self._post(dispute.credit_note_ids)
        self.assertEqual(self._due(), 160)
        with freeze_time(self._today(days=self.dunning.grace_days)):
            self.assertEqual(self._due(), 190)
        self.assertEqual(invoice.invoice_date_due, due)

    def test_all_of_it_contested_is_left_out(self):
        invoice = self._overdue(100)
        self._dispute(invoice)
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.reason), ("left_out", "disputed"))

    def test_the_same_level_after_the_grace(self):
        invoice = self._overdue(100)
        self._send_all()
        dispute = self._dispute(invoice)
        with freeze_time(self._today(days=20)):
            self.assertEqual(self._due(), 0)
            dispute.action_withdraw("A mistake of theirs")
            self.assertEqual(self._notice(self._run()).reason, "grace")
        with freeze_time(self._today(days=20 + self.dunning.grace_days)):
            notice = self._notice(self._run())
            self.assertEqual(notice.level_id, self._level(15))
            self.assertEqual(notice.amount_due, 100)

    def test_the_statement_shows_it_apart(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        (statement,) = self.env["credit.statement"]._statements(
            self.customer, self.company
        )
        (item,) = statement.accounts[0].items
        self.assertIn("40.00 disputed", item.notes[0])
        self.assertIn(dispute.name, item.notes[0])

    # ------------------------------------------------------------------
    # What becomes of the invoice
    # ------------------------------------------------------------------

    def test_paid_items_settle_and_an_undone_payment_opens_again(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        self._pay(invoice)
        self.assertEqual(dispute.state, "settled")
        self.assertEqual(dispute.closed_date, self._today())
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(dispute.state, "in_progress")
        self.assertEqual(dispute.amount_open, 40)

    def test_a_credit_note_by_hand_settles(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        invoice._reverse_moves(cancel=True)
        self.assertEqual(dispute.state, "settled")

    def test_an_invoice_reset_to_draft_comes_back_contested(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        invoice.button_draft()
        self.assertEqual((dispute.state, dispute.amount_open), ("new", 0))
        invoice.invoice_line_ids.price_unit = 90
        invoice.invoice_date_due = self._today(days=-7)
        self._post(invoice)
        self.assertEqual(dispute.amount_open, 40)
        self.assertEqual(self._due(), 50)

    def test_a_cancelled_or_deleted_invoice_settles(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertEqual(dispute.state, "settled")
        invoice = self._overdue(100)
        number = invoice.name
        dispute = self._dispute(invoice, 40)
        invoice.button_draft()
        invoice.with_context(force_delete=True).unlink()
        self.assertEqual(dispute.state, "settled")
        self.assertEqual(dispute.document_names, number)

    def test_a_cancelled_credit_note_is_owed_again(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        dispute.action_accept()
        self.assertEqual(self._due(), 60)
        dispute.credit_note_ids.with_env(self.env).button_cancel()
        self.assertEqual(self._due(), 100)

    @mute_logger("odoo.addons.base.partner.merge", "odoo.models.unlink")
    def test_merged_customers_keep_their_disputes(self):
        twin = self._create_customer("Dupont S.A.")
        dispute = self._dispute(self._overdue(100, partner=twin), 40)
        twin.with_company(self.company).credit_po_required = True
        self.env["base.partner.merge.automatic.wizard"].sudo()._merge(
            (twin | self.customer).ids, self.customer
        )
        dispute.invalidate_recordset()
        self.assertEqual(dispute.partner_id, self.customer)
        self.assertEqual(self.customer.credit_disputed, 40)
        self.assertTrue(self.customer.credit_po_required)

    # ------------------------------------------------------------------
    # Deadlines
    # ------------------------------------------------------------------

    def test_late_disputes_are_passed_on_once(self):
        dispute = self._dispute(self._overdue(100), 40)
        cron = self.env.ref("credit_management.ir_cron_disputes")
        with freeze_time(dispute.deadline), self.enter_registry_test_mode():
            self.assertIs(cron.method_direct_trigger(), True)
        self.assertTrue(dispute.is_reminded)
        self.assertFalse(dispute.is_escalated)
        with freeze_time(dispute.deadline.replace(year=dispute.deadline.year + 1)):
            self.assertTrue(dispute.is_late)
            for _again in range(2):
                with self.enter_registry_test_mode():
                    cron.method_direct_trigger()
            dispute.invalidate_recordset()
            late = self.env.ref("credit_management.mail_activity_type_dispute_late")
            tasks = dispute.sudo().activity_ids.filtered(
                lambda activity: activity.activity_type_id == late
            )
            self.assertEqual(len(tasks), 1)
            self.assertTrue(
                tasks.user_id.has_group("credit_management.group_credit_manager")
            )
            dispute.deadline = self._today(days=3)
            self.assertFalse(dispute.is_escalated or dispute.is_late)

    def test_what_a_hook_missed_is_settled_at_night(self):
        invoice = self._overdue(100)
        dispute = self._dispute(invoice, 40)
        self._pay(invoice)
        dispute.sudo().write({"state": "new", "closed_date": False})
        with self.enter_registry_test_mode():
            self.env.ref("credit_management.ir_cron_disputes").method_direct_trigger()
        dispute.invalidate_recordset()
        self.assertEqual(dispute.state, "settled")

    def test_short_payments_are_asked_about(self):
        kind = self.env.ref("credit_management.mail_activity_type_dispute_proposal")

        def asked(invoice):
            return invoice.activity_ids.filtered(lambda a: a.activity_type_id == kind)

        invoice = self._overdue(100)
        self._pay(invoice, 90)
        self.assertFalse(asked(invoice))
        self.company.credit_short_payment_tolerance = 5
        self.customer.credit_collector_id = self.collector
        for paid, tasks in ((94.99, 1), (95, 0), (100, 0)):
            with self.subTest(paid=paid):
                invoice = self._overdue(100)
                self._pay(invoice, paid)
                self.assertEqual(len(asked(invoice)), tasks)
        invoice = self._overdue(100)
        self._pay(invoice, 80)
        self.assertEqual(asked(invoice).user_id, self.collector)
        self._pay(invoice)
        self.assertFalse(asked(invoice))

    def test_figures_of_many_cost_what_those_of_one_cost(self):
        for name in "ABCDEFGH":
            partner = self._create_customer(f"{name} Ltd")
            self._dispute(self._overdue(100, partner=partner), 40)
        disputes = self.env["credit.dispute"].search([])
        names = ["amount_open", "document_names", "is_late", "deadline_state"]
        disputes.read(names)

        def cost(records):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.read(names)
            return self.env.cr.sql_log_count - before

        cost(disputes)  # warm up
        self.assertEqual(cost(disputes), cost(disputes[:1]))
        partners = disputes.partner_id
        partners.mapped("credit_actionable_balance")
        partners.invalidate_recordset()
        with self.assertQueryCount(5):
            partners.mapped("credit_actionable_balance")


@tagged("post_install", "-at_install")
class TestDisputeRights(DisputeCommon):
    """Who may do what, by whatever way."""

    def _call(self, user, dispute, name, *args):
        return getattr(dispute.with_user(user), name)(*args)

    def test_sales_open_and_answer_and_never_decide(self):
        dispute = self._dispute(self._overdue(100), 40, self.salesperson)
        dispute.answers = "The price list of May applied."
        self.assertEqual(dispute.user_id, self.salesperson)
        dispute.action_start()
        for name, args in (
            ("action_accept", ()),
            ("action_reject", ("No",)),
            ("action_withdraw", ()),
            ("action_reopen", ("Again",)),
            ("action_require_po_number", ()),
        ):
            with self.subTest(name), self._refused(AccessError, "decides|management"):
                self._call(self.salesperson, dispute, name, *args)
        for values in (
            {"state": "withdrawn"},
            {"reason_id": self.reason.id},
            {"deadline": self._today(days=99)},
            {"cause_id": self.cause.id},
            {"user_id": self.other_salesperson.id},
            {"amount": 1},
            {"line_ids": [Command.clear()]},
            {"partner_id": self.uncontrolled.id},
        ):
            with self.subTest(values), self._refused(AccessError, "do not write"):
                dispute.write(values)
        with self._refused(AccessError, "delete"):
            dispute.unlink()
        with self._refused(AccessError, "modify"):
            dispute.line_ids.write({"amount": 1})
        with self._refused(AccessError, "create"):
            dispute.create({"partner_id": self.customer.id})
        with self._refused(AccessError, "create|access"):
            self.env["credit.dispute.decide"].with_user(self.salesperson).create(
                {"dispute_id": dispute.id}
            )

    def test_sales_know_their_customers_only(self):
        invoice = self._overdue(100, invoice_user_id=self.salesperson.id)
        with self._refused(AccessError, "access"):
            self._dispute(invoice, 40, self.other_salesperson)
        dispute = self._dispute(invoice, 40)
        self.assertFalse(
            self.env["credit.dispute"]
            .with_user(self.other_salesperson)
            .search([("id", "=", dispute.id)])
        )
        with self._refused(AccessError, "access"):
            self._call(self.other_salesperson, dispute, "read", ["amount"])
        with self._refused(AccessError, "access"):
            self._call(self.other_salesperson, dispute, "action_start")

    def test_a_resolver_works_on_theirs(self):
        dispute = self._dispute(self._overdue(100), 40)
        clerk = self._create_user("clerk", "base.group_user")
        with self._refused(AccessError, "access"):
            self._call(clerk, dispute, "action_start")
        dispute.user_id = clerk
        self._call(clerk, dispute, "action_start")
        dispute.with_user(clerk).answers = "Delivered on Monday"
        with self._refused(AccessError, "decides"):
            self._call(clerk, dispute, "action_accept")
        dispute.user_id = False
        dispute.team_id = self.env.ref("credit_management.credit_dispute_team_quality")
        with self._refused(AccessError, "access"):
            self._call(clerk, dispute, "action_wait_us")
        dispute.sudo().team_id.member_ids = clerk
        self._call(clerk, dispute, "action_wait_us")

    def test_nobody_else_opens_disputes(self):
        invoice = self._overdue(100)
        clerk = self._create_user("clerk", "base.group_user")
        with self._refused(AccessError, "opened by"):
            self._dispute(invoice, 40, clerk)
        with self._refused(AccessError, "opened by|internal"):
            self._dispute(invoice, 40, self._portal_user())

    def test_collectors_of_another_company_see_nothing(self):
        dispute = self._dispute(self._overdue(100), 40)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for name, args in (("read", (["amount"],)), ("action_accept", ())):
            with self.subTest(name), self._refused(AccessError, "access|company"):
                self._call(stranger, dispute, name, *args)
        with self._refused(AccessError, "access|company"):
            self._dispute(self._overdue(100), 10, stranger)

    def test_collectors_do_not_write_what_actions_write(self):
        dispute = self._dispute(self._overdue(100), 40)
        for values in (
            {"state": "accepted"},
            {"amount_accepted": 40},
            {"closed_date": self._today()},
            {"credit_note_ids": [Command.clear()]},
        ):
            with self.subTest(values), self._refused(AccessError, "do not write"):
                dispute.write(values)
        dispute.write({"cause_id": self.cause.id, "description": "Too dear"})

    def test_a_contact_of_someone_else_gets_nothing(self):
        invoice = self._overdue(100)
        with self._refused(UserError, "belong to"):
            self._dispute(invoice, 40, contact=self.uncontrolled)

    def test_attachments_must_be_readable(self):
        secret = self.env["ir.attachment"].create(
            {"name": "secret", "raw": b"x", "res_model": "account.move",
             "res_id": self._invoice(10, partner=self.uncontrolled,
                                     invoice_user_id=self.manager.id).id}
        )  # fmt: skip
        with self._refused(AccessError, "."):
            self._dispute(
                self._overdue(100), 40, self.salesperson, attachments=secret.ids
            )

    # ------------------------------------------------------------------
    # The portal
    # ------------------------------------------------------------------

    def _portal_user(self, partner=None):
        contact = self.env["res.partner"].create(
            {
                "name": "Ms. Portal",
                "email": "ms@customer.example.com",
                "parent_id": (partner or self.customer).id,
            }
        )
        return self._create_user(
            f"portal{contact.id}", "base.group_portal", partner_id=contact.id
        )

    def _from_portal(self, items_amounts, reason=None, text="Too dear", files=()):
        user = self.visitor = getattr(self, "visitor", None) or self._portal_user()
        return (
            self.env["credit.dispute"]
            .with_user(user)
            ._open_from_portal(
                user.partner_id,
                items_amounts,
                self.reason.id if reason is None else reason,
                text,
                files,
            )
        )

    def test_a_customer_contests_its_invoice(self):
        item = self._item(self._overdue(100))
        dispute = self._from_portal(
            [(str(item.id), "40.00")],
            str(self.reason.id),
            "<script>alert(1)</script>",
            [("../../etc/passwd", b"x")],
        )
        self.assertEqual((dispute.origin, dispute.amount), ("portal", 40))
        self.assertEqual(dispute.contact_id.parent_id, self.customer)
        self.assertEqual(dispute.description, "<script>alert(1)</script>")
        self.assertEqual(dispute.message_attachment_count, 1)
        files = self.env["ir.attachment"].search(
            [("res_model", "=", "credit.dispute"), ("res_id", "=", dispute.id)]
        )
        self.assertEqual(files.name, "passwd")
        self.assertEqual(self._due(), 60)

    def test_hostile_requests_are_refused(self):
        item = self._item(self._overdue(100))
        foreign = self._item(self._overdue(100, partner=self.uncontrolled))
        credit = self._credit_note(10).line_ids.filtered("date_maturity")
        for items_amounts in (
            [],
            [(item.id, amount) for amount in range(60)],
            [(item.id, -1)],
            [(item.id, 0)],
            [(item.id, "nan")],
            [(item.id, "inf")],
            [(item.id, True)],
            [(item.id, "1; DROP TABLE")],
            [(item.id, None)],
            [(item.id, 100.01)],
            [(item.id, 60), (item.id, 60)],
            [(foreign.id, 1)],
            [(credit.id, 1)],
            [(0, 1)],
            [(-1, 1)],
            [(2**40, 1)],
            [(999999999, 1)],
            [("x", 1)],
            [(None, 1)],
            [([item.id], 1)],
        ):
            with self.subTest(items_amounts), self._refused(UserError, "."):
                self._from_portal(items_amounts)
        self.assertEqual(self._due(), 100)
        for wrong in ({"reason": 10**9}, {"reason": "x"}, {"text": ""},
                      {"text": " \x00 "}, {"text": "x" * 5001},
                      {"files": [("a", b"x")] * 6},
                      {"files": [("a", b"x" * (5 * 1024 * 1024 + 1))]}):  # fmt: skip
            with self.subTest(list(wrong)), self._refused(UserError, "."):
                self._from_portal([(item.id, 1)], **wrong)

    def test_a_replay_contests_nothing_more(self):
        item = self._item(self._overdue(100))
        self._from_portal([(item.id, 100)])
        with self._refused(UserError, "contested already"):
            self._from_portal([(item.id, 100)])

    def test_portal_users_reach_no_dispute_by_rpc(self):
        dispute = self._dispute(self._overdue(100), 40)
        user = self._portal_user()
        for name, args in (
            ("read", (["amount"],)),
            ("write", ({"answers": "x"},)),
            ("action_withdraw", ()),
        ):
            with self.subTest(name), self._refused(AccessError, "."):
                self._call(user, dispute, name, *args)
