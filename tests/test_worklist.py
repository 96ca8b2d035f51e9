from odoo.exceptions import UserError
from odoo.tests import tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestWorklist(DunningCommon):
    """Who to see to first this morning."""

    def _worklist(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["credit.worklist"].with_user(user or self.collector).search([])

    def test_amount_times_age_times_risk_ranks_customers(self):
        old, large, trusted = (
            self._create_customer(name) for name in ("Old SA", "Large SA", "Good SA")
        )
        trusted.with_company(self.company).sudo().trust = "good"
        self._invoice(100, due=self._today(days=-100), partner=old)
        self._invoice(3000, due=self._today(days=-2), partner=large)
        self._invoice(1000, due=self._today(days=-15), partner=trusted)
        rows = self._worklist()
        self.assertEqual(rows.partner_id.ids, [old.id, trusted.id, large.id])
        self.assertEqual(rows.mapped("priority"), [10000.0, 7500.0, 6000.0])

    def test_credits_lower_the_rank_and_paid_customers_leave(self):
        invoice = self._invoice(500, due=self._today(days=-10))
        self._credit_note(200)
        row = self._worklist()
        self.assertEqual((row.overdue, row.net_overdue), (500, 300))
        self.assertEqual(row.priority, 3000)
        self._pay(invoice)
        self.assertFalse(self._worklist())

    def test_a_call_is_the_next_action_until_its_result_is_known(self):
        self.customer.phone = "+33 1 45 67 89 10"
        self._invoice(500, due=self._today(days=-10))
        row = self._worklist()
        self.assertEqual(row.next_action, "wait")
        self.assertIn("never reminded", row.reason)
        action = row.action_call()
        delivery = self.env["credit.dunning.delivery"].browse(
            action["context"]["default_delivery_id"]
        )
        row = self._worklist()
        self.assertEqual(row.next_action, "call")
        self.assertEqual(row.delivery_id, delivery)
        delivery.with_user(self.collector).action_log_call("reached", "Pays on Friday")
        self.assertEqual(self._worklist().next_action, "wait")
        self.assertEqual(self._worklist().last_contact, self._today())
        with self._refused(UserError, "has been made"):
            delivery.with_user(self.collector).action_log_call("reached")

    def test_reading_the_list_costs_the_same_for_any_number(self):
        def cost():
            self._worklist().mapped("reason")  # what is cached is in the cache now
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._worklist().mapped("reason")
            return self.env.cr.sql_log_count - before

        self._invoice(100, due=self._today(days=-5))
        alone = cost()
        for number in range(5):
            partner = self._create_customer(f"C{number} SA")
            self._invoice(100, due=self._today(days=-5), partner=partner)
        self.assertLessEqual(cost(), alone)
