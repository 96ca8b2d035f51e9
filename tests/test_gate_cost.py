from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from .gate_common import GateCommon

# against Odoo without the module, which `dev/bench` measures on its own
GOAL = 6
# without control: whether the customer is controlled has to be read
WITHOUT_CONTROL = 1


@tagged("post_install", "-at_install")
class TestGateCost(GateCommon):
    """What the check adds to a confirmation, in queries."""

    @classmethod
    def default_env_context(cls):
        return {"no_reset_password": True, "tracking_disable": True}

    @contextmanager
    def _no_gate(self):
        """Let orders be confirmed as in Odoo without the module."""
        Order = type(self.env["sale.order"])
        with (
            patch.object(Order, "_credit_gate", lambda orders, **_options: {}),
            patch.object(Order, "_after_credit_gate", lambda orders, verdicts: None),
        ):
            yield

    def _queries(self, orders, method="action_confirm"):
        """Return how many queries the confirmation of orders takes."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        getattr(orders.with_user(self.salesperson), method)()
        self.env.flush_all()
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        return self.env.cr.sql_log_count - before

    def _orders(self, number, earlier=0, mode="block", **vals):
        """Return quotations, of a customer each, who has ordered before."""
        customers = [
            self._create_customer(
                f"{mode} {index}", credit_limit=1e6, credit_blocking_mode=mode, **vals
            )
            for index in range(number)
        ]
        for customer in customers:
            for _index in range(earlier):
                self._quotation(10, partner=customer).sudo().action_confirm()
        return self.env["sale.order"].union(
            *(self._quotation(10, partner=customer) for customer in customers)
        )

    def _extra_queries(self, number, method="action_confirm", **vals):
        """Return what the check costs a batch of orders of one customer each."""
        warm_up = self._orders(1, **vals)
        without, with_gate = (self._orders(number, **vals) for _index in range(2))
        # what Odoo keeps in its caches is read once
        self._queries(warm_up, method)
        with self._no_gate():
            plain = self._queries(without)
        return self._queries(with_gate, method) - plain

    def test_a_confirmation_costs_at_most_six_queries_more(self):
        self.assertLessEqual(self._extra_queries(1), GOAL)

    def test_the_button_undoes_what_is_held_for_two_queries_more(self):
        cost = self._extra_queries(1, "action_confirm_or_hold")
        self.assertLessEqual(cost, GOAL + 2)

    def test_a_policy_is_not_read_again_for_each_confirmation(self):
        policy = self._policy(
            rules={"limit_exceeded": "block", "days_overdue": "block"}
        )
        cost = self._extra_queries(1, credit_policy_id=policy.id)
        self.assertLessEqual(cost, GOAL)

    def test_customers_without_control_cost_a_query(self):
        self.assertLessEqual(self._extra_queries(1, mode="none"), WITHOUT_CONTROL)

    def test_the_cost_does_not_depend_on_the_orders_of_the_customer(self):
        self.assertLessEqual(self._extra_queries(1, earlier=50), GOAL)

    def test_a_batch_costs_a_constant_number_of_queries(self):
        few, many = self._extra_queries(3), self._extra_queries(100)
        self.assertLessEqual(few, GOAL)
        self.assertLessEqual(many, GOAL)

    def test_subsidiaries_of_groups_with_a_limit_cost_a_constant_number(self):
        group = self._create_customer("Group", credit_group_limit=1e6)
        cost = self._extra_queries(10, parent_id=group.id)
        self.assertLessEqual(cost, GOAL + 2)

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
