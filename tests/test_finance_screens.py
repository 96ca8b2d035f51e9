from ast import literal_eval

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, tagged

from .common import CreditCommon

COMMON = ["list", "form", "search"]
FINANCE_VIEWS = {
    "credit.hold": [*COMMON, "kanban", "pivot", "graph", "activity"],
    "credit.limit.change": COMMON,
    "credit.policy": COMMON,
    "credit.rule": ["list"],
    "credit.customer.exposure": ["list", "search", "pivot", "graph"],
    "res.partner": COMMON,
}
SALES_VIEWS = {
    "credit.hold": FINANCE_VIEWS["credit.hold"],
    "credit.limit.change": COMMON,
    "res.partner": COMMON,
}


class FinanceCommon(CreditCommon):
    """One order on hold: 1,300 for a customer with a limit of 1,000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls._quotation(1300.0)
        cls.order.with_user(cls.salesperson).action_confirm_or_hold()
        cls.hold = cls.order.credit_hold_ids


@tagged("post_install", "-at_install")
class TestFinanceScreens(FinanceCommon):
    """What each role sees of credit, as the server gives it."""

    def _arch(self, user, model, view_type, xmlid=None):
        view = self.env.ref(xmlid) if xmlid else self.env["ir.ui.view"]
        Model = self.env[model].with_user(user)
        return etree.fromstring(Model.get_view(view.id, view_type)["arch"])

    def _partner_form(self, user):
        return self._arch(user, "res.partner", "form", "base.view_partner_form")

    def _names(self, arch, tag):
        return {node.get("name") for node in arch.iter(tag)}

    def _open_all(self, user, views):
        for model, view_types in views.items():
            with self.subTest(user=user.name, model=model):
                Model = self.env[model].with_user(user)
                Model.get_views([(False, view_type) for view_type in view_types])

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_every_screen_opens_for_every_role(self):
        self._open_all(self.collector, FINANCE_VIEWS)
        self._open_all(self.manager, FINANCE_VIEWS)
        self._open_all(self.salesperson, SALES_VIEWS)
        for user in (self.accountant, self.sales_manager):
            self._open_all(user, {"res.partner": COMMON})

    def test_only_managers_have_the_buttons_that_decide(self):
        for view_type in ("kanban", "list", "form"):
            decide = {
                user: "action_decide"
                in self._names(self._arch(user, "credit.hold", view_type), "button")
                for user in (self.manager, self.collector, self.salesperson)
            }
            self.assertEqual(list(decide.values()), [True, False, False], view_type)
        for user in (self.collector, self.salesperson):
            arch = self._arch(user, "credit.limit.change", "form")
            self.assertFalse(
                {"action_approve", "action_refuse"} & self._names(arch, "button")
            )
            with self.assertRaises(AccessError):
                self.hold.with_user(user).action_decide()

    def test_the_application_is_for_finance(self):
        def menus(user):
            return self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()

        def menu(name):
            return self.env.ref(f"credit_management.{name}").id

        self.assertIn(menu("credit_hold_menu"), menus(self.collector))
        self.assertNotIn(menu("credit_configuration_menu"), menus(self.collector))
        self.assertIn(menu("credit_policy_menu"), menus(self.manager))
        self.assertNotIn(menu("credit_management_menu"), menus(self.salesperson))
        self.assertIn(menu("credit_hold_menu_sales"), menus(self.salesperson))

    # ------------------------------------------------------------------
    # Customer
    # ------------------------------------------------------------------

    def test_sales_sees_the_figures_of_a_customer_but_not_its_settings(self):
        names = self._names(self._partner_form(self.salesperson), "field")
        self.assertIn("credit_panel", names)
        self.assertIn("credit_overdue", names)
        self.assertFalse({"credit_policy_id", "credit_limit", "credit_exempt"} & names)

    def test_collectors_read_the_settings_that_managers_write(self):
        for user, readonly in ((self.manager, None), (self.collector, "1")):
            field = self._partner_form(user).find(".//field[@name='credit_policy_id']")
            self.assertEqual(field.get("readonly"), readonly)
        with Form(self.customer.with_user(self.manager)) as form:
            form.credit_limit = 1200.0
            form.credit_review_date = self._today(days=30)
        self.assertEqual(self.customer.credit_limit, 1200.0)

    def test_a_customer_opens_for_every_role(self):
        for user in (
            self.salesperson,
            self.collector,
            self.manager,
            self.accountant,
            self.env.user,
        ):
            with self.subTest(user=user.name):
                names = self._names(self._partner_form(user), "field")
                mine = [name for name in names if name.startswith("credit_")]
                self.assertIn("credit_exposure", mine)
                self.customer.with_user(user).read(mine)

    def test_odoo_s_own_limit_gives_way_to_ours(self):
        self.company.account_use_credit_limit = True
        group = self._partner_form(self.accountant).find(
            ".//group[@name='credit_limits']"
        )
        self.assertIn(group.get("invisible"), ("1", "True"))

    def test_contacts_point_to_their_company(self):
        arch = self._partner_form(self.manager)
        pages = arch.findall(".//page[@string='Credit']")
        self.assertEqual(
            [page.get("name") for page in pages], ["credit", "credit_of_company"]
        )

    def test_a_salesperson_requests_a_limit_from_the_customer(self):
        view = "credit_management.credit_limit_change_view_form_request"
        Change = self.env["credit.limit.change"].with_user(self.salesperson)
        with Form(
            Change.with_context(default_partner_id=self.customer.id), view
        ) as form:
            form.amount = 3000.0
            form.reason = "Framework contract"
        change = form.record
        self.assertEqual(change.partner_id, self.customer)
        self.assertEqual((change.state, change.previous_amount), ("requested", 1000.0))
        change.with_user(self.cfo).action_approve()
        self.assertEqual(self.customer.credit_limit, 3000.0)

    def test_a_manager_stops_a_customer_with_a_reason(self):
        Stop = self.env["credit.customer.stop"].with_user(self.manager)
        with Form(Stop.with_context(default_partner_ids=self.customer.ids)) as form:
            form.reason = "Formal notice unanswered"
        form.record.action_stop()
        self.assertTrue(self.customer.credit_stopped)
        self.customer.with_user(self.manager).action_credit_resume()
        self.assertFalse(self.customer.credit_stopped)

    def test_the_filters_find_their_customers(self):
        self._invoice(1500.0, due=self._today(days=-3))
        arch = self._arch(
            self.collector, "res.partner", "search", "base.view_res_partner_filter"
        )
        Partner = self.env["res.partner"].with_user(self.collector)
        for name in ("credit_over", "credit_overdue"):
            domain = arch.find(f".//filter[@name='{name}']").get("domain")
            found = Partner.search(literal_eval(domain))
            self.assertIn(self.customer, found, name)
            self.assertNotIn(self.uncontrolled, found, name)

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------

    def _dialog(self, user=None):
        action = self.hold.with_user(user or self.manager).action_decide()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        return wizard.with_user(user or self.manager)

    def test_the_dialog_asks_for_what_the_decision_needs(self):
        with Form(self._dialog()) as form:
            self.assertEqual(form.decision, "once")
            self.assertEqual(form.credit_panel["light"], "over")
            form.decision = "temporary"
            with self.assertRaises(AssertionError):
                form.save()
            form.limit_amount = 1300.0
            form.limit_until = self._today(days=10)
        form.record.action_apply()
        self.assertEqual((self.hold.state, self.order.state), ("released", "sale"))

    def test_a_refusal_starts_from_a_message_to_the_customer(self):
        with Form(self._dialog()) as form:
            form.decision = "refused"
            self.assertIn(self.order.name, form.subject)
            self.assertIn("Dupont SA", form.message)
            form.comment = "Two invoices are late"
        form.record.action_apply()
        self.assertEqual(self.hold.state, "refused")
        message = self.order.message_ids.filtered("partner_ids")[:1]
        self.assertIn(self.customer, message.partner_ids)

    def test_a_way_out_fills_the_dialog(self):
        wizard = self._dialog()
        path = wizard.way_out_ids.filtered(lambda way: way.kind == "deposit")
        action = path.action_use()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertEqual((wizard.decision, wizard.deposit), ("conditional", 300.0))

    def test_several_holds_are_decided_together(self):
        other = self._quotation(1100.0)
        other.with_user(self.salesperson).action_confirm_or_hold()
        holds = self.hold | other.credit_hold_ids
        action = holds.with_user(self.cfo).action_decide()
        wizard = self.env["credit.hold.release"].browse(action["res_id"])
        with Form(wizard.with_user(self.cfo)) as form:
            self.assertEqual(form.hold_count, 2)
        form.record.action_apply()
        self.assertEqual(set(holds.mapped("state")), {"released"})

    # ------------------------------------------------------------------
    # Customer exposure
    # ------------------------------------------------------------------

    def _snapshot(self, partner):
        Snapshot = self.env["credit.customer.exposure"].with_user(self.collector)
        Snapshot.action_open()
        return Snapshot.search([("partner_id", "=", partner.id)])

    def test_the_list_knows_the_limit_and_where_the_customer_stands(self):
        policy = self._policy(near_percent=80.0)
        customer = self._create_customer(
            "Snapshot SA",
            credit_limit=1000.0,
            credit_policy_id=policy.id,
            user_id=self.salesperson.id,
        )
        for amount, status, usage in (
            (799.0, "ok", 79.9),
            (1.0, "near", 80.0),
            (200.0, "near", 100.0),
            (1.0, "over", 100.1),
        ):
            with self.subTest(status=status):
                self._invoice(amount, partner=customer)
                row = self._snapshot(customer)
                self.assertEqual((row.status, row.limit_mode), (status, "limited"))
                self.assertAlmostEqual(row.usage, usage)
                self.assertAlmostEqual(row.available, 1000.0 - row.exposure)
        self.assertEqual(row.policy_id, policy)
        self.assertEqual(row.user_id, self.salesperson)

    def test_the_list_knows_temporary_group_and_missing_limits(self):
        group = self._create_customer("Group", credit_group_limit=700.0)
        daughter = self._create_customer(
            "Daughter", parent_id=group.id, credit_limit=900.0
        )
        free = self._create_customer("Free", credit_limit_mode="unlimited")
        prepaid = self._create_customer("Prepaid", credit_limit_mode="prepaid")
        for partner in (self.customer, self.uncontrolled, daughter, free, prepaid):
            self._invoice(750.0, partner=partner)
        self.env["credit.limit.change"]._grant(
            self.customer, self.company, 2000.0, "Season", self._today(days=5)
        )
        found = {
            partner: (row.limit_mode, row.credit_limit, row.status)
            for partner in (self.customer, self.uncontrolled, daughter, free, prepaid)
            for row in self._snapshot(partner)
        }
        self.assertEqual(
            found,
            {
                self.customer: ("limited", 2000.0, "ok"),
                self.uncontrolled: ("none", 0.0, "none"),
                daughter: ("limited", 700.0, "over"),
                free: ("unlimited", 0.0, "ok"),
                prepaid: ("prepaid", 0.0, "over"),
            },
        )

    def test_refreshing_costs_the_same_however_many_the_customers(self):
        Snapshot = self.env["credit.customer.exposure"]

        def count():
            Snapshot._refresh(self.company)  # warm up
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            Snapshot._refresh(self.company)
            return self.cr.sql_log_count - start

        self._invoice(10.0)
        few = count()
        partners = self.env["res.partner"].create(
            [
                {"name": f"C{n}", "is_company": True, "credit_limit": 5.0}
                for n in range(30)
            ]
        )
        for partner in partners:
            self._invoice(10.0, partner=partner)
        self.assertEqual(count(), few)

    def test_the_refresh_button_works_without_a_selection(self):
        Snapshot = self.env["credit.customer.exposure"].with_user(self.collector)
        self._invoice(10.0)
        self.assertEqual(Snapshot.browse().action_refresh()["tag"], "soft_reload")
        self.assertTrue(Snapshot.search([("partner_id", "=", self.customer.id)]))


@tagged("post_install", "-at_install")
class TestFinanceTour(FinanceCommon, HttpCase):
    def test_manager_releases_from_the_desk(self):
        self.start_tour("/odoo", "credit_manager", login=self.manager.login)
        self.assertEqual((self.hold.state, self.order.state), ("released", "sale"))
        self.assertEqual(self.hold.decision, "temporary")
        self.assertEqual(self.hold.comment, "They pay on Friday")
