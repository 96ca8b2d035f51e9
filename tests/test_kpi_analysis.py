from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from ..tools.kpi import month_ends
from .kpi_common import KpiCommon

MEASURES = {
    "receivable": "receivable",
    "receivable_gross": "receivable_gross",
    "unallocated": "unallocated",
    "not_due": "not_due",
    "overdue": "overdue",
    "sales": "sales",
    "dso": "dso",
    "bpdso": "bpdso",
    "add": "add",
    "overdue_rate": "overdue_rate",
}


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31")
class TestKpiAnalysis(KpiCommon):
    """The cells of the pivot are the figures of their date and group."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Analysis = cls.env["credit.kpi.analysis"].with_user(cls.collector)
        cls.dates = month_ends(cls.as_of, 25)
        cls.customers, cls.moves = cls._ledger()

    def _read(self, groupby=(), domain=(), companies=None):
        """Return the measures by values of the groups, None for what is empty."""
        context = {"allowed_company_ids": (companies or self.company).ids}
        rows = self.Analysis.with_context(**context)._read_group(
            list(domain),
            list(groupby),
            [*(f"{name}:avg" for name in MEASURES), "sales_month:sum"],
        )
        names = [*MEASURES.values(), "sales_month"]
        width = len(groupby)
        return {
            row[:width]: {
                name: None if value is False else value
                for name, value in zip(names, row[width:], strict=True)
            }
            for row in rows
        }

    def _assert_cell(self, cell, figures):
        for name, value in cell.items():
            with self.subTest(name):
                if figures is None:
                    self.assertFalse(value)
                elif figures[name] is None or value is None:
                    self.assertEqual((value, figures[name]), (None, None))
                else:
                    self.assertAlmostEqual(value, figures[name], 4)

    def _share_out(self):
        """Give the customers types, people and countries; one has none of them."""
        policy = self._policy()
        self.salesperson.sale_team_id = self.env["crm.team"].create({"name": "Team"})
        belgium, germany = self.env.ref("base.be"), self.env.ref("base.de")
        for key, vals in {
            "A": {"user_id": self.salesperson.id, "country_id": belgium.id,
                  "credit_policy_id": policy.id,
                  "credit_collector_id": self.collector.id},
            "B": {"user_id": self.other_salesperson.id, "country_id": belgium.id},
            "C": {"user_id": self.salesperson.id, "country_id": germany.id},
            "D": {"country_id": germany.id, "credit_policy_id": policy.id},
        }.items():  # fmt: skip
            self.customers[key].write(vals)

    def test_each_month_is_what_the_figures_of_its_end_are(self):
        cells = self._read(["date:day"])
        self.assertEqual(sorted(cells), [(day,) for day in sorted(self.dates)])
        for (day,), cell in cells.items():
            with self.subTest(day=day):
                self._assert_cell(cell, self._figures(day))

    def test_each_cell_is_what_the_figures_of_its_group_are(self):
        self._share_out()
        for day in (self.as_of, date(2026, 1, 31)):
            for name in ("policy", "salesperson", "team", "collector", "country"):
                expected = self.Kpi.figures_by(name, self.company, day)
                cells = self._read([f"{name}_id"], [("date", "=", day)])
                with self.subTest(name, day=day):
                    self.assertEqual(
                        {record.id or None for (record,) in cells}, set(expected)
                    )
                for (record,), cell in cells.items():
                    with self.subTest(name, day=day, group=record.display_name):
                        self._assert_cell(cell, expected[record.id or None])

    def test_groups_may_cross(self):
        self._share_out()
        cells = self._read(
            ["salesperson_id", "country_id"], [("date", "=", self.as_of)]
        )
        alone = self._figures(domain=[("partner_id", "=", self.customers["A"].id)])
        self._assert_cell(cells[self.salesperson, self.env.ref("base.be")], alone)

    def test_over_several_months_balances_are_means_and_ratios_of_sums(self):
        days = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
        figures = [self._figures(day) for day in days]
        [cell] = self._read(domain=[("date", "in", days)]).values()

        def total(name):
            return sum(row[name] for row in figures)

        self.assertAlmostEqual(cell["receivable"], total("receivable") / 3)
        self.assertAlmostEqual(cell["sales_month"], total("sales_month"))
        self.assertAlmostEqual(cell["dso"], total("receivable") * 90 / total("sales"))
        self.assertAlmostEqual(
            cell["overdue_rate"], 100 * total("overdue") / total("receivable_gross")
        )

    def test_what_has_no_meaning_is_empty(self):
        [cell] = self._read(domain=[("date", "=", "2025-10-31")]).values()
        self.assertEqual(cell["receivable"], 0)
        for name in ("dso", "bpdso", "add", "overdue_rate"):
            with self.subTest(name):
                self.assertIsNone(cell[name])
        self.assertEqual(self._read(domain=[("date", "=", "1999-01-31")]), {
            (): dict.fromkeys([*MEASURES.values(), "sales_month"])
        })  # fmt: skip

    def test_companies_add_up_in_the_currency_of_the_users_own(self):
        other = self.setup_other_company(name="Other SA")["company"]
        other.currency_id = self.setup_other_currency("EUR")
        self.collector.company_ids = [Command.link(other.id)]
        move = self._invoice(
            5000,
            invoice_date=date(2026, 2, 10),
            due=date(2026, 3, 10),
            partner=self._create_customer("F SA"),
        )
        self.assertEqual(move.company_id, self.company)
        self._sell_in(other)
        both = self.company + other
        today = [("date", "=", self.as_of)]
        [total] = self._read(domain=today, companies=both).values()
        self._assert_cell(total, self.Kpi.figures(both, self.as_of))
        cells = self._read(["company_id"], today, both)
        self._assert_cell(cells[self.company,], self._figures())
        self.assertTrue(cells[other,]["receivable"])
        alone = self._read(["company_id"], today)
        self.assertEqual(list(alone), [(self.company,)])

    def _sell_in(self, company):
        """Enter a debt of 900 in another company."""

        def found(model, *domain):
            return self.env[model].sudo().search(list(domain), limit=1)

        in_company = ("company_ids", "in", company.ids)
        receivable, income = (
            found("account.account", ("account_type", "=", kind), in_company)
            for kind in ("asset_receivable", "income")
        )
        journal = found(
            "account.journal", ("type", "=", "general"), ("company_id", "=", company.id)
        )
        debt = {"account_id": receivable.id, "partner_id": self.customer.id}
        self.env["account.move"].sudo().create(
            {
                "journal_id": journal.id,
                "date": "2026-03-01",
                "line_ids": [
                    Command.create({**debt, "debit": 900}),
                    Command.create({"account_id": income.id, "credit": 900}),
                ],
            }
        ).action_post()

    def test_a_row_opens_what_was_open_on_its_date(self):
        self._share_out()
        row = self.Analysis.search(
            [
                ("date", "=", "2026-01-31"),
                ("salesperson_id", "=", self.other_salesperson.id),
            ]
        )
        action = row.action_open_items()
        lines = self.env["account.move.line"].search(action["domain"])
        # paid on 3 February
        self.assertEqual(lines.move_id, self.moves["INV03"])
        rows = self.Analysis.search([("date", "=", self.as_of)])
        opened = self.env["account.move.line"]
        for row in rows:
            lines = opened.search(row.action_open_items()["domain"])
            self.assertAlmostEqual(sum(lines.mapped("amount_residual")), row.receivable)
            self.assertFalse(lines & opened)
            opened |= lines
        self.assertEqual(sum(opened.mapped("amount_residual")), 99600)

    def test_a_row_opens_the_payments_of_contacts_as_well(self):
        self._share_out()
        contact = self.env["res.partner"].create(
            {
                "name": "Far away",
                "parent_id": self.customers["C"].id,
                "user_id": self.other_salesperson.id,
                "country_id": self.env.ref("base.ch").id,
            }
        )
        payment = self._pay(contact, 700, date(2026, 3, 30))
        row = self.Analysis.search(
            [
                ("date", "=", self.as_of),
                ("salesperson_id", "=", self.salesperson.id),
                ("country_id", "=", self.env.ref("base.de").id),
            ]
        )
        self.assertEqual(row.receivable, 2300)
        lines = self.env["account.move.line"].search(row.action_open_items()["domain"])
        self.assertIn(payment.move_id, lines.move_id)
        self.assertEqual(sum(lines.mapped("amount_residual")), 2300)

    def test_the_screens_read_it(self):
        self._share_out()
        with self.assertQueryCount(60):  # most of them names of the groups
            found = self.Analysis.formatted_read_grouping_sets(
                [("date", "=", "2026-03-31")],
                [[], ["policy_id"], ["policy_id", "salesperson_id"]],
                ["dso:avg", "receivable:avg", "receivable:sum_currency"],
            )
        self.assertAlmostEqual(found[0][0]["dso:avg"], 67.2973, 4)
        rows = self.Analysis.search([])
        self.assertEqual(len(rows), len(self.dates) * 5)
        self.assertEqual(rows[:1].date, self.as_of)
        self.assertTrue(rows.read(["dso", "receivable"]))

    def test_rows_cost_one_pass_of_the_ledger(self):
        self._read(["date:month"])  # warm up
        with self.assertQueryCount(2):
            self._read(["date:month"])

    def test_figures_are_for_finance_only(self):
        for user in (self.salesperson, self.sales_manager, self.accountant):
            Analysis = self.env["credit.kpi.analysis"].with_user(user)
            with self.assertRaises(AccessError):
                Analysis.search([])
            with self.assertRaises(AccessError):
                Analysis.formatted_read_group([], [], ["dso:avg"])
        with self.assertRaises(AccessError):
            self.Analysis.create({"date": "2026-03-31"})
