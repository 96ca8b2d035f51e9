from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..tools.ageing import ageing, bucket, bucket_spans, days_overdue, parse_bounds
from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestAgeing(BaseCase):
    def test_due_today_is_not_overdue(self):
        today = fields.Date.to_date("2026-03-31")
        for due, days in (("2026-04-19", 0), ("2026-03-31", 0), ("2026-03-30", 1)):
            due = fields.Date.to_date(due)
            self.assertEqual(days_overdue(due, today), days)
        self.assertEqual(days_overdue(None, today), 0)

    def test_bounds_belong_to_the_younger_bucket(self):
        ranks = {0: 0, 1: 1, 30: 1, 31: 2, 60: 2, 61: 3, 90: 3, 91: 4, 4000: 4}
        for days, rank in ranks.items():
            self.assertEqual(bucket(days), rank, days)

    def test_buckets_are_named_by_their_days(self):
        self.assertEqual(bucket_spans(), [(1, 30), (31, 60), (61, 90), (91, None)])
        self.assertEqual(bucket_spans((15,)), [(1, 15), (16, None)])

    def test_bounds_are_read_from_a_text(self):
        self.assertEqual(parse_bounds("30,60,90"), (30, 60, 90))
        self.assertEqual(parse_bounds(" 15 , 45"), (15, 45))
        for text in (
            *("", None, "30;60", "30,,60", "60,30", "30,30", "0,30", "-5", "30,x"),
            *("1.5", "3651", "1,2,3,4,5,6,7"),
        ):
            with self.subTest(text), self.assertRaises(ValueError):
                parse_bounds(text)

    def test_each_debt_counts_in_one_bucket(self):
        # the ledger of the demonstration: 60 000, 12 600, 24 000, 0, 4 800
        debts = [
            (0, 12000), (0, 48000), (28, 9600), (9, 3000), (35, 24000), (101, 4800)
        ]  # fmt: skip
        self.assertEqual(ageing(debts), [60000, 12600, 24000, 0, 4800])


