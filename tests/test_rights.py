from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .gate_common import GateCommon
from .rights_common import public_methods

FINANCE = {"manager", "cfo"}
COLLECTORS = FINANCE | {"collector"}
SELLERS = {"salesperson", "sales_manager"}
# who may call what; nobody else may. Every public method of ours is in here.
METHODS = {
    "credit.hold": {
        "action_release": FINANCE,
        "action_refuse": FINANCE,
        "action_keep": FINANCE,
        "action_unkeep": FINANCE,
        "action_decide": FINANCE,
        "action_ask_facts": COLLECTORS,
        "action_open_order": COLLECTORS | SELLERS,
        "action_open_customer": COLLECTORS | SELLERS,
    },
    "credit.limit.change": {
        "action_approve": FINANCE,
        "action_refuse": FINANCE,
        "action_cancel": FINANCE | {"salesperson"},
    },
    "credit.customer.exposure": {
        "action_open": COLLECTORS,
        "action_refresh": COLLECTORS,
        "action_open_customer": COLLECTORS,
    },
    "credit.hold.release": {"action_apply": FINANCE},
    "credit.hold.way.out": {"action_use": FINANCE},
    "credit.customer.stop": {"action_stop": FINANCE},
    "credit.collector.rule": {"action_assign": COLLECTORS},
    "credit.collector.assignment": {"action_assign": COLLECTORS},
    "credit.collector.absence": {"action_save": FINANCE, "action_end": FINANCE},
    "credit.dunning.run": {
        "action_preview": COLLECTORS,
        "action_send": COLLECTORS,
    },
    "credit.dunning.notice": {
        "action_send": COLLECTORS,
        "action_cancel": COLLECTORS,
    },
    "credit.dunning.delivery": {
        "action_log_call": COLLECTORS,
        "action_print_letters": COLLECTORS,
    },
    "credit.dunning.call": {"action_log": COLLECTORS},
    "credit.dunning.legal": {"action_hand_over": COLLECTORS},
    "credit.dunning.level.change": {"action_change": COLLECTORS},
    "credit.dunning.pause": {"action_pause": COLLECTORS},
    "credit.dunning.start": {"action_preview": COLLECTORS},
    "credit.worklist": {"action_next": COLLECTORS, "action_call": COLLECTORS},
    "credit.monthly.report": {"action_export": COLLECTORS},
    "credit.promise": {"action_approve": FINANCE, "action_withdraw": COLLECTORS},
    "account.move": {
        "action_pause_dunning": COLLECTORS,
        "action_resume_dunning": COLLECTORS,
        "action_hand_to_legal": COLLECTORS,
        "action_take_back_from_legal": COLLECTORS,
        "action_set_dunning_level": COLLECTORS,
    },
    "credit.release.request": {"action_send": SELLERS | {"accountant"}},
    "credit.statement.request": {
        "action_send": COLLECTORS,
        "action_print": COLLECTORS,
        "action_export": COLLECTORS,
    },
    "sale.order": {
        # Odoo lets invoicing write orders
        "action_confirm_or_hold": SELLERS | {"accountant"},
        "action_request_release": SELLERS | {"accountant"},
        "action_view_credit_holds": COLLECTORS | SELLERS,
    },
    "res.partner": {
        "action_credit_stop": FINANCE,
        "action_credit_resume": FINANCE,
        "action_assign_collector": COLLECTORS,
        "action_pause_dunning": COLLECTORS,
        "action_resume_dunning": COLLECTORS,
        "action_call_about_overdue": COLLECTORS,
    },
}
# they return the description of a window, that shows what the user may read
HARMLESS = {
    "credit.policy": {"action_view_partners"},
    "sale.order": {"action_open_release_request"},
    "res.partner": {
        "action_credit_receivable",
        "action_credit_overdue",
        "action_credit_unallocated",
        "action_credit_order_book",
        "action_credit_draft_invoices",
        "action_view_credit_holds",
        "action_view_dunning_notices",
        "action_view_promises",
    },
    "account.move": {"action_view_dunning_notices", "action_view_promises"},
    "credit.dunning.run": {"action_open", "action_view_notices"},
    "credit.dunning.notice": {"action_open_customer"},
    "credit.dunning.delivery": {"action_call"},
    "credit.worklist": {"action_open_customer"},
    "credit.kpi.forecast.line": {"action_open_customer"},
}
# each role is tried in the tests of the room: test_dispute, test_payment_plan
IN_THEIR_ROOMS = {
    "credit.alert": {
        "action_answer",
        "action_end_watch",
        "action_open_customer",
        "action_withdraw",
    },
    "credit.alert.answer": {"action_apply"},
    "credit.aged.balance": {"report", "lines", "items"},
    "credit.kpi": {"figures", "figures_by", "trend"},
    "credit.kpi.analysis": {"action_open_items"},
    "credit.sales.cockpit": {"data", "ranking", "switch_ranking"},
    "credit.sales.customer": {"action_open_customer"},
    "credit.incentive.prepare": {"action_prepare"},
    "credit.incentive.statement": {
        "action_confirm",
        "action_export",
        "action_pay",
        "action_print",
        "action_refresh",
        "action_reopen",
    },
    "credit.overview": {
        "situation",
        "history",
        "choices",
        "expected",
        "open_items",
        "open_payments",
        "open_sales",
    },
    "credit.kpi.forecast": {"forecast", "accuracy"},
    "credit.dispute": {
        "action_accept",
        "action_open",
        "action_open_customer",
        "action_qualify",
        "action_reject",
        "action_reopen",
        "action_require_po_number",
        "action_start",
        "action_view_credit_notes",
        "action_view_invoices",
        "action_wait_customer",
        "action_wait_us",
        "action_withdraw",
    },
    "credit.dispute.decide": {"action_apply"},
    "credit.dispute.open": {"action_apply"},
    "credit.dispute.open.line": {"action_all"},
    "credit.payment.plan": {
        "action_cancel",
        "action_cure",
        "action_print",
        "action_propose",
        "action_remind",
    },
    "credit.payment.plan.create": {"action_apply"},
    "account.move": {
        "action_dispute",
        "action_payment_plan",
        "action_promise",
        "action_view_disputes",
        "action_view_payment_plans",
    },
    "res.partner": {
        "action_credit_alert",
        "action_dispute",
        "action_payment_plan",
        "action_promise",
        "action_view_credit_alerts",
        "action_view_disputes",
        "action_view_payment_plans",
    },
    "sale.order": {"action_credit_alert", "action_dispute", "action_view_disputes"},
    "credit.dunning.notice": {
        "action_dispute",
        "action_payment_plan",
        "action_promise",
        "action_view_disputes",
    },
    "credit.worklist": {"action_payment_plan", "action_promise"},
}
ARGUMENTS = {
    "action_refuse": {"credit.hold": ["A reason"]},
    "action_ask_facts": {"credit.hold": ["A question"]},
    "action_request_release": {"sale.order": ["Please"]},
    "action_credit_stop": {"res.partner": ["A reason"]},
    "action_assign_collector": {"res.partner": [False]},
    "action_pause_dunning": {
        "res.partner": ["2099-01-01", "A reason"],
        "account.move": ["2099-01-01", "A reason"],
    },
    "action_set_dunning_level": {"account.move": [False, "A reason"]},
    "action_log_call": {"credit.dunning.delivery": ["reached"]},
}


