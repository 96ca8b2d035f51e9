from collections import defaultdict
from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .ledger_common import LedgerCommon

AGES = (30, 60, 90)


class AgedCommon(LedgerCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers, cls.moves = cls._ledger()
        cls.Aged = cls.env["credit.aged.balance"].with_user(cls.collector)

    def _report(self, as_of=None, user=None, **options):
        Aged = self.Aged.with_user(user or self.collector)
        return Aged.report({"date": str(as_of or self.as_of), **options})

    def _check_line(self, line, **expected):
        self.assertEqual({name: line[name] for name in expected}, expected)

    def _by_name(self, report):
        return {line["name"]: line for line in report["lines"]}


@tagged("post_install", "-at_install")
class TestAgedBalance(AgedCommon):
    """The figures: those of the domain, and plain SQL's."""

    def test_the_demonstration_ledger(self):
        self._set_aside(self.customers, self.moves)
        report = self._report()
        total = {
            "not_due": 60000, "bucket_1": 12600, "bucket_2": 24000, "bucket_3": 0,
            "bucket_4": 4800, "overdue": 41400, "unallocated": -1800, "balance": 99600,
            "disputed": 3600, "promised": 3000, "planned": 0, "customers": 5,
        }  # fmt: skip
        self._check_line(report["total"], **total)
        self.assertEqual(
            report["check"], {"balance": 99600, "ledger": 99600, "difference": 0}
        )
        self.assertFalse(report["has_more"])
        lines = self._by_name(report)
        self._check_line(
            lines["A SA"],
            not_due=12000,
            bucket_2=24000,
            unallocated=-1200,
            balance=34800,
        )
        self._check_line(
            lines["B SA"], bucket_1=9600, unallocated=-600, disputed=3600, balance=9000
        )
        self._check_line(lines["C SA"], bucket_1=3000, promised=3000, balance=3000)
        self._check_line(lines["D SA"], not_due=48000, overdue=0, balance=48000)
        self._check_line(lines["E SA"], bucket_4=4800, balance=4800)
        labels = [column["label"] for column in report["columns"]]
        self.assertEqual(labels[:3], ["Not Due", "1 to 30 Days", "31 to 60 Days"])

    def test_a_past_date_knows_nothing_of_what_came_later(self):
        self._set_aside(self.customers, self.moves)
        # INV06 was paid the day before; INV01 and INV04 are there, not due
        report = self._report("2026-02-05")
        self._check_line(
            report["total"], balance=74400, overdue=4800, bucket_2=4800, unallocated=0,
            disputed=0, promised=0,
        )  # fmt: skip
        report = self._report("2026-02-02")
        self._check_line(report["total"], bucket_1=6000, balance=82200)
        self.assertEqual(report["check"]["difference"], 0)

    def test_every_date_is_what_plain_sql_says(self):
        self._invoice(75, partner=self._branch_contact(), invoice_date=self.as_of)
        self._entry_without_customer()
        second = self._second_receivable_account()
        invoice = self._invoice(
            120, partner=second, invoice_date=self._day("2026-01-15"),
            due=self._day("2026-02-20"),
        )  # fmt: skip
        currency = self.setup_other_currency(
            "EUR", rates=[("2025-01-01", 0.5), ("2026-02-15", 0.8)]
        )
        foreign = self._invoice(
            900, partner=second, invoice_date=self._day("2026-01-20"),
            due=self._day("2026-02-10"), currency=currency,
        )  # fmt: skip
        self._pay(foreign, 300, date=self._day("2026-03-01"))
        refund = self._credit_note(50, partner=second, invoice_date=self.as_of)
        (invoice + refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        for shift in range(-140, 60, 9):
            self._check_against_plain_sql(self.as_of + timedelta(days=shift))

    def _branch_contact(self):
        return self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.customer.id}
        )

    def _entry_without_customer(self):
        """An entry on the receivable account without a partner or a due date."""
        receivable = self.company_data["default_account_receivable"]
        revenue = self.company_data["default_account_revenue"]
        entry = self.env["account.move"].create(
            {
                "date": "2026-01-31",
                "line_ids": [
                    Command.create({"account_id": receivable.id, "debit": 55}),
                    Command.create({"account_id": revenue.id, "credit": 55}),
                ],
            }
        )
        entry.action_post()
        entry.line_ids.date_maturity = False
        return entry

    def _second_receivable_account(self):
        account = self.company_data["default_account_receivable"].copy()
        return self._create_customer(
            "Second SA", property_account_receivable_id=account.id
        )

    def _plain(self, as_of, companies=None):
        """Return, by customer, the amounts by column: balances less what was paid."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner.commercial_partner_id, line.date_maturity,
                          line.balance
                          - COALESCE((SELECT SUM(amount)
                                        FROM account_partial_reconcile
                                       WHERE debit_move_id = line.id
                                         AND max_date <= %(as_of)s), 0)
                          + COALESCE((SELECT SUM(amount)
                                        FROM account_partial_reconcile
                                       WHERE credit_move_id = line.id
                                         AND max_date <= %(as_of)s), 0)
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                LEFT JOIN res_partner partner ON partner.id = line.partner_id
                    WHERE account.account_type = 'asset_receivable'
                      AND line.parent_state = 'posted'
                      AND line.date <= %(as_of)s
                      AND line.company_id IN %(companies)s""",
                as_of=as_of,
                companies=tuple((companies or self.company).ids),
            )
        )
        found = defaultdict(lambda: defaultdict(float))
        for customer, due, open_amount in rows:
            if open_amount:
                amounts = found[customer or False]
                amounts[self._column(due, open_amount, as_of)] += float(open_amount)
                amounts["balance"] += float(open_amount)
        return found

    def _column(self, due, amount, as_of):
        if amount < 0:
            return "unallocated"
        if due is None or due >= as_of:
            return "not_due"
        late = (as_of - due).days
        return f"bucket_{1 + sum(late > bound for bound in AGES)}"

    def _check_against_plain_sql(self, as_of, **kwargs):
        report = self._report(as_of)
        expected = self._plain(as_of, **kwargs)
        names = ["not_due", *(f"bucket_{rank}" for rank in range(1, 5)), "unallocated"]
        with self.subTest(as_of=as_of):
            found = {line["id"]: line for line in report["lines"]}
            self.assertEqual(found.keys(), expected.keys())
            for customer, amounts in expected.items():
                for name in (*names, "balance"):
                    self.assertAlmostEqual(
                        found[customer][name], amounts[name], 2, (customer, name)
                    )
            self.assertEqual(report["check"]["difference"], 0)
            self._check_items(report, as_of)

    def _check_items(self, report, as_of):
        """Each line is the sum of its items."""
        for line in report["lines"]:
            items = self.Aged.items({"date": str(as_of)}, line["id"])["lines"]
            for column in report["columns"]:
                name = column["name"]
                total = sum(item[name] for item in items)
                self.assertAlmostEqual(line[name], total, 2, name)

    # ------------------------------------------------------------------
    # Groups and filters
    # ------------------------------------------------------------------

    def _grouped_ledger(self):
        customers = self.customers
        holding = self._create_customer("Holding SA")
        customers["A"].parent_id = holding
        (customers["A"] | customers["B"]).user_id = self.salesperson
        customers["C"].credit_collector_id = self.collector
        customers["D"].country_id = self.env.ref("base.fr")
        self.policy = self._policy(name="Retail")
        customers["E"].credit_policy_id = self.policy

    def test_each_grouping_adds_up_to_the_same_total(self):
        self._grouped_ledger()
        expected = {
            "partner": {"A SA": 34800, "B SA": 9000, "C SA": 3000, "E SA": 4800},
            "group": {"Holding SA": 34800, "B SA": 9000},
            "salesperson": {"Salesperson": 43800, "None": 55800},
            "collector": {"Collector": 3000, "None": 96600},
            "policy": {"Retail": 4800, "None": 94800},
            "country": {"France": 48000},
        }
        for dimension, balances in expected.items():
            report = self._report(dimension=dimension)
            with self.subTest(dimension):
                lines = self._by_name(report)
                self.assertEqual(
                    {name: lines[name]["balance"] for name in balances}, balances
                )
                total = sum(line["balance"] for line in report["lines"])
                self.assertEqual((total, report["total"]["balance"]), (99600, 99600))

    def test_a_group_unfolds_to_its_customers(self):
        self._grouped_ledger()
        customers = self.customers
        options = {"date": str(self.as_of), "dimension": "salesperson"}
        page = self.Aged.lines(options, 0, [self.salesperson.id])
        self.assertEqual(
            [line["id"] for line in page["lines"]],
            [customers["A"].id, customers["B"].id],
        )
        others = self.Aged.lines(options, 0, [False])
        self.assertEqual(sum(line["balance"] for line in others["lines"]), 55800)

    def test_filters(self):
        self._grouped_ledger()
        customers = self.customers
        customers["A"].ref = "K-4711"
        for options, names in [
            ({"salesperson_ids": self.salesperson.ids}, "AB"),
            ({"collector_ids": self.collector.ids}, "C"),
            ({"policy_ids": self.policy.ids}, "E"),
            ({"only_overdue": True}, "ABCE"),
            ({"only_overdue": True, "salesperson_ids": self.salesperson.ids}, "AB"),
            ({"search": "k-47"}, "A"),
            ({"search": "D S"}, "D"),
            ({"search": "nobody of this name"}, ""),
        ]:
            for dimension in ("partner", "salesperson", "country"):
                report = self._report(dimension=dimension, **options)
                with self.subTest(options=options, dimension=dimension):
                    self.assertEqual(report["total"]["customers"], len(names))
                    # the ledger is compared with all customers
                    self.assertEqual(report["check"]["balance"], 99600)
                    self.assertEqual(report["check"]["difference"], 0)
            lines = self._report(**options)["lines"]
            self.assertEqual({line["name"][0] for line in lines}, set(names))

    def test_order(self):
        for order, descending, names in [
            ("overdue", True, "ABECD"),
            ("balance", True, "DABEC"),
            ("balance", False, "CEBAD"),
            ("name", False, "ABCDE"),
            ("name", True, "EDCBA"),
            ("bucket_1", True, "BC"),
        ]:
            report = self._report(order=order, descending=descending)
            found = "".join(line["name"][0] for line in report["lines"])
            self.assertTrue(found.startswith(names), (order, found))
        for dimension in ("policy", "salesperson", "team", "collector", "country"):
            self._report(dimension=dimension, order="name")

    def test_pages(self):
        self.patch(self._screen(), "PAGE", 2)
        report = self._report(order="name", descending=False)
        names = [line["name"][0] for line in report["lines"]]
        options = {"date": str(self.as_of), "order": "name", "descending": False}
        while report["has_more"]:
            report = self.Aged.lines(options, len(names))
            names += [line["name"][0] for line in report["lines"]]
        self.assertEqual(names, list("ABCDE"))

    def _screen(self):
        from ..report.aged_balance import credit_aged_balance_screen

        return credit_aged_balance_screen

    # ------------------------------------------------------------------
    # Ages
    # ------------------------------------------------------------------

    def test_ages_are_those_of_the_company(self):
        self.company.credit_ageing_bounds = "15, 100"
        report = self._report()
        labels = [column["label"] for column in report["columns"]]
        self.assertEqual(
            labels[1:4], ["1 to 15 Days", "16 to 100 Days", "More than 100 Days"]
        )
        self._check_line(
            report["total"], bucket_1=3000, bucket_2=33600, bucket_3=4800, overdue=41400
        )
        figures = self.env["credit.kpi"].figures(self.company, self.as_of)
        self.assertEqual(figures["buckets"], (3000, 33600, 4800))

    def test_ages_that_make_no_sense_are_refused(self):
        for text in ("", "30;60", "60,30", "0,30", "a", "1,2,3,4,5,6,7"):
            with self.subTest(text), self.assertRaises(ValidationError):
                self.company.credit_ageing_bounds = text

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def test_branches_count_in_their_company(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.env.cr.precommit.run()  # gives the branch its accounts
        self.env.user.company_ids |= branch
        move = (
            self.env["account.move"]
            .with_company(branch)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-03-30",
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
        self._check_against_plain_sql(self.as_of, companies=self.company + branch)
        self.assertEqual(self._report()["total"]["balance"], 99700)

    def test_companies_are_added_up_in_the_currency_of_the_first(self):
        other = self.setup_other_company()
        company = other["company"]
        self.env.user.company_ids |= company
        self.collector.company_ids |= company
        currency = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        company.currency_id = currency
        move = (
            self.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "out_invoice",
                    "partner_id": self.customer.id,
                    "invoice_date": "2026-02-01",
                    "invoice_date_due": "2026-03-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create(
                            {"name": "Advice", "price_unit": 100, "tax_ids": False}
                        )
                    ],
                }
            )
        )
        move.action_post()
        Aged = self.Aged.with_context(allowed_company_ids=[self.company.id, company.id])
        report = Aged.report({"date": str(self.as_of)})
        line = self._by_name(report)[self.customer.name]
        self._check_line(line, bucket_1=200, balance=200)
        self.assertEqual(report["total"]["balance"], 99800)
        self.assertEqual(report["check"]["difference"], 0)
        alone = self.Aged.with_context(allowed_company_ids=self.company.ids)
        report = alone.report({"date": str(self.as_of)})
        self.assertEqual(report["total"]["balance"], 99600)
        with self.assertRaises(AccessError):
            self.Aged.with_user(self.manager).with_context(
                allowed_company_ids=company.ids
            ).report({})

    # ------------------------------------------------------------------
    # Cost and rights
    # ------------------------------------------------------------------

    def test_any_number_of_customers_costs_the_same_queries(self):
        for dimension in ("partner", "salesperson"):
            self._report(dimension=dimension)
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self._report(dimension=dimension)
            few = self.env.cr.sql_log_count - start
            for number in range(6):
                self._invoice(
                    10,
                    partner=self._create_customer(f"{dimension} {number}"),
                    invoice_date=self.as_of,
                )
            self.env.flush_all()
            self._report(dimension=dimension)  # what is new may have emptied caches
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            self.assertGreater(
                self._report(dimension=dimension)["total"]["customers"], 10
            )
            self.assertEqual(self.env.cr.sql_log_count - start, few)

    def test_items_name_their_document(self):
        customers, moves = self.customers, self.moves
        items = self.Aged.items({"date": str(self.as_of)}, customers["A"].id)["lines"]
        self.assertEqual(
            [item["move_id"] for item in items],
            [moves[name].id for name in ("INV01", "INV02", "CN01")],
        )
        self.assertEqual([item["days_overdue"] for item in items], [35, 0, 0])
        self.assertEqual(
            [item["due"] for item in items][:2], ["2026-02-24", "2026-04-19"]
        )
        self.assertFalse(items[2]["due"])
        self.assertEqual(items[2]["kind"], "Credit note")

    def test_only_finance_reads_it(self):
        for user in (self.salesperson, self.sales_manager, self.accountant):
            for name, arguments in [
                ("report", [{}]),
                ("lines", [{}, 0]),
                ("items", [{}, self.customer.id]),
            ]:
                Aged = self.Aged.with_user(user)
                with self.subTest(name, user=user.name), self.assertRaises(AccessError):
                    getattr(Aged, name)(*arguments)
        for user in (self.collector, self.manager, self.cfo):
            self.assertIn("total", self._report(user=user))

    def test_nonsense_is_refused(self):
        for options in (
            "text",
            {"date": "tomorrow"},
            {"date": 5},
            {"date": "0001-01-01"},
            {"dimension": "password"},
            {"dimension": ["partner"]},
            {"order": "1; DROP TABLE res_partner"},
            {"order": {"a": 1}},
            {"salesperson_ids": [[1, 2]]},
            {"salesperson_ids": "1"},
            {"policy_ids": [True]},
            {"collector_ids": [-1]},
            {"collector_ids": [2**40]},
            {"search": ["x"]},
            {"search": "x" * 300},
            {"search": "\0"},
        ):
            with self.subTest(options=options), self.assertRaises(UserError):
                self.Aged.report(options)
        for name, arguments in [
            ("lines", [{}, -1]),
            ("lines", [{}, "0"]),
            ("lines", [{}, 0, 7]),
            ("lines", [{}, 0, [1]]),
            ("lines", [{"dimension": "country"}, 0, ["1"]]),
            ("items", [{}, "1 OR 1=1"]),
            ("items", [{}, 1, None]),
        ]:
            with self.subTest(name, arguments=arguments), self.assertRaises(UserError):
                getattr(self.Aged, name)(*arguments)
        self.assertEqual(self._report(search="%' OR 1=1 --")["lines"], [])
