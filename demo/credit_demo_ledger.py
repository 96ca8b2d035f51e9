from functools import partial

from odoo import models
from odoo.fields import Command

from .documents import (
    CREDIT_NOTES,
    DRAFT_INVOICES,
    INVOICES,
    LEDGER,
    LEDGER_CREDIT_NOTES,
    LEDGER_PAYMENTS,
    PAYMENTS,
    PRODUCTS,
)
from .history import HISTORY

VAT = 20.0


class CreditDemo(models.AbstractModel):
    """The products, and the ledger: invoices, credit notes, payments."""

    _inherit = "credit.demo"

    def _sale_tax(self):
        """Return the company's tax of 20 % on sales; nothing where it has another.

        With another rate, amounts that include it would not be exact to the cent.
        """
        tax = self.env.company.account_sale_tax_id
        is_vat = tax.amount_type == "percent" and tax.amount == VAT
        return tax if is_vat else tax.browse()

    def _price(self, amount):
        """Return the unit price whose amount, tax included, is ``amount``."""
        tax = self._sale_tax()
        if not tax or tax.price_include:
            return amount
        return amount / (1 + VAT / 100)

    def _create_products(self):
        products = self._create_quietly(
            "product.product",
            [
                {
                    "name": product.name,
                    "type": product.type,
                    "invoice_policy": product.invoice_policy,
                    "list_price": self._price(product.price),
                    "taxes_id": [Command.set(self._sale_tax().ids)],
                }
                for product in PRODUCTS
            ],
        )
        self._remember(
            {
                f"product_{row.key}": product
                for row, product in zip(PRODUCTS, products, strict=True)
            }
        )

    def _create_invoices(self):
        """Post all the invoices at once, the oldest first."""
        rows = sorted((*LEDGER, *HISTORY, *INVOICES), key=lambda row: row.issued)
        self._create_moves(rows, "out_invoice").action_post()
        self._create_moves((*LEDGER_CREDIT_NOTES, *CREDIT_NOTES), "out_refund")
        self._create_moves(DRAFT_INVOICES, "out_invoice")

    def _ledger_events(self):
        """Yield what happens to the invoices afterwards: a day and what to do."""
        for row in (*LEDGER, *HISTORY, *INVOICES):
            if row.paid is not None:
                yield row.paid, partial(self._pay, self._find(row.key), row.paid)
        for row in (*LEDGER_CREDIT_NOTES, *CREDIT_NOTES):
            yield row.issued, self._find(row.key).action_post
        for payment in (*LEDGER_PAYMENTS, *PAYMENTS):
            yield payment.day, partial(self._receive_unallocated, payment)

    def _create_moves(self, rows, move_type):
        moves = self._create_quietly(
            "account.move", [self._move_values(row, move_type) for row in rows]
        )
        self._remember({row.key: move for row, move in zip(rows, moves, strict=True)})
        return moves

    def _move_values(self, row, move_type):
        customer = self._find_customer(row.customer)
        product = next(p for p in PRODUCTS if row.amount % p.price == 0)
        return {
            "move_type": move_type,
            "partner_id": customer.id,
            "invoice_user_id": customer.user_id.id,
            "invoice_date": self._day(row.issued),
            "date": self._day(row.issued),
            "invoice_payment_term_id": False,
            "invoice_date_due": self._day(row.due),
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": self._find(f"product_{product.key}").id,
                        "quantity": row.amount / product.price,
                        "price_unit": self._price(product.price),
                        "tax_ids": [Command.set(self._sale_tax().ids)],
                    }
                )
            ],
        }

    def _pay(self, invoice, days, amount=None):
        """Register the payment of an invoice, or of a part of it; return it."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        values = {"payment_date": self._day(days)}
        if amount:
            values["amount"] = amount
        return register.create(values)._create_payments()

    def _receive_unallocated(self, payment):
        """Receive money that nobody has applied to an invoice."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        )
        values = {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": self._find_customer(payment.customer).id,
            "amount": payment.amount,
            "date": self._day(payment.day),
            "journal_id": journal.id,
        }
        self._create_quietly("account.payment", [values]).action_post()
