"""The documents that the ledger is a multiple of, made by Odoo like a user's.

Each one is a cluster: an order with its invoices, an invoice with its payments, down to
their reconciliation. All of them belong to one customer and to one day.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from odoo import fields
from odoo.fields import Command

from .masters import CURRENCIES, TERM_DAYS, Masters

QUIET = {
    "lang": "en_US",
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "tracking_disable": True,
}
# How old the templates are; their copies are moved to other days.
AGE = 100
PAID_AFTER = 35


@dataclass(frozen=True)
class Kind:
    """A kind of document: how often it occurs, and how old its copies are.

    :param share: per customer
    :param ages: days since the invoice or the order, the least and the most
    """

    share: float
    ages: tuple[int, int]


KINDS = {
    "paid": Kind(5.4, (PAID_AFTER + 1, 700)),
    "open": Kind(1.9, (0, TERM_DAYS)),
    "overdue": Kind(1.2, (TERM_DAYS + 1, 400)),
    "instalments": Kind(0.4, (0, 90)),
    "partial": Kind(0.3, (10, 200)),
    "credited": Kind(0.2, (0, 700)),
    "credit_note": Kind(0.2, (0, 90)),
    "unallocated": Kind(0.2, (0, 60)),
    "draft": Kind(0.1, (0, 5)),
    "order": Kind(0.45, (0, 60)),
    "order_partly_invoiced": Kind(0.2, (0, 60)),
    "order_draft_invoice": Kind(0.05, (0, 20)),
    "order_deposit": Kind(0.05, (0, 60)),
    "order_credited": Kind(0.05, (0, 60)),
    "order_invoiced": Kind(0.25, (PAID_AFTER + 1, 600)),
    "quotation": Kind(0.25, (0, 30)),
}


@dataclass
class Cluster:
    """Records that belong together, by table."""

    kind: str
    currency: str
    records: dict = field(default_factory=dict)

    def add(self, records):
        ids = self.records.setdefault(records._table, [])
        ids.extend(id_ for id_ in records.ids if id_ not in ids)


class Documents:
    """Makes the templates of one company."""

    def __init__(self, env, random):
        self.env = env(context={**env.context, **QUIET})
        self.random = random
        self.day = fields.Date.today() - timedelta(days=AGE)
        self.masters = Masters(self.env)
        self.customer = self.masters.customer
        self.accounting, self.warehouse = self.customer.child_ids.sorted("id")

    def make(self):
        """Make the templates of all kinds in all currencies.

        :rtype: list[Cluster]
        """
        return [
            self._cluster(kind, currency, index)
            for kind in KINDS
            for index, currency in enumerate(CURRENCIES)
        ]

    def _cluster(self, kind, currency, index):
        cluster = Cluster(kind, currency)
        getattr(self, f"_make_{kind}")(cluster, currency, index)
        self._add_reconciliations(cluster)
        return cluster

    def _add_reconciliations(self, cluster):
        """Add what reconciles the entries, exchange differences included."""
        lines = self.env["account.move.line"].browse(
            cluster.records.get("account_move_line", ())
        )
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        cluster.add(partials)
        cluster.add(lines.full_reconcile_id)
        differences = partials.exchange_move_id - lines.move_id
        if differences:
            self._add_moves(cluster, differences)
            self._add_reconciliations(cluster)

    def _add_moves(self, cluster, moves):
        cluster.add(moves)
        cluster.add(moves.line_ids)

    def _prices(self, count):
        # a multiple of 0.05: a tax of 20 % is exact
        return [self.random.randint(2000, 12000) / 20 for _none in range(count)]

    def _invoice(self, currency, index, move_type="out_invoice", term=None, price=None):
        invoice = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.accounting.id,
                "invoice_date": self.day,
                "invoice_payment_term_id": (term or self.masters.term).id,
                "currency_id": self.masters.currency(currency).id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.masters.service.id,
                            "quantity": 4,
                            "price_unit": p,
                        }
                    )
                    for p in (price and [price] or self._prices(1 + index % 3))
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _pay(self, cluster, invoices, days, share=1.0):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoices.ids
        )
        values = {
            "payment_date": self.day + timedelta(days=days),
            "journal_id": self.masters.bank.id,
            "payment_difference_handling": "open",
        }
        if share != 1.0:
            values["amount"] = round(invoices.amount_residual * share, 2)
        payments = wizard.create(values)._create_payments()
        cluster.add(payments)
        self._add_moves(cluster, payments.move_id)

    def _make_open(self, cluster, currency, index):
        self._add_moves(cluster, self._invoice(currency, index))

    _make_overdue = _make_open

    def _make_instalments(self, cluster, currency, index):
        self._add_moves(
            cluster, self._invoice(currency, index, term=self.masters.instalments)
        )

    def _make_paid(self, cluster, currency, index):
        invoice = self._invoice(currency, index)
        self._pay(cluster, invoice, days=PAID_AFTER)
        self._add_moves(cluster, invoice)

    def _make_partial(self, cluster, currency, index):
        invoice = self._invoice(currency, index)
        self._pay(cluster, invoice, days=10, share=0.3 + index / 20)
        self._add_moves(cluster, invoice)

    def _make_credited(self, cluster, currency, index):
        price = self._prices(1)[0]
        invoice = self._invoice(currency, index, price=price)
        refund = self._invoice(currency, index, "out_refund", price=price)
        moves = invoice | refund
        moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self._add_moves(cluster, moves)

    def _make_credit_note(self, cluster, currency, index):
        self._add_moves(cluster, self._invoice(currency, index, "out_refund"))

    def _make_unallocated(self, cluster, currency, index):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": self._prices(1)[0],
                "currency_id": self.masters.currency(currency).id,
                "date": self.day,
                "journal_id": self.masters.bank.id,
            }
        )
        payment.action_post()
        cluster.add(payment)
        self._add_moves(cluster, payment.move_id)

    def _make_draft(self, cluster, currency, index):
        invoice = self._invoice(currency, index)
        invoice.button_draft()
        invoice.name = False
        self._add_moves(cluster, invoice)

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    def _quotation(self, cluster, currency, index):
        service, goods = self.masters.service, self.masters.goods
        products = [service, goods, service][: 2 + index % 2]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "partner_invoice_id": self.accounting.id,
                "partner_shipping_id": self.warehouse.id,
                "pricelist_id": self.masters.pricelists[currency].id,
                "payment_term_id": self.masters.term.id,
                "date_order": fields.Datetime.to_datetime(self.day),
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": 10,
                            "price_unit": price,
                        }
                    )
                    for product, price in zip(
                        products, self._prices(len(products)), strict=True
                    )
                ],
            }
        )
        self._add_order(cluster, order)
        return order

    def _add_order(self, cluster, order):
        cluster.add(order)
        cluster.add(order.order_line)

    def _order(self, cluster, currency, index):
        order = self._quotation(cluster, currency, index)
        order.action_confirm()
        order.date_order = fields.Datetime.to_datetime(self.day)
        return order

    def _deliver(self, order, quantity):
        for line in order.order_line.filtered(
            lambda li: li.product_id == self.masters.goods
        ):
            line.qty_delivered = quantity

    def _bill(self, cluster, order, post=True):
        invoice = order._create_invoices()
        invoice.invoice_date = self.day
        if post:
            invoice.action_post()
        self._add_moves(cluster, invoice)
        return invoice

    def _make_quotation(self, cluster, currency, index):
        self._quotation(cluster, currency, index)

    def _make_order(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        if index % 4 == 3:  # more than was ordered
            self._deliver(order, 12)

    def _make_order_partly_invoiced(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        self._deliver(order, 4)
        invoice = order._create_invoices()
        invoice.invoice_date = self.day
        for line in invoice.invoice_line_ids:
            line.quantity = min(line.quantity, 3 + index % 5)
        invoice.action_post()
        self._add_moves(cluster, invoice)

    def _make_order_draft_invoice(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        self._bill(cluster, order, post=False)

    def _make_order_deposit(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=order.ids, active_id=order.id
        )
        wizard.create(
            {"advance_payment_method": "percentage", "amount": 30}
        ).create_invoices()
        invoice = order.invoice_ids
        invoice.invoice_date = self.day
        invoice.action_post()
        self._add_moves(cluster, invoice)
        self._add_order(cluster, order)  # it has got a line for the deposit

    def _make_order_credited(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        self._deliver(order, 10)
        invoice = self._bill(cluster, order)
        refund = invoice._reverse_moves([{"invoice_date": self.day}])
        for line in refund.invoice_line_ids:
            line.quantity = 2 + index % 4
        refund.action_post()
        (invoice | refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self._add_moves(cluster, refund)

    def _make_order_invoiced(self, cluster, currency, index):
        order = self._order(cluster, currency, index)
        self._deliver(order, 10)
        invoice = self._bill(cluster, order)
        if index % 3:
            self._pay(cluster, invoice, days=PAID_AFTER)
