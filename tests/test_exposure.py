import random
from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tests import freeze_time, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import CreditCommon
from .gate_common import GateCommon

COMPONENTS = ["receivable", "overdue", "unallocated", "order_book", "draft_invoices"]
COUNTED = ["receivable", "order_book", "draft_invoices"]


class ExposureCommon(CreditCommon):
    """A customer whom nothing stops."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.credit_blocking_mode = "none"

    # the house spells assertions of its own as unittest does
    def assertFigures(self, partner=None, **expected):  # noqa: N802
        """Check all the figures of a customer; those not named are 0.

        Nothing is invalidated: the figures are right in the same transaction.
        """
        partner = partner or self.customer
        found = {name: partner[f"credit_{name}"] for name in COMPONENTS}
        self.assertEqual(found, dict.fromkeys(COMPONENTS, 0.0) | expected)
        exposure = sum(expected.get(name, 0.0) for name in COUNTED)
        self.assertAlmostEqual(partner.credit_exposure, exposure, 2)

    def _entry(self, partner, amount, account=None, due=False):
        """Return a posted journal entry that a customer owes ``amount`` by."""
        account = account or self.company_data["default_account_receivable"]
        other = self.company_data["default_account_revenue"]
        entry = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "balance": amount,
                            "date_maturity": due,
                        }
                    ),
                    Command.create({"account_id": other.id, "balance": -amount}),
                ],
            }
        )
        entry.action_post()
        return entry

    def _ledger_balance(self, partner, company=None):
        """Return the balance of the receivable accounts in the general ledger.

        Written apart from the module's query: whole balances, no residual.
        """
        self.env.flush_all()
        company = company or self.company
        rows = self.env.execute_query(
            SQL(
                """SELECT COALESCE(SUM(line.debit - line.credit), 0)
                     FROM account_move_line line
                     JOIN account_move move ON move.id = line.move_id
                     JOIN account_account account ON account.id = line.account_id
                     JOIN res_partner partner ON partner.id = line.partner_id
                     JOIN res_company company ON company.id = move.company_id
                    WHERE move.state = 'posted'
                      AND account.account_type = 'asset_receivable'
                      AND partner.commercial_partner_id = %s
                      AND split_part(company.parent_path, '/', 1) = %s""",
                partner.commercial_partner_id.id,
                str(company.id),
            )
        )
        return float(rows[0][0])


@tagged("post_install", "-at_install")
class TestReceivable(ExposureCommon):
    def test_posted_invoices_are_receivable(self):
        self.assertFigures()
        invoice = self._invoice(1200)
        self.assertFigures(receivable=1200)
        invoice.button_draft()
        self.assertFigures(draft_invoices=1200)
        invoice.button_cancel()
        self.assertFigures()

    def test_due_today_is_not_overdue(self):
        for shift, overdue, days in [
            (1, 0, 0),
            (0, 0, 0),
            (-1, 100, 1),
            (-35, 100, 35),
        ]:
            with self.subTest(shift=shift):
                partner = self._create_customer("Due")
                self._invoice(100, due=self._today(days=shift), partner=partner)
                self.assertFigures(partner, receivable=100, overdue=overdue)
                self.assertEqual(partner.credit_oldest_overdue_days, days)

    def test_days_overdue_grow_with_the_days(self):
        self._invoice(100, due=self._today(days=10))
        with freeze_time(self._today(days=11)):
            self.env.invalidate_all()
            self.assertFigures(receivable=100, overdue=100)
            self.assertEqual(self.customer.credit_oldest_overdue_days, 1)

    def test_oldest_item_counts_even_when_it_is_the_smallest(self):
        self._invoice(900, due=self._today(days=-3))
        self._invoice(1, due=self._today(days=-20))
        self.assertEqual(self.customer.credit_oldest_overdue_days, 20)

    def test_payment_lowers_the_invoice(self):
        invoice = self._invoice(1200, due=self._today(days=-5))
        self._pay(invoice, 500)
        self.assertFigures(receivable=700, overdue=700)
        self._pay(invoice)
        self.assertFigures()
        self.assertEqual(self.customer.credit_oldest_overdue_days, 0)

    def test_payment_on_account_is_unallocated(self):
        self._invoice(1200, due=self._today(days=-5))
        payment = self._pay(self.customer, 300)
        self.assertFigures(receivable=900, overdue=1200, unallocated=300)
        invoice = self._invoice(250)
        lines = (invoice.line_ids | payment.move_id.line_ids).filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertFigures(receivable=1150, overdue=1200, unallocated=50)

    def test_overpaid_customer_has_a_negative_exposure(self):
        self._pay(self.customer, 300)
        self.assertFigures(receivable=-300, unallocated=300)

    def test_credit_note_is_unallocated_until_it_is_applied(self):
        invoice = self._invoice(1200)
        self._credit_note(200)
        self.assertFigures(receivable=1000, unallocated=200)
        invoice._reverse_moves(cancel=True)
        self.assertFigures(receivable=-200, unallocated=200)

    def test_draft_credit_note_and_vendor_bill_count_nothing(self):
        self._credit_note(200, post=False)
        self._invoice(500, move_type="in_invoice")
        self._invoice(500, move_type="in_invoice", post=False)
        self.assertFigures()

    def test_draft_invoice_counts_apart(self):
        self._invoice(700, post=False)
        self._invoice(100)
        self.assertFigures(receivable=100, draft_invoices=700)

    def test_only_the_instalment_that_is_due_is_overdue(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "30 % at once, 70 % in 30 days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 30, "nb_days": 0}
                    ),
                    Command.create(
                        {"value": "percent", "value_amount": 70, "nb_days": 30}
                    ),
                ],
            }
        )
        self._invoice(
            1000,
            invoice_date=self._today(days=-10),
            invoice_payment_term_id=term.id,
            invoice_date_due=False,
        )
        self.assertFigures(receivable=1000, overdue=300)
        self.assertEqual(self.customer.credit_oldest_overdue_days, 10)

    def test_entries_without_due_date_count(self):
        self._entry(self.customer, 400)
        credit = self._entry(self.customer, -150)
        credit.line_ids.date_maturity = False
        (self.customer.with_context(active_test=False)).invalidate_recordset()
        self.assertFigures(receivable=250, unallocated=150)

    def test_undated_debit_is_never_overdue(self):
        entry = self._entry(self.customer, 400)
        entry.line_ids.date_maturity = False
        with freeze_time(self._today(years=1)):
            self.env.invalidate_all()
            self.assertFigures(receivable=400)

    def test_every_receivable_account_counts(self):
        account = self.copy_account(self.company_data["default_account_receivable"])
        self._entry(self.customer, 400, account=account, due=self._today(days=-1))
        self._invoice(100)
        self.assertFigures(receivable=500, overdue=400)

    def test_contacts_and_their_invoices_roll_up(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id, "type": "invoice"}
        )
        self._invoice(100, partner=contact)
        self._invoice(40, partner=contact, post=False)
        self._order(60, partner=self.customer, partner_invoice_id=contact.id)
        expected = {"receivable": 100, "draft_invoices": 40, "order_book": 60}
        self.assertFigures(self.customer, **expected)
        self.assertFigures(contact, **expected)

    def test_contact_that_changes_company_takes_its_orders_along(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        self._invoice(100, partner=contact)
        self._order(60, partner=contact)
        self.assertFigures(receivable=100, order_book=60)
        self.assertFigures(self.uncontrolled)
        contact.parent_id = self.uncontrolled
        # as in the ledger, the company that was invoiced goes on owing
        self.assertFigures(receivable=100)
        self.assertFigures(self.uncontrolled, order_book=60)
        self.assertFigures(contact, order_book=60)

    def test_archived_customer_still_owes(self):
        self._invoice(100, due=self._today(days=-1))
        self.customer.active = False
        self.assertFigures(receivable=100, overdue=100)

    def test_new_customer_has_no_figures(self):
        new = self.env["res.partner"].new({"name": "Not yet saved"})
        self.assertEqual(new.credit_exposure, 0)
        edited = self.env["res.partner"].new(origin=self.customer)
        self._invoice(100)
        self.assertEqual(edited.credit_exposure, 100)

    def test_receivable_is_the_balance_of_the_general_ledger(self):
        draw = random.Random(7)
        customers = [self._create_customer(name) for name in "ABC"]
        account = self.copy_account(self.company_data["default_account_receivable"])
        euro = self.setup_other_currency("EUR", rates=[("2000-01-01", 0.87)])
        for _number in range(30):
            partner = draw.choice(customers)
            amount = draw.randrange(1, 100_000) / 100
            due = self._today() + timedelta(days=draw.randrange(-60, 60))
            action = draw.randrange(6)
            if action == 0:
                self._credit_note(amount, partner=partner)
            elif action == 1:
                self._pay(partner, amount)
            elif action == 2:
                self._entry(partner, amount, account=account, due=due)
            else:
                currency = draw.choice([euro, self.company.currency_id])
                invoice = self._invoice(
                    amount, partner=partner, due=due, currency=currency
                )
                if action == 3:
                    self._pay(invoice)
                elif action == 4:
                    self._pay(invoice, amount / 2)
        for partner in customers:
            with self.subTest(partner=partner.name):
                self.assertAlmostEqual(
                    partner.credit_receivable, self._ledger_balance(partner), 2
                )
                self.assertGreater(abs(partner.credit_receivable), 0)


@tagged("post_install", "-at_install")
class TestOrderBook(ExposureCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax_on_top = cls.env["account.tax"].create(
            {
                "name": "20 % on top",
                "amount": 20,
                "price_include_override": "tax_excluded",
            }
        )

    def _down_payment(self, order, method, amount):
        wizard = (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create(
                {
                    "advance_payment_method": method,
                    "amount" if method == "percentage" else "fixed_amount": amount,
                }
            )
        )
        wizard.create_invoices()
        return order.invoice_ids.sorted("id")[-1]

    def test_confirmed_orders_count_until_they_are_cancelled(self):
        order = self._quotation(1200)
        self.assertFigures()
        order.action_quotation_sent()
        self.assertFigures()
        order.action_confirm()
        self.assertFigures(order_book=1200)
        order._action_cancel()
        self.assertFigures()
        order.action_draft()
        self.assertFigures()

    def test_undelivered_goods_count(self):
        """Odoo's own figure leaves them out until they can be invoiced."""
        order = self._order(1200, product=self.goods, quantity=4)
        self.assertEqual(order.invoice_status, "no")
        self.assertFigures(order_book=1200)

    def test_delivered_and_invoiced_goods_leave_the_order_book(self):
        order = self._order(1200, product=self.goods, quantity=4)
        order.order_line.qty_delivered = 1
        self.assertFigures(order_book=1200)
        invoice = order._create_invoices()
        self.assertFigures(order_book=1200)
        invoice.action_post()
        self.assertFigures(receivable=300, order_book=900)
        self._pay(invoice)
        self.assertFigures(order_book=900)

    def test_delivery_beyond_the_order_counts(self):
        order = self._order(1200, product=self.goods, quantity=4)
        order.order_line.qty_delivered = 6
        self.assertFigures(order_book=1800)
        invoice = order._create_invoices()
        self.assertFigures(order_book=1800)
        invoice.action_post()
        self.assertFigures(receivable=1800)
        order.order_line.qty_delivered = 7
        self.assertFigures(receivable=1800, order_book=300)

    def test_delivery_never_ordered_counts(self):
        order = self._order(100)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 0,
                    "price_unit": 60,
                    "discount": 50,
                    "qty_delivered": 3,
                }
            )
        ]
        self.assertFigures(order_book=190)

    def test_delivery_never_ordered_counts_with_its_tax(self):
        order = self._order(100)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.goods.id,
                    "product_uom_qty": 0,
                    "price_unit": 100,
                    "tax_ids": [Command.set(self.tax_on_top.ids)],
                    "qty_delivered": 1,
                }
            )
        ]
        self.assertFigures(order_book=220)

    def test_tax_is_part_of_the_exposure(self):
        order = self._order(1000, product=self.goods, quantity=4)
        order.order_line.tax_ids = self.tax_on_top
        self.assertEqual(order.amount_total, 1200)
        self.assertFigures(order_book=1200)
        order.order_line.qty_delivered = 1
        order._create_invoices().action_post()
        self.assertFigures(receivable=300, order_book=900)

    def test_draft_invoice_of_an_order_counts_once(self):
        order = self._order(1200)
        invoice = order._create_invoices()
        self.assertFigures(order_book=1200)
        invoice.action_post()
        self.assertFigures(receivable=1200)

    def test_draft_invoice_at_another_price_counts_with_its_price(self):
        order = self._order(1200)
        invoice = order._create_invoices()
        invoice.invoice_line_ids.price_unit = 1100
        self.assertFigures(order_book=1100)
        invoice.action_post()
        self.assertFigures(receivable=1100)

    def test_cancelled_or_deleted_invoice_returns_to_the_order_book(self):
        order = self._order(1200)
        invoice = order._create_invoices()
        invoice.action_post()
        invoice.button_draft()
        self.assertFigures(order_book=1200)
        invoice.button_cancel()
        self.assertFigures(order_book=1200)
        order._create_invoices().unlink()
        self.assertFigures(order_book=1200)

    def test_credit_note_does_not_bring_the_order_back(self):
        order = self._order(1200)
        invoice = order._create_invoices()
        invoice.action_post()
        invoice._reverse_moves(cancel=True)
        self.assertEqual(order.order_line.qty_invoiced, 0)
        self.assertFigures()

    def test_corrected_invoice_counts_once(self):
        order = self._order(1200)
        invoice = order._create_invoices()
        invoice.action_post()
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "Wrong address"})
        )
        action = wizard.modify_moves()
        corrected = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(corrected.state, "draft")
        self.assertAlmostEqual(self.customer.credit_exposure, 1200)
        corrected.action_post()
        self.assertFigures(receivable=1200)

    def test_cancelled_remainder_leaves(self):
        order = self._order(1200, product=self.goods, quantity=4)
        order.order_line.qty_delivered = 3
        order._create_invoices().action_post()
        self.assertFigures(receivable=900, order_book=300)
        order.order_line.product_uom_qty = 3
        self.assertFigures(receivable=900)

    def test_discount_lines_lower_the_order_book(self):
        order = self._order(1200, product=self.goods, quantity=4)
        order.order_line = [
            Command.create({"product_id": self.service.id, "price_unit": -200})
        ]
        self.assertFigures(order_book=1000)
        order.order_line[0].qty_delivered = 4
        order._create_invoices(final=True).action_post()
        self.assertFigures(receivable=1000)

    def test_returned_lines_lower_the_order_book(self):
        order = self._order(1200)
        order.order_line = [
            Command.create(
                {
                    "product_id": self.service.id,
                    "price_unit": 50,
                    "product_uom_qty": -2,
                }
            )
        ]
        self.assertFigures(order_book=1100)
        order._create_invoices(final=True).action_post()
        self.assertFigures(receivable=1100)

    def test_discounted_line_counts_what_it_costs(self):
        order = self._order(1200, product=self.goods, quantity=4)
        order.order_line.discount = 50
        self.assertFigures(order_book=600)
        order.order_line.qty_delivered = 1
        order._create_invoices().action_post()
        self.assertFigures(receivable=150, order_book=450)

    def test_free_lines_sections_and_notes_count_nothing(self):
        order = self._order(1200)
        order.order_line = [
            Command.create({"display_type": "line_section", "name": "Gifts"}),
            Command.create({"product_id": self.goods.id, "price_unit": 0}),
            Command.create({"display_type": "line_note", "name": "With our thanks"}),
        ]
        self.assertFigures(order_book=1200)

    def test_invoice_in_another_unit_of_measure(self):
        order = self._quotation(2400, product=self.goods, quantity=2)
        order.order_line.product_uom_id = self.uom_dozen
        order.order_line.price_unit = 1200
        self._confirm(order)
        self.assertFigures(order_book=2400)
        order.order_line.qty_delivered = 2
        invoice = order._create_invoices()
        invoice.invoice_line_ids.write(
            {"product_uom_id": self.uom_unit.id, "quantity": 12, "price_unit": 100}
        )
        self.assertFigures(order_book=2400)
        invoice.action_post()
        self.assertFigures(receivable=1200, order_book=1200)

    def test_one_euro_of_a_down_payment_counts_once(self):
        for method, amount, product in [
            ("percentage", 30, self.service),
            ("fixed", 300, self.service),
            ("fixed", 333.33, self.goods),
        ]:
            with self.subTest(method=method, amount=amount, product=product.name):
                partner = self._create_customer(f"Down {method}")
                order = self._order(1200, partner=partner, product=product)
                order.order_line.tax_ids = self.tax_on_top
                total = order.amount_total
                self.assertFigures(partner, order_book=1440)
                invoice = self._down_payment(order, method, amount)
                deposit = invoice.amount_total
                self.assertFigures(partner, order_book=total)
                invoice.action_post()
                self.assertFigures(
                    partner, receivable=deposit, order_book=total - deposit
                )
                self._pay(invoice)
                self.assertFigures(partner, order_book=total - deposit)
                order.order_line[0].qty_delivered = 1
                final = order._create_invoices(final=True)
                self.assertFigures(partner, order_book=total - deposit)
                final.action_post()
                self.assertFigures(partner, receivable=total - deposit)
                self._pay(final)
                self.assertFigures(partner)

    def test_unpaid_down_payment_counts_once_beside_the_final_invoice(self):
        order = self._order(1200)
        deposit = self._down_payment(order, "percentage", 25)
        self.assertEqual(deposit.amount_total, 300)
        final = order._create_invoices(final=True)
        self.assertAlmostEqual(self.customer.credit_exposure, 1200)
        deposit.action_post()
        final.action_post()
        self.assertFigures(receivable=1200)

    def test_cancelled_or_credited_down_payment_returns_to_the_order_book(self):
        order = self._order(1200)
        deposit = self._down_payment(order, "fixed", 300)
        deposit.button_cancel()
        self.assertFigures(order_book=1200)
        deposit = self._down_payment(order, "fixed", 300)
        deposit.action_post()
        self.assertFigures(receivable=300, order_book=900)
        deposit._reverse_moves(cancel=True)
        self.assertFigures(order_book=1200)

    def test_down_payment_before_a_partial_delivery(self):
        order = self._order(1200, product=self.goods, quantity=4)
        deposit = self._down_payment(order, "fixed", 300)
        deposit.action_post()
        order.order_line[0].qty_delivered = 2
        order._create_invoices(final=True).action_post()
        self.assertAlmostEqual(self.customer.credit_receivable, 600)
        self.assertAlmostEqual(self.customer.credit_order_book, 600)

    def test_down_payment_larger_than_the_first_delivery(self):
        order = self._order(1000, product=self.goods, quantity=10)
        self._down_payment(order, "fixed", 500).action_post()
        order.order_line[0].qty_delivered = 1
        given_back = order._create_invoices(final=True)
        self.assertEqual(given_back.move_type, "out_refund")
        self.assertEqual(given_back.amount_total, 400)
        given_back.action_post()
        self.assertFigures(receivable=100, overdue=0, unallocated=400, order_book=900)

    def test_payment_on_account_lowers_the_exposure_of_an_order(self):
        self._order(1200)
        self._pay(self.customer, 1200)
        self.assertFigures(order_book=1200, receivable=-1200, unallocated=1200)

    def test_order_counts_for_whom_it_is_invoiced_to(self):
        order = self._order(1200, partner_invoice_id=self.uncontrolled.id)
        self.assertFigures(self.customer)
        self.assertFigures(self.uncontrolled, order_book=1200)
        order._create_invoices().action_post()
        self.assertFigures(self.customer)
        self.assertFigures(self.uncontrolled, receivable=1200)

    def test_orders_beyond_the_horizon_may_be_left_out(self):
        order = self._order(1200)
        order.commitment_date = self._today(days=31)
        self.assertFigures(order_book=1200)
        self.company.credit_order_horizon_days = 30
        self.env.invalidate_all()
        self.assertFigures()
        order.commitment_date = self._today(days=30)
        self.assertFigures(order_book=1200)
        order.commitment_date = False
        self.assertFigures(order_book=1200)

    def test_figures_follow_each_step_of_one_transaction(self):
        """Whoever reads between two steps is never told the past."""
        order = self._order(400, product=self.goods, quantity=4)
        line = order.order_line
        for change, exposure in [
            (lambda: line.write({"product_uom_qty": 5}), 500),
            (lambda: line.write({"price_unit": 200}), 1000),
            (lambda: line.write({"discount": 10}), 900),
            (lambda: line.copy({"order_id": order.id}), 1800),
            (lambda: order.order_line[-1].write({"price_unit": 0}), 900),
            (lambda: line.write({"qty_delivered": 6}), 1080),
        ]:
            change()
            self.assertAlmostEqual(self.customer.credit_exposure, exposure)


