from datetime import timedelta

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import SQL

from ..tools.kpi import forecast_accuracy
from .ledger_common import LedgerCommon


class ForecastCommon(LedgerCommon):
    """Weeks that begin on Monday, and agreements of the past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._lang_get("en_US").week_start = "1"
        cls.Forecast = cls.env["credit.kpi.forecast"].with_user(cls.collector).sudo()

    def _item(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term")

    def _expected(self, as_of=None, company=None, domain=None):
        """Return what is expected: by invoice, reason and date, amount and credits."""
        query = self.env["credit.kpi.expected"]._query(
            company or self.company, as_of or self.as_of, domain
        )
        self.env.cr.execute(query)
        return {
            (move, basis, day): (round(amount, 2), round(deducted, 2))
            for _line, move, _partner, _due, basis, day, amount, deducted in (
                self.env.cr.fetchall()
            )
        }

    def _back_to(self, record, day):
        """Date a document back, as if it had been made then."""
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(record._table),
                day,
                record.id,
            )
        )

    def _promised(self, move, amount, day, made="2026-03-20"):
        promise = self.env["credit.promise"].create(
            {
                "partner_id": move.commercial_partner_id.id,
                "currency_id": move.currency_id.id,
                "amount": amount,
                "date": self._today(),
                "line_ids": [
                    Command.create(
                        {"move_line_id": self._item(move).id, "amount": amount}
                    )
                ],
            }
        )
        promise.sudo().date = self._day(day)
        self._back_to(promise, made)
        return promise

    def _planned(self, items, instalments, signed="2026-03-20"):
        """Return a running plan.

        :param items: amounts by invoice
        :param instalments: amounts by date
        """
        move = next(iter(items))
        plan = self.env["credit.payment.plan"].create(
            {
                "partner_id": move.commercial_partner_id.id,
                "item_ids": [
                    Command.create(
                        {"move_line_id": self._item(move).id, "amount": amount}
                    )
                    for move, amount in items.items()
                ],
                "line_ids": [
                    Command.create({"date": self._today(days=rank), "amount": amount})
                    for rank, amount in enumerate(instalments.values(), 1)
                ],
            }
        )
        plan.sudo().write({"state": "running", "signed_on": self._day(signed)})
        for line, day in zip(plan.line_ids, instalments, strict=True):
            line.sudo().date = self._day(day)
        return plan


@tagged("post_install", "-at_install")
class TestKpiForecastLedger(ForecastCommon):
    """The forecast of the demonstration ledger, worked out by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customers, cls.moves = cls._ledger()
        _dispute, promise = cls._set_aside(customers, cls.moves)
        promise.sudo().date = cls._day("2026-04-05")

    def test_the_demonstration_ledger(self):
        moves = self.moves
        # B pays 20 days late, C in time, D 5 days late; all of them 6.85 days
        self.assertEqual(
            self._expected(),
            {
                # nothing is known of A; 28 days later than all, so as many again
                (moves["INV01"].id, "late", self._day("2026-04-28")): (24000, 0),
                (moves["INV02"].id, "due", self._day("2026-04-26")): (12000, 1200),
                (moves["INV04"].id, "late", self._day("2026-04-08")): (6000, 600),
                (moves["INV04"].id, "disputed", None): (3600, 0),
                (moves["INV05"].id, "promise", self._day("2026-04-05")): (3000, 0),
                (moves["INV07"].id, "due", self._day("2026-05-24")): (48000, 0),
                (moves["INV08"].id, "undated", None): (4800, 0),
            },
        )
        found = self.Forecast._forecast(self.company, self.as_of, 8)
        nothing = dict.fromkeys(
            ["usual", "late", "promised", "planned", "credits", "expected"], 0
        )
        start = self._day("2026-03-30")
        weeks = {
            0: {"promised": 3000, "expected": 3000},
            1: {"late": 6000, "credits": 600, "expected": 5400},
            3: {"usual": 12000, "credits": 1200, "expected": 10800},
            4: {"late": 24000, "expected": 24000},
            7: {"usual": 48000, "expected": 48000},
        }
        self.assertEqual(
            found["weeks"],
            [
                {
                    "start": start + timedelta(weeks=rank),
                    "end": start + timedelta(weeks=rank, days=6),
                    **nothing,
                    **weeks.get(rank, {}),
                }
                for rank in range(8)
            ],
        )
        self.assertEqual(found["later"], nothing)
        self.assertEqual(
            {
                name: found[name]
                for name in ("undated", "disputed", "credits_left", "receivable")
            },
            {
                "undated": 4800,
                "disputed": 3600,
                "credits_left": 0,
                "receivable": 99600,
            },
        )
        shorter = self.Forecast._forecast(self.company, self.as_of, 4)
        self.assertEqual(shorter["weeks"], found["weeks"][:4])
        self.assertEqual(shorter["later"]["expected"], 72000)

    def test_what_earlier_forecasts_were_worth(self):
        past = self.Forecast._past(self.company, self.as_of)
        self.assertEqual(
            [(str(w["start"]), w["foreseen"], w["received"], w["rate"]) for w in past],
            [
                # nobody had paid yet: INV06 due, INV03 18 days late, INV08 too late
                ("2026-02-02", 1800, 7800, 100 * 7800 / 1800),
                ("2026-02-09", 0, 0, None),
                ("2026-02-16", 0, 0, None),
                ("2026-02-23", 0, 0, None),
                ("2026-03-02", 0, 0, None),
                # INV01, 15 days late as all customers were
                ("2026-03-09", 24000, 0, 0),
                # INV01, four days late, less the credit note; INV05, not promised yet
                ("2026-03-16", 25800, 0, 0),
                # INV05, and INV04 less what was contested
                ("2026-03-23", 9000, 36600, 100 * 36600 / 9000),
            ],
        )
        # a week that ends today is over
        sunday = self._day("2026-03-29")
        self.assertEqual(self.Forecast._past(self.company, sunday), past)


