from odoo.tests import tagged

from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestGateCost(GateCommon):
    """What the check adds to a confirmation, in queries."""

    @classmethod
    def default_env_context(cls):
        return {"no_reset_password": True, "tracking_disable": True}

    def _queries(self, orders):
        """Return how many queries the confirmation of orders takes."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        orders.with_user(self.salesperson).action_confirm()
        self.env.flush_all()
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        return self.env.cr.sql_log_count - before

    def _extra_queries(self, number, earlier=0):
        """Return what the check costs a batch of orders of one customer each."""
        costs = {}
        for mode in ("none", "block"):
            customers = [
                self._create_customer(
                    f"{mode} {index}", credit_limit=1e6, credit_blocking_mode=mode
                )
                for index in range(number)
            ]
            for customer in customers:
                for _index in range(earlier):
                    self._quotation(10, partner=customer).sudo().action_confirm()
            # warm up
            self._queries(self._quotation(10, partner=customers[0]))
            orders = self.env["sale.order"].union(
                *(self._quotation(10, partner=customer) for customer in customers)
            )
            costs[mode] = self._queries(orders)
        return costs["block"] - costs["none"]

    def test_a_confirmation_costs_at_most_six_queries_more(self):
        self.assertLessEqual(self._extra_queries(1), 6)

    def test_the_cost_does_not_depend_on_the_orders_of_the_customer(self):
        self.assertLessEqual(self._extra_queries(1, earlier=50), 6)

    def test_a_batch_costs_a_constant_number_of_queries(self):
        few, many = self._extra_queries(3), self._extra_queries(100)
        self.assertLessEqual(few, 8)
        self.assertLessEqual(many, 8)

    def test_a_stopped_order_is_refused_at_a_constant_cost(self):
        costs = []
        for earlier in (1, 1, 20):
            customer = self._create_customer(
                f"Stopped {earlier}", credit_limit=1000.0, credit_blocking_mode="block"
            )
            for _index in range(earlier):
                self._quotation(10, partner=customer).sudo().action_confirm()
            order = self._quotation(5000, partner=customer)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.with_user(self.salesperson).action_confirm_or_hold()
            self.env.flush_all()
            self.assertEqual(order.credit_state, "hold")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(abs(costs[2] - costs[1]), 2)