@tagged("post_install", "-at_install")
class TestOnlinePayments(GateCommon, ExposureCommon):
    """What is paid online counts at once, and once."""

    def test_payment_without_entry_lowers_the_order_book(self):
        for state, order_book in [
            ("draft", 1200),
            ("pending", 1200),
            ("cancel", 1200),
            ("error", 1200),
            ("done", 900),
        ]:
            with self.subTest(state=state):
                partner = self._create_customer("Online")
                order = self._order(1200, partner=partner)
                self._transaction(order, 300, state=state)
                self.assertFigures(partner, order_book=order_book)

    def test_authorized_payment_is_as_good_as_paid(self):
        transaction = self._transaction(self._order(1200), 300)
        # no provider of this database knows how to authorize
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE payment_transaction SET state = 'authorized' WHERE id = %s",
            [transaction.id],
        )
        self.env.invalidate_all()
        self.assertFigures(order_book=900)

    def test_prepaid_order_adds_nothing(self):
        order = self._order(1200)
        self._transaction(order, 1200)
        self.assertFigures()
        self._order(50)
        self.assertFigures(order_book=50)

    def test_overpaid_order_gives_no_credit_to_others(self):
        order = self._order(1200)
        self._transaction(order, 2000)
        self._order(50)
        self.assertFigures(order_book=50)

    def test_payment_shared_by_orders_proves_nothing_for_any(self):
        orders = self._order(1200) | self._order(300)
        self._transaction(orders[0], 1200, sale_order_ids=[Command.set(orders.ids)])
        self.assertFigures(order_book=1500)

    def test_payment_that_is_in_the_books_counts_there(self):
        order = self._order(1200)
        transaction = self._transaction(order, 1200)
        self.assertFigures()
        payment = self._pay(self.customer, 1200)
        self.assertTrue(payment.move_id)
        transaction.payment_id = payment
        self.assertFigures(order_book=1200, receivable=-1200, unallocated=1200)
        order._create_invoices().action_post()
        self.assertAlmostEqual(self.customer.credit_exposure, 0)


