from hypothesis import example, given
from hypothesis import strategies as st

from odoo.fields import Command
from odoo.tests import tagged

from .gate_common import GateCommon
from .property_common import few_examples

lines_of_orders = st.lists(
    st.tuples(st.booleans(), st.integers(1, 10), st.integers(1, 100_000)),
    min_size=1,
    max_size=2,
)
which = st.integers(0, 9)
amounts = st.integers(1, 1_000_000)
events = st.one_of(
    st.tuples(st.just("order"), lines_of_orders),
    st.tuples(st.just("deliver"), which, st.integers(1, 12)),
    st.tuples(st.just("change_quantity"), which, st.integers(0, 12)),
    st.tuples(st.just("invoice"), which),
    st.tuples(st.just("down_payment"), which, st.integers(1, 60)),
    st.tuples(st.just("invoice_without_order"), amounts),
    st.tuples(st.just("post"), which),
    st.tuples(st.just("credit"), which),
    st.tuples(st.just("cancel_invoice"), which),
    st.tuples(st.just("cancel_order"), which),
    st.tuples(st.just("pay"), amounts),
    st.tuples(st.just("reconcile")),
)
histories = st.lists(events, min_size=6, max_size=14).map(
    # most of what happens needs an order
    lambda history: [("order", [(True, 5, 1999), (False, 2, 30050)]), *history]
)
# euros that only move from one stage to the next
MOVES = {"invoice", "down_payment", "post", "reconcile"}


class _History:
    """What happens between a customer and us, in any order that Odoo lets happen."""

    def __init__(self, test):
        self.test = test
        self.env = test.env(
            context={"tracking_disable": True, "mail_create_nosubscribe": True}
        )
        self.customer = test.customer.with_env(self.env)
        self.orders = self.env["sale.order"]
        self.free = self.env["account.move"]
        self.paid = 0

    @property
    def invoices(self):
        return self.free | self.orders.invoice_ids

    def happen(self, name, *details):
        return getattr(self, f"_{name}")(*details)

    # what can happen; nothing does where there is nothing for it to happen to

    def _order(self, lines):
        products = {True: self.test.goods, False: self.test.service}
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": products[is_goods].id,
                            "product_uom_qty": quantity,
                            "price_unit": price / 100,
                        }
                    )
                    for is_goods, quantity, price in lines
                ],
            }
        )
        order.action_confirm()
        self.orders |= order

    def _deliver(self, which, quantity):
        if line := self._pick(self._lines("delivery"), which):
            line.qty_delivered = max(line.qty_delivered, quantity)

    def _change_quantity(self, which, quantity):
        """Order more; or less, down to what can no longer be taken back."""
        if line := self._pick(self._lines("delivery", "order"), which):
            is_free = line.product_id == self.test.goods and not any(
                line.order_id.order_line.mapped("is_downpayment")
            )
            least = line.qty_delivered if is_free else line.product_uom_qty
            line.product_uom_qty = max(quantity, least)

    def _invoice(self, which):
        """Invoice what can be, down payments deducted; more of them is credited."""
        orders = self._live().filtered(
            lambda order: order._get_invoiceable_lines(final=True)
        )
        if order := self._pick(orders, which):
            moves = order._create_invoices(final=True)
            moves.filtered(lambda move: move.move_type == "out_refund").action_post()

    def _down_payment(self, which, percent):
        orders = self._live().filtered(lambda order: not order.invoice_ids)
        if order := self._pick(orders, which):
            self.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": [Command.set(order.ids)],
                    "advance_payment_method": "percentage",
                    "amount": percent,
                }
            ).create_invoices()

    def _invoice_without_order(self, amount):
        self.free |= self.test._invoice(amount / 100, post=False).with_env(self.env)

    def _post(self, which):
        drafts = self.invoices.filtered(lambda move: move.state == "draft")
        self._pick(drafts, which).action_post()

    def _credit(self, which):
        if move := self._pick(self._invoices_to_undo(), which):
            note = move._reverse_moves()
            note.action_post()
            if move in self.free:
                self.free |= note

    def _cancel_invoice(self, which):
        move = self._pick(self._invoices_to_undo("draft"), which)
        move.filtered(lambda move: move.state == "posted").button_draft()
        move.button_cancel()
        self.free -= move

    def _cancel_order(self, which):
        self._pick(self._live(), which)._action_cancel()

    def _pay(self, amount):
        self.test._pay(self.customer, amount / 100)
        self.paid += amount

    def _reconcile(self):
        self.env["account.move.line"].search(
            [
                ("partner_id", "=", self.customer.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
            ]
        ).reconcile()

    # who is meant

    def _pick(self, records, which):
        return records[which % len(records)] if records else records

    def _live(self):
        return self.orders.filtered(lambda order: order.state == "sale")

    def _lines(self, *policies):
        return self._live().order_line.filtered(
            lambda line: line.product_id.invoice_policy in policies
        )

    def _invoices_to_undo(self, *states):
        """Return invoices nothing else depends on: no credit note, no deduction."""
        return self.invoices.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and move.state in ("posted", *states)
                and not move.reversal_move_ids
                and min(move.invoice_line_ids.mapped("quantity")) > 0
            )
        )

    # ------------------------------------------------------------------
    # The recount
    # ------------------------------------------------------------------

    def owed(self):
        """Return what the customer owes or will owe, in cents.

        At whatever stage its euros are: an order is worth what was ordered, or
        delivered if that is more; what was credited is off.
        """
        live = self._live()
        return (
            sum(map(self._worth, live))
            + sum(map(self._billed, self.orders - live))
            + sum(
                self._signed(move)
                for move in self.free
                if move.state == "posted" or move.move_type == "out_invoice"
            )
            - self.paid
        )

    def _worth(self, order):
        lines = order.order_line.filtered(lambda line: not line.is_downpayment)
        ordered = sum(
            round(line.price_unit * 100) * max(line.product_uom_qty, line.qty_delivered)
            for line in lines
        )
        credited = sum(
            self._signed(move)
            for move in order.invoice_ids
            if move.reversed_entry_id
            and not any(move.invoice_line_ids.sale_line_ids.mapped("is_downpayment"))
        )
        return round(ordered) + credited

    def _billed(self, order):
        return sum(
            self._signed(move) for move in order.invoice_ids if move.state == "posted"
        )

    def _signed(self, move):
        sign = {"out_invoice": 1, "out_refund": -1}[move.move_type]
        return sign * round(move.amount_total * 100)


