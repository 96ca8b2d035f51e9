import base64

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from ..tools.instalments import due_dates, settle, shares
from .dunning_common import DunningCommon

# the smallest picture
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)


class PlanCommon(DunningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100, due=cls._today(days=-6))

    @classmethod
    def _plan(cls, amounts=(40, 30, 30), items=None, user=None, first=10, **vals):
        """Return a draft plan, its instalments ten days apart."""
        items = items or {cls.invoice._dunning_items(): sum(amounts)}
        return (
            cls.env["credit.payment.plan"]
            .with_user(user or cls.collector)
            .create(
                {
                    "partner_id": cls.customer.id,
                    "item_ids": [
                        Command.create({"move_line_id": item.id, "amount": amount})
                        for item, amount in items.items()
                    ],
                    "line_ids": [
                        Command.create(
                            {
                                "date": cls._today(days=first + 10 * rank),
                                "amount": amount,
                            }
                        )
                        for rank, amount in enumerate(amounts)
                    ],
                    **vals,
                }
            )
        )

    @classmethod
    def _running(cls, *args, **kwargs):
        plan = cls._plan(*args, **kwargs)
        plan.action_propose()
        plan.sudo()._accept("Ann Dupont", PNG)
        return plan

    def _check(self, plan, **shift):
        with freeze_time(self._today(**shift)):
            plan.env.invalidate_all()
            plan.sudo()._check(self._today())


