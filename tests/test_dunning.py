from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .dunning_common import DunningCommon

SENDING = "odoo.addons.credit_management.models.dunning.credit_dunning_sending"


@tagged("post_install", "-at_install")
class TestDunning(DunningCommon):
    """Who is reminded of what, and when."""

    def _levels_over_time(self, invoice, start, days):
        """Return the days on which notices left, with their levels."""
        sent = []
        for shift in range(days):
            with freeze_time(start + relativedelta(days=shift)):
                run = self._send_all()
                notice = self._notice(run, invoice.partner_id, state="sent")
                if notice:
                    sent.append((shift, notice.level_id.days))
        return sent

    # ------------------------------------------------------------------
    # Who, and which level
    # ------------------------------------------------------------------

    @freeze_time("2026-03-31")
    def test_the_demonstration_ledger_writes_to_a_and_b_only(self):
        a, b, c, d, e = (
            self._create_customer(f"{letter}{letter} SA") for letter in "ABCDE"
        )

        def invoice(partner, amount, date, due):
            return self._invoice(amount, due, date, partner)

        invoice(a, 24000, "2026-01-10", "2026-02-24")
        invoice(a, 12000, "2026-03-05", "2026-04-19")
        self._credit_note(1200, a, invoice_date="2026-03-12", due="2026-03-12")
        invoice(b, 9600, "2026-02-01", "2026-03-03")
        self._pay(b, 600, date="2026-03-28")
        promised = invoice(c, 3000, "2026-02-20", "2026-03-22")
        promised.action_pause_dunning("2026-04-05", "Promised for 5 April")
        invoice(d, 48000, "2026-03-20", "2026-05-19")
        legal = invoice(e, 4800, "2025-11-20", "2025-12-20")
        legal.action_hand_to_legal()

        run = self._run()

        self.assertEqual(self._notice(run, state="ready", partner=a).amount_net, 22800)
        self.assertEqual(self._notice(run, state="ready", partner=b).amount_net, 9000)
        self.assertEqual(self._notice(run, c).reason, "paused")
        self.assertEqual(self._notice(run, e).reason, "legal")
        self.assertFalse(self._notice(run, d))
        self.assertEqual((run.ready_count, run.left_out_count), (2, 2))

    def test_three_months_climb_the_ladder(self):
        start = self._today()
        invoice = self._invoice(100, due=start)
        sent = self._levels_over_time(invoice, start, 60)
        self.assertEqual(sent, [(5, 5), (15, 15), (30, 30), (45, 45)])
        self.assertEqual(invoice.dunning_level_id, self._level(45))

    def test_an_old_debt_starts_at_the_first_mandatory_level(self):
        invoice = self._invoice(100, due=self._today(days=-400))
        run = self._send_all()
        self.assertEqual(self._notice(run).level_id, self._level(5))
        sent = self._levels_over_time(invoice, self._today(days=1), 25)
        # a week between two messages, never a level left out
        self.assertEqual(sent, [(6, 15), (13, 30), (20, 45)])

    def test_a_policy_that_catches_up_starts_at_the_age(self):
        self.dunning.catch_up = True
        self._invoice(100, due=self._today(days=-400))
        self.assertEqual(self._notice(self._run()).level_id, self._level(45))

    def test_an_optional_level_is_skipped_by_a_late_start(self):
        policy = self._dunning_policy(
            [{"days": 5, "is_mandatory": False}, {"days": 15}, {"days": 30}]
        )
        self.company.credit_dunning_policy_id = policy
        self._invoice(100, due=self._today(days=-20))
        self.assertEqual(self._notice(self._run()).level_id.days, 15)

    def test_due_today_is_not_overdue(self):
        self.company.credit_dunning_policy_id = self._dunning_policy([1])
        self._invoice(100, due=self._today())
        self.assertFalse(self._run().notice_ids)
        self._invoice(70, due=self._today(days=-1))
        self.assertEqual(self._notice(self._run()).amount_net, 70)

    def test_a_partial_payment_does_not_reset(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        self._send_all()
        self._pay(invoice, 40)
        with freeze_time(self._today(days=10)):
            run = self._send_all()
            notice = self._notice(run)
            self.assertEqual(notice.level_id, self._level(15))
            self.assertEqual(notice.amount_net, 60)

    def test_levels_are_reached_by_instalment(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half in a month",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self._invoice(
            200,
            invoice_date=self._today(days=-20),
            due=None,
            invoice_payment_term_id=term.id,
        )
        notice = self._notice(self._send_all())
        self.assertEqual(notice.amount_net, 100)
        with freeze_time(self._today(days=16)):
            notice = self._notice(self._send_all())
            self.assertEqual(notice.level_id, self._level(15))
            self.assertEqual(notice.amount_net, 200)
            levels = invoice._dunning_items().mapped("dunning_level_id.days")
            self.assertEqual(levels, [15, 5])
        self.assertEqual(invoice.dunning_level_id, self._level(15))

    def test_the_policy_is_the_invoice_s_the_customer_s_or_the_credit_policy_s(self):
        own, credit, single = (self._dunning_policy([days]) for days in (2, 3, 4))
        invoice = self._invoice(100, due=self._today(days=-9))

        def level():
            return self._notice(self._run()).level_id.policy_id

        self.assertEqual(level(), self.dunning)
        self.customer.credit_policy_id = self._policy(dunning_policy_id=credit.id)
        self.assertEqual(level(), credit)
        self.customer.credit_dunning_policy_id = own
        self.assertEqual(level(), own)
        invoice.dunning_policy_id = single
        self.assertEqual(level(), single)
        self.assertEqual(invoice.dunning_next_date, self._today())
        single.active = False
        self.assertFalse(self._run().notice_ids)

    # ------------------------------------------------------------------
    # One notice
    # ------------------------------------------------------------------

    def test_one_notice_by_customer_and_currency_driven_by_the_oldest_item(self):
        contact = self.env["res.partner"].create(
            {"name": "Paul", "parent_id": self.customer.id, "type": "invoice"}
        )
        self._invoice(100, due=self._today(days=-40))
        self._invoice(50, due=self._today(days=-6), partner=contact)
        self._invoice(25, due=self._today(days=-2))
        self._invoice(999, due=self._today(days=3))
        dollars = self.setup_other_currency("CHF", rates=[("2020-01-01", 2.0)])
        self._invoice(80, due=self._today(days=-6), currency=dollars)
        self.dunning.catch_up = True
        run = self._run()
        ours = self._notice(run, currency_id=self.company.currency_id)
        self.assertEqual(len(run.notice_ids), 2)
        self.assertEqual(ours.level_id, self._level(30))
        self.assertEqual(ours.amount_net, 175)
        self.assertEqual(ours.days_overdue, 40)
        self.assertEqual(
            ours.line_ids.sorted("date_maturity").mapped("level_id.days"), [30, 5]
        )
        foreign = self._notice(run, currency_id=dollars)
        self.assertEqual((foreign.amount_net, foreign.amount_company), (80, 40))
        run._ready()._send()
        self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})

    def test_credits_are_deducted_and_nothing_due_sends_nothing(self):
        self._invoice(100, due=self._today(days=-6))
        self._credit_note(30)
        notice = self._notice(self._run())
        self.assertEqual(
            (notice.amount_due, notice.amount_credits, notice.amount_net),
            (100, 30, 70),
        )
        self._pay(self.customer, 70)
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.reason), ("left_out", "nothing_due"))

    def test_credits_without_a_due_date_are_deducted(self):
        self._invoice(100, due=self._today(days=-6))
        credit = self._credit_note(30)
        credit.line_ids.date_maturity = False
        self.assertEqual(self._notice(self._run()).amount_net, 70)

    def test_small_amounts_are_left_out(self):
        self.dunning.minimum_amount = 10
        self._level(5).minimum_amount = 50
        self._invoice(9.99, due=self._today(days=-6))
        self.assertEqual(self._notice(self._run()).reason, "small_item")
        self._invoice(49.99, due=self._today(days=-6))
        self.assertEqual(self._notice(self._run()).reason, "below_minimum")
        self._invoice(10, due=self._today(days=-6))
        self.assertEqual(self._notice(self._run()).amount_net, 59.99)

    def test_a_gap_separates_two_messages(self):
        self._invoice(100, due=self._today(days=-6))
        self._send_all()
        with freeze_time(self._today(days=3)):
            self._invoice(50, due=self._today(days=-5))
            self.assertEqual(self._notice(self._run()).reason, "gap")
        with freeze_time(self._today(days=7)):
            self.assertEqual(self._notice(self._run()).state, "ready")

    def test_enough_messages_in_a_week(self):
        self.dunning.max_contacts_per_week = 2
        self.dunning.level_ids.minimum_gap_days = 0
        start = self._today()
        for shift in range(3):
            self._invoice(100, due=start + relativedelta(days=shift - 5))
        for shift, expected in enumerate(["ready", "ready", "left_out"]):
            with freeze_time(start + relativedelta(days=shift)):
                run = self._send_all()
                self.assertEqual(
                    self._notice(run).state,
                    "sent" if expected == "ready" else expected,
                )
        self.assertEqual(self._notice(run).reason, "weekly_cap")

    def test_nothing_is_sent_twice_on_a_day(self):
        self.dunning.level_ids.minimum_gap_days = 0
        self._invoice(100, due=self._today(days=-400))
        with self._mail_server():
            first = self._send_all()
            second = self._send_all()
        self.assertEqual(self._notice(first).state, "sent")
        self.assertEqual(self._notice(second).reason, "gap")
        self.assertEqual(len(self._mails_to(self.customer)), 1)

    # ------------------------------------------------------------------
    # Before the due date
    # ------------------------------------------------------------------

    def test_a_pre_reminder_is_no_level(self):
        self.company.credit_dunning_policy_id = self._dunning_policy(
            [{"days": -7, "minimum_amount": 500}, {"days": 5}]
        )
        small = self._create_customer("Small SA")
        self._invoice(499.99, due=self._today(days=7), partner=small)
        invoice = self._invoice(500, due=self._today(days=7))
        self._invoice(700, due=self._today(days=8))
        run = self._send_all("pre_reminder")
        notice = self._notice(run)
        self.assertEqual((notice.state, notice.amount_net), ("sent", 500))
        self.assertEqual(self._notice(run, small).reason, "below_minimum")
        self.assertFalse(invoice.dunning_level_id)
        self.assertFalse(self._notice(self._send_all("pre_reminder")))
        with freeze_time(self._today(days=12)):
            self.assertEqual(self._notice(self._send_all()).level_id.days, 5)

    # ------------------------------------------------------------------
    # What keeps an item out
    # ------------------------------------------------------------------

    def test_every_obstacle_is_told(self):
        invoice = self._invoice(100, due=self._today(days=-6))

        def reason():
            return self._notice(self._run()).reason

        self.assertFalse(reason())
        invoice.no_followup = True
        self.assertEqual(reason(), "no_followup")
        invoice.no_followup = False
        invoice.action_toggle_block_payment()
        self.assertEqual(reason(), "blocked")
        invoice.action_toggle_block_payment()
        invoice.action_pause_dunning(self._today(), "They asked for a day")
        self.assertEqual(reason(), "paused")
        invoice.action_resume_dunning()
        self.customer.action_pause_dunning(self._today(days=3), "Merger")
        self.assertEqual(reason(), "customer_paused")
        self.customer.action_resume_dunning()
        refund = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": self._today()})
        )
        refund.refund_moves()
        self.assertEqual(reason(), "draft_credit_note")
        invoice.reversal_move_ids.unlink()
        invoice.action_hand_to_legal()
        self.assertEqual(reason(), "legal")

    def test_money_on_the_bank_that_matches_holds_the_reminder_back(self):
        self._invoice(100, due=self._today(days=-6))
        self._invoice(60, due=self._today(days=-6))
        for amount, partner, reference, expected in [
            (99, self.customer, "thanks", False),
            (160, self.uncontrolled, "thanks", False),
            (160, self.customer, "all of it", "bank_line"),
        ]:
            line = self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.company_data["default_journal_bank"].id,
                    "amount": amount,
                    "partner_id": partner.id,
                    "payment_ref": reference,
                    "date": self._today(),
                }
            )
            self.assertEqual(self._notice(self._run()).reason, expected)
            line.unlink()

    def test_no_usable_contact_is_told(self):
        self.customer.email = "not an address"
        self._invoice(100, due=self._today(days=-6))
        self.assertEqual(self._notice(self._run()).reason, "no_contact")

    # ------------------------------------------------------------------
    # The last look, failures
    # ------------------------------------------------------------------

    def test_what_changes_after_the_preview_holds_the_notice_back(self):
        def paid(invoice):
            self._pay(invoice)

        def partly_paid(invoice):
            self._pay(invoice, 40)

        def credited(invoice):
            self._credit_note(30, invoice.partner_id)

        def paused(invoice):
            invoice.action_pause_dunning(self._today(), "Asked for it")

        for change, reason in [
            (paid, "paid"),
            (partly_paid, "paid"),
            (credited, "paid"),
            (paused, "paused"),
        ]:
            partner = self._create_customer(f"{change.__name__} SA")
            invoice = self._invoice(100, due=self._today(days=-6), partner=partner)
            run = self._run()
            change(invoice)
            with self._mail_server():
                run._ready()._send()
            notice = self._notice(run, partner)
            self.assertEqual((notice.state, notice.reason), ("held", reason))
            self.assertFalse(self._mails_to(partner))
            self.assertFalse(invoice.dunning_level_id)

    def test_one_customer_s_failure_does_not_stop_the_others(self):
        other = self._create_customer("Other SA")
        self._invoice(100, due=self._today(days=-6))
        self._invoice(100, due=self._today(days=-6), partner=other)
        # what only this customer's message fails on
        self.mail_template.body_html = (
            "<p t-if=\"object.partner_id.name == 'Dupont SA'\"><t t-out='1 / 0'/></p>"
        )
        run = self._run()
        with mute_logger(SENDING, "odoo.addons.mail.models.mail_render_mixin"):
            run._ready()._send()
        failing, fine = self._notice(run), self._notice(run, other)
        self.assertEqual((failing.state, failing.attempts), ("ready", 1))
        self.assertTrue(failing.error)
        self.assertEqual(fine.state, "sent")
        self.assertIn("could not be sent", self.customer.message_ids[0].body)
        self.assertFalse(run._ready(), "it waits before the next attempt")
        self.mail_template.body_html = "<p>Mended</p>"
        with freeze_time(self._today() + relativedelta(hours=36)):
            self._notice(run).retry_at = False
        run._ready()._send()
        self.assertEqual(failing.state, "sent")

    def test_levels_fall_back_when_nothing_arrived(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        run = self._send_all()
        delivery = self._notice(run).delivery_ids
        delivery._fail(delivery)
        self.assertEqual(self._notice(run).state, "failed")
        self.assertFalse(invoice.dunning_level_id)
        self.assertFalse(invoice._dunning_items().dunning_level_id)

    def test_a_wrong_address_is_not_used_until_it_is_mended(self):
        self._invoice(100, due=self._today(days=-6))
        delivery = self._notice(self._send_all()).delivery_ids
        delivery._fail(delivery)
        with freeze_time(self._today(days=1)):
            self.assertEqual(self._notice(self._run()).reason, "no_contact")
            self.customer.phone = "+33 1 45 67 89 10"
            notice = self._notice(self._run())
            self.assertEqual(notice.delivery_ids.code, "phone")
            self.customer.email = "mended@customer.example.com"
            notice = self._notice(self._run())
            self.assertEqual(notice.delivery_ids.address, self.customer.email)

    # ------------------------------------------------------------------
    # Bookkeeping goes on
    # ------------------------------------------------------------------

    def test_an_invoice_with_notices_is_cancelled_and_credited_like_any_other(self):
        first = self._invoice(100, due=self._today(days=-6))
        second = self._invoice(50, due=self._today(days=-6))
        run = self._send_all()
        first.button_draft()
        first.button_cancel()
        self._reverse_invoice(second, is_modify=False)
        notice = self._notice(run)
        self.assertEqual(notice.amount_net, 150, "the proof does not change")
        self.assertEqual(sum(notice.line_ids.mapped("amount_due")), 150)
        first.button_draft()
        first.invoice_line_ids.price_unit = 120
        first.action_post()
        self.assertEqual(first.state, "posted")

    def test_a_lower_level_by_hand_is_sent_again(self):
        invoice = self._invoice(100, due=self._today(days=-20))
        self._send_all()
        with freeze_time(self._today(days=8)):
            self.assertEqual(self._notice(self._send_all()).level_id.days, 15)
            with Form(
                self.env["credit.dunning.level.change"]
                .with_user(self.collector)
                .with_context(active_model="account.move", active_ids=invoice.ids)
            ) as wizard:
                wizard.level_id = self._level(5)
                wizard.reason = "They never had it"
            wizard.record.action_change()
        self.assertIn("They never had it", invoice.message_ids[0].body)
        with freeze_time(self._today(days=16)):
            self.assertEqual(self._notice(self._send_all()).level_id.days, 15)

    # ------------------------------------------------------------------
    # The level as a rule
    # ------------------------------------------------------------------

    def _says(self, partner):
        """Return what the check says of a customer's dunning levels."""
        Check = self.env["credit.check"]
        case = Check._cases(partner, self.company)[partner]
        findings = Check._findings(case)
        return {found.message for found in findings if found.code == "dunning_level"}

    def test_the_highest_level_that_stops_orders_stops_them(self):
        self.customer.credit_policy_id = self._policy(rules={"dunning_level": "block"})
        (self._level(15) | self._level(30)).stops_orders = True
        invoices = {
            days: self._invoice(100, due=self._today(days=-days - 2))
            for days in (15, 30, 5)
        }
        self.assertFalse(self._says(self.customer), "nothing was sent yet")
        for days, invoice in invoices.items():
            invoice.action_set_dunning_level(self._level(days).id, "They were called")
        [said] = self._says(self.customer)
        self.assertIn("Level 30", said)
        self._level(30).stops_orders = False
        self.assertIn("Level 15", self._says(self.customer).pop())
        self._level(15).stops_orders = False
        self.assertFalse(self._says(self.customer))

    def test_a_level_does_not_stop_orders_once_its_item_is_paid(self):
        self.customer.credit_policy_id = self._policy(rules={"dunning_level": "block"})
        self._level(5).stops_orders = True
        invoice = self._invoice(100, due=self._today(days=-6))
        self._send_all()
        self.assertTrue(self._says(self.customer))
        self._pay(invoice)
        self.assertFalse(self._says(self.customer))

    def test_what_a_contact_owed_before_it_joined_stops_the_company(self):
        person = self._create_customer("Freelancer", is_company=False)
        self.customer.credit_policy_id = self._policy(rules={"dunning_level": "block"})
        self._level(5).stops_orders = True
        self._invoice(100, partner=person, due=self._today(days=-6))
        self._send_all()
        self.assertFalse(self._says(self.customer))
        person.parent_id = self.customer
        self.assertTrue(self._says(self.customer))

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def test_companies_write_each_for_itself(self):
        other = self.setup_other_company()["company"]
        self._invoice(100, due=self._today(days=-6))
        self.assertEqual(self._run().ready_count, 1)
        self.assertFalse(self._run(company=other).notice_ids)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_only_finance_sends_pauses_and_changes_levels(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        run = self._run()
        notice = self._notice(run)
        level = self._level(30)
        for user in (self.salesperson, self.accountant):
            for model, method, ids, args in [
                ("credit.dunning.run", "action_preview", [], ()),
                ("credit.dunning.run", "action_send", run.ids, ()),
                ("credit.dunning.notice", "action_send", notice.ids, ()),
                ("credit.dunning.notice", "action_cancel", notice.ids, ()),
                ("res.partner", "action_pause_dunning", self.customer.ids,
                 (self._today(), "no")),
                ("account.move", "action_pause_dunning", invoice.ids,
                 (self._today(), "no")),
                ("account.move", "action_hand_to_legal", invoice.ids, ()),
                ("account.move", "action_set_dunning_level", invoice.ids,
                 (level.id, "no")),
                ("account.move", "write", invoice.ids,
                 ({"dunning_level_id": level.id},)),
                ("account.move", "write", invoice.ids,
                 ({"dunning_paused_until": self._today()},)),
            ]:  # fmt: skip
                records = self.env[model].browse(ids).with_user(user)
                with self._refused(AccessError, "."):
                    getattr(records, method)(*args)
        self.assertEqual(notice.state, "ready")
        notice.with_user(self.collector).action_send()
        self.assertEqual(notice.state, "sent")
        with self._refused(UserError, "Only proposals"):
            notice.with_user(self.collector).action_send()
        with self._refused(AccessError, "."):
            self.dunning.with_user(self.collector).write({"catch_up": True})
        with self._refused(UserError, "today or later"):
            self.customer.with_user(self.collector).action_pause_dunning(
                self._today(days=-1), "Late"
            )
        with self._refused(UserError, "why"):
            invoice.with_user(self.collector).action_pause_dunning(self._today(), " ")