@tagged("post_install", "-at_install")
class TestCurrencies(ExposureCommon):
    """Orders count at today's rate, invoices at their booked value."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the customer buys in three currencies; a dollar was 0.80, is 0.50 euro
        cls.euro = cls.setup_other_currency(
            "EUR",
            rates=[
                ("2000-01-01", 1.0),
                (cls._today(days=-20), 0.8),
                (cls._today(), 0.5),
            ],
        )
        cls.yen = cls.setup_other_currency("JPY", rates=[("2000-01-01", 150.0)])

    def _foreign_order(self, amount, currency, **vals):
        pricelist = self.env["product.pricelist"].create(
            {"name": currency.name, "currency_id": currency.id}
        )
        return self._order(amount, pricelist_id=pricelist.id, **vals)

    def test_order_counts_at_todays_rate_and_invoice_as_booked(self):
        order = self._foreign_order(800, self.euro, date_order=self._today(days=-10))
        self.assertEqual(order.currency_id, self.euro)
        order.date_order = self._today(days=-10)
        self.assertFigures(order_book=1600)
        invoice = order._create_invoices()
        invoice.invoice_date = self._today(days=-10)
        invoice.action_post()
        self.assertFigures(receivable=1000)

    def test_three_currencies_add_up(self):
        self._foreign_order(800, self.euro)
        self._foreign_order(15_000, self.yen)
        self._order(50)
        self._invoice(
            80,
            currency=self.euro,
            invoice_date=self._today(days=-10),
            due=self._today(days=-1),
        )
        self._invoice(300, currency=self.yen)
        self.assertFigures(order_book=1600 + 100 + 50, receivable=100 + 2, overdue=100)

    def test_draft_invoice_in_a_foreign_currency(self):
        self._invoice(500, currency=self.euro, post=False)
        self.assertFigures(draft_invoices=1000)

    def test_partly_invoiced_order_in_a_foreign_currency(self):
        order = self._foreign_order(800, self.euro, product=self.goods, quantity=4)
        order.order_line.qty_delivered = 1
        order._create_invoices().action_post()
        self.assertFigures(receivable=400, order_book=1200)

    def test_lost_rate_falls_back_on_the_rate_of_the_order(self):
        self._foreign_order(800, self.euro)
        self.euro.rate_ids.unlink()
        self.env.invalidate_all()
        self.assertFigures(order_book=1600)

    def test_rate_of_tomorrow_does_not_count_yet(self):
        self._foreign_order(800, self.euro)
        self.euro.rate_ids = [
            Command.create(
                {
                    "name": self._today(days=1),
                    "rate": 0.1,
                    "company_id": self.company.id,
                }
            )
        ]
        self.env.invalidate_all()
        self.assertFigures(order_book=1600)

    def test_amounts_are_rounded_once_at_the_end(self):
        rates = [("2000-01-01", 3.0)]
        pound = self.setup_other_currency("GBP", rates=rates)
        for _number in range(3):
            self._foreign_order(100, pound)
        self.assertFigures(order_book=100)

    def test_company_whose_currency_has_no_cents(self):
        data = self.setup_other_company(name="Tokyo KK", currency_id=self.yen.id)
        company = data["company"]
        self.env.user.company_ids |= company
        here = self.env["res.partner"].with_company(company)
        partner = here.browse(self.customer.id)
        dollar = self.env.ref("base.USD")
        self.env["res.currency.rate"].create(
            {
                "name": "2000-01-01",
                "currency_id": dollar.id,
                "rate": 0.0067,
                "company_id": company.id,
            }
        )
        tax = data["default_tax_sale"]
        pricelist = self.env["product.pricelist"].create(
            {"name": "$", "currency_id": dollar.id, "company_id": company.id}
        )
        order = self.env["sale.order"].with_company(company).create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "pricelist_id": pricelist.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "price_unit": 99.99,
                            "tax_ids": [Command.set((tax - tax).ids)],
                        }
                    )
                ],
            }
        )  # fmt: skip
        order.action_confirm()
        self.assertEqual(order.currency_id, dollar)
        self.assertEqual(partner.credit_currency_id, self.yen)
        self.assertEqual(partner.credit_order_book, round(99.99 / 0.0067))
        self.assertEqual(self.customer.credit_order_book, 0)


@tagged("post_install", "-at_install")
class TestExposureByCompany(ExposureCommon):
    """Companies add nothing to one another; a branch counts in its root."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.setup_other_company()["company"]
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.company.id}
        )
        cls.env.cr.precommit.run()  # gives the branch its accounts
        cls.env.user.company_ids |= cls.other | cls.branch

    def _invoice_in(self, company, amount):
        invoice = self.env["account.move"].with_company(company).create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self._today(days=-40),
                "invoice_date_due": self._today(days=-10),
                "invoice_payment_term_id": False,
                "company_id": company.id,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Advice", "price_unit": amount, "tax_ids": False}
                    )
                ],
            }
        )  # fmt: skip
        invoice.action_post()
        return invoice

    def _order_in(self, company, amount):
        order = self.env["sale.order"].with_company(company).create(
            {
                "partner_id": self.customer.id,
                "company_id": company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "price_unit": amount,
                            "tax_ids": False,
                        }
                    )
                ],
            }
        )  # fmt: skip
        order.action_confirm()
        return order

    def test_companies_add_nothing_to_one_another(self):
        self._invoice_in(self.company, 100)
        self._order_in(self.company, 50)
        self._invoice_in(self.other, 1000)
        self._order_in(self.other, 500)
        self.assertFigures(receivable=100, overdue=100, order_book=50)
        there = self.customer.with_company(self.other)
        self.assertFigures(there, receivable=1000, overdue=1000, order_book=500)

    def test_branch_counts_in_its_root(self):
        self._invoice_in(self.company, 100)
        self._invoice_in(self.branch, 30)
        self._order_in(self.branch, 7)
        expected = {"receivable": 130, "overdue": 130, "order_book": 7}
        self.assertFigures(**expected)
        self.assertFigures(self.customer.with_company(self.branch), **expected)
        self.assertEqual(
            self.customer.credit_receivable, self._ledger_balance(self.customer)
        )

    def test_answer_does_not_depend_on_the_companies_ticked(self):
        self._invoice_in(self.company, 100)
        self._invoice_in(self.branch, 30)
        self._invoice_in(self.other, 1000)
        for companies in (
            self.company,
            self.branch,
            self.company | self.branch,
            self.branch | self.other,
            self.company | self.branch | self.other,
        ):
            for user in (self.env.user, self.salesperson):
                user.sudo().company_ids |= self.other | self.branch
                with self.subTest(companies=companies.mapped("name"), user=user.login):
                    partner = self.customer.with_user(user).with_context(
                        allowed_company_ids=companies.ids
                    )
                    self.assertEqual(partner.credit_receivable, 130)

    def test_search_answers_for_the_company_in_use(self):
        self._invoice_in(self.other, 1000)
        domain = [("credit_overdue", ">", 0), ("id", "=", self.customer.id)]
        Partner = self.env["res.partner"]
        self.assertFalse(Partner.search(domain))
        self.assertTrue(Partner.with_company(self.other).search(domain))