@tagged("post_install", "-at_install")
class TestRights(GateCommon):
    """What each role may do by RPC, and nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._create_user("portal", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer
        cls.public = cls.env.ref("base.public_user")
        cls.employee = cls._create_user("employee", "base.group_user")
        cls.roles = {
            "salesperson": cls.salesperson,
            "other_salesperson": cls.other_salesperson,
            "sales_manager": cls.sales_manager,
            "collector": cls.collector,
            "manager": cls.manager,
            "cfo": cls.cfo,
            "accountant": cls.accountant,
            "employee": cls.employee,
            "portal": cls.portal,
            "public": cls.public,
        }
        cls.order = cls._quotation(1100)
        cls.order.with_user(cls.salesperson).action_confirm_or_hold()
        cls.hold = cls.order.credit_hold_ids
        cls.customer.user_id = cls.salesperson
        cls.change = (
            cls.env["credit.limit.change"]
            .with_user(cls.salesperson)
            .create({"partner_id": cls.customer.id, "amount": 1200, "reason": "More"})
        )
        cls.policy = cls._policy(rules={"limit_exceeded": "block"})
        cls._order(5, partner=cls.uncontrolled)
        cls.env["credit.customer.exposure"].sudo()._refresh(cls.env.company)
        cls._set_up_collection()

    @classmethod
    def _set_up_collection(cls):
        """A debt that is overdue, a call about it, a run, and a promise."""
        cls.debtor = cls._create_customer("Late SA", phone="+33145678910")
        cls.invoice = cls._invoice(100, due=cls._today(days=-9), partner=cls.debtor)
        cls.run_record = cls.env["credit.dunning.run"].sudo().create({})
        cls.call = (
            cls.env["credit.dunning.notice"]
            .sudo()
            ._call_now(cls.debtor, cls.env.company)
        )
        cls.promise = cls.env["credit.promise"].create(
            {"partner_id": cls.debtor.id, "amount": 10, "date": cls._today()}
        )

    def _record(self, model, user):
        """Return a record to act on; of a dialog, one that the user has opened."""
        records = {
            "credit.hold": self.hold,
            "credit.limit.change": self.change,
            "credit.policy": self.policy,
            "credit.policy.rule": self.policy.rule_ids[0],
            "credit.rule": self.env["credit.rule"].search([], limit=1),
            "credit.customer.exposure": self.env["credit.customer.exposure"]
            .sudo()
            .search([("company_id", "=", self.env.company.id)], limit=1),
            "credit.exposure.lock": self.env["credit.exposure.lock"]
            .sudo()
            .search([("partner_id", "=", self.customer.id)]),
            "sale.order": self.order,
            "res.partner": self.customer,
            "account.move": self.invoice,
            "credit.dunning.run": self.run_record,
            "credit.dunning.notice": self.call.notice_id,
            "credit.dunning.delivery": self.call,
            "credit.promise": self.promise,
            "credit.worklist": self.env["credit.worklist"].search(
                [("partner_id", "=", self.debtor.id)]
            ),
        }
        if model in records:
            return records[model]
        Model = self.env[model].with_user(user)
        if model == "credit.collector.rule":
            return Model
        dialogs = {
            "credit.collector.assignment": {"partner_ids": self.customer.ids},
            "credit.collector.absence": {"user_id": self.collector.id},
            "credit.dunning.call": {"delivery_id": self.call.id},
            "credit.dunning.start": {},
            "credit.dunning.pause": {
                "move_ids": self.invoice.ids,
                "until": self._today(),
                "reason": "Why",
            },
            "credit.dunning.level.change": {
                "move_ids": self.invoice.ids,
                "reason": "Why",
            },
            "credit.dunning.legal": {"move_ids": self.invoice.ids},
            "credit.customer.stop": {
                "partner_ids": self.customer.ids,
                "reason": "Why",
            },
            "credit.statement.request": {"partner_ids": self.customer.ids},
            "credit.monthly.report": {},
            "credit.release.request": {
                "order_id": self.order.id,
                "comment": "Please",
            },
        }
        if model in dialogs:
            return Model.create(dialogs[model])
        wizard = (
            self.env["credit.hold.release"]
            .with_user(user)
            .create({"hold_ids": [Command.set(self.hold.ids)]})
        )
        return wizard if model == wizard._name else wizard.way_out_ids[:1]

    # ------------------------------------------------------------------
    # Methods
    # ------------------------------------------------------------------

    def test_every_public_method_is_in_the_table(self):
        for name, methods in public_methods(self.registry, "credit_management").items():
            known = METHODS.get(name, {}).keys() | HARMLESS.get(name, set())
            known |= IN_THEIR_ROOMS.get(name, set())
            with self.subTest(name):
                self.assertEqual(methods - known, set())

    def test_each_role_may_call_what_the_table_says(self):
        for model, methods in METHODS.items():
            for method, allowed in methods.items():
                for role, user in self.roles.items():
                    with self.subTest(f"{model}.{method}", role=role):
                        self._check_call(model, method, user, role in allowed)

    def _check_call(self, model, method, user, allowed):
        """Call a method, undo what it did, and tell whether rights were respected."""
        refused = False
        try:
            with self._undone():
                record = self._record(model, user)
                arguments = ARGUMENTS.get(method, {}).get(model, [])
                self._rpc(
                    user, model, method, *self._ids(model, method, record), *arguments
                )
        except AccessError:
            refused = True
        except UserError:
            # the right is there, the record is not in the state for it
            refused = False
        self.assertEqual(refused, not allowed)

    def _ids(self, model, method, record):
        is_model_method = getattr(
            getattr(self.registry[model], method), "_api_model", False
        )
        return [] if is_model_method else [record.ids]

    def test_private_methods_are_out_of_reach(self):
        for model, names in {
            "sale.order": [
                "_credit_gate",
                "_credit_verdicts",
                "_credit_attempt",
                "_credit_watch",
                "_cancel_credit_holds",
                "_validate_order",
                "_action_confirm",
            ],
            "credit.hold": [
                "_place",
                "_close",
                "_reevaluate",
                "_release_once",
                "_continue_orders",
                "_cron_reevaluate",
                "_assign",
            ],
            "credit.limit.change": [
                "_grant",
                "_decide",
                "_apply_due",
                "_record_direct",
            ],
            "credit.exposure": ["_figures", "_query", "_order_payments"],
            "credit.open.items": ["_items", "_query"],
            "credit.aged.balance": ["_customers", "_items", "_total_and_lines"],
            "credit.statement": ["_statements", "_render_pdf", "_render_xlsx"],
            "credit.check": ["_cases", "_findings"],
            "credit.exposure.lock": ["_take"],
            "res.partner": ["_credit_limits", "_reevaluate_credit_holds"],
        }.items():
            for name in names:
                self.assertTrue(hasattr(self.env[model], name), f"{model}.{name}")
                with self.subTest(f"{model}.{name}"), self.assertRaises(AccessError):
                    self._rpc(self.cfo, model, name, [])

    # ------------------------------------------------------------------
    # Records
    # ------------------------------------------------------------------

    def test_nobody_writes_what_only_the_actions_change(self):
        may = {
            ("credit.policy", "create"): {"cfo"},
            ("credit.policy", "write"): {"cfo"},
            ("credit.policy", "unlink"): {"cfo"},
            ("credit.policy.rule", "create"): {"cfo"},
            ("credit.policy.rule", "write"): {"cfo"},
            ("credit.policy.rule", "unlink"): {"cfo"},
            ("credit.limit.change", "create"): COLLECTORS
            | SELLERS
            | {"other_salesperson"},
        }
        values = {
            "credit.hold": (
                {"name": "x", "order_id": self.order.id, "state": "released"},
                {"state": "released"},
            ),
            "credit.limit.change": (
                {"partner_id": self.customer.id, "amount": 1, "reason": "x"},
                {"state": "approved"},
            ),
            "credit.policy": ({"name": "x"}, {"blocking_mode": "none"}),
            "credit.policy.rule": (
                {"policy_id": self.policy.id, "rule_id": self._free_rule().id},
                {"severity": "none"},
            ),
            "credit.rule": ({"code": "x", "name": "x"}, {"default_severity": "none"}),
            "credit.exposure.lock": (
                {"partner_id": self.uncontrolled.id, "company_id": self.env.company.id},
                {"turn": 0},
            ),
            "credit.customer.exposure": (
                {"partner_id": self.uncontrolled.id, "company_id": self.env.company.id},
                {"exposure": 0.0},
            ),
        }
        for model, (new, changed) in values.items():
            for role, user in self.roles.items():
                record = self._record(model, user)
                self.assertTrue(record, model)
                for method, args in [
                    ("create", [new]),
                    ("write", [record.ids, changed]),
                    ("unlink", [record.ids]),
                ]:
                    allowed = role in may.get((model, method), set())
                    with self.subTest(f"{model}.{method}", role=role):
                        self._check_record_call(user, model, method, args, allowed)

    def _free_rule(self):
        rule = self.policy.rule_ids[-1].rule_id
        self.policy.rule_ids[-1].unlink()
        return rule

    def _check_record_call(self, user, model, method, args, allowed):
        refused = False
        try:
            with self._undone():
                self._rpc(user, model, method, *args)
        except AccessError:
            refused = True
        self.assertEqual(refused, not allowed)

    def test_a_request_is_all_that_a_user_can_create(self):
        for name, value in [
            ("state", "approved"),
            ("is_applied", True),
            ("requested_by_id", self.cfo.id),
            ("approved_by_id", self.cfo.id),
        ]:
            for context in ({}, {f"default_{name}": value}):
                vals = {"partner_id": self.customer.id, "amount": 9000, "reason": "x"}
                if not context:
                    vals[name] = value
                with self.subTest(name, context=context):
                    change_id = self._rpc(
                        self.salesperson,
                        "credit.limit.change",
                        "create",
                        vals,
                        context=context,
                    )
                    self.assertRecordValues(
                        self.env["credit.limit.change"].browse(change_id),
                        [
                            {
                                "state": "requested",
                                "is_applied": False,
                                "requested_by_id": self.salesperson.id,
                                "approved_by_id": False,
                            }
                        ],
                    )
        self.assertEqual(self.customer.credit_limit_effective, 1000)

    def test_credit_terms_are_set_by_managers_only(self):
        values = {
            "credit_limit": 1100.0,
            "credit_limit_mode": "prepaid",
            "credit_blocking_mode": "warn",
            "credit_policy_id": self.policy.id,
            "credit_group_limit": 10.0,
            "credit_review_date": "2030-01-01",
            "credit_stopped": True,
            "credit_stop_reason": "x",
            "credit_exempt": True,
            "credit_exempt_reason": "x",
        }
        partners = self.env.ref("base.group_partner_manager")
        for role in ("salesperson", "collector", "accountant", "employee", "portal"):
            user = self.roles[role]
            if role not in ("portal",):
                user.group_ids |= partners
            for name, value in values.items():
                with self.subTest(name, role=role):
                    self._check_record_call(
                        user,
                        "res.partner",
                        "write",
                        [self.customer.ids, {name: value}],
                        False,
                    )
                    self._check_record_call(
                        user,
                        "res.partner",
                        "create",
                        [{"name": "x", name: value}],
                        False,
                    )
        allowed = {k: v for k, v in values.items() if "stop" not in k}
        self._rpc(self.cfo, "res.partner", "write", self.customer.ids, allowed)
        self.assertEqual(self.customer.credit_limit, 1100)

    def test_nobody_raises_their_own_authority(self):
        for role, user in self.roles.items():
            for vals in (
                {"credit_authority_amount": 1e9},
                {"credit_authority_unlimited": True},
            ):
                with self.subTest(role, vals=vals):
                    self._check_record_call(
                        user, "res.users", "write", [user.ids, vals], False
                    )
        for role in ("salesperson", "collector", "employee", "portal"):
            with self.subTest(role), self.assertRaises(AccessError):
                self._rpc(
                    self.roles[role],
                    "res.users",
                    "read",
                    self.cfo.ids,
                    ["credit_authority_amount"],
                )

    def test_nobody_joins_the_managers(self):
        group = self.env.ref("credit_management.group_credit_manager")
        for role, user in self.roles.items():
            with self.subTest(role):
                self._check_record_call(
                    user,
                    "res.users",
                    "write",
                    [user.ids, {"group_ids": [Command.link(group.id)]}],
                    False,
                )
                self._check_record_call(
                    user,
                    "res.groups",
                    "write",
                    [group.ids, {"user_ids": [Command.link(user.id)]}],
                    False,
                )

    # ------------------------------------------------------------------
    # Reading
    # ------------------------------------------------------------------

    def test_sales_reads_the_light_without_the_ledger(self):
        self._invoice(300)
        figures = [
            "credit_light",
            "credit_panel",
            "credit_exposure",
            "credit_available",
            "credit_overdue",
            "credit_limit_effective",
        ]
        (partner,) = self._rpc(
            self.salesperson, "res.partner", "read", self.customer.ids, figures
        )
        self.assertEqual(partner["credit_exposure"], 300)
        self.assertEqual(partner["credit_available"], 700)
        self.assertEqual(partner["credit_light"], "ok")
        (order,) = self._rpc(
            self.salesperson,
            "sale.order",
            "read",
            self.order.ids,
            ["credit_light", "credit_panel", "credit_state", "credit_exposure_after"],
        )
        self.assertEqual(order["credit_light"], "over")
        self.assertEqual(order["credit_state"], "hold")
        self.assertEqual(order["credit_exposure_after"], 1400)
        self.assertFalse(self.salesperson.has_group("account.group_account_readonly"))

    def test_sales_does_not_read_what_finance_keeps_to_itself(self):
        for name in (
            "credit_limit",
            "credit_stop_reason",
            "credit_policy_id",
            "credit_exempt_reason",
            "credit_review_date",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson, "res.partner", "read", self.customer.ids, [name]
                )
            with self.subTest(name), self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson,
                    "res.partner",
                    "search_read",
                    [(name, "!=", False)],
                    ["id"],
                )

    def test_customers_learn_nothing_about_their_credit(self):
        self.order.state = "sent"
        figures = {
            "res.partner": (
                self.customer,
                ["credit_light", "credit_panel", "credit_exposure", "credit_available"],
            ),
            "sale.order": (
                self.order,
                [
                    "credit_light",
                    "credit_panel",
                    "credit_exposure_after",
                    "credit_warning",
                ],
            ),
        }
        for user in (self.portal, self.employee):
            for model, (record, names) in figures.items():
                for name in names:
                    with self.subTest(name, user=user.login):
                        with self.assertRaises(AccessError):
                            self._rpc(user, model, "read", record.ids, [name])
                        with self.assertRaises(AccessError):
                            self._rpc(user, model, "search", [(name, "!=", False)])
            with self.assertRaises(AccessError):
                self._rpc(user, "credit.hold", "search_read", [], ["name"])
            with self.assertRaises(AccessError):
                self._rpc(
                    user, "sale.order", "read", self.order.ids, ["credit_hold_ids"]
                )

    def test_sales_sees_the_holds_of_its_own_orders(self):
        other = self._quotation(1100, user=self.other_salesperson)
        self._confirm_or_hold(other, self.other_salesperson)
        theirs = other.credit_hold_ids
        both = self.hold | theirs
        for user, expected in [
            (self.salesperson, self.hold),
            (self.other_salesperson, theirs),
            (self.sales_manager, both),
            (self.collector, both),
            (self.cfo, both),
        ]:
            found = self._rpc(user, "credit.hold", "search", [("id", "in", both.ids)])
            self.assertEqual(set(found), set(expected.ids), user.login)
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "credit.hold", "read", theirs.ids, ["excess"])
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "credit.hold", "message_post", theirs.ids,
                      body="x")  # fmt: skip

    def test_a_request_for_someone_elses_order_shows_nothing(self):
        other = self._quotation(1100, user=self.other_salesperson)
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "sale.order", "read", other.ids, ["name"])
        with self.assertRaises(AccessError):
            wizard_id = self._rpc(
                self.salesperson,
                "credit.release.request",
                "create",
                {"order_id": other.id, "comment": "x"},
            )
            self._rpc(
                self.salesperson,
                "credit.release.request",
                "read",
                [wizard_id],
                ["credit_panel"],
            )

    def test_finance_reads_the_orders_it_decides_on_and_writes_none(self):
        for user in (self.collector, self.cfo):
            (order,) = self._rpc(
                user,
                "sale.order",
                "read",
                self.order.ids,
                ["amount_total", "order_line"],
            )
            self.assertEqual(order["amount_total"], 1100)
            lines = self._rpc(
                user, "sale.order.line", "read", order["order_line"], ["price_unit"]
            )
            self.assertEqual(lines[0]["price_unit"], 1100)
            for model, record, vals in [
                ("sale.order", self.order, {"client_order_ref": "x"}),
                ("sale.order.line", self.order.order_line, {"price_unit": 1.0}),
            ]:
                with self.assertRaises(AccessError):
                    self._rpc(user, model, "write", record.ids, vals)
                with self.assertRaises(AccessError):
                    self._rpc(user, model, "unlink", record.ids)

    def test_another_company_sees_nothing(self):
        company = self.setup_other_company()["company"]
        strangers = {
            groups: new_test_user(
                self.env,
                login=f"stranger_{groups[:5]}",
                groups=groups,
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            for groups in (
                "credit_management.group_credit_manager",
                "sales_team.group_sale_manager",
            )
        }
        own_policy = self._policy(company_id=self.env.company.id)
        records = {
            "credit.hold": self.hold,
            "credit.limit.change": self.change,
            "credit.policy": own_policy,
            "credit.policy.rule": own_policy.rule_ids,
            "credit.customer.exposure": self._record("credit.customer.exposure", None),
            "sale.order": self.order,
        }
        for groups, user in strangers.items():
            for model, record in records.items():
                if model == "credit.customer.exposure" and "sale" in groups:
                    continue
                if model.startswith("credit.customer") and not record:
                    continue
                with self.subTest(model, groups=groups):
                    domain = [("id", "in", record.ids)]
                    self.assertFalse(self._rpc(user, model, "search", domain))
                    with self.assertRaises(AccessError):
                        self._rpc(user, model, "read", record.ids, ["display_name"])
        stranger = strangers["credit_management.group_credit_manager"]
        (figures,) = self._rpc(
            stranger, "res.partner", "read", self.customer.ids, ["credit_exposure"]
        )
        self.assertEqual(figures["credit_exposure"], 0)
        with self.assertRaises(AccessError):
            self._rpc(stranger, "credit.hold", "action_release", self.hold.ids)
        with self.assertRaises(AccessError):
            self._rpc(
                stranger, "credit.limit.change", "action_approve", self.change.ids
            )
