from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from ..tools import quiet_days
from .common import CreditCommon
from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestContactsToMend(CreditCommon):
    """Customers that owe something and that nobody can be reached at."""

    def _find(self):
        found = self.env["res.partner"].search([("dunning_contact_usable", "=", False)])
        for customer in (self.customer, self.uncontrolled):
            self.assertEqual(customer.dunning_contact_usable, customer not in found)
        self.assertEqual(found, found.commercial_partner_id)
        return found & (self.customer | self.uncontrolled)

    def test_those_who_owe_and_have_no_usable_contact_are_found(self):
        self._invoice(100)
        self.assertFalse(self._find())
        self.customer.email = "dupont@dupont"
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self.assertTrue(contact.dunning_contact_usable, "Customers are listed")
        self.uncontrolled.email = False
        self.assertEqual(self._find(), self.customer, "The other one owes nothing")
        self.assertEqual(
            self.customer.dunning_contact_problem,
            "“dupont@dupont” is no e-mail address. No contact has a phone number.",
        )
        self._invoice(100, partner=self.uncontrolled)
        self.env.invalidate_all()
        self.assertEqual(self._find(), self.customer | self.uncontrolled)

    def test_any_contact_by_mail_or_phone_will_do(self):
        self._invoice(100)
        self.customer.email = False
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        for vals, usable in [
            ({}, False),
            ({"phone": "12"}, False),
            ({"phone": "+33 1 44 55 66 77"}, True),
            ({"phone": False, "email": "ann@dupont.example.com"}, True),
            ({"message_bounce": 1}, False),
            ({"message_bounce": 0, "active": False}, False),
        ]:
            with self.subTest(vals=vals):
                contact.write(vals)
                self.env.invalidate_all()
                self.assertEqual(
                    self._find(), self.env["res.partner"] if usable else self.customer
                )

    def test_what_is_paid_needs_no_contact(self):
        self.customer.email = False
        self._pay(self._invoice(100))
        self.assertFalse(self._find())

    def test_the_search_is_made_in_a_few_queries(self):
        partners = self.env["res.partner"].create(
            [{"name": f"C{n}", "is_company": True} for n in range(6)]
        )
        counts = []
        for size in (1, 2, 5):
            for partner in partners[:size]:
                self._invoice(10, partner=partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["credit.dunning.recipients"]._unreachable(self.env.company)
            counts.append(self.env.cr.sql_log_count - before)
        _warming_up, few, many = counts
        self.assertEqual(few, many)

    def test_only_finance_searches_for_them(self):
        Partner = self.env["res.partner"].with_user(self.salesperson)
        for name in ("dunning_contact_usable", "credit_acting_collector_id"):
            with self.subTest(name), self.assertRaises(AccessError):
                Partner.search([(name, "=", False)])

    def test_the_collector_is_asked_once(self):
        self.customer.credit_collector_id = self.collector
        Partner = self.env["res.partner"]
        Partner._ask_to_mend(self.customer, "It came back.")
        Partner._ask_to_mend(self.customer, "It came back.")
        contact = Partner.create({"name": "Ann", "parent_id": self.customer.id})
        Partner._ask_to_mend(contact, "It came back.")
        activity = self.customer.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.collector)
        self.assertEqual(activity.summary, "It came back.")
        Partner._ask_to_mend(self.customer, "The number is wrong.")
        self.assertEqual(self.customer.activity_ids, activity)
        self.assertEqual(activity.summary, "The number is wrong.")

    def test_nobody_s_customer_has_a_task_as_well(self):
        self.env["res.partner"]._ask_to_mend(self.customer, "It came back.")
        self.assertFalse(self.customer.activity_ids.user_id)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.res_partner_action_contact_to_mend"
        )
        activity_type = self.customer.activity_ids.activity_type_id.id
        domain = [("activity_ids.activity_type_id", "=", activity_type)]
        self.assertIn(str(activity_type), action["domain"])
        self.assertEqual(self.customer.dunning_contact_problem, "It came back.")
        self.assertTrue(self.customer.dunning_contact_usable)
        Partner = self.env["res.partner"].with_user(self.collector)
        self.assertIn(self.customer, Partner.search(domain))