@tagged("post_install", "-at_install")
class TestReadingExposure(ExposureCommon):
    """Who reads the figures, how many queries they cost, how they are searched."""

    def test_any_number_of_customers_costs_the_same_queries(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(100)]
        )
        for customer in customers[:12]:
            self._invoice(10, partner=customer)
            self._order(10, partner=customer)
        self.env.flush_all()
        fields = [f"credit_{name}" for name in ("exposure", *COMPONENTS)]
        counts = {}
        for number in (1, 10, 100):
            for _warm_up in range(2):
                self.env.invalidate_all()
                some = customers[:number]
                some.mapped("name")
                before = self.env.cr.sql_log_count
                some.read(fields)
            counts[number] = self.env.cr.sql_log_count - before
        self.assertEqual(len(set(counts.values())), 1, counts)
        self.env.invalidate_all()
        customers.mapped("commercial_partner_id.name")
        self.assertTrue(self.env.company.currency_id.rounding)
        with self.assertQueryCount(1):
            customers.mapped("credit_exposure")

    def test_available_and_light_cost_the_same_queries_for_any_number(self):
        customers = self.env["res.partner"].create(
            [
                {"name": f"Customer {number}", "credit_limit": number}
                for number in range(60)
            ]
        )
        fields = ["credit_available", "credit_limit_effective", "credit_light"]
        counts = {}
        for number in (2, 60):
            for _warm_up in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                before = self.env.cr.sql_log_count
                customers[:number].read(fields)
            counts[number] = self.env.cr.sql_log_count - before
        self.assertEqual(len(set(counts.values())), 1, counts)

    def test_figures_are_searched_like_stored_ones(self):
        late, owing, idle = (self._create_customer(name) for name in "ABC")
        contact = self.env["res.partner"].create({"name": "D", "parent_id": late.id})
        self._invoice(100.1, partner=late, due=self._today(days=-8))
        self._order(200.2, partner=late)
        self._invoice(50, partner=owing)
        self._pay(owing, 20)
        self._invoice(5, partner=owing, post=False)
        everybody = late | owing | idle | contact
        for domain, found in [
            ([("credit_overdue", ">", 0)], late | contact),
            ([("credit_overdue", "=", 0)], owing | idle),
            ([("credit_overdue", "!=", 0)], late | contact),
            ([("credit_overdue", "<=", 0)], owing | idle),
            ([("credit_receivable", "=", 30)], owing),
            ([("credit_receivable", "in", [30, 0])], owing | idle),
            ([("credit_receivable", "not in", [30, 0])], late | contact),
            ([("credit_exposure", ">=", 300.3)], late | contact),
            ([("credit_exposure", ">", 300.3)], self.env["res.partner"]),
            ([("credit_exposure", "=", 300.3)], late | contact),
            ([("credit_exposure", "<", 35)], idle),
            ([("credit_order_book", ">", 200)], late | contact),
            ([("credit_unallocated", ">", 0)], owing),
            ([("credit_draft_invoices", "=", 5)], owing),
            ([("credit_oldest_overdue_days", ">", 7)], late | contact),
            ([("credit_oldest_overdue_days", ">", 8)], self.env["res.partner"]),
            ([("credit_overdue", ">", 0), ("parent_id", "=", False)], late),
            (["!", ("credit_exposure", ">", 35)], owing | idle),
            (
                ["|", ("credit_overdue", ">", 0), ("name", "=", "C")],
                late | contact | idle,
            ),
        ]:  # fmt: skip
            with self.subTest(domain=domain):
                scope = Domain("id", "in", everybody.ids)
                partners = self.env["res.partner"].search(scope & Domain(domain))
                self.assertEqual(partners.mapped("name"), found.sorted().mapped("name"))

    def test_available_is_searched(self):
        over, below, unlimited, none = (self._create_customer(name) for name in "ABCD")
        over.credit_limit = 100
        below.credit_limit = 1000
        unlimited.credit_limit_mode = "unlimited"
        for partner in over | below | unlimited | none:
            self._invoice(100.01, partner=partner)
        for domain, found in [
            ([("credit_available", "<", 0)], over),
            ([("credit_available", ">=", 0)], below),
            ([("credit_available", "=", 899.99)], below),
            ([("credit_available", "=", -0.01)], over),
        ]:
            with self.subTest(domain=domain):
                scope = Domain("id", "in", (over | below | unlimited | none).ids)
                partners = self.env["res.partner"].search(scope & Domain(domain))
                self.assertEqual(partners, found)

    def test_sales_finance_and_accounting_read_the_figures(self):
        self._invoice(100)
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.manager,
            self.accountant,
        ):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                partner = self.customer.with_user(user)
                self.assertEqual(
                    partner.read(["credit_exposure"])[0]["credit_exposure"], 100
                )
                self.assertEqual(partner.credit_available, 900)
                self.assertIn(
                    partner,
                    partner.search([("credit_exposure", "=", 100)]),
                )  # fmt: skip

    def test_nobody_else_reads_the_figures(self):
        employee = new_test_user(self.env, "credit_employee", "base.group_user")
        portal = new_test_user(self.env, "credit_portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        for user in (employee, portal):
            for name in ("exposure", "available", "panel", "limit_effective"):
                with (
                    self.subTest(user=user.login, name=name),
                    mute_logger("odoo.orm.models", "odoo.models"),
                    self.assertRaises(AccessError),
                ):
                    self.customer.with_user(user).read([f"credit_{name}"])
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["res.partner"].with_user(user).search(
                    [("credit_exposure", ">", 0)]
                )

    def test_salesperson_is_led_to_own_invoices_only(self):
        """Odoo lets salespeople read the invoices that they made."""
        due = self._today(days=-1)
        own = self._invoice(100, due=due, invoice_user_id=self.salesperson.id)
        self._invoice(50, due=due, invoice_user_id=self.other_salesperson.id)
        self._entry(self.customer, 30, due=due)
        partner = self.customer.with_user(self.salesperson)
        self.assertEqual(partner.credit_overdue, 180)
        for name in ("receivable", "overdue"):
            with self.subTest(name=name):
                action = getattr(partner, f"action_credit_{name}")()
                lines = partner.env["account.move.line"].search(action["domain"])
                self.assertEqual(lines.move_id, own)

    def test_each_figure_leads_to_its_documents(self):
        overdue = self._invoice(100, due=self._today(days=-1))
        self._invoice(50)
        self._pay(self.customer, 30)
        order = self._order(20, product=self.goods)
        draft = self._invoice(10, post=False)
        customer = self.customer.with_user(self.collector)
        for name, total in [
            ("receivable", 120),
            ("overdue", 100),
            ("unallocated", -30),
        ]:
            with self.subTest(name=name):
                action = getattr(customer, f"action_credit_{name}")()
                lines = self.env[action["res_model"]].search(action["domain"])
                self.assertEqual(sum(lines.mapped("amount_residual")), total)
        action = customer.action_credit_overdue()
        self.assertEqual(
            self.env["account.move.line"].search(action["domain"]).move_id, overdue
        )
        action = customer.action_credit_order_book()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)
        action = customer.action_credit_draft_invoices()
        self.assertEqual(self.env["account.move"].search(action["domain"]), draft)

    def test_list_of_exposures_shows_the_same_figures(self):
        self._invoice(100, due=self._today(days=-2))
        self._order(20)
        self._pay(self.customer, 30)
        Snapshot = self.env["credit.customer.exposure"].with_user(self.collector)
        Snapshot.action_refresh()
        row = Snapshot.search([("partner_id", "=", self.customer.id)])
        for name in (*COMPONENTS, "exposure"):
            self.assertEqual(row[name], self.customer[f"credit_{name}"], name)
        self.assertEqual(row.oldest_due, self._today(days=-2))
        self._invoice(1000)
        Snapshot.action_refresh()
        self.assertEqual(
            Snapshot.search([("partner_id", "=", self.customer.id)]).exposure, 1090
        )