@tagged("post_install", "-at_install")
class TestPaymentPlan(PlanCommon):
    """What customers pay by instalments, and what dunning makes of it."""

    # ------------------------------------------------------------------
    # Arithmetic
    # ------------------------------------------------------------------

    def test_the_last_instalment_takes_the_cents(self):
        for amount, count, expected in [
            (100, 3, [33.33, 33.33, 33.34]),
            (0.05, 3, [0.01, 0.01, 0.03]),
            (100, 1, [100]),
            (99.99, 2, [49.99, 50.0]),
            (1234567.89, 7, [176366.84] * 6 + [176366.85]),
        ]:
            self.assertEqual(shares(amount, count), expected)
        self.assertEqual(shares(100, 3, 1), [33, 33, 34])
        self.assertEqual(shares(100, 3, 0.05), [33.3, 33.3, 33.4])

    def test_months_keep_their_day(self):
        first = self._today().replace(year=2026, month=1, day=31)
        self.assertEqual(
            [str(day) for day in due_dates(first, 3, "monthly")],
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        )
        self.assertEqual(str(due_dates(first, 2, "fortnightly")[1]), "2026-02-14")

    def test_money_pays_the_oldest_instalment_first(self):
        self.assertEqual(settle([40, 30, 30], 55), [40, 15, 0])
        self.assertEqual(settle([40, 30, 30], 0), [0, 0, 0])
        self.assertEqual(settle([40, 30, 30], 200), [40, 30, 30])

    # ------------------------------------------------------------------
    # A new plan
    # ------------------------------------------------------------------

    def test_the_dialog_tells_nothing_of_other_companies(self):
        item = self.invoice.line_ids.filtered("date_maturity")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.collector.copy({"company_ids": elsewhere.ids,
                                        "company_id": elsewhere.id})  # fmt: skip
        for user, name in [(self.collector, self.invoice.name), (stranger, False)]:
            Wizard = self.env["credit.payment.plan.create"].with_user(user)
            wizard = Wizard.create(
                {"item_ids": [Command.create({"move_line_id": item.id})]}
            )
            self.assertEqual(wizard.item_ids.name, name)

    def test_the_dialog_drafts_a_plan(self):
        upcoming = self._invoice(33.33, due=self._today(days=9))
        action = self.customer.with_user(self.collector).action_payment_plan()
        wizard = (
            self.env["credit.payment.plan.create"]
            .with_user(self.collector)
            .browse(action["res_id"])
        )
        # what is overdue is chosen, the rest is offered
        self.assertEqual(wizard.amount, 100)
        self.assertEqual(len(wizard.item_ids), 2)
        with Form(wizard) as form:
            form.count = 4
            with form.item_ids.edit(1) as item:
                item.is_included = True
        self.assertEqual(wizard.schedule_ids.mapped("amount"),
                         [33.33, 33.33, 33.33, 33.34])  # fmt: skip
        with Form(wizard) as form:
            form.rhythm = "free"
            with form.schedule_ids.edit(0) as line:
                line.amount = 40
            self.assertEqual(form.difference, -6.67)
            with form.schedule_ids.edit(3) as line:
                line.amount = 26.67
        plan = self.env["credit.payment.plan"].browse(wizard.action_apply()["res_id"])
        self.assertEqual(plan.amount, 133.33)
        self.assertEqual(plan.line_ids.mapped("amount"), [40, 33.33, 33.33, 26.67])
        self.assertEqual(plan.item_ids.move_id, self.invoice + upcoming)
        self.assertIn("as of right", plan.clause)

    def test_a_plan_starts_where_the_customer_is_seen(self):
        other = self._invoice(50, due=self._today(days=-3))
        self._send_all()
        self.env.flush_all()
        notice = self.env["credit.dunning.notice"].search([("state", "=", "sent")])
        row = self.env["credit.worklist"].search([])
        for record, amount in [
            (self.customer, 150), (row, 150), (notice, 150), (other, 50),
            (self.invoice + other, 150),
        ]:  # fmt: skip
            action = record.with_user(self.collector).action_payment_plan()
            wizard = self.env[action["res_model"]].browse(action["res_id"])
            self.assertEqual(wizard.amount, amount)
            with self._refused(AccessError, "."):
                record.with_user(self.salesperson).action_payment_plan()
        self.customer.phone = "+33 1 99 00 20 01"
        call = self.customer.with_user(self.collector).action_call_about_overdue()
        dialog = self.env[call["res_model"]].with_user(self.collector)
        dialog = dialog.with_context(**call["context"]).create({"result": "plan"})
        self.assertEqual(dialog.action_log()["res_model"], wizard._name)

    def test_strange_plans_are_refused(self):
        stranger = self._invoice(80, partner=self.uncontrolled)._dunning_items()
        own = self.invoice._dunning_items()
        for vals, exception, words in [
            ({"amounts": (50, 49.99), "items": {own: 100}}, UserError, "add up"),
            ({"amounts": (50, 50.01)}, ValidationError, "cannot be in this one"),
            ({"amounts": (50, 50), "first": -1}, UserError, "today or later"),
            ({"amounts": (80,), "items": {stranger: 80}}, ValidationError, "customer"),
            ({"amounts": (), "items": {own: 100}}, UserError, "1 to 120"),
            ({"contact_id": self.uncontrolled.id}, ValidationError, "not a contact"),
            ({"valid_until": self._today(days=-1)}, UserError, "valid until"),
        ]:
            with self._refused(exception, words):
                self._plan(**vals)
        # it comes from the life of the plan only
        plan = self._plan(state="running", signed_by="Nobody", signature=PNG)
        self.assertEqual(
            (plan.state, plan.signed_by, plan.signature), ("draft", False, False)
        )

    def test_an_item_is_in_one_plan(self):
        self._plan((60,))
        with self._refused(ValidationError, "another plan"):
            self._plan((40.01,))
        self.assertEqual(self._plan((40,)).amount, 40)

    def test_only_finance_agrees_on_plans_and_nobody_rewrites_them(self):
        with self._refused(AccessError, "."):
            self._plan(user=self.salesperson)
        plan = self._plan()
        for values in ({"state": "running"}, {"grace_days": 99}, {"clause": "None"}):
            with self._refused(AccessError, "."):
                plan.with_user(self.manager).write(values)
        with self._refused(AccessError, "."):
            plan.line_ids.with_user(self.manager).write({"amount": 1})
        with self._refused(AccessError, "."):
            plan.with_user(self.salesperson).action_cancel()

    # ------------------------------------------------------------------
    # Proposal and signature
    # ------------------------------------------------------------------

    def test_a_plan_is_sent_and_signed(self):
        plan = self._plan()
        with self._mail_server():
            plan.action_propose()
        [mail] = self._mails_to(self.customer)
        self.assertIn(f"/my/plan/{plan.id}?access_token=", mail["body"])
        self.assertEqual(len(mail["attachments"]), 1)
        self.assertEqual(plan.state, "proposed")
        # until it is signed, nothing changes
        self.assertFalse(self._notice(self._run()).reason)
        plan.sudo()._accept(" Ann\n Dupont ", PNG)
        self.assertEqual((plan.state, plan.signed_by), ("running", "Ann Dupont"))
        self.assertTrue(plan.signed_on)
        self.assertEqual(len(plan.message_ids.attachment_ids), 2)

    def test_a_signature_is_a_picture_and_is_given_once(self):
        plan = self._plan()
        with self._refused(UserError, "Draft"):
            plan.sudo()._accept("Ann", PNG)
        plan.action_propose()
        svg = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script/>")
        for name, signature in [
            ("", PNG),
            ("A" * 101, PNG),
            ("Ann", ""),
            ("Ann", None),
            ("Ann", 12),
            ("Ann", "no base64!"),
            ("Ann", svg.decode()),
            ("Ann", PNG + "A" * 2**21),
        ]:
            with self._refused(UserError, "."):
                plan.sudo()._accept(name, signature)
        self.assertEqual(plan.state, "proposed")
        plan.sudo()._accept("Ann", PNG)
        with self._refused(UserError, "Running"):
            plan.sudo()._accept("Bob", PNG)
        self.assertEqual(plan.signed_by, "Ann")

    def test_an_old_offer_cannot_be_signed(self):
        plan = self._plan(first=20)
        plan.action_propose()
        with freeze_time(self._today(days=11)), self._refused(UserError, "expired"):
            plan.sudo()._accept("Ann", PNG)
        self._pay(self.invoice)
        with self._refused(UserError, "paid or changed"):
            plan.sudo()._accept("Ann", PNG)

    def test_the_clause_and_the_report_speak_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        plan = self._running()
        Report = self.env["ir.actions.report"].sudo()
        html = Report._render_qweb_html(
            "credit_management.credit_payment_plan_report", plan.ids
        )[0].decode()
        self.assertIn(plan.name, html)
        self.assertIn("Ann Dupont", html)
        self.assertIn(plan.clause.splitlines()[0][:40], html.replace("&#39;", "'"))

    def test_a_plan_takes_the_place_of_a_promise(self):
        promise = (
            self.env["credit.promise"]
            .with_user(self.collector)
            .create(
                {
                    "partner_id": self.customer.id,
                    "amount": 50,
                    "date": self._today(days=5),
                }
            )
        )
        self._running()
        self.assertEqual(promise.state, "withdrawn")

    # ------------------------------------------------------------------
    # While it runs
    # ------------------------------------------------------------------

    def test_payments_settle_instalments_oldest_first(self):
        plan = self._running()
        for paid, expected in [
            (30, ["upcoming"] * 3),
            (10, ["settled", "upcoming", "upcoming"]),
            (20, ["settled", "upcoming", "upcoming"]),
        ]:
            self._pay(self.invoice, paid)
            plan.env.invalidate_all()
            self.assertEqual(plan.line_ids.mapped("state"), expected)
        self.assertEqual(plan.line_ids.mapped("amount_settled"), [40, 20, 0])
        self.assertEqual((plan.amount_settled, plan.amount_residual), (60, 40))
        self.assertEqual(plan.next_amount, 10)

    def test_money_on_account_settles_instalments_and_completes_nothing(self):
        plan = self._running()
        self._pay(self.customer, 100)
        self._check(plan, days=11)
        self.assertEqual(plan.line_ids.mapped("state"), ["settled"] * 3)
        self.assertEqual(plan.state, "running")

    def test_older_money_on_account_is_not_the_plans(self):
        payment = self._pay(self.customer, 100)
        plan = self._running()
        self.assertEqual(plan.amount_settled, 100)
        # all of a test happens at the same instant
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET create_date = create_date - interval '1 hour'"
            " WHERE move_id = %s",
            [payment.move_id.id],
        )
        self.env.invalidate_all()
        self.assertEqual(plan.amount_settled, 0)

    def test_two_plans_share_the_money_of_a_customer(self):
        first = self._running((60,))
        second = self._running((40,))
        self._pay(self.customer, 70)
        self.env.invalidate_all()
        self.assertEqual((first.amount_settled, second.amount_settled), (60, 10))

    def test_items_of_a_plan_rest_and_the_other_ones_do_not(self):
        self._running()
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.reason), ("left_out", "in_plan"))
        self._invoice(50, due=self._today(days=-7))
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.amount_net), ("ready", 50))
        # the ledger keeps its due dates
        self.assertEqual(self.invoice.invoice_date_due, self._today(days=-6))

    def test_a_part_of_an_item_may_be_in_a_plan(self):
        plan = self._running((60,))
        self.assertEqual(self._notice(self._run()).amount_net, 40)
        self._pay(self.invoice, 20)
        self.env.invalidate_all()
        self.assertEqual(plan.amount_settled, 20)
        self.assertEqual(self._notice(self._run()).amount_net, 40)

    def test_a_plan_paid_early_completes_and_opens_again(self):
        plan = self._running()
        payment = self._pay(self.invoice)
        self.assertEqual(plan.state, "completed")
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(plan.state, "running")

    def test_a_broken_plan_whose_payment_is_undone_is_broken_again(self):
        plan = self._running(first=1)
        self._check(plan, days=20)
        self.assertEqual(plan.state, "defaulted")
        self._pay(self.invoice)
        self.assertEqual(plan.state, "completed")
        self.invoice.line_ids.remove_move_reconcile()
        self.assertEqual(plan.state, "defaulted")
        self.assertFalse(plan.closed_on)

    def test_a_missed_instalment_gives_one_task(self):
        plan = self._running()
        self._check(plan, days=10)
        self.assertFalse(plan.activity_ids)
        for days in (11, 12):
            self._check(plan, days=days)
            self.assertEqual(plan.missed_since, self._today(days=10))
            self.assertEqual(plan.activity_ids.user_id, self.collector)
            self.assertIn("missed", plan.activity_ids.summary)
        with self._mail_server(), freeze_time(self._today(days=12)):
            plan.action_remind()
        self.assertIn("40.00", self._mails_to(self.customer)[0]["body"])
        self._pay(self.invoice, 40)
        self._check(plan, days=13)
        self.assertFalse(plan.activity_ids)
        self.assertFalse(plan.missed_since)

    # ------------------------------------------------------------------
    # Broken
    # ------------------------------------------------------------------

    def test_a_broken_plan_goes_to_the_formal_notice(self):
        formal = self._level(30)
        formal.proposes_formal_notice = True
        formal.minimum_days = 10
        plan = self._running()
        with freeze_time(self._today(days=15)):
            self._check(plan)
            self.assertEqual(plan.state, "running")
        with freeze_time(self._today(days=16)):
            for _again in range(2):
                self._check(plan)
            self.assertEqual(plan.state, "defaulted")
            self.assertEqual(len(plan.activity_ids), 1)
            self.assertEqual(plan.amount_due, 100)
            self.assertEqual(self.invoice.dunning_level_id, self._level(15))
        with freeze_time(self._today(days=17)):
            # 23 days overdue, which would be the second level
            notice = self._notice(self._run())
            self.assertEqual((notice.level_id, notice.reason), (formal, False))
            self.assertEqual(notice.days_overdue, 23)
            self._send_all()
            self.assertEqual(self.invoice.dunning_level_id, formal)
            self.assertFalse(self._notice(self._run()))

    def test_the_rest_is_due_at_once_before_the_legal_due_date(self):
        upcoming = self._invoice(50, due=self._today(days=60))
        items = {
            self.invoice._dunning_items(): 100,
            upcoming._dunning_items(): 50,
        }
        plan = self._running((75, 75), items=items)
        self._check(plan, days=16)
        with freeze_time(self._today(days=17)):
            notice = self._notice(self._run())
            # without a formal notice: the last mandatory level
            self.assertEqual(notice.level_id, self._level(45))
            self.assertEqual(notice.amount_net, 150)
            upcoming_line = notice.line_ids.filtered(
                lambda line: line.move_id == upcoming
            )
            self.assertLess(upcoming_line.days_overdue, 0)
        self.assertEqual(upcoming.invoice_date_due, self._today(days=60))

    def test_a_manager_lets_a_plan_run_again_once_it_is_paid_up(self):
        plan = self._running()
        self._check(plan, days=16)
        self.assertEqual(plan.state, "defaulted")
        with freeze_time(self._today(days=17)):
            with self._refused(AccessError, "manager"):
                plan.with_user(self.collector).action_cure()
            with self._refused(UserError, "still missing"):
                plan.with_user(self.manager).action_cure()
            self._pay(self.invoice, 40)
            self.env.invalidate_all()
            plan.with_user(self.manager).action_cure()
            self.assertEqual(plan.state, "running")
        with freeze_time(self._today(days=40)):
            self.assertEqual(self._notice(self._run()).reason, "in_plan")

    def test_ending_a_plan_is_a_managers_and_leaves_a_grace(self):
        plan = self._running()
        with self._refused(AccessError, "manager"):
            plan.action_cancel()
        plan.with_user(self.manager).action_cancel()
        for days, reason in [(0, "grace"), (4, "grace"), (5, False)]:
            with freeze_time(self._today(days=days)):
                self.assertEqual(self._notice(self._run()).reason, reason)

    def test_the_cron_looks_at_all_plans(self):
        plan = self._running()
        with freeze_time(self._today(days=16)), self.enter_registry_test_mode():
            self.env.ref(
                "credit_management.ir_cron_payment_plans"
            ).method_direct_trigger()
        self.assertEqual(plan.state, "defaulted")

    def test_life_cycle(self):
        allowed = {
            "action_propose": {"draft", "proposed"},
            "action_cancel": {"draft", "proposed", "running", "defaulted"},
            "action_cure": {"defaulted"},
            "action_remind": {"running", "defaulted"},
        }
        states = ["draft", "proposed", "running", "defaulted", "completed", "cancelled"]
        plan = self._plan()
        for method, possible in allowed.items():
            for state in set(states) - possible:
                plan.sudo().state = state
                with self._refused(UserError, "is:"):
                    getattr(plan.with_user(self.cfo), method)()

    # ------------------------------------------------------------------
    # Documents that change meanwhile
    # ------------------------------------------------------------------

    def test_a_cancelled_invoice_is_owed_no_more(self):
        other = self._invoice(50, due=self._today(days=-3))
        plan = self._running(
            (75, 75),
            items={self.invoice._dunning_items(): 100, other._dunning_items(): 50},
        )
        other.button_draft()
        self.env.invalidate_all()
        self.assertEqual(plan.amount_settled, 0)
        other.button_cancel()
        self.env.invalidate_all()
        self.assertEqual(plan.amount_settled, 50)
        self._pay(self.invoice)
        self._check(plan)
        self.assertEqual(plan.state, "completed")

    def test_a_credit_note_settles_as_well(self):
        plan = self._running()
        refund = self._credit_note(40)
        (self.invoice + refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.env.invalidate_all()
        self.assertEqual(plan.line_ids.mapped("amount_settled"), [40, 0, 0])

    def test_a_foreign_currency_is_kept(self):
        other = self.setup_other_currency("HRK", rates=[("2016-01-01", 2.0)])
        invoice = self._invoice(200, due=self._today(days=-6), currency=other)
        plan = self._running(
            (100, 100),
            items={invoice._dunning_items(): 200},
            currency_id=other.id,
            first=0,
        )
        amounts = plan._amounts_due(self.customer, self.company)[self.customer.id]
        self.assertEqual(amounts, {"due": 50, "waiting": 50})

    # ------------------------------------------------------------------
    # Figures and orders
    # ------------------------------------------------------------------

    def test_the_amounts_due_of_running_plans(self):
        Plan = self.env["credit.payment.plan"]
        self._running()

        def amounts():
            self.env.invalidate_all()
            return Plan._amounts_due(self.customer, self.company)[self.customer.id]

        self.assertEqual(amounts(), {"due": 0, "waiting": 100})
        with freeze_time(self._today(days=20)):
            self.assertEqual(amounts(), {"due": 70, "waiting": 30})
            self._pay(self.invoice, 50)
            self.assertEqual(amounts(), {"due": 20, "waiting": 30})

    def test_a_plan_has_its_word_on_orders(self):
        for order_rule, expected in [
            ("normal", []),
            ("prepaid", ["payment_plan"]),
            ("stop", ["payment_plan"]),
        ]:
            partner = self._create_customer(f"O{order_rule} SA")
            invoice = self._invoice(100, due=self._today(days=-6), partner=partner)
            plan = self._plan(
                items={invoice._dunning_items(): 100},
                partner_id=partner.id,
                order_rule=order_rule,
            )
            order = self._quotation(10, partner=partner)
            order.with_user(self.salesperson).action_confirm_or_hold()
            # the draft says nothing yet
            self.assertEqual(order.state, "sale")
            plan.action_propose()
            plan.sudo()._accept("Ann", PNG)
            order = self._quotation(10, partner=partner)
            order.with_user(self.salesperson).action_confirm_or_hold()
            self.assertEqual(order.credit_hold_ids.rule_ids.mapped("code"), expected)
            self.assertEqual(order.state, "draft" if expected else "sale")

    def test_the_worklist_tells_of_plans(self):
        plan = self._running()

        def row(days):
            self._check(plan, days=days)
            self.env.flush_all()
            self.env.invalidate_all()
            Worklist = self.env["credit.worklist"].with_user(self.collector)
            return Worklist.search([("partner_id", "=", self.customer.id)])

        self.assertIn("payment plan kept so far", row(0).reason)
        self.assertEqual(row(0).priority, 100 * 6 * 0.2)
        self.assertIn("instalment missed since", row(11).reason)
        self.assertIn("payment plan broken", row(16).reason)

    def test_the_statement_tells_of_plans(self):
        plan = self._running()
        [statement] = self.env["credit.statement"]._statements(
            self.customer, self.company
        )
        [item] = statement.accounts[0].items
        self.assertIn(plan.name, item.notes[0])
