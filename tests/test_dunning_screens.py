from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from .dunning_common import DunningCommon

COMMON = ["list", "form", "search"]
COLLECTOR_VIEWS = {
    "credit.dunning.run": [*COMMON, "kanban"],
    "credit.dunning.notice": [*COMMON, "kanban", "pivot", "graph", "activity"],
    "credit.dunning.delivery": [*COMMON, "kanban"],
    "credit.dunning.policy": [*COMMON, "kanban"],
    "credit.dunning.level": ["list", "form"],
    "account.move": COMMON,
    "res.partner": COMMON,
}
WIZARDS = ("start", "pause", "level.change", "legal", "call")


class DunningScreensCommon(DunningCommon):
    """Three late customers: one gets an e-mail, one a call, one nothing: a pause."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+32 2 290 34 90"
        calls = cls._dunning_policy(
            [
                {
                    "days": 5,
                    "name": "Call accounting",
                    "channels": ["phone"],
                    "call_script": "<p>When will you pay?</p>",
                }
            ],
            name="Calls",
        )
        country = cls.env.ref("base.be")
        cls.called = cls._create_customer(
            "Martin SA",
            phone="+32 2 290 34 91",
            country_id=country.id,
            credit_dunning_policy_id=calls.id,
        )
        cls.paused = cls._create_customer("Paused SA")
        due = cls._today(days=-6)
        cls.invoice = cls._invoice(500.0, due=due)
        cls._invoice(700.0, due=due, partner=cls.called)
        cls._invoice(900.0, due=due, partner=cls.paused)
        cls.paused.action_pause_dunning(cls._today(days=9), "They check the delivery")


@tagged("post_install", "-at_install")
class TestDunningScreens(DunningScreensCommon):
    """What each role sees of dunning, as the server gives it."""

    def _arch(self, user, model, view_type, xmlid=None):
        view = self.env.ref(xmlid) if xmlid else self.env["ir.ui.view"]
        Model = self.env[model].with_user(user)
        return etree.fromstring(Model.get_view(view.id, view_type)["arch"])

    def _names(self, arch, tag):
        return {node.get("name") for node in arch.iter(tag)}

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_every_screen_opens_for_finance(self):
        for user in (self.collector, self.manager):
            for model, view_types in COLLECTOR_VIEWS.items():
                with self.subTest(user=user.name, model=model):
                    Model = self.env[model].with_user(user)
                    Model.get_views([(False, view_type) for view_type in view_types])
            for name in WIZARDS:
                with self.subTest(user=user.name, wizard=name):
                    self._arch(user, f"credit.dunning.{name}", "form")

    def test_collection_is_for_finance_and_policies_for_managers(self):
        def menus(user):
            return self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

        def menu(name):
            return self.env.ref(f"credit_management.{name}").id

        self.assertIn(menu("credit_dunning_run_menu"), menus(self.collector))
        self.assertNotIn(menu("credit_configuration_menu"), menus(self.collector))
        self.assertIn(menu("credit_dunning_policy_menu"), menus(self.manager))
        self.assertNotIn(menu("credit_dunning_run_menu"), menus(self.salesperson))
        with self.assertRaises(AccessError):
            self.dunning.with_user(self.collector).name = "Mine"

    def test_others_see_the_level_of_an_invoice_but_decide_nothing(self):
        arch = self._arch(self.accountant, "account.move", "form")
        self.assertIn("dunning_level_id", self._names(arch, "field"))
        self.assertFalse(
            {"dunning_notice_line_ids", "dunning_policy_id"}
            & self._names(arch, "field")
        )
        self.assertNotIn("action_resume_dunning", self._names(arch, "button"))

    # ------------------------------------------------------------------
    # Preview
    # ------------------------------------------------------------------

    def _preview(self):
        Run = self.env["credit.dunning.run"].with_user(self.collector)
        return Run.browse(Run.action_preview()["res_id"])

    def test_the_preview_sorts_notices_by_what_becomes_of_them(self):
        run = self._preview()
        self.assertEqual(run.ready_ids.partner_id, self.customer | self.called)
        self.assertEqual(run.left_out_ids.partner_id, self.paused)
        self.assertFalse(run.review_ids | run.sent_ids | run.trouble_ids)
        self.assertIn("2 to send", run.summary)
        self.assertIn("1 left out", run.summary)
        self.assertIn("1,200.00", run.summary)

    def test_the_filters_of_a_run_s_buttons_exist(self):
        run = self._preview()
        names = self._names(
            self._arch(self.collector, "credit.dunning.notice", "search"), "filter"
        )
        for state, _label in run.notice_ids._fields["state"].selection:
            self.assertIn(state, names)

    def test_the_preview_says_why_not_in_words(self):
        notice = self._preview().left_out_ids
        self.assertIn("Customer paused", notice.reason_text)
        self.assertIn("They check the delivery", notice.reason_text)

    def test_a_paused_invoice_is_named_with_its_reason(self):
        self.invoice.action_pause_dunning(self._today(days=3), "Waits for its order")
        notice = self._notice(self._preview())
        self.assertIn(self.invoice.name, notice.reason_text)
        self.assertIn("Waits for its order", notice.reason_text)

    def test_a_customer_written_to_lately_shows_when(self):
        self._send_all()
        self.invoice.action_set_dunning_level(
            self.env["credit.dunning.level"], "Once more"
        )
        notice = self._notice(self._preview())
        self.assertEqual(notice.reason, "gap")
        self.assertIn("7 days", notice.reason_text)

    def test_small_and_covered_debts_show_their_amounts(self):
        self._level(5).minimum_amount = 600.0
        notice = self._notice(self._preview())
        self.assertIn("500.00", notice.reason_text)
        self.assertIn("600.00", notice.reason_text)
        self._pay(self.customer, 550.0)
        notice = self._notice(self._preview())
        self.assertEqual(notice.reason, "nothing_due")
        self.assertIn("550.00", notice.reason_text)

    def test_the_message_is_read_before_it_leaves(self):
        run = self._preview()
        notice = self._notice(run)
        self.assertIn("Please pay", notice.preview)
        self.assertIn("Reminder Level 5", notice.preview)
        self.assertIn(self.customer.email, notice.preview)
        self.assertIn("When will you pay?", self._notice(run, self.called).preview)
        self.assertFalse(notice.delivery_ids.body)

    def test_wrong_words_are_told_in_the_preview(self):
        self.mail_template.body_html = "<p t-out='object.no_such_field'/>"
        self.assertIn("text-danger", self._notice(self._preview()).preview)

    # ------------------------------------------------------------------
    # Dialogs
    # ------------------------------------------------------------------

    def test_a_collector_pauses_a_customer(self):
        Pause = self.env["credit.dunning.pause"].with_user(self.collector)
        Pause = Pause.with_context(
            active_model="res.partner", active_ids=self.customer.ids
        )
        with Form(Pause) as form:
            form.until = self._today(days=2)
            form.reason = "Away"
        form.record.action_pause()
        self.assertEqual(self.customer.dunning_paused_until, self._today(days=2))
        self.customer.with_user(self.collector).action_resume_dunning()
        self.assertFalse(self.customer.dunning_paused_until)

    def test_the_dialog_of_the_action_menu_knows_what_is_paused(self):
        Pause = self.env["credit.dunning.pause"].with_user(self.collector)
        for record, name in (
            (self.customer, "partner_ids"),
            (self.invoice, "move_ids"),
        ):
            dialog = Pause.with_context(
                active_model=record._name, active_ids=record.ids
            )
            spec = {name: {"fields": {"display_name": {}}}}
            values = dialog.onchange({}, [], spec)["value"]
            self.assertEqual([command[1] for command in values[name]], record.ids)

    def test_a_paused_invoice_is_next_reminded_after_the_pause(self):
        self.invoice.action_pause_dunning(self._today(days=3), "Away")
        self.assertEqual(self.invoice.dunning_next_date, self._today(days=4))

    def test_a_collector_changes_the_level_with_a_reason(self):
        Change = self.env["credit.dunning.level.change"].with_user(self.collector)
        with Form(Change.with_context(active_ids=self.invoice.ids)) as form:
            form.level_id = self._level(15)
            form.reason = "Reminded by phone"
        form.record.action_change()
        self.assertEqual(self.invoice.dunning_level_id, self._level(15))

    def test_a_collector_hands_an_invoice_to_legal_collection(self):
        Legal = self.env["credit.dunning.legal"].with_user(self.collector)
        with Form(Legal.with_context(active_ids=self.invoice.ids)) as form:
            self.assertEqual(form.since, self._today())
        form.record.action_hand_over()
        self.assertEqual(self.invoice.dunning_legal_since, self._today())
        self.assertIn("legal collection", self.invoice.message_ids[0].body)
        self.invoice.with_user(self.collector).action_take_back_from_legal()
        self.assertFalse(self.invoice.dunning_legal_since)

    def test_the_call_asks_for_a_date_when_nobody_answered(self):
        self._send_all()
        call = self.env["credit.dunning.delivery"].search(
            [("code", "=", "phone"), ("customer_id", "=", self.called.id)]
        )
        action = call.with_user(self.collector).action_call()
        Call = self.env["credit.dunning.call"].with_user(self.collector)
        with Form(Call.with_context(**action["context"])) as form:
            self.assertFalse(form.needs_date)
            form.result = "no_answer"
            self.assertTrue(form.needs_date)
            form.call_back_date = self._today(days=2)
        form.record.action_log()
        self.assertEqual(call.state, "todo")
        self.assertEqual(call.call_date, self._today(days=2))

    def test_a_letter_takes_its_number_and_receipt_and_nothing_else(self):
        self._level(5).channel_ids = self.channels["registered"]
        self.customer.write({"street": "Rue 1", "zip": "1000", "city": "Bruxelles"})
        self.customer.country_id = self.env.ref("base.be")
        self._send_all()
        letter = self.env["credit.dunning.delivery"].search(
            [("code", "=", "registered"), ("customer_id", "=", self.customer.id)]
        )
        letter = letter.with_user(self.collector)
        view = "credit_management.credit_dunning_delivery_view_form"
        with Form(letter, view) as form:
            form.registered_number = "RK 123"
            form.received_date = self._today()
        self.assertEqual(
            (letter.state, letter.registered_number), ("received", "RK 123")
        )
        with self.assertRaises(UserError):
            letter.address = "Elsewhere"

    # ------------------------------------------------------------------
    # Customer, invoice, policy
    # ------------------------------------------------------------------

    def test_the_customer_shows_the_policy_in_force_and_what_was_said(self):
        self._send_all()
        customer = self.customer.with_user(self.collector)
        self.assertEqual(customer.dunning_policy_effective_id, self.dunning)
        self.assertEqual(self.called.dunning_policy_effective_id.name, "Calls")
        self.assertEqual(customer.dunning_notice_ids.level_id, self._level(5))
        self.assertEqual(customer.dunning_notice_count, 1)
        names = self._names(
            self._arch(
                self.salesperson, "res.partner", "form", "base.view_partner_form"
            ),
            "field",
        )
        self.assertNotIn("dunning_notice_ids", names)

    def test_the_filters_find_their_invoices(self):
        arch = self._arch(self.collector, "account.move", "search",
                          "account.view_account_invoice_filter")  # fmt: skip
        Move = self.env["account.move"].with_user(self.collector)

        def found(name):
            node = arch.find(f".//filter[@name='{name}']")
            return self.invoice in Move.search(literal_eval(node.get("domain")))

        self.assertFalse(found("dunning_reminded"))
        self._send_all()
        self.assertTrue(found("dunning_reminded"))
        self.invoice.action_pause_dunning(self._today(days=1), "Away")
        self.assertTrue(found("dunning_paused"))
        self.invoice.action_hand_to_legal()
        self.assertTrue(found("dunning_legal"))

    def test_the_ladder_follows_what_is_typed(self):
        with Form(self.dunning) as form:
            self.assertEqual(
                [step["label"] for step in form.ladder], ["D+5", "D+15", "D+30", "D+45"]
            )
            with form.level_ids.new() as level:
                level.name = "Statement"
                level.days = -7
                level.channel_ids.add(self.channels["email"])
                level.mail_template_id = self.mail_template
            self.assertEqual(form.ladder[0]["label"], "D-7")
            self.assertTrue(form.ladder[0]["is_pre_reminder"])


@tagged("post_install", "-at_install")
class TestDunningScreensTour(DunningScreensCommon, HttpCase):
    def test_collector_previews_sends_and_calls(self):
        self.start_tour("/odoo", "credit_collector", login=self.collector.login)
        self.assertEqual(self.invoice.dunning_level_id, self._level(5))
        call = self.env["credit.dunning.delivery"].search(
            [("code", "=", "phone"), ("customer_id", "=", self.called.id)]
        )
        self.assertEqual((call.state, call.result), ("sent", "reached"))
        self.assertEqual(call.result_note, "They pay on Friday")
