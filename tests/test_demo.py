from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file

from ..demo.customers import CUSTOMERS, LEDGER_CUSTOMERS

LEDGER = "abcde"
# what today's preview proposes, and why it proposes nothing to others
READY = {
    "b": "Phone call",
    "bakeries": "E-mail",
    "cinemas": "Phone call",
    "optician": "Phone call",  # its e-mail has bounced
    "potter": "SMS",
    "university": "E-mail",
}
REVIEW = {"a", "boutique", "stationer"}
LEFT_OUT = {
    "c": "promised",
    "caterer": "nothing_due",
    "club": "customer_paused",
    "e": "legal",
    "florist": "no_contact",
    "hyper": "paused",
    "schools": "gap",
    "spa": "in_plan",
}


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demonstration shows DOMAIN's ledger and every situation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.env = cls.env["base"].with_company(cls.company).env
        if not cls.env.ref("__credit_demo__.customer_a", False):
            cls._load_demo()

    @classmethod
    def _load_demo(cls):
        """Load the demonstration's own file into a company that has VAT."""
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading(
                "generic_coa", cls.company, install_demo=False
            )
        cls.company.account_sale_tax_id = cls.env["account.tax"].create(
            {"name": "VAT of 20 %", "amount": 20.0, "type_tax_use": "sale"}
        )
        file = "demo/credit_demo.xml"
        convert_file(cls.env, "credit_management", file, {}, "init", noupdate=True)

    def _demo(self, name):
        return self.env.ref(f"__credit_demo__.{name}").with_env(self.env)

    def _customer(self, key):
        return self._demo(f"customer_{key}")

    def _hold(self, key):
        return self._demo(f"hold_{key}")

    # ------------------------------------------------------------------
    # DOMAIN, "Demonstration ledger" and "Exposure"
    # ------------------------------------------------------------------

    def test_ledger_has_the_figures_of_the_domain(self):
        customers = self.env["res.partner"].union(*map(self._customer, LEDGER))
        figures = {
            name: sum(customers.mapped(f"credit_{name}"))
            for name in ("receivable", "overdue", "unallocated")
        }
        self.assertEqual(
            figures,
            {"receivable": 99600.0, "overdue": 41400.0, "unallocated": 1800.0},
        )
        self.assertEqual(figures["receivable"] + figures["unallocated"], 101400.0)

    def test_ledger_is_that_of_the_books(self):
        MoveLine = self.env["account.move.line"]
        for key in LEDGER:
            customer = self._customer(key)
            [(balance,)] = MoveLine._read_group(
                [
                    ("partner_id", "=", customer.id),
                    ("account_id.account_type", "=", "asset_receivable"),
                    ("parent_state", "=", "posted"),
                ],
                aggregates=["balance:sum"],
            )
            self.assertEqual(customer.credit_receivable, balance, customer.name)

    def test_invoices_are_paid_on_their_days(self):
        today = fields.Date.context_today(self.env.user)
        for key, days in {"inv03": 56, "inv06": 55, "inv09": 5}.items():
            invoice = self._demo(key)
            self.assertEqual(invoice.amount_residual, 0.0, key)
            paid = invoice.line_ids.matched_credit_ids.max_date
            self.assertEqual((today - paid).days, days, key)

    def test_customer_a_has_1200_left(self):
        customer = self._customer("a")
        self.assertEqual(customer.credit_receivable, 34800.0)
        self.assertEqual(customer.credit_order_book, 24000.0)
        self.assertEqual(customer.credit_exposure, 58800.0)
        self.assertEqual(customer.credit_available, 1200.0)

    def test_order_of_15000_is_held_for_13800_too_much(self):
        order = self._demo("order_a_quotation")
        order.with_user(order.user_id).action_confirm_or_hold()
        hold = order.credit_hold_ids
        self.assertEqual((hold.state, hold.rule_codes), ("pending", "limit_exceeded"))
        self.assertEqual(hold.order_amount, 15000.0)
        self.assertEqual(hold.exposure_after, 73800.0)
        self.assertEqual(hold.excess, 13800.0)
        self.assertEqual(hold.assigned_user_id.login, "credit")
        hold.with_user(hold.assigned_user_id).action_release(comment="Known for years")
        self.assertEqual((order.state, order.credit_state), ("sale", "released"))

    # ------------------------------------------------------------------
    # Every situation
    # ------------------------------------------------------------------

    def test_customers_are_in_every_situation(self):
        lights = {
            "d": "ok",
            "joinery": "near",
            "brasserie": "over",
            "club": "stopped",
            "architects": "none",
        }
        for key, light in lights.items():
            self.assertEqual(self._customer(key).credit_light, light, key)
        self.assertGreater(self._customer("stationer").credit_oldest_overdue_days, 30)
        self.assertGreater(self._customer("haulier").credit_oldest_overdue_days, 90)
        self.assertTrue(self._customer("hyper").credit_exempt)
        self.assertLess(
            self._customer("carpentry").credit_review_date, fields.Date.today()
        )
        modes = {"studio": "prepaid", "hospital": "unlimited", "architects": "none"}
        for key, mode in modes.items():
            self.assertEqual(self._customer(key).credit_limit_mode_effective, mode)

    def test_limits_are_temporary_ended_shared_or_asked_for(self):
        self.assertEqual(self._customer("offices").credit_limit_effective, 40000.0)
        self.assertTrue(self._customer("offices").credit_limit_until)
        self.assertEqual(self._customer("gardens").credit_limit_effective, 8000.0)
        self.assertEqual(self._customer("armorica").credit_group_limit, 50000.0)
        waiting = self._customer("winery").credit_limit_change_ids.filtered(
            lambda change: change.state == "requested"
        )
        self.assertEqual(waiting.amount, 30000.0)

    def test_exposure_has_every_component(self):
        book = {
            "theatre": 21000.0,  # 9 000 invoiced as a down payment
            "offices": 10800.0,  # two days more than ordered
            "clinic": 10800.0,  # 7 200 invoiced already
            "university": 7200.0,  # ordered by its buyer
        }
        for key, amount in book.items():
            self.assertEqual(self._customer(key).credit_order_book, amount, key)
        order = self._demo("order_export")
        self.assertNotEqual(order.currency_id, self.company.currency_id)
        self.assertAlmostEqual(
            self._customer("export").credit_order_book, 9600 / 1.10, places=2
        )
        self.assertEqual(self._customer("museum").credit_draft_invoices, 3600.0)
        self.assertEqual(self._customer("restaurant").credit_receivable, -3000.0)
        self.assertEqual(self._customer("bakeries").credit_unallocated, 480.0)

    def test_orders_pass_when_paid_exempt_or_only_warned(self):
        states = {
            "studio_paid": "clear",
            "trains_warned": "warning",
            "hyper_exempt": "warning",
        }
        for key, credit_state in states.items():
            order = self._demo(f"order_{key}")
            self.assertEqual(
                (order.state, order.credit_state), ("sale", credit_state), key
            )

    def test_quotations_show_every_light(self):
        lights = {"a": "over", "c": "near", "d": "ok", "e": "over"}
        for key, light in lights.items():
            order = self._demo(f"order_{key}_quotation")
            self.assertEqual((order.state, order.credit_light), ("draft", light), key)

    def test_holds_are_in_every_state(self):
        decisions = {
            "gardens": ("pending", False),
            "brasserie": ("pending", "conditional"),
            "cinemas": ("released", "once"),
            "festival": ("released", "temporary"),
            "workshops": ("released", "automatic"),
            "boutique": ("refused", "refused"),
            "hardware": ("cancelled", "cancelled"),
        }
        for key, decision in decisions.items():
            hold = self._hold(key)
            self.assertEqual((hold.state, hold.decision), decision, key)
        self.assertEqual(self._hold("workshops").order_id.state, "sale")
        self.assertTrue(self._hold("stationer").is_late)
        self.assertTrue(self._hold("stationer").request_comment)
        self.assertFalse(self._hold("gardens").is_late)
        self.assertTrue(self._hold("winery").awaiting_facts)
        self.assertTrue(self._hold("club").is_forced)
        self.assertEqual(self._hold("armorica").rule_codes, "group_limit_exceeded")

    # ------------------------------------------------------------------
    # Dunning and promises
    # ------------------------------------------------------------------

    def _by_customer(self, records, partner="partner_id"):
        """Return records by the key of their customer."""
        by_customer = records.grouped(partner)
        keys = [row.key for row in (*LEDGER_CUSTOMERS, *CUSTOMERS)]
        return {
            key: by_customer[customer]
            for key in keys
            if (customer := self._customer(key)) in by_customer
        }

    def _notices(self, *states):
        domain = [("state", "in", states), ("kind", "=", "dunning")]
        return self.env["credit.dunning.notice"].search(domain, order="id")

    def test_preview_of_today_sends_reviews_and_leaves_out(self):
        ready = self._by_customer(self._notices("ready"))
        channels = {key: notice.channel_names for key, notice in ready.items()}
        self.assertEqual(channels, READY)
        self.assertEqual(set(self._by_customer(self._notices("review"))), REVIEW)
        left_out = self._by_customer(self._notices("left_out"))
        reasons = {key: notice.reason for key, notice in left_out.items()}
        self.assertEqual(reasons, LEFT_OUT)

    def test_quiet_days_wait_unless_asked_for(self):
        today = fields.Date.context_today(self.env.user)
        sunday = today + timedelta(days=6 - today.weekday())
        with freeze_time(f"{sunday} 10:00:00"):
            runs = self.env["credit.dunning.run"]
            run = runs.browse(runs.action_preview("dunning")["res_id"])
            self.assertFalse(run.ready_count + run.review_count)
            self.assertIn("quiet_day", run.notice_ids.mapped("reason"))
            action = runs.action_preview("dunning", include_quiet=True)
            run = runs.browse(action["res_id"])
            self.assertTrue(run.ready_count and run.review_count and run.left_out_count)

    def test_reminders_went_out_at_every_level(self):
        sent = self._notices("sent")
        levels = self.env.ref("credit_management.credit_dunning_policy_business")
        self.assertEqual(
            levels.level_ids.filtered(lambda level: not level.is_pre_reminder),
            levels.level_ids & sent.level_id,
        )
        climbed = self._by_customer(sent)["stationer"].level_id
        self.assertEqual(len(climbed), 5)
        self.assertEqual(self._demo("stationer_1").dunning_level_id.days, 32)
        today = fields.Date.context_today(self.env.user)
        self.assertTrue(all(notice.date < today for notice in sent))
        self.assertTrue(all(n.sent_date.date() == n.date for n in sent))
        invoices = sent.line_ids.filtered("is_counted").move_id
        self.assertNotIn(today, invoices.mapped("dunning_level_date"))

    def test_messages_came_back_were_overtaken_or_wait(self):
        failed = self._notices("failed")
        self.assertEqual(failed.partner_id, self._customer("optician"))
        self.assertIn("User unknown", failed.delivery_ids.failure)
        self.assertFalse(self._demo("optician_1").dunning_level_id)
        held = self._notices("held")
        self.assertEqual(held.partner_id, self._customer("pharmacy"))
        self.assertEqual(held.reason, "paid")
        self.assertFalse(self._customer("florist").dunning_contact_usable)

    def test_letters_are_registered_or_to_be_printed(self):
        letters = self.env["credit.dunning.delivery"].search(
            [("code", "=", "registered"), ("notice_id.state", "=", "sent")]
        )
        received = letters.filtered(lambda letter: letter.state == "received")
        self.assertEqual(
            set(self._by_customer(received, "customer_id")),
            {"e", "haulier", "stationer"},
        )
        for letter in received:
            self.assertTrue(letter.registered_number)
            self.assertGreater(letter.received_date, letter.sent_date.date())
        to_print = letters - received
        self.assertEqual(to_print.customer_id, self._customer("haulier"))
        self.assertEqual(to_print.state, "todo")

    def test_receipt_is_that_of_a_letter_sent_before(self):
        deliveries = self.env["credit.dunning.delivery"].search([])
        letter = deliveries.filtered(lambda d: d.state == "received")[:1]
        email = deliveries.filtered(lambda d: d.code == "email")[:1]
        today = fields.Date.context_today(self.env.user)
        wrong = (
            (letter, letter.sent_date.date() - timedelta(days=1)),
            (letter, today + timedelta(days=1)),
            (email, today),
        )
        for delivery, received in wrong:
            with self.assertRaises(ValidationError):
                delivery.received_date = received

    def test_a_call_is_to_be_made_today(self):
        calls = self.env["credit.dunning.delivery"].search(
            [("code", "=", "phone"), ("state", "=", "todo")]
        )
        self.assertEqual(calls.customer_id, self._customer("schools"))
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(calls.activity_id.date_deadline, today)

    def test_promises_are_in_every_state(self):
        states = {
            "clinic": "kept",
            "workshops": "kept",
            "boutique": "broken",
            "boutique_again": "to_approve",
            "haulier": "open",
            "c": "open",
        }
        for key, state in states.items():
            self.assertEqual(self._demo(f"promise_{key}").state, state, key)
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(self._demo("promise_haulier").date, today)

    def test_plans_run_wait_to_be_signed_are_broken_and_paid(self):
        states = {
            "spa": ("running", ["settled", "due", "upcoming", "upcoming"]),
            "cannery": ("proposed", ["upcoming"] * 3),
            "garage": ("defaulted", ["missed", "missed"]),
            "nursery": ("completed", ["settled"] * 2),
        }
        for key, (state, lines) in states.items():
            plan = self._demo(f"plan_{key}")
            self.assertEqual(plan.state, state, key)
            self.assertEqual(plan._in_order().mapped("state"), lines, key)
            self.assertEqual(bool(plan.signature), state != "proposed", key)
        self.assertEqual(self._demo("plan_cannery").amount, 4920)
        self.assertEqual(self._customer("spa").credit_plan_order_rule, "prepaid")

    def test_disputes_are_in_every_state(self):
        states = {
            "brasserie": "new",
            "hyper": "qualified",
            "b": "in_progress",
            "cinemas": "waiting_customer",
            "hospital": "waiting_us",
            "joinery": "accepted",
            "winery": "partly_accepted",
            "congress": "rejected",
            "museum": "withdrawn",
            "printer": "settled",
        }
        for key, state in states.items():
            self.assertEqual(self._demo(f"dispute_{key}").state, state, key)
        deadlines = {"b": "late", "cinemas": "soon", "brasserie": "in_time"}
        for key, deadline in deadlines.items():
            dispute = self._demo(f"dispute_{key}")
            self.assertEqual(dispute.deadline_state, deadline, key)
        credit_notes = self._demo("dispute_winery").credit_note_ids
        self.assertEqual(credit_notes.mapped("amount_total"), [1200.0])

    def test_a_cause_was_turned_into_a_control(self):
        self.assertEqual(self._demo("dispute_museum").cause_id.control, "po_number")
        self.assertTrue(self._customer("museum").credit_po_required)
        panel = self._demo("order_museum_quotation").credit_panel
        codes = [finding["code"] for finding in panel["findings"]]
        self.assertIn("po_missing", codes)

    def test_the_ledger_has_its_dispute(self):
        dispute = self._demo("dispute_b")
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(dispute.amount_open, 3600.0)
        self.assertEqual((today - dispute.opened_date).days, 21)
        customer = self._customer("b")
        self.assertEqual(customer.credit_clean_balance, 9000.0 - 3600.0)
        promised = self._customer("c")
        self.assertEqual(promised.credit_actionable_balance, 0.0)

    def test_alerts_wait_are_late_watched_and_answered(self):
        found = {
            key: (alert.state, alert.is_late)
            for key in ("gardens", "stationer", "haulier", "cinemas")
            for alert in [self._demo(f"alert_{key}")]
        }
        self.assertEqual(
            found,
            {
                "gardens": ("open", False),
                "stationer": ("open", True),
                "haulier": ("watched", False),
                "cinemas": ("answered", False),
            },
        )

    def test_ledger_keeps_its_meaning_for_dunning(self):
        promise = self._demo("promise_c")
        today = fields.Date.context_today(self.env.user)
        self.assertEqual(promise.amount, self._demo("inv05").amount_residual)
        self.assertEqual((promise.date - today).days, 5)
        self.assertTrue(self._demo("inv08").dunning_legal_since)

    def test_customers_have_collectors_and_a_substitute(self):
        rows = self.env["credit.worklist"].search([])
        found = self._by_customer(rows)
        self.assertEqual(found["a"].collector_id.login, "credit")
        self.assertEqual(found["stationer"].collector_id.login, "collector")
        self.assertEqual(found["haulier"].collector_id.login, "absent")
        self.assertEqual(found["haulier"].user_id.login, "collector")
        self.assertFalse(rows.filtered(lambda row: not row.collector_id))

    # ------------------------------------------------------------------
    # Loading
    # ------------------------------------------------------------------

    def test_attachments_of_levels_are_as_before(self):
        data = "credit_management.credit_dunning_level_business"
        self.assertTrue(self.env.ref(f"{data}_first").attach_invoices)
        self.assertTrue(self.env.ref(f"{data}_buyer").attach_statement)

    def test_scheduled_runs_begin_tomorrow(self):
        today = fields.Date.context_today(self.env.user)
        for name in ("ir_cron_pre_reminder", "ir_cron_dunning"):
            cron = self.env.ref(f"credit_management.{name}")
            self.assertGreater(cron.nextcall.date(), today)

    def test_finance_sells_nothing(self):
        for login in ("collector", "credit", "cfo"):
            user = self.env.ref(f"credit_management.demo_user_{login}")
            self.assertFalse(user.has_group("sales_team.group_sale_salesman"), login)

    def test_second_load_changes_nothing(self):
        before = self.env["sale.order"].search_count([])
        self.env["credit.demo"]._load()
        self.assertEqual(self.env["sale.order"].search_count([]), before)

    def test_company_without_accounts_is_left_alone(self):
        company = self.env["res.company"].create({"name": "Brand New Ltd"})
        self.assertFalse(self.env["credit.demo"]._can_invoice(company))

    def test_no_mail_is_left_to_send(self):
        models = ["sale.order", "credit.hold", "credit.limit.change", "res.partner"]
        mails = self.env["mail.mail"].search([("model", "in", models)])
        self.assertNotIn("outgoing", mails.mapped("state"))

    # ------------------------------------------------------------------
    # Incentive on cash
    # ------------------------------------------------------------------

    def test_cash_of_the_last_months_is_settled(self):
        rule, statement = (
            self._demo("incentive_rule"),
            self._demo("incentive_statement"),
        )
        self.assertEqual((rule.rate, statement.state), (3.0, "confirmed"))
        steps = [(step.days, step.factor) for step in rule.step_ids]
        self.assertEqual(steps, [(10, 1.0), (60, 0.5)])
        self.assertEqual(statement.user_id.login, "sales")
        self.assertGreater(statement.amount, 0)
        for line in statement.line_ids:
            self.assertAlmostEqual(line.untaxed, line.cash / 1.2, places=2)
            self.assertEqual(line.amount, round(line.untaxed * 0.03 * line.factor, 2))
