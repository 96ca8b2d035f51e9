from odoo.tests import freeze_time, tagged

from .test_payment_plan import PlanCommon


@tagged("post_install", "-at_install")
class TestBalances(PlanCommon):
    """Three balances: accounting, clean of disputes, and what can be chased now."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls.invoice._dunning_items()

    def _balances(self, partner=None):
        """Return the three balances, after the customer's form, list and worklist
        have agreed on them."""
        partner = partner or self.customer
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("partner_id", "=", partner.id)]
        self.env["credit.customer.exposure"]._refresh(self.company)
        views = [
            (
                partner.credit_receivable,
                partner.credit_clean_balance,
                partner.credit_actionable_balance,
            )
        ]
        for model in ("credit.customer.exposure", "credit.worklist"):
            for row in self.env[model].with_user(self.collector).search(domain):
                views.append(
                    (row.receivable, row.clean_balance, row.actionable_balance)
                )
        self.assertEqual(len(set(views)), 1, views)
        return views[0]

    def _promise(self, amount, days=5, **vals):
        return (
            self.env["credit.promise"]
            .with_user(self.collector)
            .create(
                {
                    "partner_id": self.customer.id,
                    "amount": amount,
                    "date": self._today(days=days),
                    **vals,
                }
            )
        )

    def _contest(self, amount):
        reason = self.env.ref("credit_management.credit_dispute_reason_price")
        return (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open([(self.item, amount)], reason)
        )

    def test_what_is_promised_waits_until_the_promise_is_checked(self):
        self._invoice(50)  # not due yet: it can be chased for no less
        self.assertEqual(self._balances(), (150, 150, 150))
        promise = self._promise(60)
        self.assertEqual(self._balances(), (150, 150, 90))
        self._pay(self.invoice, 20)
        self.assertEqual(self._balances(), (130, 130, 90))
        with freeze_time(self._today(days=8)):  # the tolerance is over
            self.assertEqual(self._balances(), (130, 130, 130))
        promise.action_withdraw()
        self.assertEqual(self._balances(), (130, 130, 130))

    def test_a_promise_that_asks_a_manager_does_not_wait_yet(self):
        self.company.credit_promise_max_days = 10
        promise = self._promise(60, days=20)
        self.assertEqual(self._balances(), (100, 100, 100))
        promise.with_user(self.manager).action_approve()
        self.assertEqual(self._balances(), (100, 100, 40))

    def test_instalments_that_are_due_can_be_chased(self):
        plan = self._running((40, 30, 30), first=10)
        self.assertEqual(self._balances(), (100, 100, 0))
        with freeze_time(self._today(days=10)):
            self.assertEqual(self._balances(), (100, 100, 40))
        with freeze_time(self._today(days=20)):
            self._pay(self.invoice, 50)
            self.assertEqual(self._balances(), (50, 50, 20))
        self._check(plan, days=26)
        self.assertEqual(plan.state, "defaulted")
        self.assertEqual(self._balances(), (50, 50, 50))

    def test_money_on_account_pays_instalments(self):
        self._running((40, 30, 30), first=0)
        self._pay(self.customer, 30)
        self.assertEqual(self._balances(), (70, 70, 10))
        self._pay(self.customer, 30)
        self.assertEqual(self._balances(), (40, 40, 0))

    def test_the_youngest_items_of_a_plan_wait(self):
        old = self._invoice(100, due=self._today(days=-60))._dunning_items()
        items = {self.item: 100, old: 100}
        plan = self._running((80, 120), items=items, first=0)
        waiting = dict(plan._waiting_items())
        self.assertEqual(waiting, {self.item.id: 100, old.id: 20})

    def test_nothing_leaves_twice(self):
        """What is contested, promised and in a plan is the same money."""
        self._promise(100)
        self._contest(30)
        self.assertEqual(self._balances(), (100, 70, 0))
        self._running((40, 30))
        self.assertEqual(self._balances(), (100, 70, 0))
        self._pay(self.invoice, 80)
        self.assertEqual(self._balances(), (20, 0, 0))

    def test_a_foreign_currency_counts_at_the_rate_of_the_ledger(self):
        other = self.setup_other_currency("HRK", rates=[("2016-01-01", 2.0)])
        partner = self._create_customer("Abroad SA")
        invoice = self._invoice(
            200, due=self._today(days=-6), currency=other, partner=partner
        )
        items = {invoice._dunning_items(): 200}
        self._running((50, 150), items=items, currency_id=other.id,
                      partner_id=partner.id, first=0)  # fmt: skip
        self.assertEqual(self._balances(partner), (100, 100, 25))

    def test_the_figures_follow_within_a_transaction(self):
        self.assertEqual(self.customer.credit_actionable_balance, 100)
        promise = self._promise(60)
        self.assertEqual(self.customer.credit_actionable_balance, 40)
        promise.action_withdraw()
        self.assertEqual(self.customer.credit_actionable_balance, 100)
        self._running()
        self.assertEqual(self.customer.credit_actionable_balance, 0)

    def test_the_worklist_says_what_is_contested(self):
        self._contest(30)
        row = self.env["credit.worklist"].search(
            [("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(row.disputed, 30)
        self.assertIn("contested", row.reason)

    def test_the_cost_does_not_depend_on_the_number(self):
        partners = self.customer
        for name in "BCDEF":
            partner = self._create_customer(f"{name} SA")
            invoice = self._invoice(100, due=self._today(days=-6), partner=partner)
            self._promise(20, partner_id=partner.id)
            items = {invoice._dunning_items(): 100}
            self._running((40, 60), items=items, partner_id=partner.id)
            partners |= partner

        def cost(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.mapped("credit_actionable_balance")
            return self.env.cr.sql_log_count - before

        cost(partners)  # what is cached is in the cache now
        self.assertEqual(cost(partners), cost(partners[:3]))
