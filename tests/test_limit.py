from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import CreditCommon


class LimitCommon(CreditCommon):
    def assertLimit(self, ceiling, source="own", mode="limited", partner=None):  # noqa: N802
        """Check the limit that counts, and why it does."""
        partner = partner or self.customer
        labels = partner._credit_limit_source_labels()
        self.assertEqual(
            (
                partner.credit_limit_mode_effective,
                partner.credit_limit_effective,
                partner.credit_limit_source,
            ),
            (mode, ceiling, labels[source]),
        )

    def _request(self, amount, user=None, partner=None, **vals):
        """Return a limit asked for by the salesperson."""
        Change = self.env["credit.limit.change"].with_user(user or self.salesperson)
        return Change.create(
            {
                "partner_id": (partner or self.customer).id,
                "amount": amount,
                "reason": "They grow.",
                **vals,
            }
        )

    def _rpc(self, user, records, method, *args, context=None):
        """Call a public method as the web client of a user does."""
        self.env.flush_all()
        env = self.env(user=user.id, context={}, su=False)
        ids = [records.ids] if records else []
        kwargs = {"context": context or {}}
        return call_kw(env[records._name], method, [*ids, *args], kwargs)

    def _history(self, partner=None):
        return self.env["credit.limit.change"].search(
            [("partner_id", "=", (partner or self.customer).id)], order="id"
        )


