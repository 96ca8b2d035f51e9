"""What the confirmation of a very long order costs, and how much of it is the check."""

import time

from odoo.fields import Command

from . import scene as scenes


def measure(env, lines):
    """Confirm an order with and without control of its customer; undo it all.

    :return: seconds and queries, by name
    """
    scene = scenes.find(env)
    customer = env["res.partner"].browse(scene.customers[0]).with_company(env.company)
    result = {"lines": lines}
    for name, mode in [("without control", "none"), ("with control", "block")]:
        customer.write({"credit_blocking_mode": mode, "credit_limit": 10.0**9})
        order = _order(env, customer, scene.product, lines)
        queries, seconds = _cost(env, order.action_confirm)
        result[f"confirmation {name}"] = f"{seconds:.2f} s, {queries} queries"
    order = _order(env, customer, scene.product, lines)
    queries, seconds = _cost(env, order._credit_verdicts)
    result["check alone"] = f"{seconds:.3f} s, {queries} queries"
    customer.credit_limit = 1.0
    queries, seconds = _cost(env, order.action_confirm_or_hold)
    result["being held"] = f"{seconds:.2f} s, {queries} queries"
    queries, seconds = _cost(env, lambda: order.credit_panel)
    result["panel of its form"] = f"{seconds:.3f} s, {queries} queries"
    env.cr.rollback()
    return result


def _order(env, customer, product, lines):
    line = {"product_id": product, "price_unit": 10.01}
    order = env["sale.order"].create(
        {
            "partner_id": customer.id,
            "order_line": [Command.create(line) for _number in range(lines)],
        }
    )
    env.flush_all()
    return order


def _cost(env, function):
    env.invalidate_all()
    before, began = env.cr.sql_log_count, time.perf_counter()
    function()
    env.flush_all()
    return env.cr.sql_log_count - before, time.perf_counter() - began