@tagged("post_install", "-at_install")
class TestKpiForecast(ForecastCommon):
    """When customers are expected to pay, and why then."""

    def test_accuracy_is_what_the_errors_leave(self):
        for pairs, expected in [
            ([(100, 100), (50, 50)], 100),
            ([(80, 100)], 80),
            # too much in one week does not make up for too little in another
            ([(150, 100), (50, 100)], 50),
            ([(500, 100)], 0),
            ([(100, 0)], None),
            ([], None),
        ]:
            with self.subTest(pairs):
                self.assertEqual(forecast_accuracy(pairs), expected)

    # ------------------------------------------------------------------
    # Dates
    # ------------------------------------------------------------------

    def _history(self, partner, days_late, paid="2026-01-31", amount=100):
        day = self._day(paid)
        invoice = self._invoice(
            amount,
            partner=partner,
            due=day - timedelta(days=days_late),
            invoice_date=day - timedelta(days=days_late + 60),
        )
        self._pay(invoice, date=day)

    def test_the_habit_is_that_of_the_last_year_weighted_by_amounts(self):
        self._history(self.customer, 10, amount=300)
        self._history(self.customer, 30, amount=100)
        self._history(self.customer, 200, paid="2025-03-31", amount=9000)
        self._history(self.uncontrolled, -4)
        due = self._day("2026-04-10")
        for partner, expected in [
            (self.customer, "2026-04-25"),
            (self.uncontrolled, "2026-04-06"),
            # nothing is known of it: (3000 + 3000 - 400) / 500 = 11.2
            (self._create_customer("New SA"), "2026-04-21"),
        ]:
            invoice = self._invoice(
                50, partner=partner, due=due, invoice_date=self._day("2026-03-01")
            )
            with self.subTest(partner.name):
                self.assertIn(
                    (invoice.id, "due", self._day(expected)), self._expected()
                )

    def test_without_any_history_the_due_date_counts(self):
        invoice = self._invoice(
            50, due=self._day("2026-04-10"), invoice_date=self._day("2026-03-01")
        )
        self.assertEqual(
            self._expected(),
            {(invoice.id, "due", self._day("2026-04-10")): (50, 0)},
        )

    def test_what_is_late_is_expected_as_late_again_for_a_month(self):
        for due, basis, expected in [
            ("2026-04-01", "due", "2026-04-01"),
            ("2026-03-31", "late", "2026-04-01"),
            ("2026-03-28", "late", "2026-04-03"),
            ("2026-03-02", "late", "2026-04-29"),
            ("2026-03-01", "undated", None),
        ]:
            invoice = self._invoice(
                50, due=self._day(due), invoice_date=self._day("2026-02-01")
            )
            with self.subTest(due):
                key = (invoice.id, basis, expected and self._day(expected))
                self.assertIn(key, self._expected())

    def test_weeks_are_those_of_the_language(self):
        for first, start in [("1", "2026-03-30"), ("7", "2026-03-29")]:
            self.env["res.lang"]._lang_get("en_US").week_start = first
            (week,) = self.Forecast._weeks(self.company, self.as_of, 1)
            self.assertEqual(week["start"], self._day(start))
        # on the last day of a week, the next one comes
        (week,) = self.Forecast._weeks(self.company, self._day("2026-04-04"), 1)
        self.assertEqual(week["start"], self._day("2026-04-05"))

    # ------------------------------------------------------------------
    # Promises, plans, disputes
    # ------------------------------------------------------------------

    def _march_invoice(self, amount, due="2026-04-10", **vals):
        return self._invoice(
            amount,
            due=self._day(due),
            invoice_date=vals.pop("invoice_date", self._day("2026-03-01")),
            **vals,
        )

    def test_a_promise_has_its_date_for_its_amount(self):
        invoice = self._march_invoice(100)
        self._promised(invoice, 60, "2026-05-08")
        expected = {
            (invoice.id, "promise", self._day("2026-05-08")): (60, 0),
            (invoice.id, "due", self._day("2026-04-10")): (40, 0),
        }
        self.assertEqual(self._expected(), expected)
        # before it was made, nobody knew
        self.assertEqual(
            self._expected(self._day("2026-03-19")),
            {(invoice.id, "due", self._day("2026-04-10")): (100, 0)},
        )
        # once its date has passed, it is expected every day until it is checked
        self.assertIn(
            (invoice.id, "promise", self._day("2026-05-10")),
            self._expected(self._day("2026-05-09")),
        )

    def test_what_was_paid_since_a_promise_is_taken_off_it(self):
        invoice = self._march_invoice(100)
        self._promised(invoice, 60, "2026-05-08")
        self._pay(invoice, 45, self._day("2026-03-28"))
        self.assertEqual(
            self._expected(),
            {
                (invoice.id, "promise", self._day("2026-05-08")): (15, 0),
                # the payment makes the habit: 13 days early, four days ago
                (invoice.id, "late", self._day("2026-04-03")): (40, 0),
            },
        )
        self.assertEqual(
            self._expected(self._day("2026-03-27")),
            {
                (invoice.id, "promise", self._day("2026-05-08")): (60, 0),
                (invoice.id, "due", self._day("2026-04-10")): (40, 0),
            },
        )

    def test_a_broken_promise_counts_no_more(self):
        invoice = self._march_invoice(100)
        promise = self._promised(invoice, 60, "2026-03-25")
        promise.sudo().write({"state": "broken", "closed_on": self.as_of})
        self.assertEqual(
            self._expected(),
            {(invoice.id, "due", self._day("2026-04-10")): (100, 0)},
        )
        self.assertIn(
            (invoice.id, "promise", self.as_of),
            self._expected(self._day("2026-03-30")),
        )

    def test_instalments_pay_the_oldest_items_of_a_plan(self):
        old = self._march_invoice(100, due="2026-03-10")
        young = self._march_invoice(100, due="2026-03-20")
        self._planned(
            {young: 60, old: 100},
            {"2026-04-10": 70, "2026-05-10": 70, "2026-06-10": 20},
        )
        plan = {
            (old.id, "plan", self._day("2026-04-10")): (70, 0),
            (old.id, "plan", self._day("2026-05-10")): (30, 0),
            (young.id, "plan", self._day("2026-05-10")): (40, 0),
            (young.id, "plan", self._day("2026-06-10")): (20, 0),
        }
        rest = {(young.id, "late", self._day("2026-04-11")): (40, 0)}
        self.assertEqual(self._expected(), plan | rest)
        # some of the items only
        domain = Domain("move_id", "=", young.id)
        self.assertEqual(
            self._expected(domain=domain),
            {key: found for key, found in (plan | rest).items() if key[0] == young.id},
        )

    def test_what_was_paid_on_a_plan_is_taken_off_its_first_instalments(self):
        old = self._march_invoice(100, due="2026-03-31")
        young = self._march_invoice(100, due="2026-04-20")
        self._planned({old: 100, young: 100}, {"2026-03-31": 120, "2026-05-10": 80})
        self._pay(old, 90, self.as_of)
        # 30 of the first one are missing: expected now
        expected = {
            (old.id, "plan", self._day("2026-04-01")): (10, 0),
            (young.id, "plan", self._day("2026-04-01")): (20, 0),
            (young.id, "plan", self._day("2026-05-10")): (80, 0),
        }
        self.assertEqual(self._expected(), expected)
        domain = Domain("move_id", "=", young.id)
        self.assertEqual(
            sum(a for a, _d in self._expected(domain=domain).values()), 100
        )

    def test_a_broken_plan_counts_no_more(self):
        invoice = self._march_invoice(100)
        plan = self._planned({invoice: 100}, {"2026-03-31": 50, "2026-05-10": 50})
        plan.sudo().write({"state": "defaulted", "called_on": self.as_of})
        self.assertEqual(
            self._expected(),
            {(invoice.id, "due", self._day("2026-04-10")): (100, 0)},
        )

    def test_the_contested_part_comes_first_then_promises_then_plans(self):
        invoice = self._march_invoice(100)
        self._planned({invoice: 100}, {"2026-06-10": 100})
        self._promised(invoice, 30, "2026-04-15")
        dispute = self.env["credit.dispute"].action_open(
            [(self._item(invoice), 20)],
            self.env.ref("credit_management.credit_dispute_reason_price"),
        )
        dispute.sudo().opened_date = self.as_of
        self.assertEqual(
            self._expected(),
            {
                (invoice.id, "disputed", None): (20, 0),
                (invoice.id, "promise", self._day("2026-04-15")): (30, 0),
                (invoice.id, "plan", self._day("2026-06-10")): (50, 0),
            },
        )

    # ------------------------------------------------------------------
    # Credits, currencies, branches
    # ------------------------------------------------------------------

    def test_credits_are_deducted_from_what_comes_first(self):
        first = self._march_invoice(100)
        second = self._march_invoice(100, due="2026-04-20")
        self._credit_note(130, invoice_date=self._day("2026-03-05"))
        self._credit_note(
            50, partner=self.uncontrolled, invoice_date=self._day("2026-03-05")
        )
        found = self._expected()
        self.assertEqual(
            found,
            {
                (first.id, "due", self._day("2026-04-10")): (100, 100),
                (second.id, "due", self._day("2026-04-20")): (100, 30),
                (None, "credit", None): (0, 50),
            },
        )
        forecast = self.Forecast._forecast(self.company, self.as_of, 4)
        self.assertEqual(forecast["credits_left"], 50)
        self.assertEqual(forecast["receivable"], 20)
        self.assertEqual([w["expected"] for w in forecast["weeks"]], [0, 0, 0, 70])

    def test_foreign_currencies_count_at_the_rate_of_the_ledger(self):
        currency = self.setup_other_currency("GBP", rates=[("2026-01-01", 2.0)])
        invoice = self._march_invoice(100, currency=currency)
        self._promised(invoice, 60, "2026-05-08")
        self.assertEqual(
            self._expected(),
            {
                (invoice.id, "promise", self._day("2026-05-08")): (30, 0),
                (invoice.id, "due", self._day("2026-04-10")): (20, 0),
            },
        )

    def test_branches_count_in_their_root_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.cr.precommit.run()  # gives the branch its accounts
        self.env.user.company_ids |= branch
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "company_id": branch.id,
                "invoice_date": self._day("2026-03-01"),
                "invoice_date_due": self._day("2026-04-10"),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Advice", "price_unit": 100, "tax_ids": False}
                    )
                ],
            }
        )
        invoice.action_post()
        key = (invoice.id, "due", self._day("2026-04-10"))
        for company in (self.company, branch):
            self.assertIn(key, self._expected(company=company))

    def test_paid_in_part_and_taken_back(self):
        invoice = self._march_invoice(100)
        payment = self._pay(invoice, 30, self._day("2026-03-20"))
        self.assertEqual([found[0] for found in self._expected().values()], [70])
        before = self._expected(self._day("2026-03-19"))
        self.assertEqual([found[0] for found in before.values()], [100])
        payment.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(list(self._expected().values()), [(100, 30)])

    # ------------------------------------------------------------------
    # Screens and rights
    # ------------------------------------------------------------------

    def test_the_list_adds_up_to_the_ledger(self):
        today = self._today()
        self._invoice(100, due=today - timedelta(days=10))
        self._invoice(100, due=today + timedelta(days=10))
        self._credit_note(30)
        self._credit_note(30, partner=self.uncontrolled)
        Line = self.env["credit.kpi.forecast.line"].with_user(self.collector)
        lines = Line.search(
            [("partner_id", "in", (self.customer | self.uncontrolled).ids)]
        )
        self.assertEqual(len(lines), 3)
        self.assertEqual(sum(lines.mapped("expected")), 140)
        by_basis = lines.grouped("basis")
        self.assertEqual(by_basis["late"].deducted, 30)
        self.assertEqual(by_basis["late"].expected_on, today + timedelta(days=10))
        self.assertEqual(by_basis["late"].delay, 20)
        self.assertEqual(by_basis["credit"].expected, -30)
        groups = Line._read_group([], ["expected_on:week"], ["expected:sum"])
        self.assertEqual(sum(amount for _week, amount in groups), 140)
        self.assertEqual(
            lines[:1].action_open_customer()["res_id"], lines[:1].partner_id.id
        )

    def test_forecasts_are_for_finance_of_the_company_only(self):
        other = self.env["res.company"].create({"name": "Other SA"})
        for user, company in [
            (self.salesperson, self.company),
            (self.accountant, self.company),
            (self.collector, other),
        ]:
            Forecast = self.env["credit.kpi.forecast"].with_user(user)
            for method in (Forecast.forecast, Forecast.accuracy):
                with self.assertRaises(AccessError):
                    method(company.id)
        with self.assertRaises(AccessError):
            self.env["credit.kpi.forecast.line"].with_user(self.salesperson).search([])
        Forecast = self.env["credit.kpi.forecast"].with_user(self.collector)
        found = Forecast.forecast(self.company.id, 6)
        self.assertEqual(len(found["weeks"]), 6)
        self.assertEqual(found["receivable"], 0)
        worth = Forecast.accuracy(self.company.id)
        self.assertEqual(len(worth["past"]), 8)
        self.assertIsNone(worth["accuracy"])
        for weeks in (0, 105):
            with self.assertRaises(ValidationError):
                Forecast.forecast(self.company.id, weeks)

    def test_another_company_sees_nothing_of_it(self):
        self._invoice(100)
        other = self.setup_other_company()["company"]
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Line = self.env["credit.kpi.forecast.line"].with_user(stranger)
        self.assertFalse(Line.with_company(other).search([]))

    def test_a_forecast_costs_one_query_however_many_customers(self):
        costs = []
        for number in (1, 1, 4):
            for index in range(number):
                partner = self._create_customer(f"Many {number} {index} SA")
                invoice = self._march_invoice(100, partner=partner)
                self._pay(invoice, 50, self._day("2026-03-20"))
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.Forecast._weeks(self.company, self.as_of, 8)
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs[1], costs[2])
        self.assertLessEqual(costs[2], 4)