@tagged("post_install", "-at_install")
class TestEffectiveLimit(LimitCommon):
    def test_own_limit_comes_before_the_policy(self):
        partner = self._create_customer("Precedence")
        self.assertLimit(0, "none", "none", partner)
        partner.credit_policy_id = self._policy(limit_mode="limited", limit_amount=500)
        self.assertLimit(500, "policy", partner=partner)
        partner.credit_limit = 800
        self.assertLimit(800, partner=partner)
        partner.credit_limit_mode = "prepaid"
        self.assertLimit(0, "own", "prepaid", partner)
        partner.credit_limit_mode = "unlimited"
        self.assertLimit(0, "own", "unlimited", partner)
        partner.credit_limit_mode = False
        self.assertLimit(800, partner=partner)

    def test_zero_is_never_ambiguous(self):
        """No limit set, no credit at all, and limited to 0 are three things."""
        partner = self._create_customer("Zero")
        partner.credit_policy_id = self._policy(limit_mode="limited", limit_amount=500)
        self.assertLimit(500, "policy", partner=partner)
        partner.credit_limit_mode = "limited"
        self.assertLimit(0, partner=partner)
        partner.credit_limit_mode = "prepaid"
        self.assertLimit(0, "own", "prepaid", partner)
        partner.write({"credit_policy_id": False, "credit_limit_mode": False})
        self.assertLimit(0, "none", "none", partner)

    def test_policies_of_every_mode(self):
        for mode, ceiling in [("limited", 500), ("unlimited", 0), ("prepaid", 0)]:
            with self.subTest(mode=mode):
                partner = self._create_customer("Mode")
                partner.credit_policy_id = self._policy(
                    limit_mode=mode, limit_amount=500
                )
                self.assertLimit(ceiling, "policy", mode, partner)

    def test_company_has_a_default_policy(self):
        partner = self._create_customer("Default")
        default = self._policy(limit_mode="limited", limit_amount=300)
        self.company.credit_policy_id = default
        self.env.invalidate_all()
        self.assertEqual(partner.credit_policy_effective_id, default)
        self.assertLimit(300, "policy", partner=partner)
        partner.credit_policy_id = self._policy(limit_mode="limited", limit_amount=700)
        self.assertLimit(700, "policy", partner=partner)

    def test_group_limit_bounds_its_companies(self):
        group = self._create_customer("Group", credit_limit=100_000)
        group.credit_group_limit = 60_000
        subsidiary = self._create_customer("Subsidiary", parent_id=group.id)
        for own, ceiling, source in [
            (100_000, 60_000, "group"),
            (40_000, 40_000, "own"),
            (60_000, 60_000, "own"),
        ]:
            with self.subTest(own=own):
                subsidiary.credit_limit = own
                self.assertLimit(ceiling, source, partner=subsidiary)
        self.assertLimit(60_000, "group", partner=group)
        group.credit_group_limit = 0
        self.assertLimit(100_000, "own", partner=group)

    def test_contacts_answer_with_the_limit_of_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        self.assertLimit(1000, partner=contact)
        self.assertEqual(contact.credit_available, 1000)
        self.customer.credit_limit = 1500
        self.assertLimit(1500, partner=contact)

    def test_available_is_what_is_left(self):
        self._order(400)
        self._invoice(250.5)
        self.assertEqual(self.customer.credit_available, 349.5)
        self._pay(self.customer, 50.5)
        self.assertEqual(self.customer.credit_available, 400)
        self.customer.credit_limit_mode = "unlimited"
        self.assertEqual(self.customer.credit_available, 0)
        self.customer.credit_limit_mode = "prepaid"
        self.assertEqual(self.customer.credit_available, -600)

    def test_limit_may_be_lowered_below_the_exposure(self):
        self._order(800)
        self.customer.credit_limit = 500
        self.assertEqual(self.customer.credit_available, -300)

    def test_companies_have_limits_of_their_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        there = self.customer.with_company(other)
        self.assertLimit(0, "none", "none", there)
        there.credit_limit = 70
        self.assertLimit(70, partner=there)
        self.assertLimit(1000)

    def test_branch_has_the_limit_of_its_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        there = self.customer.with_company(branch)
        self.assertLimit(1000, partner=there)
        there.credit_limit = 1300
        self.env.invalidate_all()
        self.assertLimit(1300, partner=there)
        self.assertLimit(1300)
        self.assertEqual(self.customer.credit_limit, 1300)

    def test_limit_given_in_a_branch_from_the_start(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.user.company_ids |= branch
        partner = (
            self.env["res.partner"]
            .with_company(branch)
            .create({"name": "New", "is_company": True, "credit_limit": 500})
        )
        self.assertLimit(500, partner=partner)
        self.assertLimit(500, partner=partner.with_company(self.company))

    def test_form_shows_the_limit_while_it_is_edited(self):
        self._request(3000, date_to=self._today(days=5)).with_user(
            self.cfo
        ).action_approve()
        edited = self.env["res.partner"].new(
            {"credit_limit": 1200}, origin=self.customer
        )
        self.assertLimit(3000, "temporary", partner=edited)
        self.uncontrolled.credit_limit = 100
        edited = self.env["res.partner"].new(
            {"credit_limit": 200}, origin=self.uncontrolled
        )
        self.assertLimit(200, partner=edited)
        self.assertLimit(0, "none", "none", self.env["res.partner"].new({"name": "x"}))


@tagged("post_install", "-at_install")
class TestInstalling(LimitCommon):
    """The module on a live database: nothing changes until a policy says so."""

    def test_a_company_starts_without_control(self):
        company = self.env["res.company"].create({"name": "Live"})
        self.assertEqual(company.credit_blocking_mode, "none")
        self.assertFalse(company.credit_policy_id)
        self.assertEqual(company.credit_order_horizon_days, 0)

    def test_no_customer_follows_a_policy_shipped(self):
        policies = self.env["credit.policy"].search([])
        self.assertEqual(sum(policies.mapped("partner_count")), 0)

    def test_customer_over_the_limit_orders_as_before(self):
        partner = self._create_customer("As before", credit_limit=100)
        self._invoice(500, partner=partner, due=self._today(days=-90))
        order = self._quotation(5000, partner=partner)
        order.with_user(self.salesperson).action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_state, "clear")
        self.assertFalse(order.credit_hold_ids | self.env["credit.hold"])

    def test_limits_of_odoo_keep_their_meaning(self):
        partner = self._create_customer("Before")
        self.assertLimit(0, "none", "none", partner)
        partner.credit_limit = 2500
        self.assertLimit(2500, partner=partner)
        partner.credit_limit = 0
        self.assertLimit(0, "none", "none", partner)

    def test_default_limit_of_odoo_counts(self):
        self.env["ir.default"].set(
            "res.partner", "credit_limit", 300.0, company_id=self.company.id
        )
        partner = self._create_customer("Odoo's default")
        partner.invalidate_recordset()
        self.assertEqual(partner.credit_limit, 300)
        self.assertLimit(300, partner=partner)


