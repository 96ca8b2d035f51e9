import random
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestKpiLedger(DunningCommon):
    """Figures of past dates: from the dates of the ledger, to the cent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Kpi = cls.env["credit.kpi"].with_user(cls.collector)
        cls.foreign = cls.setup_other_currency(
            "EUR", rates=[("2020-01-01", 2.0), (cls._today(days=-30), 4.0)]
        )
        cls.other = cls._create_customer("Other SA", user_id=cls.other_salesperson.id)

    def _figures(self, shift=0, companies=None, **kwargs):
        return self.Kpi.figures(
            companies or self.company, self._today(days=shift), **kwargs
        )

    def _make_history(self, count=14):
        """Sell, credit and collect in no order, in two currencies."""
        chance = random.Random(1904)
        for _rank in range(count):
            sold = self._today(days=-chance.randint(5, 150))
            invoice = self._invoice(
                chance.randint(10000, 999999) / 100,
                invoice_date=sold,
                due=sold + timedelta(days=chance.choice([0, 10, 45])),
                partner=chance.choice([self.customer, self.other]),
                currency=chance.choice([None, self.foreign]),
            )
            paid = sold + timedelta(days=chance.randint(0, 90))
            if paid <= self._today():
                part = chance.choice([1, 1, 0.37])
                amount = invoice.currency_id.round(invoice.amount_total * part)
                self._pay(invoice, amount, paid)
        self._credit_note(123.45, invoice_date=self._today(days=-40))
        self._pay(self.other, 77.7, self._today(days=-33))

    def _plain(self, as_of):
        """Return balance, gross and overdue of a date, by plain SQL by item."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT line.balance, line.date_maturity,
                          (SELECT COALESCE(SUM(p.amount), 0)
                             FROM account_partial_reconcile p
                            WHERE p.debit_move_id = line.id AND p.max_date <= %(day)s),
                          (SELECT COALESCE(SUM(p.amount), 0)
                             FROM account_partial_reconcile p
                            WHERE p.credit_move_id = line.id AND p.max_date <= %(day)s)
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                    WHERE account.account_type = 'asset_receivable'
                      AND line.parent_state = 'posted'
                      AND line.company_id = %(company)s AND line.date <= %(day)s""",
                day=as_of,
                company=self.company.id,
            )
        )
        open_items = [
            (balance - taken + given, due) for balance, due, taken, given in rows
        ]
        debits = [(amount, due) for amount, due in open_items if amount > 0]
        return {
            "receivable": sum(balance for balance, *_others in rows),
            "receivable_gross": sum(amount for amount, _due in debits),
            "overdue": sum(amount for amount, due in debits if due and due < as_of),
        }

    def test_every_week_agrees_with_the_general_ledger(self):
        self._make_history()
        dates = [self._today(days=-shift) for shift in range(0, 170, 9)]
        for day, found in zip(dates, self.Kpi.trend(self.company, dates), strict=True):
            alone = self.Kpi.figures(self.company, day)
            for name, amount in self._plain(day).items():
                with self.subTest(day=day, figure=name):
                    self.assertAlmostEqual(found[name], float(amount), 2)
                    self.assertAlmostEqual(alone[name], float(amount), 2)
            with self.subTest(day=day, figure="ages"):
                self.assertAlmostEqual(sum(alone["buckets"]), alone["overdue"], 2)

    def test_groups_sum_up_to_the_whole(self):
        self._make_history()
        whole = self._figures(-20)
        for dimension in ("partner", "salesperson", "policy", "team", "country"):
            parts = self.Kpi.figures_by(
                dimension, self.company, self._today(days=-20)
            ).values()
            for name in ("receivable", "receivable_gross", "overdue", "sales"):
                with self.subTest(dimension=dimension, figure=name):
                    total = sum(part[name] for part in parts)
                    self.assertAlmostEqual(total, whole[name], 2)

    def test_a_domain_narrows_down(self):
        self._invoice(300, due=self._today(days=-10))
        self._invoice(500, due=self._today(days=-10), partner=self.other)
        found = self._figures(domain=[("partner_id", "=", self.other.id)])
        self.assertEqual((found["receivable"], found["overdue"]), (500, 500))

    def test_unreconciling_changes_the_past(self):
        invoice = self._invoice(300, invoice_date=self._today(days=-60))
        self._pay(invoice, date=self._today(days=-20))
        self.assertEqual(self._figures(-10)["receivable_gross"], 0)
        invoice.line_ids.remove_move_reconcile()
        found = self._figures(-10)
        self.assertEqual(
            (found["receivable"], found["receivable_gross"], found["unallocated"]),
            (0, 300, 300),
        )

    def test_an_entry_dated_back_changes_the_past(self):
        before = self._figures(-30)["receivable"]
        self._invoice(400, invoice_date=self._today(days=-45))
        self.assertEqual(self._figures(-30)["receivable"], before + 400)
        self.assertEqual(self._figures(-46)["receivable"], before)

    def test_overdue_begins_the_day_after_the_due_date(self):
        due = self._today(days=-10)
        self._invoice(400, invoice_date=due - timedelta(days=30), due=due)
        self.assertEqual(self._figures(-10)["overdue"], 0)
        self.assertEqual(self._figures(-9)["overdue"], 400)
        self.assertEqual(self._figures(-9)["wado"], 1)

    def test_companies_are_added_in_the_currency_of_the_first(self):
        self._invoice(100, due=self._today(days=-10))
        other = self.env["res.company"].create(
            {"name": "Dollar Inc", "currency_id": self.foreign.id}
        )
        self.collector.company_ids |= other
        companies = self.company | other
        self.assertEqual(self._figures(companies=companies)["receivable"], 100)
        found = self._figures(companies=other)
        self.assertEqual(found["receivable"], 0)
        self.assertIsNone(found["dso"])

    def test_paid_and_late_days_leave_credit_notes_out(self):
        sold = self._today(days=-50)
        invoice = self._invoice(
            1000, invoice_date=sold, due=sold + timedelta(days=30)
        )  # paid for a half after 40 days, credited for the other
        self._pay(invoice, 500, sold + timedelta(days=40))
        refund = self._credit_note(500, invoice_date=sold + timedelta(days=5))
        (invoice + refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        found = self._figures()
        self.assertEqual((found["wadp"], found["wadl"]), (40, 10))
        self.assertEqual(found["receivable"], 0)

    def test_what_is_set_aside_is_that_of_the_date(self):
        invoice = self._invoice(1000, due=self._today(days=-40))
        item = invoice.line_ids.filtered("date_maturity")
        promise = self.env["credit.promise"].create(
            {
                "partner_id": self.customer.id,
                "amount": 400,
                "date": self._today(days=5),
                "line_ids": [(0, 0, {"move_line_id": item.id, "amount": 400})],
            }
        )
        self.assertEqual(promise.state, "open")
        found = self._figures()
        self.assertEqual((found["promised"], found["overdue_actionable"]), (400, 600))
        self.assertEqual(self._figures(-3)["promised"], 0)

    def test_what_was_paid_is_set_aside_no_more(self):
        invoice = self._invoice(1000, due=self._today(days=-40))
        item = invoice.line_ids.filtered("date_maturity")
        part = [(0, 0, {"move_line_id": item.id, "amount": 400})]
        vals = {"partner_id": self.customer.id, "amount": 400, "line_ids": part}
        promise = self.env["credit.promise"].create(
            {**vals, "date": self._today(days=5)}
        )
        self._pay(invoice, 300)
        found = self._figures()
        self.assertEqual((found["promised"], found["overdue_actionable"]), (100, 600))
        promise.action_withdraw()
        plan = self.env["credit.payment.plan"].create(
            {
                "partner_id": self.customer.id,
                "item_ids": part,
                "line_ids": [(0, 0, {"date": self._today(days=9), "amount": 400})],
            }
        )
        now = self._today(days=-1)
        plan.sudo().write({"state": "running", "signed_on": now})
        self.assertEqual(self._figures()["planned"], 400)
        self._pay(invoice, 250)
        found = self._figures()
        self.assertEqual((found["planned"], found["overdue_actionable"]), (150, 300))
        # yesterday nothing was paid yet
        self.assertEqual(self._figures(-1)["planned"], 400)

    def test_what_is_announced_in_the_evening_counts_on_its_day(self):
        self._invoice(1000, due=self._today(days=-40))
        today = self._today()
        promise = self.env["credit.promise"].create(
            {
                "partner_id": self.customer.id,
                "amount": 400,
                "date": self._today(days=5),
            }
        )
        self.env.flush_all()
        # two o'clock of the next day in Greenwich is afternoon in Honolulu
        tomorrow = f"{today + timedelta(days=1)} 02:00:00"
        self.env.cr.execute(
            "UPDATE credit_promise SET create_date = %s WHERE id = %s",
            [tomorrow, promise.id],
        )
        Kpi = self.Kpi.with_context(tz="Pacific/Honolulu")
        self.assertEqual(Kpi.figures(self.company, today)["promised"], 400)
        Kpi = self.Kpi.with_context(tz="Europe/Paris")
        self.assertEqual(Kpi.figures(self.company, today)["promised"], 0)

    def test_fees_are_owed_and_are_no_sales(self):
        sold = self._today(days=-40)
        self._invoice(1000, invoice_date=sold)
        before = self._figures()
        fee = self._invoice(60, invoice_date=sold, credit_fee_kind="plan")
        found = self._figures()
        self.assertEqual(found["sales"], before["sales"])
        self.assertEqual(found["receivable"], before["receivable"] + 60)
        self._pay(fee, date=sold + timedelta(days=10))
        self.assertEqual(self._figures()["wadp"], 10)
        action = self.env["credit.overview"].open_sales()
        moves = self.env["account.move"].search(action["domain"])
        self.assertEqual(sum(moves.mapped("amount_total")), 1000)

    def test_without_a_due_date_nothing_is_late(self):
        sold = self._today(days=-50)
        for due in (sold + timedelta(days=30), False):
            invoice = self._invoice(1000, invoice_date=sold, due=sold)
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE account_move_line SET date_maturity = %s WHERE id IN %s",
                    due or None,
                    tuple(invoice.line_ids.filtered("date_maturity").ids),
                )
            )
            self.env.invalidate_all()
            self._pay(invoice, date=sold + timedelta(days=40))
        found = self._figures()
        self.assertEqual((found["wadp"], found["wadl"]), (40, 5))

    def test_each_date_has_its_own_rate(self):
        other = self.setup_other_company(currency_id=self.foreign.id)["company"]
        self.collector.company_ids |= other
        companies = self.company | other
        move = self._invoice(100, invoice_date=self._today(days=-60), post=False)
        self.assertEqual(move.company_id, self.company)
        move.action_post()
        self._owe_in(other, 80, self._today(days=-60))
        dates = [self._today(days=-45), self._today()]
        for day, found in zip(dates, self.Kpi.trend(companies, dates), strict=True):
            alone = self.Kpi.figures(companies, day)
            with self.subTest(day=day):
                self.assertEqual(found, {name: alone[name] for name in found})
        # 80 at 2, then at 4
        self.assertEqual(
            [row["receivable"] for row in self.Kpi.trend(companies, dates)], [140, 120]
        )

    def _owe_in(self, company, amount, day):
        """Enter a debt in another company."""

        def found(model, *domain):
            return self.env[model].sudo().search(list(domain), limit=1)

        receivable, income = (
            found(
                "account.account",
                ("account_type", "=", kind),
                ("company_ids", "in", company.ids),
            )
            for kind in ("asset_receivable", "income")
        )
        journal = found(
            "account.journal", ("type", "=", "general"), ("company_id", "=", company.id)
        )
        debt = {"account_id": receivable.id, "partner_id": self.customer.id}
        self.env["account.move"].sudo().create(
            {
                "journal_id": journal.id,
                "date": day,
                "line_ids": [
                    (0, 0, {**debt, "debit": amount}),
                    (0, 0, {"account_id": income.id, "credit": amount}),
                ],
            }
        ).action_post()

    def test_a_domain_asks_for_nothing_that_its_caller_may_not_read(self):
        self._invoice(100)
        secret = [("create_uid.credit_authority_unlimited", "=", True)]
        for name, args in [
            ("figures", ["2026-03-31", secret]),
            ("trend", [["2026-03-31"], secret]),
        ]:
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(self.Kpi, name)(self.company.id, *args)
        with self.assertRaises(AccessError):
            self.Kpi.figures_by("team", self.company.id, "2026-03-31", secret)
        open_item = [("partner_id.name", "=", self.customer.name)]
        self.assertEqual(self._figures(domain=open_item)["receivable"], 100)

    def test_nonsense_is_refused_in_words(self):
        day, company = "2026-03-31", self.company.id
        for name, args in [
            ("figures", [company, "yesterday"]),
            ("figures", [company, None]),
            ("figures", [company, "0000-00-00"]),
            ("figures", [[], day]),
            ("figures", [False, day]),
            ("figures", ["x", day]),
            ("figures", [{"id": company}, day]),
            ("figures", [company, day, "x"]),
            ("figures", [company, day, [("no_field", "=", 1)]]),
            ("figures", [company, day, [("partner_id", "any!", [])]]),
            ("figures", [company, day, 7]),
            ("figures_by", ["segment", company, day]),
            ("figures_by", ["partner_id) --", company, day]),
            ("figures_by", [7, company, day]),
            ("trend", [company, day]),
            ("trend", [company, [7]]),
            ("trend", [company, [day] * 1001]),
        ]:
            with self.subTest(name, args=args), self.assertRaises(UserError) as caught:
                getattr(self.Kpi, name)(*args)
            self.assertNotIsInstance(caught.exception, AccessError)
        self.assertEqual(self.Kpi.trend(company, []), [])

    def test_any_number_of_customers_costs_the_same(self):
        self._invoice(100)
        self._figures()
        before = self.env.cr.sql_log_count
        self._figures()
        alone = self.env.cr.sql_log_count - before
        for rank in range(5):
            self._invoice(100, partner=self._create_customer(f"C{rank} SA"))
        self._figures()
        before = self.env.cr.sql_log_count
        self.Kpi.figures_by("partner", self.company, self._today())
        self.assertLessEqual(self.env.cr.sql_log_count - before, alone + 1)
