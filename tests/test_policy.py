from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models.check.credit_check import worst_severity
from ..models.check.credit_rule import CreditRule
from .common import CreditCommon


class PolicyCommon(CreditCommon):
    def _findings(self, amount=0.0, partner=None, **case):
        """Return what the rules say of an order of ``amount`` for a customer."""
        Check = self.env["credit.check"]
        partner = partner or self.customer
        [found] = Check._cases(partner, self.company).values()
        found.amount = found.order_total = amount
        for name, value in case.items():
            setattr(found, name, value)
        return Check._findings(found)

    def _said(self, *args, **kwargs):
        """Return the severity of each rule that spoke, by its code."""
        return {
            finding.code: finding.severity
            for finding in self._findings(*args, **kwargs)
        }

    def _follow(self, rules=None, **vals):
        """Put the customer under a policy where only the rules given are in force."""
        policy = self._policy(rules=rules, **vals)
        self.customer.write(
            {"credit_policy_id": policy.id, "credit_blocking_mode": False}
        )
        return policy


@tagged("post_install", "-at_install")
class TestRules(PolicyCommon):
    """Each rule speaks just above its threshold, and not below."""

    def test_limit_exceeded(self):
        self._follow({"limit_exceeded": "block"})
        self._invoice(400)
        for amount, said in [
            (599.99, {}),
            (600, {}),  # exposure exactly equal to the limit is allowed
            (600.01, {"limit_exceeded": "block"}),
        ]:
            with self.subTest(amount=amount):
                self.assertEqual(self._said(amount), said)

    def test_example_of_the_domain(self):
        """Limit 60 000, receivable 34 800, order book 24 000, an order of 15 000."""
        self.customer.credit_limit = 60_000
        self._invoice(34_800)
        self._order(24_000)
        self.assertEqual(self.customer.credit_exposure, 58_800)
        self.assertEqual(self.customer.credit_available, 1_200)
        order = self._quotation(15_000)
        self.assertEqual(order.credit_exposure_after, 73_800)
        [finding] = self._findings(15_000)
        self.assertEqual(finding.code, "limit_exceeded")
        for amount in ("73,800.00", "60,000.00", "13,800.00"):
            self.assertIn(amount, finding.message)

    def test_who_asks_for_nothing_exceeds_nothing(self):
        self._follow({"limit_exceeded": "block", "limit_missing": "block"})
        self._invoice(5000)
        self.assertEqual(self._said(0), {})
        self.assertEqual(self._said(-100), {})
        self.assertEqual(self._said(0.01), {"limit_exceeded": "block"})

    def test_prepaid_customer_needs_cover(self):
        self._follow({"limit_exceeded": "block"}, limit_mode="prepaid")
        self.customer.credit_limit = 0
        self.assertEqual(self._said(100), {"limit_exceeded": "block"})
        self.assertIn("in advance", self._findings(100)[0].message)
        self._pay(self.customer, 100)
        self.assertEqual(self._said(100), {})
        self.assertEqual(self._said(100.01), {"limit_exceeded": "block"})

    def test_unlimited_customer_exceeds_nothing(self):
        self._follow({"limit_exceeded": "block", "overdue_percent": "block"})
        self.customer.credit_limit_mode = "unlimited"
        self._invoice(1e6, due=self._today(days=-50))
        self.assertEqual(self._said(1e9), {})

    def test_group_limit_exceeded(self):
        group = self._create_customer("Group")
        group.credit_group_limit = 5000
        self.customer.parent_id = group
        sister = self._create_customer("Sister", parent_id=group.id)
        self._follow({"group_limit_exceeded": "block"})
        self.customer.credit_limit = 5000
        self._invoice(2000, partner=group)
        self._invoice(2500, partner=sister)
        for amount, said in [(500, {}), (500.01, {"group_limit_exceeded": "block"})]:
            with self.subTest(amount=amount):
                self.assertEqual(self._said(amount), said)

    def test_limit_missing(self):
        self._follow({"limit_missing": "warn"})
        self.assertEqual(self._said(10), {})
        self.customer.credit_limit = 0
        self.assertEqual(self._said(10), {"limit_missing": "warn"})
        self.customer.credit_limit_mode = "unlimited"
        self.assertEqual(self._said(10), {})

    def test_limit_expired(self):
        self._follow({"limit_missing": "block"})
        self.customer.credit_limit = 0
        change = self.env["credit.limit.change"].create(
            {
                "partner_id": self.customer.id,
                "amount": 500,
                "date_to": self._today(),
                "reason": "Trade fair",
            }
        )
        change.action_approve()
        self.assertEqual(self._said(10), {})
        with self._on(self._today(days=1)):
            self.assertEqual(self._said(10), {"limit_missing": "block"})

    def _on(self, day):
        self.env.flush_all()
        self.env.invalidate_all()
        return freeze_time(day)

    def test_days_overdue(self):
        self._follow({"days_overdue": {"severity": "block", "days": 30}})
        invoice = self._invoice(100, due=self._today(days=-30))
        self.assertEqual(self._said(10), {})
        with self._on(self._today(days=1)):
            self.assertEqual(self._said(10), {"days_overdue": "block"})
            self.assertIn("31 days", self._findings(10)[0].message)
            self._pay(invoice, date=self._today())
            self.assertEqual(self._said(10), {})

    def test_days_overdue_without_patience(self):
        self._follow({"days_overdue": {"severity": "warn", "days": 0}})
        self._invoice(100, due=self._today())
        self.assertEqual(self._said(10), {})
        self._invoice(100, due=self._today(days=-1))
        self.assertEqual(self._said(10), {"days_overdue": "warn"})

    def test_overdue_covered_by_unallocated_payments_does_not_count(self):
        self._follow(
            {
                "days_overdue": {"severity": "block", "days": 0},
                "overdue_amount": {"severity": "block", "amount": 0},
                "overdue_percent": {"severity": "block", "percent": 0},
            }
        )
        self._invoice(100, due=self._today(days=-1))
        self.assertEqual(
            set(self._said(10)), {"days_overdue", "overdue_amount", "overdue_percent"}
        )
        self._pay(self.customer, 100)
        self.assertEqual(self._said(10), {})

    def test_overdue_amount(self):
        self._follow({"overdue_amount": {"severity": "block", "amount": 200}})
        self._invoice(200, due=self._today(days=-1))
        self._invoice(500, due=self._today())
        self.assertEqual(self._said(10), {})
        self._invoice(0.01, due=self._today(days=-1))
        self.assertEqual(self._said(10), {"overdue_amount": "block"})

    def test_overdue_part_of_the_limit(self):
        self._follow({"overdue_percent": {"severity": "block", "percent": 10}})
        self._invoice(100, due=self._today(days=-1))
        self.assertEqual(self._said(10), {})
        self._invoice(0.01, due=self._today(days=-1))
        self.assertEqual(self._said(10), {"overdue_percent": "block"})

    def test_review_due(self):
        self._follow({"review_due": {"severity": "warn", "days": 7}})
        self.assertEqual(self._said(10), {})
        for days, said in [(5, {}), (0, {}), (-7, {}), (-8, {"review_due": "warn"})]:
            with self.subTest(days=days):
                self.customer.credit_review_date = self._today(days=days)
                self.assertEqual(self._said(10), said)

    def test_customer_stopped_whatever_the_policy_says(self):
        self._follow({}, blocking_mode="none")
        self.assertEqual(self._said(10), {})
        self.customer.action_credit_stop("Insolvent")
        self.assertEqual(self._said(10), {"customer_stopped": "block"})
        self.assertIn("Insolvent", self._findings(10)[0].message)
        self.assertEqual(self._said(0, is_prepaid=True), {"customer_stopped": "block"})

    def test_every_reason_is_kept_and_the_worst_comes_first(self):
        self._follow(
            {
                "review_due": "warn",
                "days_overdue": {"severity": "warn", "days": 5},
                "overdue_amount": {"severity": "block", "amount": 10},
                "limit_exceeded": "block",
            }
        )
        self.customer.credit_review_date = self._today(days=-1)
        self._invoice(900, due=self._today(days=-10))
        findings = self._findings(200)
        self.assertEqual(
            [(finding.code, finding.severity) for finding in findings],
            [
                ("limit_exceeded", "block"),
                ("overdue_amount", "block"),
                ("days_overdue", "warn"),
                ("review_due", "warn"),
            ],
        )
        self.assertEqual(worst_severity(findings), "block")
        self.assertEqual(worst_severity(findings[2:]), "warn")
        self.assertEqual(worst_severity([]), "pass")

    def test_entirely_paid_order_is_not_looked_at(self):
        self._follow({"days_overdue": "block", "limit_exceeded": "block"})
        self._invoice(5000, due=self._today(days=-90))
        self.assertEqual(self._said(0, is_prepaid=True), {})

    def test_blocking_mode_caps_the_rules(self):
        rules = {"limit_exceeded": "block", "review_due": "warn"}
        self.customer.credit_review_date = self._today(days=-1)
        for mode, said in [
            ("block", {"limit_exceeded": "block", "review_due": "warn"}),
            ("warn", {"limit_exceeded": "warn", "review_due": "warn"}),
            ("none", {}),
        ]:
            with self.subTest(mode=mode):
                self._follow(rules, blocking_mode=mode)
                self.assertEqual(self._said(2000), said)

    def test_exempt_customer_passes_and_it_shows(self):
        self._follow({"limit_exceeded": "block", "days_overdue": "warn"})
        self._invoice(2000, due=self._today(days=-90))
        self.customer.write(
            {"credit_exempt": True, "credit_exempt_reason": "Large retailer"}
        )
        self.assertEqual(
            self._said(10), {"limit_exceeded": "pass", "days_overdue": "pass"}
        )

    def test_without_policy_the_limit_alone_counts(self):
        self.assertFalse(self.customer.credit_policy_effective_id)
        self._invoice(900, due=self._today(days=-365))
        self.customer.credit_review_date = self._today(days=-365)
        self.assertEqual(self._said(100), {})
        self.assertEqual(self._said(100.01), {"limit_exceeded": "block"})

    def test_rule_is_added_by_a_record_and_a_method(self):
        """What another room does: nothing of the check is touched."""
        rule = (
            self.env["credit.rule"]
            .sudo()
            .create(
                {
                    "code": "unlucky_number",
                    "name": "Unlucky number",
                    "default_severity": "warn",
                    "default_amount": 13,
                    "uses_amount": True,
                }
            )
        )
        policy = self.env["credit.policy"].create(
            {"name": "Superstitious", "blocking_mode": "block"}
        )
        self.assertEqual(
            policy.rule_ids.filtered(lambda line: line.rule_id == rule).amount, 13
        )
        self.customer.write(
            {"credit_policy_id": policy.id, "credit_blocking_mode": False}
        )

        def find(self, case, setting):
            return "Unlucky." if case.amount == setting.amount else None

        with patch.object(CreditRule, "_find_unlucky_number", find, create=True):
            self.assertEqual(self._said(13), {"unlucky_number": "warn"})
            self.assertEqual(self._said(12), {})

    def test_hundred_customers_are_checked_in_as_many_queries_as_one(self):
        partners = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "credit_limit": 10 + number,
                    "credit_policy_id": self._policy().id if number < 2 else False,
                }
                for number in range(60)
            ]
        )
        for partner in partners[:8]:
            self._invoice(50, partner=partner, due=self._today(days=-3))
        Check = self.env["credit.check"]
        counts = {}
        for number in (2, 60):
            for _warm_up in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                cases = Check._cases(partners[:number], self.company)
                for case in cases.values():
                    Check._findings(case)
            counts[number] = self.env.cr.sql_log_count - before
        self.assertEqual(len(set(counts.values())), 1, counts)