@tagged("post_install", "-at_install")
class TestTemporaryLimit(LimitCommon):
    def assertLimits(self, days):  # noqa: N802
        """Check the effective limit on several days from today."""
        for shift, ceiling in days.items():
            with self.subTest(day=shift), freeze_time(self._today(days=shift)):
                self.env.invalidate_all()
                self.assertEqual(self.customer.credit_limit_effective, ceiling)

    def test_it_starts_and_ends_by_itself(self):
        change = self._request(
            5000, date_from=self._today(days=5), date_to=self._today(days=10)
        )
        self.assertLimits({0: 1000, 5: 1000})
        change.with_user(self.cfo).action_approve()
        self.assertLimits({0: 1000, 4: 1000, 5: 5000, 10: 5000, 11: 1000})
        self.assertEqual(self.customer.credit_limit, 1000)
        with freeze_time(self._today(days=7)):
            self.env.invalidate_all()
            self.assertLimit(5000, "temporary")
            self.assertEqual(self.customer.credit_limit_until, change.date_to)
            self.assertTrue(change.is_running)
            self.assertIn(change, change.search([("is_running", "=", True)]))

    def test_it_may_be_lower(self):
        change = self._request(200, date_to=self._today())
        change.with_user(self.manager).action_approve()
        self.assertLimits({0: 200, 1: 1000})

    def test_it_replaces_no_credit_and_no_upper_limit_too(self):
        for mode in ("prepaid", "unlimited", "limited"):
            with self.subTest(mode=mode):
                partner = self._create_customer("Mode", credit_limit_mode=mode)
                change = self._request(70, partner=partner, date_to=self._today())
                change.with_user(self.cfo).action_approve()
                self.assertLimit(70, "temporary", partner=partner)

    def test_it_is_bounded_by_the_group(self):
        self.customer.credit_group_limit = 3000
        self._request(5000, date_to=self._today()).with_user(self.cfo).action_approve()
        self.assertLimit(3000, "group")

    def test_two_do_not_overlap(self):
        first = self._request(2000, date_to=self._today(days=10))
        second = self._request(
            3000, date_from=self._today(days=10), date_to=self._today(days=20)
        )
        third = self._request(
            3000, date_from=self._today(days=11), date_to=self._today(days=20)
        )
        first.with_user(self.cfo).action_approve()
        third.with_user(self.cfo).action_approve()
        with self._refused(ValidationError, "already has a temporary limit"):
            second.with_user(self.cfo).action_approve()
        self.assertLimits({10: 2000, 11: 3000, 20: 3000, 21: 1000})

    def test_it_can_be_ended_before_its_time(self):
        change = self._request(5000, date_to=self._today(days=10))
        change.with_user(self.cfo).action_approve()
        self.assertLimit(5000, "temporary")
        with self.assertRaises(AccessError):
            change.with_user(self.salesperson).action_cancel()
        change.with_user(self.manager).action_cancel()
        self.assertLimit(1000)

    def test_it_does_not_outlive_its_request(self):
        with self._refused(ValidationError, "before today"):
            self._request(
                5000, date_from=self._today(days=-9), date_to=self._today(days=-1)
            )
        change = self._request(5000, date_to=self._today(days=2))
        with freeze_time(self._today(days=3)), self.assertRaises(UserError):
            change.with_user(self.cfo).action_approve()
        self.assertEqual(change.state, "requested")

    @mute_logger("odoo.sql_db")
    def test_reversed_dates_are_refused(self):
        with self._refused(Exception, "dates_ordered"):
            self._request(
                5000, date_from=self._today(days=5), date_to=self._today(days=4)
            )


