from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestAlert(GateCommon):
    """A salesperson's doubt, and the answer that credit management owes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_management.credit_alert_reason_rumour")
        cls.customer.user_id = cls.salesperson
        cls.order = cls._quotation(100)

    def _alert(self, user=None, **vals):
        return (
            self.env["credit.alert"]
            .with_user(user or self.salesperson)
            .create(
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "description": "The warehouse is half empty.",
                    **vals,
                }
            )
        )

    def _tasks(self, alert):
        return alert.sudo().activity_ids.user_id & (self.manager | self.cfo)

    # ------------------------------------------------------------------
    # Life cycle
    # ------------------------------------------------------------------

    def test_it_lands_on_the_desk_of_the_managers(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        alert = self._alert(partner_id=contact.id)
        self.assertEqual(alert.partner_id, self.customer)
        self.assertEqual(alert.raised_by_id, self.salesperson)
        self.assertEqual(self._tasks(alert), self.manager | self.cfo)
        self.assertEqual(self.customer.with_user(self.manager).credit_alert_count, 1)
        alert.with_user(self.manager).action_answer("nothing", "They are moving.")
        self.assertFalse(alert.sudo().activity_ids)
        self.env.invalidate_all()
        self.assertEqual(self.customer.with_user(self.manager).credit_alert_count, 0)

    def test_the_answer_is_owed_within_working_hours(self):
        self.company.credit_alert_answer_hours = 4
        with freeze_time("2026-06-05 14:00:00"):  # a Friday
            alert = self._alert()
            self.assertFalse(alert.is_late)
        self.assertEqual(str(alert.deadline.date()), "2026-06-08")
        with freeze_time("2026-06-09"):
            self.env.invalidate_all()
            self.assertTrue(alert.is_late)
            late = self.env["credit.alert"].search([("is_late", "=", True)])
            self.assertIn(alert, late)
            alert.with_user(self.cfo).action_answer("nothing", "Late, but all is well.")
            self.assertFalse(alert.is_late)

    def test_each_measure_does_what_it_says(self):
        for measure, state, stopped, model in [
            ("nothing", "answered", False, None),
            ("insurance", "answered", False, None),
            ("watch", "watched", False, None),
            ("limit", "answered", False, "credit.limit.change"),
            ("stop", "answered", True, None),
        ]:
            with self.subTest(measure):
                alert = self._alert(order_id=self.order.id)
                dialog = Form(
                    self.env["credit.alert.answer"]
                    .with_user(self.manager)
                    .with_context(default_alert_id=alert.id)
                )
                dialog.measure = measure
                dialog.answer = "Seen with their bank"
                action = dialog.save().action_apply()
                self.assertEqual(action.get("res_model"), model)
                self.assertEqual((alert.state, alert.measure), (state, measure))
                self.assertEqual(alert.answered_by_id, self.manager)
                self.assertEqual(self.customer.credit_stopped, stopped)
                message = alert.sudo().message_ids[0]
                self.assertIn(self.salesperson.partner_id, message.notified_partner_ids)
                self.assertIn("Seen with their bank", message.body)
                self.assertIn("Seen with", self.order.sudo().message_ids[0].body)

    def test_a_life_has_its_steps(self):
        """For each state, what may be done next."""
        steps = {
            "action_answer": (self.manager, ["nothing", "No"]),
            "action_end_watch": (self.manager, []),
            "action_withdraw": (self.salesperson, []),
        }
        may = {
            "open": {"action_answer", "action_withdraw"},
            "watched": {"action_end_watch"},
            "answered": set(),
            "withdrawn": set(),
        }
        for state, allowed in may.items():
            for name, (user, arguments) in steps.items():
                with self.subTest(state, step=name):
                    alert = self._alert()
                    alert.sudo().state = state
                    step = getattr(alert.with_user(user), name)
                    if name in allowed:
                        step(*arguments)
                        self.assertNotEqual(alert.state, state)
                    else:
                        with self._refused(UserError, "is: "):
                            step(*arguments)

    def test_a_watch_lasts_until_it_is_ended(self):
        alert = self._alert()
        alert.with_user(self.manager).action_answer("watch", "Let us see")
        self.assertEqual(self.customer.with_user(self.manager).credit_alert_count, 1)
        alert.with_user(self.cfo).action_end_watch()
        self.assertEqual(alert.state, "answered")

    # ------------------------------------------------------------------
    # Where it shows
    # ------------------------------------------------------------------

    def test_the_rule_sees_it_until_it_is_answered(self):
        for severity, state in [("none", "sale"), ("warn", "sale"), ("block", "draft")]:
            with self.subTest(severity):
                self.customer.credit_policy_id = self._policy(rules={"alert": severity})
                alert = self._alert()
                order = self._quotation(10)
                panel = order.with_user(self.salesperson).credit_panel
                codes = [finding["code"] for finding in panel["findings"]]
                self.assertEqual(codes, [] if severity == "none" else ["alert"])
                self._confirm_or_hold(order)
                self.assertEqual(order.state, state)
                alert.with_user(self.manager).action_answer("nothing", "All is well")
                self.assertEqual(order.state, "sale")

    def test_the_worklist_tells_it(self):
        self._invoice(100, due=self._today(days=-5))
        alert = self._alert()
        Worklist = self.env["credit.worklist"].with_user(self.collector)
        domain = [("partner_id", "=", self.customer.id), ("has_alert", "=", True)]
        self.assertIn("alert", Worklist.search(domain).reason)
        alert.with_user(self.manager).action_answer("nothing", "No")
        self.assertFalse(Worklist.search(domain))

    def test_it_is_raised_where_the_user_is(self):
        for record in (self.customer, self.order):
            with self.subTest(record._name):
                action = record.with_user(self.salesperson).action_credit_alert()
                form = Form(
                    self.env["credit.alert"]
                    .with_user(self.salesperson)
                    .with_context(**action["context"]),
                    view="credit_management.credit_alert_view_form_raise",
                )
                form.reason_id = self.reason
                form.description = "The director has left."
                alert = form.save()
                self.assertEqual(alert.partner_id, self.customer)
                is_order = record == self.order
                self.assertEqual(
                    alert.order_id, self.order if is_order else self.order.browse()
                )
        found = self.customer.with_user(self.collector).action_view_credit_alerts()
        self.assertEqual(self.env["credit.alert"].search_count(found["domain"]), 2)

    def test_the_cost_does_not_depend_on_the_number(self):
        policy = self._policy(rules={"alert": "warn"})
        customers = self.customer
        for name in ("B", "C", "D"):
            customers |= self._create_customer(f"{name} SA")
        customers.credit_policy_id = policy
        for customer in customers:
            self._alert(partner_id=customer.id)

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cases = self.env["credit.check"].sudo()._cases(records, self.company)
            self.assertTrue(all(case.facts.get("alert") for case in cases.values()))
            return self.env.cr.sql_log_count - before

        cost(customers)  # what is cached is in the cache now
        self.assertEqual(cost(customers), cost(customers[:2]))

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_who_raises_and_who_reads(self):
        portal = self._portal_user(self.customer)
        employee = self._create_user("employee", "base.group_user")
        theirs = self._create_customer("Theirs SA", user_id=self.other_salesperson.id)
        alerts = self._alert() | self._alert(
            self.other_salesperson, partner_id=theirs.id
        ).with_user(self.salesperson)
        for user, may_raise, seen in [
            (self.salesperson, True, alerts[0]),
            (self.other_salesperson, True, alerts[1]),
            (self.sales_manager, True, alerts),
            (self.collector, False, alerts),
            (self.manager, False, alerts),
            (self.accountant, False, None),
            (employee, False, None),
            (portal, False, None),
        ]:
            with self.subTest(user.login):
                vals = {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "description": "Heard it",
                }
                if may_raise:
                    self.assertTrue(self._rpc(user, "credit.alert", "create", vals))
                else:
                    with self._refused(AccessError, "."):
                        self._rpc(user, "credit.alert", "create", vals)
                domain = [("id", "in", alerts.ids)]
                if seen is None:
                    with self._refused(AccessError, "."):
                        self._rpc(user, "credit.alert", "search", domain)
                else:
                    found = self._rpc(user, "credit.alert", "search", domain)
                    self.assertEqual(set(found), set(seen.ids))

    def test_only_managers_answer(self):
        alert = self._alert()
        for user in (
            self.salesperson, self.other_salesperson, self.sales_manager,
            self.collector, self.accountant, self._portal_user(self.customer),
        ):  # fmt: skip
            with self.subTest(user.login):
                for method, arguments in [
                    ("action_answer", ["stop", "Stop them"]),
                    ("action_end_watch", []),
                ]:
                    with self._refused(AccessError, "."):
                        self._rpc(user, "credit.alert", method, alert.ids, *arguments)
                with self._refused(AccessError, "."):
                    self._rpc(
                        user,
                        "credit.alert.answer",
                        "create",
                        {"alert_id": alert.id, "measure": "stop", "answer": "Stop"},
                    )
                with self._refused(AccessError, "."):
                    self._rpc(user, "credit.alert", "unlink", alert.ids)
        self.assertFalse(self.customer.credit_stopped)

    def test_whoever_raised_it_mends_the_words_until_the_answer(self):
        alert = self._alert()
        new = {"description": "The warehouse is empty."}
        self._rpc(self.salesperson, "credit.alert", "write", alert.ids, new)
        for user, vals in [
            (self.salesperson, {"state": "answered"}),
            (self.salesperson, {"answer": "Sell", "measure": "nothing"}),
            (self.salesperson, {"partner_id": self.uncontrolled.id}),
            (self.salesperson, {"raised_by_id": self.other_salesperson.id}),
            (self.salesperson, {"deadline": "2099-01-01"}),
            (self.sales_manager, new),
            (self.collector, new),
            (self.manager, {"answer": "By hand"}),
        ]:
            with self.subTest(user.login, vals=vals), self._refused(AccessError, "."):
                self._rpc(user, "credit.alert", "write", alert.ids, vals)
        with self._refused(AccessError, "Only whoever raised"):
            alert.with_user(self.sales_manager).action_withdraw()
        alert.with_user(self.manager).action_answer("nothing", "They are moving.")
        with self._refused(AccessError, "."):
            self._rpc(self.salesperson, "credit.alert", "write", alert.ids, new)

    def test_nonsense_is_refused_in_words(self):
        for vals in (
            {"partner_id": "x"},
            {"partner_id": [1]},
            {"order_id": "x"},
            {"order_id": 10**12},
            {"company_id": {}},
        ):
            with self.subTest(vals), self._refused(UserError, "."):
                self._alert(**vals)
        alert = self._alert()
        for args in (["watch", 7], [["watch"], "Yes"], [{}, "Yes"], [None, "Yes"]):
            with self.subTest(args), self._refused(UserError, "."):
                alert.with_user(self.manager).action_answer(*args)

    def test_nobody_raises_an_answered_alert(self):
        for vals, context in [
            ({"state": "answered", "answer": "x", "measure": "nothing"}, {}),
            ({}, {"default_state": "answered", "default_answer": "x",
                  "default_measure": "stop", "default_answered_by_id": 2,
                  "default_raised_by_id": 2, "default_deadline": "2099-01-01"}),
        ]:  # fmt: skip
            alert_id = self._rpc(
                self.salesperson,
                "credit.alert",
                "create",
                {
                    "partner_id": self.customer.id,
                    "reason_id": self.reason.id,
                    "description": "Heard it",
                    **vals,
                },
                context=context,
            )
            alert = self.env["credit.alert"].browse(alert_id)
            self.assertEqual(alert.state, "open")
            self.assertFalse(alert.answer or alert.measure or alert.answered_by_id)
            self.assertEqual(alert.raised_by_id, self.salesperson)
            self.assertLess(alert.deadline, self._now(days=10))

    def test_strange_input_is_refused(self):
        theirs = self._quotation(
            10, partner=self.uncontrolled, user=self.other_salesperson
        )
        own = self._quotation(10, partner=self.uncontrolled)
        for vals, exception in [
            ({"description": "  "}, ValidationError),
            ({"description": "x" * 5001}, ValidationError),
            ({"order_id": own.id}, ValidationError),
            ({"order_id": theirs.id}, AccessError),
        ]:
            with self.subTest(list(vals)), self._refused(exception, "."):
                self._alert(**vals)
        alert = self._alert(description="<script>alert(1)</script>")
        for measure, answer in [
            ("nothing", " "),
            ("nothing", None),
            ("nothing", ["x"]),
            ("pay", "Pay me"),
            (None, "Nothing"),
        ]:
            with self._refused(UserError, "."):
                alert.with_user(self.manager).action_answer(measure, answer)
        alert.with_user(self.manager).action_answer("nothing", "<b>No</b>")
        self.assertIn("&lt;b&gt;", alert.sudo().message_ids[0].body)

    def test_another_company_sees_nothing(self):
        alert = self._alert()
        company = self.setup_other_company()["company"]
        for groups in (
            "credit_management.group_credit_manager",
            "sales_team.group_sale_manager",
        ):
            stranger = self._create_user(
                f"stranger_{groups[:5]}",
                groups,
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            domain = [("id", "=", alert.id)]
            self.assertFalse(self._rpc(stranger, "credit.alert", "search", domain))
            with self._refused(AccessError, "."):
                self._rpc(stranger, "credit.alert", "read", alert.ids, ["answer"])
        with self._refused(AccessError, "."):
            self._alert(company_id=company.id)