@tagged("post_install", "-at_install")
class TestOpenItems(CreditCommon):
    """What was open on a date is what the general ledger says of that date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.day = cls._today(days=-60)

    def _items(self, as_of, partners=None, company=None):
        return self.env["credit.open.items"]._items(
            company or self.company, as_of, partners
        )

    def _residuals(self, as_of, partner=None):
        return sorted(item.residual for item in self._items(as_of, partner))

    def _ledger(self, as_of, companies=None):
        """Return the balance of the receivable accounts, by plain SQL."""
        self.env.flush_all()
        [[balance]] = self.env.execute_query(
            SQL(
                """SELECT COALESCE(SUM(line.balance), 0)
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                    WHERE account.account_type = 'asset_receivable'
                      AND line.parent_state = 'posted'
                      AND line.company_id IN %s
                      AND line.date <= %s""",
                tuple((companies or self.company).ids),
                as_of,
            )
        )
        return balance

    def _check_ledger(self, days=range(-120, 31), **kwargs):
        for shift in days:
            as_of = self._today(days=shift)
            total = sum(item.residual for item in self._items(as_of))
            self.assertAlmostEqual(
                total, self._ledger(as_of, **kwargs), places=2, msg=str(as_of)
            )

    def test_paid_invoice_was_open_until_it_was_paid(self):
        invoice = self._invoice(300, invoice_date=self.day)
        self._pay(invoice, date=self._today(days=-20))
        before, on_the_day = self._today(days=-21), self._today(days=-20)
        self.assertEqual(self._residuals(self.day - timedelta(1), self.customer), [])
        self.assertEqual(self._residuals(self.day, self.customer), [300])
        self.assertEqual(self._residuals(before, self.customer), [300])
        self.assertEqual(self._residuals(on_the_day, self.customer), [])
        self._check_ledger()

    def test_partial_payments_count_from_their_day(self):
        invoice = self._invoice(300, invoice_date=self.day)
        self._pay(invoice, 100, date=self._today(days=-20))
        self._pay(invoice, 50, date=self._today(days=-10))
        for shift, residual in ((-21, 300), (-20, 200), (-11, 200), (-10, 150)):
            as_of = self._today(days=shift)
            self.assertEqual(self._residuals(as_of, self.customer), [residual])
        self._check_ledger()

    def test_reconciliation_counts_once_both_entries_exist(self):
        """Money came first; the invoice that it paid was not there yet."""
        payment = self._pay(self.customer, 300, date=self.day)
        invoice = self._invoice(300, invoice_date=self._today(days=-30))
        lines = (payment.move_id + invoice).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(self._residuals(self.day, self.customer), [-300])
        self.assertEqual(self._residuals(self._today(days=-31), self.customer), [-300])
        self.assertEqual(self._residuals(self._today(days=-30), self.customer), [])
        self._check_ledger()

    def test_credit_note_closes_what_it_credits(self):
        invoice = self._invoice(300, invoice_date=self.day)
        credit = self._credit_note(120, invoice_date=self._today(days=-15))
        as_of = self._today(days=-15)
        self.assertEqual(self._residuals(as_of, self.customer), [-120, 300])
        (invoice + credit).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(self._residuals(as_of, self.customer), [180])
        self.assertEqual(self._residuals(self._today(days=-16), self.customer), [300])
        self._check_ledger()

    def test_payment_taken_back_opens_the_past_again(self):
        invoice = self._invoice(300, invoice_date=self.day)
        self._pay(invoice, date=self._today(days=-20))
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(self._residuals(self._today(), self.customer), [-300, 300])
        self._check_ledger()

    def test_instalments_are_items_of_their_own(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self._invoice(
            300, invoice_date=self.day, invoice_payment_term_id=term.id
        )
        self._pay(invoice, 200, date=self._today(days=-20))
        items = self._items(self._today(), self.customer)
        self.assertEqual([item.residual for item in items], [100])
        self.assertEqual(items[0].date_maturity, self.day + timedelta(30))
        self.assertEqual(self._residuals(self.day, self.customer), [150, 150])
        self._check_ledger()

    def test_foreign_currency_and_its_exchange_difference(self):
        currency = self.setup_other_currency(
            "EUR",
            rates=[
                (fields.Date.to_string(self._today(days=-200)), 0.5),
                (fields.Date.to_string(self._today(days=-30)), 0.8),
            ],
        )
        invoice = self._invoice(300, invoice_date=self.day, currency=currency)
        [item] = self._items(self.day, self.customer)
        self.assertEqual((item.residual_currency, item.residual), (300, 600))
        self.assertEqual(item.currency_id, currency.id)
        self._pay(invoice, 100, date=self._today(days=-40))
        self._pay(invoice, 100, date=self._today(days=-20))
        [item] = self._items(self._today(days=-40), self.customer)
        self.assertEqual((item.residual_currency, item.residual), (200, 400))
        self._check_ledger()
        self._pay(invoice, date=self._today(days=-10))
        self.assertEqual(invoice.payment_state, invoice._get_invoice_in_payment_state())
        self.assertEqual(self._residuals(self._today(), self.customer), [])
        self._check_ledger()

    def test_back_dated_entry_changes_the_past(self):
        as_of = self._today(days=-40)
        self.assertEqual(self._residuals(as_of, self.customer), [])
        self._invoice(300, invoice_date=self.day)
        self.assertEqual(self._residuals(as_of, self.customer), [300])

    def test_drafts_and_cancelled_invoices_are_no_items(self):
        self._invoice(300, invoice_date=self.day, post=False)
        cancelled = self._invoice(200, invoice_date=self.day)
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertEqual(self._items(self._today(), self.customer), [])

    def test_contacts_answer_for_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )
        self._invoice(300, partner=contact, invoice_date=self.day)
        [item] = self._items(self._today(), contact)
        self.assertEqual(item.partner_id, self.customer.id)
        self.assertEqual(self._items(self._today(), self.uncontrolled), [])

    def test_entry_without_partner_or_due_date_belongs_to_the_ledger(self):
        receivable = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "date": self.day,
                "line_ids": [
                    Command.create({"account_id": receivable.id, "debit": 75}),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_revenue"
                            ].id,
                            "credit": 75,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        entry.line_ids.date_maturity = False
        [item] = self._items(self.day)
        self.assertEqual((item.partner_id, item.date_maturity), (None, None))
        self.assertEqual(item.residual, 75)
        self._check_ledger(days=(-61, -60, 0))

    def test_branches_count_in_their_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.cr.precommit.run()  # gives the branch its accounts
        self.env.user.company_ids |= branch
        self._invoice(300, invoice_date=self.day)
        move = (
            self.env["account.move"]
            .with_company(branch)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": self.day,
                    "company_id": branch.id,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Advice", "price_unit": 100, "tax_ids": False}
                        )
                    ],
                }
            )
        )
        move.action_post()
        for company in (branch, self.company):
            items = self._items(self._today(), self.customer, company)
            self.assertEqual(sorted(item.residual for item in items), [100, 300])
        self._check_ledger(days=(-60, 0), companies=self.company + branch)

    def test_other_companies_stay_out(self):
        other = self.setup_other_company()["company"]
        self._invoice(300, invoice_date=self.day)
        self.assertEqual(self._items(self._today(), self.customer, other), [])

    def test_items_of_any_number_of_customers_are_two_queries(self):
        for customer in (self.customer, self.uncontrolled):
            self._pay(self._invoice(300, invoice_date=self.day, partner=customer), 100)
        self.env.flush_all()
        self.company._credit_company()._credit_branch_ids()
        both = self.customer + self.uncontrolled
        self._items(self.day, both)
        with self.assertQueryCount(2):
            self.assertEqual(len(self._items(self.day, both)), 2)
        with self.assertQueryCount(2):
            self._items(self.day)