@tagged("post_install", "-at_install")
class TestLimitChange(LimitCommon):
    """Request, decision within authority, history."""

    def test_request_changes_nothing_until_it_is_approved(self):
        change = self._request(1400)
        self.assertEqual(change.state, "requested")
        self.assertEqual(change.previous_amount, 1000)
        self.assertEqual(change.requested_by_id, self.salesperson)
        self.assertLimit(1000)
        change.with_user(self.manager).action_approve()
        self.assertLimit(1400)
        self.assertEqual(self.customer.credit_limit, 1400)
        self.assertRecordValues(
            self._history(),
            [
                {"amount": 1000, "previous_amount": 0, "state": "approved"},
                {"amount": 1400, "previous_amount": 1000, "state": "approved"},
            ],
        )
        self.assertEqual(change.approved_by_id, self.manager)
        self.assertTrue(change.approval_date)

    def test_request_lands_on_the_desk_of_who_may_approve_it(self):
        activity = "credit_management.mail_activity_type_limit_request"
        for amount in (1400, 9000):
            with self.subTest(amount=amount):
                change = self._request(amount)
                user = change.activity_search([activity]).user_id
                raised = amount - 1000
                self.assertTrue(
                    user._has_credit_authority(raised, self.company.currency_id)
                )
                change.with_user(self.cfo).action_refuse()
                self.assertFalse(change.activity_search([activity]))

    def test_request_for_a_contact_is_for_its_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        change = self._request(1400, partner=contact)
        self.assertEqual(change.partner_id, self.customer)

    def test_authority_bounds_the_raise(self):
        for amount, passes in [(1500, True), (1500.01, False), (200, True)]:
            with self.subTest(amount=amount):
                partner = self._create_customer("Authority", credit_limit=1000)
                change = self._request(amount, partner=partner)
                if passes:
                    change.with_user(self.manager).action_approve()
                    self.assertEqual(partner.credit_limit, amount)
                else:
                    with self._refused(AccessError, "above your authority"):
                        change.with_user(self.manager).action_approve()
                    self.assertEqual(partner.credit_limit, 1000)
                    change.with_user(self.cfo).action_approve()
                    self.assertEqual(partner.credit_limit, amount)

    def test_policy_may_grant_authority_to_every_manager(self):
        self.customer.credit_policy_id = self._policy(authority_amount=2000)
        self._request(3000).with_user(self.manager).action_approve()
        self.assertLimit(3000)

    def test_authority_is_checked_against_the_limit_of_the_day(self):
        change = self._request(1400)
        self.customer.with_user(self.cfo).credit_limit = 100
        with self.assertRaises(AccessError):
            change.with_user(self.manager).action_approve()
        self.assertLimit(100)

    def test_limit_of_a_customer_without_credit_is_a_raise_from_zero(self):
        self.customer.credit_limit_mode = "prepaid"
        change = self._request(1000)
        with self.assertRaises(AccessError):
            change.with_user(self.manager).action_approve()
        self.assertLimit(0, "own", "prepaid")
        change.with_user(self.cfo).action_approve()
        self.assertLimit(1000)

    def test_only_managers_decide(self):
        change = self._request(1100)
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.accountant,
        ):
            for action in ("action_approve", "action_refuse"):
                with (
                    self.subTest(user=user.login, action=action),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, change, action)
        self.assertEqual(change.state, "requested")
        with self.assertRaises(AccessError):
            change.sudo().with_user(self.env.ref("base.user_root")).action_approve()

    def test_decision_is_taken_once(self):
        change = self._request(1100)
        change.with_user(self.manager).action_refuse()
        self.assertLimit(1000)
        with self._refused(UserError, "already decided by Credit manager"):
            change.with_user(self.cfo).action_approve()
        with self._refused(UserError, "history"):
            change.with_user(self.cfo).action_cancel()
        self.assertEqual(change.state, "refused")

    def test_batch_is_decided_as_a_whole(self):
        changes = self._request(1100) | self._request(9000, partner=self.uncontrolled)
        with self.assertRaises(AccessError):
            changes.with_user(self.manager).action_approve()
        self.assertEqual(changes.mapped("state"), ["requested"] * 2)

    def test_requester_withdraws_own_request_only(self):
        change = self._request(1100)
        with self.assertRaises(AccessError):
            change.with_user(self.other_salesperson).action_cancel()
        change.with_user(self.salesperson).action_cancel()
        self.assertEqual(change.state, "cancelled")

    def test_request_is_all_that_can_be_created(self):
        """Whatever a caller sends, in values or as defaults."""
        approved = {
            "state": "approved",
            "is_applied": True,
            "approved_by_id": self.cfo.id,
            "previous_amount": 1_000_000,
            "requested_by_id": self.cfo.id,
            "approval_date": "2026-01-01 00:00:00",
        }
        defaults = {f"default_{name}": value for name, value in approved.items()}
        vals = {
            "partner_id": self.customer.id,
            "amount": 5000,
            "date_to": self._today(days=9),
            "reason": "Please",
        }
        Change = self.env["credit.limit.change"]
        for user in (self.salesperson, self.collector, self.manager):
            for more, context in [(approved, {}), ({}, defaults)]:
                with self.subTest(user=user.login, by_default=bool(context)):
                    [change_id] = self._rpc(
                        user, Change, "create", [{**vals, **more}], context=context
                    )
                    self.assertRecordValues(
                        Change.browse(change_id),
                        [
                            {
                                "state": "requested",
                                "is_applied": False,
                                "approved_by_id": False,
                                "approval_date": False,
                                "previous_amount": 1000,
                                "requested_by_id": user.id,
                            }
                        ],
                    )
        self.assertLimit(1000)

    def test_nobody_rewrites_a_change(self):
        change = self._request(1100)
        for user in (self.salesperson, self.collector, self.manager, self.cfo):
            for vals in ({"state": "approved"}, {"amount": 9}, {"date_to": False}):
                with (
                    self.subTest(user=user.login, vals=vals),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, change, "write", vals)
            with self.assertRaises(AccessError):
                self._rpc(user, change, "unlink")

    def test_accountant_and_employee_see_no_requests(self):
        change = self._request(1100)
        with self.assertRaises(AccessError):
            self._rpc(self.accountant, change, "read", ["amount"])

    def test_salesperson_sees_requests_for_own_customers(self):
        mine = self._request(1100)
        self.uncontrolled.user_id = self.other_salesperson
        theirs = self._request(
            50, user=self.other_salesperson, partner=self.uncontrolled
        )
        seen = self._history() | self._history(self.uncontrolled)
        found = seen.with_user(self.salesperson).search([("id", "in", seen.ids)])
        self.assertIn(mine, found)
        self.assertNotIn(theirs, found)
        found = seen.with_user(self.sales_manager).search([("id", "in", seen.ids)])
        self.assertIn(theirs, found)

    def test_permanent_limit_of_a_later_day(self):
        change = self._request(1400, date_from=self._today(days=5))
        change.with_user(self.manager).action_approve()
        self.assertLimit(1000)
        self.assertFalse(change.is_applied)
        with freeze_time(self._today(days=5)):
            self.env.invalidate_all()
            self.assertLimit(1400)
            self.assertEqual(self.customer.credit_limit, 1000)
            cron = self.env.ref("credit_management.ir_cron_limit_changes").sudo()
            with self.enter_registry_test_mode():
                self.assertIs(cron.method_direct_trigger(), True)
            self.assertTrue(change.is_applied)
            self.assertEqual(self.customer.credit_limit, 1400)
            self.assertLimit(1400)
            self.assertEqual(len(self._history()), 2)

    def test_two_limits_whose_day_has_come_in_the_same_run(self):
        for first, second, final in [(1, 2, 1600), (2, 1, 1400), (2, 2, 1600)]:
            with self.subTest(first=first, second=second), self._undone():
                for amount, days in [(1400, first), (1600, second)]:
                    change = self._request(amount, date_from=self._today(days=days))
                    change.with_user(self.cfo).action_approve()
                before = self._history()
                with freeze_time(self._today(days=3)):
                    before._apply_due()
                    self.assertLimit(final)
                self.assertEqual(self.customer.credit_limit, final)
                self.assertTrue(all(before.mapped("is_applied")))
                self.assertEqual(self._history(), before)

    def test_temporary_limit_comes_before_a_later_permanent_one(self):
        self._request(1200, date_from=self._today(days=1)).with_user(
            self.cfo
        ).action_approve()
        self._request(5000, date_to=self._today(days=3)).with_user(
            self.cfo
        ).action_approve()
        for days, ceiling in [(0, 5000), (2, 5000), (3, 5000), (4, 1200)]:
            with self.subTest(days=days), freeze_time(self._today(days=days)):
                self.env.invalidate_all()
                self.assertEqual(self.customer.credit_limit_effective, ceiling)

    def test_approved_limit_gets_a_review_date(self):
        self.customer.credit_policy_id = self._policy(review_months=6)
        self._request(1100).with_user(self.cfo).action_approve()
        self.assertEqual(
            self.customer.credit_review_date, self._today() + relativedelta(months=6)
        )

    def test_amounts_that_are_no_limit(self):
        for amount in (-1, 1e12 + 1, 1e20):
            with self.subTest(amount=amount):
                with self._refused(ValidationError, "no credit limit"):
                    self._request(amount)
                with self._refused(ValidationError, "no credit limit"):
                    self.customer.credit_limit = amount
                with self._refused(ValidationError, "no credit limit"):
                    self.customer.credit_group_limit = amount
        self.assertEqual(self._request(1e12).state, "requested")
        self.assertLimit(1000)

    def test_archived_customer_keeps_limit_and_history(self):
        self.customer.active = False
        self.assertLimit(1000)
        self._request(1100).with_user(self.manager).action_approve()
        self.assertLimit(1100)
        found = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("credit_available", "=", 1100)])
        )
        self.assertIn(self.customer, found)


