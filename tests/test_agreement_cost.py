from contextlib import contextmanager, nullcontext
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .test_payment_plan import PlanCommon


@tagged("post_install", "-at_install")
class TestAgreementCost(PlanCommon):
    """What disputes, promises and plans cost bookkeeping and the daily jobs."""

    @contextmanager
    def _no_watch(self):
        """Let payments be matched as without disputes and plans."""
        MoveLine = type(self.env["account.move.line"])
        with patch.object(
            MoveLine, "_of_watched_customers", lambda items: items.browse()
        ):
            yield

    def _queries(self, action, *args):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        action(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _extra_queries(self, partner):
        """Return what disputes and plans add to a payment, and to its undoing."""
        costs = {}
        for watches in (True, True, False, True, False):
            invoice = self._invoice(10, partner=partner)
            with nullcontext() if watches else self._no_watch():
                paid = self._queries(self._pay, invoice)
                undone = self._queries(invoice.line_ids.remove_move_reconcile)
            costs.setdefault(watches, []).append((paid, undone))
        # a cache that is filled costs queries now and then
        with_them, without = ([min(cost) for cost in zip(*costs[key], strict=True)]
                              for key in (True, False))  # fmt: skip
        return [ours - plain for ours, plain in zip(with_them, without, strict=True)]

    def test_a_payment_without_dispute_or_plan_costs_nothing(self):
        paid, undone = self._extra_queries(self._create_customer("Plain SA"))
        self.assertLessEqual(paid, 0)
        # the customer is read
        self.assertLessEqual(undone, 1)

    def test_a_payment_of_a_customer_with_a_plan_costs_a_query_by_room(self):
        self._running()
        paid, undone = self._extra_queries(self.customer)
        self.assertLessEqual(paid, 2)
        self.assertLessEqual(undone, 3)

    def _debtors(self, number):
        for index in range(number):
            partner = self._create_customer(f"Debtor {index} SA")
            yield partner, self._invoice(100, due=self._today(days=-6), partner=partner)

    def _plans(self, number):
        plans = self.env["credit.payment.plan"]
        for partner, invoice in self._debtors(number):
            plans |= self._running(
                items={invoice._dunning_items(): 100}, partner_id=partner.id
            )
        return plans.sudo()

    def test_plans_that_are_kept_are_checked_at_a_constant_cost(self):
        day = self._today(days=1)
        few, many = self._plans(2), self._plans(20)
        self._queries(many._check, day)
        self.assertEqual(
            self._queries(many._check, day), self._queries(few._check, day)
        )

    def test_plans_that_stay_missed_are_checked_at_a_constant_cost(self):
        few, many = self._plans(2), self._plans(20)
        with freeze_time(self._today(days=12)):
            (few | many)._check(self._today())
            self.assertEqual(len(many.activity_ids), 20)
            few_cost = self._queries(few._check, self._today())
            self.assertEqual(self._queries(many._check, self._today()), few_cost)

    def test_promises_are_checked_at_a_constant_cost(self):
        promises = self.env["credit.promise"]
        for partner, invoice in self._debtors(22):
            promises |= promises.create(
                {
                    "partner_id": partner.id,
                    "amount": 60,
                    "date": self._today(days=5),
                    "line_ids": [
                        Command.create(
                            {"move_line_id": invoice._dunning_items().id, "amount": 60}
                        )
                    ],
                }
            )
        few, many = promises[:2].sudo(), promises[2:].sudo()
        (few | many)._check(self._today())
        few_cost = self._queries(few._check, self._today(days=1))
        self.assertEqual(self._queries(many._check, self._today(days=1)), few_cost)