@tagged("post_install", "-at_install")
class TestPolicy(PolicyCommon):
    def test_blocking_mode_comes_from_customer_policy_or_company(self):
        policy = self._policy(blocking_mode="warn")
        for own, of_policy, of_company, effective in [
            ("block", policy, "none", "block"),
            (False, policy, "block", "warn"),
            (False, False, "block", "block"),
            (False, False, "none", "none"),
            ("none", policy, "block", "none"),
        ]:
            with self.subTest(own=own, of_policy=bool(of_policy), company=of_company):
                self.company.credit_blocking_mode = of_company
                self.customer.write(
                    {
                        "credit_blocking_mode": own,
                        "credit_policy_id": of_policy and of_policy.id,
                    }
                )
                self.env.invalidate_all()
                self.assertEqual(
                    self.customer.credit_blocking_mode_effective, effective
                )

    def test_change_of_a_rule_counts_at_once(self):
        policy = self._follow({"overdue_amount": {"severity": "block", "amount": 50}})
        self._invoice(100, due=self._today(days=-1))
        self.assertEqual(self._said(10), {"overdue_amount": "block"})
        line = policy.rule_ids.filtered(lambda rule: rule.code == "overdue_amount")
        line.amount = 100
        self.assertEqual(self._said(10), {})
        line.write({"amount": 10, "severity": "warn"})
        self.assertEqual(self._said(10), {"overdue_amount": "warn"})
        line.unlink()
        self.assertEqual(self._said(10), {})
        policy.rule_ids = [
            Command.create(
                {
                    "rule_id": self.env.ref(
                        "credit_management.credit_rule_overdue_amount"
                    ).id,
                    "severity": "block",
                }
            )
        ]
        self.assertEqual(self._said(10), {"overdue_amount": "block"})

    def test_new_policy_has_every_rule_with_its_default(self):
        policy = self.env["credit.policy"].create({"name": "New"})
        rules = self.env["credit.rule"].search([])
        self.assertEqual(policy.rule_ids.rule_id, rules)
        for line in policy.rule_ids:
            self.assertEqual(line.severity, line.rule_id.default_severity)
        self.assertEqual(policy.blocking_mode, "none")
        self.assertEqual(
            (policy.release_tolerance, policy.release_validity_days), (5, 7)
        )
        self.assertEqual(policy.decision_hours, 4)

    def test_copy_of_a_policy_has_its_rules(self):
        policy = self._policy(
            rules={"overdue_amount": {"severity": "warn", "amount": 7}}
        )
        copied = policy.copy()
        line = copied.rule_ids.filtered(lambda rule: rule.code == "overdue_amount")
        self.assertEqual((line.severity, line.amount), ("warn", 7))
        self.assertEqual(len(copied.rule_ids), len(policy.rule_ids))

    def test_only_managers_set_policies(self):
        policy = self._policy()
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.accountant,
        ):
            with self.subTest(user=user.login):
                self.assertTrue(policy.with_user(user).name)
                for record, vals in [
                    (policy, {"blocking_mode": "none"}),
                    (policy.rule_ids[0], {"severity": "none"}),
                ]:
                    with self.assertRaises(AccessError):
                        record.with_user(user).write(vals)
                with self.assertRaises(AccessError):
                    policy.with_user(user).create({"name": "Mine"})
                with self.assertRaises(AccessError):
                    policy.with_user(user).unlink()
        policy.with_user(self.cfo).blocking_mode = "warn"
        policy.rule_ids[0].with_user(self.cfo).severity = "none"

    def test_manager_of_limited_authority_does_not_weaken_a_rule(self):
        policy = self._follow({"limit_exceeded": "block"})
        line = policy.rule_ids.filtered(lambda rule: rule.code == "limit_exceeded")
        with self.assertRaises(AccessError):
            line.with_user(self.manager).severity = "none"
        with self.assertRaises(AccessError):
            line.with_user(self.manager).unlink()

    def test_policies_of_other_companies_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other"})
        policy = self._policy(company_id=other.id)
        common = self._policy()
        found = self.env["credit.policy"].with_user(self.manager).search(
            [("id", "in", (policy | common).ids)]
        )  # fmt: skip
        self.assertEqual(found, common)

    def test_a_branch_has_no_policy_of_its_own(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        with self._refused(ValidationError, "is a branch"):
            self._policy(company_id=branch.id)

    @mute_logger("odoo.sql_db")
    def test_values_that_make_no_sense(self):
        for vals in (
            {"limit_amount": -1},
            {"authority_amount": -1},
            {"release_tolerance": -1},
            {"release_tolerance": 101},
            {"near_percent": 120},
            {"release_validity_days": -1},
            {"decision_hours": 0},
            {"review_months": -1},
        ):
            with self.subTest(vals=vals), self.assertRaises(Exception):  # noqa: B017
                self._policy(**vals)
                self.env.flush_all()
        policy = self._policy()
        for vals in ({"days": -1}, {"amount": -0.5}, {"percent": -1}):
            with self.subTest(vals=vals), self.assertRaises(Exception):  # noqa: B017
                policy.rule_ids[0].write(vals)
                self.env.flush_all()
        with self.assertRaises(Exception):  # noqa: B017
            policy.rule_ids[0].copy()
            self.env.flush_all()

    def test_archived_policy_still_binds_its_customers(self):
        policy = self._follow({"limit_exceeded": "block"})
        policy.active = False
        self.assertEqual(self._said(2000), {"limit_exceeded": "block"})

    def test_deleted_policy_leaves_its_customers_to_the_default(self):
        self._follow({"limit_exceeded": "block"}).unlink()
        self.env.invalidate_all()
        self.assertFalse(self.customer.credit_policy_effective_id)
        self.assertEqual(self.customer.credit_blocking_mode_effective, "none")

    def test_customers_of_a_policy_are_counted(self):
        policy = self._follow({})
        self.assertEqual(policy.partner_count, 1)
        action = policy.action_view_partners()
        self.assertEqual(
            self.env["res.partner"].search(action["domain"]), self.customer
        )


@tagged("post_install", "-at_install")
class TestLight(PolicyCommon):
    """The traffic light, and the words beside it."""

    def test_light_of_a_customer(self):
        for exposure, light in [(0, "ok"), (899, "ok"), (900, "near"), (1000, "near"),
                                (1000.01, "over")]:  # fmt: skip
            with self.subTest(exposure=exposure):
                partner = self._create_customer(
                    "Light", credit_limit=1000, credit_blocking_mode="block"
                )
                if exposure:
                    self._invoice(exposure, partner=partner)
                self.assertEqual(partner.credit_light, light)
        self.assertEqual(self.uncontrolled.credit_light, "none")
        self.customer.action_credit_stop("Insolvent")
        self.assertEqual(self.customer.credit_light, "stopped")

    def test_light_of_a_quotation_looks_ahead(self):
        self._invoice(500)
        for amount, light in [(100, "ok"), (450, "near"), (500.01, "over")]:
            with self.subTest(amount=amount):
                order = self._quotation(amount)
                self.assertEqual(order.credit_light, light)
                self.assertEqual(order.credit_exposure_after, 500 + amount)
                order = order.with_user(self.salesperson)
                self.assertEqual(order.credit_panel["light"], light)

    def test_light_follows_what_happens_in_the_transaction(self):
        order = self._quotation(600)
        self.assertEqual(order.credit_light, "ok")
        invoice = self._invoice(500)
        self.assertEqual(order.credit_light, "over")
        self._pay(invoice)
        self.assertEqual(order.credit_light, "ok")
        self.customer.credit_limit = 100
        self.assertEqual(order.credit_light, "over")
        order.order_line.price_unit = 50
        self.assertEqual(order.credit_light, "ok")

    def test_panel_explains_the_exposure(self):
        self._invoice(300, due=self._today(days=-5))
        self._invoice(100)
        self._pay(self.customer, 50)
        self._order(200)
        self._invoice(30, post=False)
        panel = self._quotation(700).with_user(self.salesperson).credit_panel
        amounts = {item["key"]: item["amount"] for item in panel["components"]}
        self.assertEqual(
            amounts,
            {
                "overdue": 300,
                "not_due": 100,
                "unallocated": -50,
                "order_book": 200,
                "draft_invoices": 30,
                "this_order": 700,
            },
        )
        self.assertEqual(panel["exposure"], 580)
        self.assertEqual(panel["exposure_after"], sum(amounts.values()))
        self.assertEqual((panel["limit"], panel["available"]), (1000, 420))
        self.assertEqual([f["code"] for f in panel["findings"]], ["limit_exceeded"])
        self.assertEqual(
            [way["kind"] for way in panel["ways_out"]],
            ["payment", "deposit", "temporary_limit", "partial_order"],
        )


@tagged("post_install", "-at_install")
class TestWaysOut(PolicyCommon):
    """Each way out, taken in the database, lets the order pass."""

    def _ways_out(self, order):
        Check = self.env["credit.check"]
        case = order.sudo()._credit_cases()[order]
        return {
            path.kind: path for path in Check._ways_out(case, Check._findings(case))
        }

    def _pay_items(self, path):
        lines = self.env["account.move.line"].browse(item.id for item in path.items)
        for line in lines:
            self._pay(line.move_id)

    def test_above_the_limit(self):
        self._invoice(300, due=self._today(days=-9))
        self._invoice(500)
        order = self._quotation(600)
        ways = self._ways_out(order)
        self.assertEqual(
            {kind: path.amount for kind, path in ways.items()},
            {
                "payment": 500,
                "deposit": 400,
                "temporary_limit": 1400,
                "partial_order": 200,
            },
        )
        for kind, path in ways.items():
            with self.subTest(kind=kind):
                savepoint = self.cr.savepoint()
                if kind == "payment":
                    self._pay_items(path)
                elif kind == "deposit":
                    self._pay(self.customer, path.amount)
                elif kind == "temporary_limit":
                    self.env["credit.limit.change"]._grant(
                        self.customer, self.company, path.amount, "x", self._today()
                    )
                else:
                    order.order_line.price_unit = path.amount
                self._confirm(order)
                self.assertEqual(order.state, "sale")
                savepoint.close(rollback=True)

    def test_too_late_and_too_much_overdue(self):
        self._follow(
            {
                "days_overdue": {"severity": "block", "days": 30},
                "overdue_amount": {"severity": "block", "amount": 100},
                "limit_exceeded": "block",
            }
        )
        self._invoice(50, due=self._today(days=-31))
        self._invoice(120, due=self._today(days=-10))
        self._invoice(90, due=self._today(days=-5))
        self._invoice(700, due=self._today(days=20))
        order = self._quotation(100)
        self.assertEqual(
            self._said(100),
            {
                "days_overdue": "block",
                "overdue_amount": "block",
                "limit_exceeded": "block",
            },
        )
        ways = self._ways_out(order)
        self.assertEqual(list(ways), ["payment"])
        self._pay_items(ways["payment"])
        self._confirm(order)
        self.assertEqual(order.state, "sale")

    def test_stopped_or_unreviewed_customer_cannot_pay_the_way_out(self):
        self._follow({"review_due": "block", "limit_exceeded": "block"})
        self.customer.credit_review_date = self._today() - timedelta(days=1)
        self._invoice(900)
        order = self._quotation(200)
        self.assertEqual(self._ways_out(order), {})
        self.customer.credit_review_date = False
        self.assertTrue(self._ways_out(order))
        self.customer.action_credit_stop("Insolvent")
        self.assertEqual(self._ways_out(order), {})