@tagged("post_install", "-at_install")
class TestWhoSetsTheTerms(LimitCommon):
    def _let_create_contacts(self, user):
        user.sudo().group_ids |= self.env.ref("base.group_partner_manager")

    def _terms(self):
        policy = self._policy()
        return [
            {"credit_limit": 5000.0},
            {"credit_limit": 0.0},
            {"credit_limit_mode": "unlimited"},
            {"credit_limit_mode": "prepaid"},
            {"credit_blocking_mode": "none"},
            {"credit_policy_id": policy.id},
            {"credit_group_limit": 9.0},
            {"credit_review_date": "2030-01-01"},
            {"credit_stopped": True, "credit_stop_reason": "x"},
            {"credit_exempt": True, "credit_exempt_reason": "x"},
            {"use_partner_credit_limit": True},
        ]

    def test_nobody_but_managers_sets_the_terms(self):
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.accountant,
        ):
            self._let_create_contacts(user)
            for vals in self._terms():
                with self.subTest(user=user.login, vals=vals):
                    with self.assertRaises(AccessError):
                        self._rpc(user, self.customer, "write", vals)
                    with self.assertRaises(AccessError):
                        self._rpc(
                            user,
                            self.customer.browse(),
                            "create",
                            [{"name": "New", **{**vals, "credit_limit": 1}}],
                        )
        self.assertLimit(1000)

    def test_managers_set_the_terms(self):
        for vals in self._terms():
            with self.subTest(vals=vals):
                partner = self._create_customer("Terms")
                self._rpc(self.cfo, partner, "write", vals)
                if "use_partner_credit_limit" not in vals:
                    [found] = partner.read(vals, load=None)
                    found.pop("id")
                    self.assertEqual(
                        {name: str(value) for name, value in found.items()},
                        {name: str(value) for name, value in vals.items()},
                    )

    def test_manager_raises_within_authority(self):
        manager = self.customer.with_user(self.manager)
        manager.credit_limit = 1500
        with self._refused(AccessError, "above your authority"):
            manager.credit_limit = 2000.01
        self.assertLimit(1500)
        manager.credit_limit = 10
        self.assertLimit(10)
        self._let_create_contacts(self.manager)
        created = self.env["res.partner"].with_user(self.manager)
        with self.assertRaises(AccessError):
            created.create({"name": "Other", "credit_limit": 500.01})
        created.create({"name": "Other", "credit_limit": 500})

    def test_manager_cannot_lift_the_limit_beyond_authority(self):
        """What accepts any excess takes an authority without limit."""
        partner = self.customer.with_user(self.manager)
        for vals in (
            {"credit_limit_mode": "unlimited"},
            {"credit_blocking_mode": "none"},
            {"credit_blocking_mode": "warn"},
            {"credit_blocking_mode": False},
            {"credit_limit": 0.0},
            {"credit_exempt": True, "credit_exempt_reason": "A friend"},
            {"credit_policy_id": self._policy(blocking_mode="none").id,
             "credit_blocking_mode": False},
        ):  # fmt: skip
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                partner.write(vals)

    def test_manager_cannot_raise_the_common_authority(self):
        policy = self._policy(authority_amount=500)
        self.customer.credit_policy_id = policy
        with self.assertRaises(AccessError):
            policy.with_user(self.manager).authority_amount = 1_000_000
        with self.assertRaises(AccessError):
            self.manager.with_user(self.manager).credit_authority_amount = 1_000_000
        policy.with_user(self.cfo).authority_amount = 1_000

    def test_contacts_hold_no_terms(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        for vals in (
            {"credit_limit_mode": "unlimited"},
            {"credit_blocking_mode": "none"},
            {"credit_exempt": True, "credit_exempt_reason": "x"},
            {"credit_group_limit": 5},
            {"credit_policy_id": self._policy().id},
        ):
            with self.subTest(vals=vals), self._refused(UserError, "Dupont"):
                contact.write(vals)

    def test_salesperson_adds_contacts_to_a_customer_with_a_limit(self):
        self._let_create_contacts(self.salesperson)
        for name, vals in [
            ("limited", {}),
            ("stopped", {"credit_stopped": True, "credit_stop_reason": "Unpaid"}),
            ("exempt", {"credit_exempt": True, "credit_exempt_reason": "Retail",
                        "credit_stopped": False}),
        ]:  # fmt: skip
            with self.subTest(name):
                self.customer.write(vals)
                contact = (
                    self.env["res.partner"]
                    .with_user(self.salesperson)
                    .create({"name": "Buyer", "parent_id": self.customer.id})
                )
                contact.write({"function": "Buyer", "email": "buyer@example.com"})
                self.customer.with_user(self.salesperson).phone = "+33123456789"
                self.assertEqual(contact.commercial_partner_id, self.customer)
                self.assertLimit(1000, partner=contact.with_env(self.env))

    def test_duplicate_of_a_customer_has_no_terms(self):
        self.customer.write(
            {
                "credit_limit_mode": "unlimited",
                "credit_exempt": True,
                "credit_exempt_reason": "Retail",
            }
        )
        self._let_create_contacts(self.salesperson)
        copy = self.customer.with_user(self.salesperson).copy().with_env(self.env)
        self.assertFalse(copy.credit_exempt)
        self.assertLimit(0, "none", "none", copy)

    def test_each_direct_change_is_history(self):
        self.customer.with_user(self.cfo).credit_limit = 1500
        self.customer.with_user(self.manager).credit_limit = 700
        self.customer.with_user(self.manager).credit_limit = 700
        history = self._history()[1:]
        self.assertRecordValues(
            history,
            [
                {
                    "previous_amount": 1000,
                    "amount": 1500,
                    "approved_by_id": self.cfo.id,
                    "state": "approved",
                    "is_applied": True,
                    "date_from": self._today(),
                },
                {
                    "previous_amount": 1500,
                    "amount": 700,
                    "approved_by_id": self.manager.id,
                    "state": "approved",
                    "is_applied": True,
                    "date_from": self._today(),
                },
            ],
        )
        self.assertTrue(all(history.mapped("reason")))

    def test_limit_of_a_new_customer_is_history(self):
        partner = self._create_customer("New", credit_limit=450)
        self.assertRecordValues(
            self._history(partner), [{"previous_amount": 0, "amount": 450}]
        )

    def test_change_of_terms_is_told_in_the_chatter(self):
        self.env.flush_all()
        self.cr.precommit.run()
        before = self.customer.message_ids
        self.customer.write(
            {
                "credit_limit": 1500,
                "credit_limit_mode": "limited",
                "credit_exempt": True,
                "credit_exempt_reason": "Large retailer",
            }
        )
        self.env.flush_all()
        self.cr.precommit.run()
        values = (self.customer.message_ids - before).sudo().tracking_value_ids
        names = values.field_id.mapped("name")
        self.assertIn("credit_limit", names)
        self.assertIn("credit_exempt", names)

    def test_stop_and_resume(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        with self._refused(UserError, "Say why"):
            self._rpc(self.manager, self.customer, "action_credit_stop", "  ")
        self._rpc(self.manager, contact, "action_credit_stop", "Insolvent")
        self.assertTrue(self.customer.credit_stopped)
        self.assertEqual(self.customer.credit_stop_reason, "Insolvent")
        self.assertEqual(self.customer.credit_light, "stopped")
        self._rpc(self.manager, self.customer, "action_credit_resume")
        self.assertFalse(
            self.customer.credit_stopped or self.customer.credit_stop_reason
        )
        for user in (self.salesperson, self.collector, self.accountant):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self._rpc(user, self.customer, "action_credit_stop", "x")
                with self.assertRaises(AccessError):
                    self._rpc(user, self.customer, "action_credit_resume")

    def test_stop_and_exemption_ask_for_a_reason_and_exclude_each_other(self):
        for vals in (
            {"credit_stopped": True},
            {"credit_exempt": True},
            {
                "credit_stopped": True,
                "credit_stop_reason": "x",
                "credit_exempt": True,
                "credit_exempt_reason": "x",
            },
        ):
            with self.subTest(vals=vals), self.assertRaises(ValidationError):
                self.customer.write(vals)

    def test_accounting_and_sales_read_the_limit_and_finance_the_terms(self):
        for user in (self.accountant, self.collector, self.manager):
            with self.subTest(user=user.login):
                self.assertEqual(self.customer.with_user(user).credit_limit, 1000)
        partner = self.customer.with_user(self.salesperson)
        self.assertEqual(partner.credit_limit_effective, 1000)
        self.assertEqual(partner.credit_blocking_mode_effective, "block")
        for name in (
            "credit_exempt_reason",
            "credit_group_limit",
            "credit_review_date",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                partner.read([name])

    def test_nobody_guesses_terms_by_writing_them(self):
        self.customer.action_credit_stop("Insolvent")
        for vals in (
            {"credit_limit": 1000.0},
            {"credit_stopped": True},
            {"credit_stop_reason": "Insolvent"},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                self._rpc(self.sales_manager, self.customer, "write", vals)


@tagged("post_install", "-at_install")
class TestAuthority(LimitCommon):
    def test_authority_is_an_amount_or_none_at_all(self):
        currency = self.company.currency_id
        for user, excess, granted, has in [
            (self.manager, 500, 0, True),
            (self.manager, 500.004, 0, True),
            (self.manager, 500.01, 0, False),
            (self.manager, 700, 700, True),
            (self.cfo, 1e11, 0, True),
            (self.collector, 1, 1000, False),
            (self.salesperson, 0, 1000, False),
            (self.env.ref("base.user_root"), 0, 1000, False),
        ]:
            with self.subTest(user=user.login, excess=excess, granted=granted):
                self.assertEqual(
                    user._has_credit_authority(excess, currency, granted), has
                )

    def test_negative_authority_is_refused(self):
        with self.assertRaises(ValidationError):
            self.manager.credit_authority_amount = -1

    def test_lowest_sufficient_authority_decides(self):
        deciders = self.env["res.users"]._credit_deciders(
            self.company, 400, 0.0, self.env["res.users"]
        )
        self.assertEqual(deciders[0], self.manager)
        self.assertIn(self.cfo, deciders)
        deciders = self.env["res.users"]._credit_deciders(
            self.company, 600, 0.0, self.cfo
        )
        self.assertNotIn(self.manager, deciders)
        self.assertNotIn(self.cfo, deciders)

    def test_managers_of_other_companies_decide_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self._create_user(
            "foreign",
            "credit_management.group_credit_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        foreign.credit_authority_unlimited = True
        deciders = self.env["res.users"]._credit_deciders(
            self.company, 1, 0.0, self.env["res.users"]
        )
        self.assertNotIn(foreign, deciders)


@tagged("post_install", "-at_install")
class TestMerging(LimitCommon):
    """Two customers that turn out to be one keep the strictest terms."""

    def _merge(self, destination, *sources, user=None):
        merged = destination.union(*sources)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard = wizard.with_user(user or self.env.user).create({})
        wizard._merge(merged.ids, destination.with_env(wizard.env), extra_checks=False)
        self.env.invalidate_all()
        self.assertFalse(destination.union(*sources).exists() - destination)

    def test_a_stop_is_kept_with_its_reason(self):
        for stops_destination in (True, False):
            with self.subTest(stops_destination=stops_destination):
                destination = self._create_customer("One", credit_limit=1000)
                source = self._create_customer(
                    "Once more", credit_exempt=True, credit_exempt_reason="Large"
                )
                if stops_destination:
                    destination.action_credit_stop("Insolvent")
                else:
                    source.credit_exempt = False
                    source.action_credit_stop("Insolvent")
                self._merge(destination, source)
                self.assertTrue(destination.credit_stopped)
                self.assertEqual(destination.credit_stop_reason, "Insolvent")
                self.assertFalse(destination.credit_exempt)

    def test_the_lowest_limit_and_the_strongest_control_are_kept(self):
        weak = self._policy(blocking_mode="warn", limit_mode="unlimited")
        for of_destination, of_source, ceiling in [
            ({"credit_limit": 800}, {"credit_limit": 500}, 500),
            ({"credit_limit": 500}, {"credit_limit": 800}, 500),
            ({"credit_limit": 500}, {"credit_policy_id": weak.id}, 500),
            ({"credit_limit_mode": "unlimited"}, {"credit_limit": 500}, 500),
            ({"credit_limit": 500}, {"credit_limit_mode": "prepaid"}, 0),
        ]:
            with self.subTest(of_destination=of_destination, of_source=of_source):
                destination = self._create_customer(
                    "One", credit_blocking_mode="none", **of_destination
                )
                source = self._create_customer(
                    "Once more", credit_blocking_mode="block", **of_source
                )
                self._merge(destination, source)
                self.assertEqual(destination.credit_limit_effective, ceiling)
                self.assertEqual(destination.credit_blocking_mode_effective, "block")

    def test_customers_without_terms_stay_without(self):
        destination = self._create_customer("One")
        self._merge(destination, self._create_customer("Once more"))
        self.assertFalse(destination.credit_limit_mode)
        self.assertFalse(destination.credit_blocking_mode)

    def test_terms_are_merged_by_company(self):
        other = self.setup_other_company()["company"]
        destination = self._create_customer("One", credit_limit=100)
        source = self._create_customer("Once more")
        source.with_company(other).sudo().write({"credit_limit": 50})
        self._merge(destination, source)
        self.assertEqual(destination.credit_limit, 100)
        self.assertEqual(destination.with_company(other).sudo().credit_limit, 50)

    def test_whoever_merges_needs_no_right_on_credit(self):
        users = [self.collector, self.accountant, self.salesperson]
        for user in users:
            user.group_ids |= self.env.ref("base.group_partner_manager")
            destination = self._create_customer("One", credit_limit=1000)
            source = self._create_customer("Once more", credit_limit=5000)
            source.action_credit_stop("Insolvent")
            with self.subTest(user.name):
                self._merge(destination, source, user=user)
                self.assertTrue(destination.credit_stopped)
                self.assertEqual(destination.credit_limit, 1000)