@tagged("post_install", "-at_install")
class TestExposureProperties(GateCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.credit_blocking_mode = "none"

    @few_examples
    @given(histories)
    @example(  # a down payment larger than what is delivered: the rest is credited
        [
            ("order", [(True, 10, 10_000)]),
            ("down_payment", 0, 50),
            ("post", 0),
            ("deliver", 0, 1),
            ("invoice", 0),
            ("deliver", 0, 6),
            ("invoice", 0),
            ("post", 0),
        ]
    )
    def test_one_euro_is_counted_once_whatever_happens(self, events_of_history):
        with self._undone():
            history = _History(self)
            before = 0
            for event in events_of_history:
                history.happen(*event)
                found = round(self.customer.credit_exposure * 100)
                self.assertEqual(found, history.owed(), event)
                if event[0] in MOVES and not history.orders.filtered(
                    lambda order: order.state == "cancel"
                ):
                    self.assertEqual(found, before, event)
                before = found


limits = st.integers(0, 200_000)
debts = st.lists(
    st.tuples(st.integers(1, 100_000), st.integers(-40, 40)), min_size=1, max_size=3
)
rules = st.sampled_from(
    [
        {"limit_exceeded": "block"},
        {
            "limit_exceeded": "block",
            "days_overdue": {"severity": "block", "days": 10},
        },
        {
            "limit_exceeded": "block",
            "overdue_amount": {"severity": "block", "amount": 50.0},
        },
    ]
)


@tagged("post_install", "-at_install")
class TestReleaseProperties(GateCommon):
    """Each way out that is shown frees the order, when it is taken."""

    @few_examples
    @given(limits, debts, rules, st.integers(1, 300_000))
    @example(60_000, [(24_000, -30), (10_800, 20)], {"limit_exceeded": "block"}, 40_000)
    def test_each_way_out_frees_the_order(self, limit, debts, rules, amount):
        with self._undone():
            self.customer.credit_limit = limit / 100
            self.customer.credit_limit_mode = "limited"
            self.customer.credit_policy_id = self._policy(rules=rules)
            for debt, days in debts:
                self._invoice(debt / 100, due=self._today(days=days))
            order = self._quotation(amount / 100)
            self._confirm_or_hold(order)
            if order.state == "sale":
                self.assertLessEqual(self.customer.credit_exposure, limit / 100)
                return
            wizard = self.env["credit.hold.release"].browse(
                self._decide(order, method="action_decide")["res_id"]
            )
            for way in wizard.with_user(self.cfo).way_out_ids:
                with self._undone():
                    way.action_use()
                    self._take(way, order)
                    self.env.invalidate_all()
                    self.assertEqual(order.state, "sale", way.name)

    def _take(self, way, order):
        """Do what a way out asks of the customer, of finance or of the salesperson."""
        if way.kind == "partial_order":
            order.order_line.price_unit = way.amount
            return
        way.wizard_id.action_apply()
        if way.kind == "payment":
            self._pay(way.move_ids.with_user(self.env.user))
        elif way.kind == "deposit":
            self._pay(self.customer, way.amount)