@tagged("post_install", "-at_install")
class TestCollectors(GateCommon):
    """Who sees to which customer, and who does instead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_user("second", "credit_management.group_credit_user")
        cls.third = cls._create_user("third", "credit_management.group_credit_user")

    def _rule(self, user, **vals):
        return self.env["credit.collector.rule"].create({"user_id": user.id, **vals})

    def _assign(self):
        return self.env["res.partner"]._assign_collectors(self.env.company)

    # ------------------------------------------------------------------
    # By hand
    # ------------------------------------------------------------------

    def test_collectors_share_out_customers_without_writing_them(self):
        wizard = Form(
            self.env["credit.collector.assignment"]
            .with_user(self.collector)
            .with_context(
                active_model="res.partner",
                active_ids=(self.customer | self.uncontrolled).ids,
            )
        )
        wizard.user_id = self.second
        wizard.save().action_assign()
        customers = self.customer | self.uncontrolled
        self.assertEqual(customers.credit_collector_id, self.second)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.collector).credit_collector_id = self.third
        self.customer.with_user(self.collector).action_assign_collector(False)
        self.assertFalse(self.customer.credit_collector_id)

    def test_others_assign_nobody(self):
        portal = self._create_user("portal", "base.group_portal")
        for user in (self.salesperson, self.sales_manager, self.accountant, portal):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._rpc(
                        user,
                        "res.partner",
                        "action_assign_collector",
                        self.customer.ids,
                        self.second.id,
                    )
                with self.assertRaises(AccessError):
                    self._rpc(
                        user,
                        "res.partner",
                        "write",
                        self.customer.ids,
                        {"credit_collector_id": self.second.id},
                    )

    def test_only_collectors_collect(self):
        for user_id in (self.salesperson.id, [self.second.id], {"id": 1}):
            with self.subTest(user_id=user_id), self.assertRaises(UserError):
                self._rpc(
                    self.collector,
                    "res.partner",
                    "action_assign_collector",
                    self.customer.ids,
                    user_id,
                )

    def test_contacts_have_the_collector_of_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        contact.with_user(self.collector).action_assign_collector(self.second.id)
        self.assertEqual(self.customer.credit_collector_id, self.second)
        self.assertEqual(contact.credit_acting_collector_id, self.second)
        with self.assertRaises(UserError):
            contact.credit_collector_id = self.third

    def test_each_company_has_its_collector(self):
        other = self.setup_other_company()["company"]
        self.customer.action_assign_collector(self.second.id)
        customer = self.customer.with_company(other)
        self.assertFalse(customer.credit_collector_id)
        customer.action_assign_collector(self.third.id)
        self.assertEqual(self.customer.credit_collector_id, self.second)
        self.assertEqual(customer.credit_acting_collector_id, self.third)

    def test_a_branch_shares_the_collector_of_its_root(self):
        branch = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Branch", "parent_id": self.env.company.id})
        )
        self.env.user.company_ids |= branch
        customer = self.customer.with_company(branch)
        customer.write({"credit_collector_id": self.second.id})
        self.assertEqual(self.customer.credit_collector_id, self.second)
        self.assertEqual(customer.credit_acting_collector_id, self.second)
        mine = [("credit_acting_collector_id", "=", self.second.id)]
        self.assertIn(
            self.customer, self.env["res.partner"].with_company(branch).search(mine)
        )

    # ------------------------------------------------------------------
    # By rules
    # ------------------------------------------------------------------

    def test_the_first_rule_that_fits_decides(self):
        policy = self._policy()
        team = self.env["crm.team"].create(
            {"name": "Export", "member_ids": [Command.set(self.salesperson.ids)]}
        )
        belgium = self.env.ref("base.be")
        self._rule(self.third, sequence=1, minimum_overdue=500)
        self._rule(self.second, sequence=2, country_ids=[Command.set(belgium.ids)])
        self._rule(self.second, sequence=3, team_id=team.id)
        self._rule(self.second, sequence=4, policy_id=policy.id)
        self._rule(self.collector, sequence=5)
        late, yesterday = self._today(days=-30), self._today(days=-1)
        cases = [
            ({}, 10, self._today(days=5), self.collector),
            ({}, 499.99, late, self.collector),
            ({}, 500, yesterday, self.third),
            ({}, 5000, self._today(), self.collector),
            ({"country_id": belgium.id}, 500, late, self.third),
            ({"country_id": belgium.id}, 10, late, self.second),
            ({"user_id": self.salesperson.id}, 10, late, self.second),
            ({"credit_policy_id": policy.id}, 10, late, self.second),
        ]
        customers = []
        for number, (vals, amount, due, _user) in enumerate(cases):
            customers.append(self._create_customer(f"Case {number}", **vals))
            self._invoice(amount, due=due, partner=customers[-1])
        assigned = self._assign()
        for customer, (vals, amount, due, user) in zip(customers, cases, strict=True):
            with self.subTest(vals=vals, amount=amount, due=due):
                self.assertIn(customer, assigned)
                self.assertEqual(customer.credit_collector_id, user)
        self.assertFalse(self._assign(), "A second time there is nothing to do")

    def test_who_owes_nothing_and_who_has_a_collector_is_left_alone(self):
        self._rule(self.second)
        self.assertFalse(self._assign() & (self.customer | self.uncontrolled))
        self._invoice(100)
        self.customer.credit_collector_id = self.third
        self._assign()
        self.assertEqual(self.customer.credit_collector_id, self.third)

    def test_customers_of_a_collector_who_left_are_shared_out_again(self):
        self._invoice(100)
        self.customer.credit_collector_id = self.third
        self.third.active = False
        self._rule(self.second)
        self._assign()
        self.assertEqual(self.customer.credit_collector_id, self.second)

    def test_rules_of_those_who_cannot_collect_are_passed_over(self):
        self._invoice(100)
        self._rule(self.second, sequence=1)
        self._rule(self.third, sequence=2)
        self.second.active = False
        self._assign()
        self.assertEqual(self.customer.credit_collector_id, self.third)
        with self.assertRaises(ValidationError):
            self._rule(self.salesperson)

    def test_rules_are_applied_by_a_button(self):
        self._invoice(100)
        self._rule(self.second)
        Rule = self.env["credit.collector.rule"]
        Rule.with_user(self.collector).action_assign()
        self.assertEqual(self.customer.credit_collector_id, self.second)
        with self.assertRaises(AccessError):
            self._rpc(self.salesperson, "credit.collector.rule", "action_assign", [])

    def test_rules_are_applied_in_a_few_queries(self):
        self._rule(self.second, minimum_overdue=5)
        counts = []
        for size in (1, 2, 20):
            customers = self.env["res.partner"].create(
                [{"name": f"C{n}", "is_company": True} for n in range(size)]
            )
            for customer in customers:
                self._invoice(10, partner=customer, due=self._today(days=-3))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(self._assign() & customers, customers)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        _warming_up, few, many = counts
        self.assertEqual(few, many)

    # ------------------------------------------------------------------
    # Absences
    # ------------------------------------------------------------------

    def _away(self, user, substitute, first="2026-05-04", last="2026-05-15"):
        user.write(
            {
                "credit_substitute_id": substitute.id,
                "credit_absent_from": first,
                "credit_absent_until": last,
            }
        )

    def test_the_substitute_acts_during_the_absence(self):
        self._away(self.collector, self.second)
        for day, acting in [
            (date(2026, 5, 3), self.collector),
            (date(2026, 5, 4), self.second),
            (date(2026, 5, 15), self.second),
            (date(2026, 5, 16), self.collector),
        ]:
            with self.subTest(day=day):
                self.assertEqual(self.collector._credit_acting(day), acting)
        self.collector.credit_absent_until = False
        self.assertEqual(self.collector._credit_acting(date(2027, 1, 1)), self.second)

    def test_a_substitute_who_is_away_passes_the_work_on(self):
        day = date(2026, 5, 5)
        self._away(self.collector, self.second)
        self._away(self.second, self.third)
        self.assertEqual(self.collector._credit_acting(day), self.third)
        self._away(self.third, self.collector)
        self.assertEqual(
            self.collector._credit_acting(day), self.collector, "Nobody is there"
        )
        self.assertFalse(self.env["res.users"]._credit_acting(day))

    def test_a_substitute_without_access_to_the_company_is_passed_over(self):
        day = date(2026, 5, 5)
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.second.sudo().write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self._away(self.collector, self.second)
        self.second.sudo().credit_substitute_id = self.third
        acting = self.collector._credit_acting(day, self.env.company)
        self.assertEqual(acting, self.third)

    def test_who_left_has_no_work_any_more(self):
        day = date(2026, 5, 5)
        self.collector.active = False
        self.assertFalse(self.collector._credit_acting(day))
        self.collector.credit_substitute_id = self.second
        self.assertEqual(self.collector._credit_acting(day), self.second)

    def test_customers_are_found_by_who_acts(self):
        self.customer.credit_collector_id = self.collector
        self._away(self.collector, self.second)
        Partner = self.env["res.partner"]
        for day, acting in [
            ("2026-05-03", self.collector),
            ("2026-05-05", self.second),
        ]:
            with freeze_time(day):
                self.env.invalidate_all()
                self.assertEqual(self.customer.credit_acting_collector_id, acting)
                mine = Partner.with_user(acting).search(
                    [("credit_acting_collector_id", "=", acting.id)]
                )
                self.assertEqual(mine & self.customer, self.customer)
                others = (self.collector | self.second) - acting
                self.assertNotIn(
                    self.customer,
                    Partner.search([("credit_acting_collector_id", "=", others.id)]),
                )
        nobody = Partner.search([("credit_acting_collector_id", "=", False)])
        self.assertNotIn(self.customer, nobody)
        self.assertIn(self.uncontrolled, nobody)

    def test_everybody_notes_their_own_absence(self):
        values = {
            "credit_absent_from": "2026-05-04",
            "credit_substitute_id": self.second.id,
        }
        self._rpc(self.collector, "res.users", "write", self.collector.ids, values)
        self.assertEqual(self.collector.credit_substitute_id, self.second)
        with self.assertRaises(AccessError):
            self._rpc(self.collector, "res.users", "write", self.third.ids, values)
        with self.assertRaises(ValidationError):
            self._rpc(
                self.salesperson, "res.users", "write", self.salesperson.ids, values
            )

    def test_managers_note_the_absence_of_collectors(self):
        wizard = Form(
            self.env["credit.collector.absence"]
            .with_user(self.manager)
            .with_context(default_user_id=self.collector.id)
        )
        wizard.date_from = date(2026, 5, 4)
        wizard.substitute_id = self.second
        wizard = wizard.save()
        wizard.action_save()
        self.assertEqual(self.collector._credit_acting(date(2026, 5, 5)), self.second)
        wizard.action_end()
        self.assertEqual(
            self.collector._credit_acting(date(2026, 5, 5)), self.collector
        )
        for user in (self.collector, self.salesperson, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._rpc(
                    user,
                    "credit.collector.absence",
                    "create",
                    {"user_id": self.second.id},
                )

    def test_absences_make_sense(self):
        for substitute, first, last in [
            (self.second, "2026-05-15", "2026-05-04"),
            (self.second, False, "2026-05-04"),
            (self.collector, "2026-05-04", False),
            (self.salesperson, "2026-05-04", False),
        ]:
            with (
                self.subTest(substitute.login, first=first),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                self._away(self.collector, substitute, first, last)


@tagged("post_install", "-at_install")
class TestContactRoles(GateCommon):
    def test_who_writes_contacts_gives_them_roles(self):
        role = self.env.ref("credit_management.credit_contact_role_director")
        clerk = self._create_user("clerk", "base.group_user,base.group_partner_manager")
        self.customer.with_user(clerk).credit_role_ids = role
        self.assertEqual(self.customer.credit_role_ids, role)
        with self.assertRaises(AccessError):
            self.customer.with_user(self.collector).credit_role_ids = False
        with self.assertRaises(AccessError):
            self._rpc(clerk, "credit.contact.role", "write", role.ids, {"name": "x"})

    def test_roles_are_a_contact_s_own(self):
        self.customer.credit_role_ids = self.env.ref(
            "credit_management.credit_contact_role_director"
        )
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.customer.id}
        )
        self.assertFalse(contact.credit_role_ids)

    def test_portal_users_know_nothing_of_roles(self):
        portal = self._create_user("portal", "base.group_portal")
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).read(["credit_role_ids"])
        fields = self.env["res.partner"].with_user(portal).fields_get()
        self.assertNotIn("credit_role_ids", fields)


@tagged("post_install", "-at_install")
class TestQuietPeriods(GateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["credit.dunning.policy"].create(
            {"name": "Quiet", "skip_weekends": True, "skip_holidays": True}
        )
        cls.france, cls.belgium = cls.env.ref("base.fr"), cls.env.ref("base.be")
        cls.wednesday = date(2026, 8, 5)

    def _period(self, **vals):
        return self.env["credit.quiet.period"].create(
            {
                "name": "Summer break",
                "date_from": "2026-08-03",
                "date_to": "2026-08-14",
                **vals,
            }
        )

    def _quiet(self, day=None, country=None, policy=None, **more):
        return self.env["credit.quiet.period"]._is_quiet(
            policy or self.policy, country or self.france, day or self.wednesday, **more
        )

    def test_a_closed_period_is_quiet_from_its_first_to_its_last_day(self):
        self.assertIsNone(self._quiet())
        period = self._period()
        for day, quiet in [
            (date(2026, 7, 31), False),
            (date(2026, 8, 3), True),
            (date(2026, 8, 14), True),
            (date(2026, 8, 17), False),
        ]:
            with self.subTest(day=day):
                self.assertEqual(bool(self._quiet(day)), quiet)
        self.assertIn("Summer break", self._quiet())
        period.date_to = "2026-08-04"
        self.assertIsNone(self._quiet())
        period.date_to = "2026-08-05"
        period.unlink()
        self.assertIsNone(self._quiet())

    def test_a_period_may_be_that_of_a_country_or_of_a_company(self):
        self._period(country_id=self.belgium.id)
        self.assertIsNone(self._quiet())
        self.assertTrue(self._quiet(country=self.belgium))
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self._period(company_id=other.id)
        self.assertIsNone(self._quiet())
        self.assertTrue(self._quiet(company=other))

    def test_weekends_and_holidays_are_as_the_policy_says(self):
        saturday, ascension = date(2026, 5, 16), date(2026, 5, 14)
        self.assertEqual(self._quiet(saturday), "Weekend")
        if quiet_days.holidays is not None:
            self.assertEqual(self._quiet(ascension), "Ascension Day in France")
            self.assertIsNone(self._quiet(ascension, self.env.ref("base.uk")))
        self._period(date_from=ascension, date_to=saturday)
        self.policy.write({"skip_weekends": False, "skip_holidays": False})
        self.assertIsNone(self._quiet(saturday))
        self.assertIsNone(self._quiet(ascension))

    def test_many_customers_cost_no_query(self):
        self._period()
        self._quiet()
        with self.assertQueryCount(0):
            for _customer in range(20):
                self._quiet()

    def test_a_period_ends_after_it_begins(self):
        with (
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            self._period(date_to="2026-08-02")

    def test_only_managers_change_periods(self):
        period = self._period()
        self.assertTrue(period.with_user(self.collector).name)
        for user in (self.collector, self.salesperson, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._rpc(
                    user, "credit.quiet.period", "write", period.ids, {"name": "x"}
                )
