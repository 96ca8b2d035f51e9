import io
from datetime import date, timedelta

import psycopg2
from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .gate_common import GateCommon

FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
DUE = date(2026, 3, 5)


class IncentiveCommon(GateCommon):
    """3 % of untaxed cash, ×1 to 10 days late, ×0.5 to 60, for everybody."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["credit.incentive.rule"].create(
            {"name": "3 % of cash", "rate": 3.0}
        )
        cls.Statement = cls.env["credit.incentive.statement"].with_user(cls.manager)

    @classmethod
    def _sold(cls, amount, due=DUE, user=None, **vals):
        """Return an invoice of a salesperson, dated a month before it is due."""
        return cls._invoice(
            amount,
            due=due,
            invoice_date=due - timedelta(days=30),
            invoice_user_id=(user or cls.salesperson).id,
            **vals,
        )

    def _prepare(self, first=FIRST, last=LAST, users=None):
        return self.Statement._prepare_period(self.company, first, last, users)

    def _amounts(self, statement):
        return [(line.cash, line.untaxed, line.amount) for line in statement.line_ids]


@tagged("post_install", "-at_install")
class TestIncentive(IncentiveCommon):
    """What salespeople get of the cash that their invoices bring."""

    # ------------------------------------------------------------------
    # What counts
    # ------------------------------------------------------------------

    def test_late_cash_counts_less(self):
        for days, amount in [(-20, 30), (0, 30), (10, 30), (11, 15), (26, 15)]:
            with self.subTest(days=days):
                invoice = self._sold(1200)
                self._pay(invoice, date=DUE + timedelta(days=days))
                statement = self._prepare(first=date(2026, 2, 1))
                line = statement.line_ids
                self.assertEqual(line.move_id, invoice)
                self.assertEqual(line.days_late, days)
                self.assertEqual(self._amounts(statement), [(1200, 1000, amount)])
                statement.action_confirm()

    def test_without_a_due_date_cash_is_not_late(self):
        invoice = self._sold(1200)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE account_move_line SET date_maturity = NULL WHERE move_id = %s",
            invoice.ids,
        )
        self.env.invalidate_all()
        self._pay(invoice, date=LAST)
        line = self._prepare().line_ids
        self.assertEqual((line.days_late, line.date_due, line.amount), (0, False, 30))

    def test_too_late_cash_is_on_the_statement_for_nothing(self):
        self._pay(self._sold(1200, due=date(2026, 1, 1)), date=LAST)
        statement = self._prepare()
        self.assertEqual(self._amounts(statement), [(1200, 1000, 0)])
        self.assertEqual(statement.amount, 0)

    def test_each_payment_counts_on_its_own_day(self):
        invoice = self._sold(1200)
        self._pay(invoice, 300.10, date=DUE)
        self._pay(invoice, 600.20, date=DUE + timedelta(days=20))
        self._pay(invoice, date=date(2026, 4, 2))
        statement = self._prepare()
        self.assertEqual(
            self._amounts(statement), [(300.10, 250.08, 7.50), (600.20, 500.17, 7.50)]
        )
        self.assertEqual(statement.cash, 900.30)
        self.assertEqual(statement.amount, 15.0)

    def test_instalments_are_late_by_their_own_due_dates(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Halves",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        invoice = self._sold(1200, invoice_payment_term_id=term.id)
        self._pay(invoice, 1200, date=DUE)
        lines = self._prepare().line_ids
        self.assertEqual(sorted(lines.mapped("days_late")), [0, 30])
        self.assertEqual(sum(lines.mapped("amount")), 15 + 7.5)

    def test_credit_notes_are_no_cash(self):
        invoice = self._sold(1200)
        note = self._credit_note(
            200, invoice_date=DUE, invoice_user_id=invoice.invoice_user_id.id
        )
        (invoice + note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertFalse(self._prepare())
        self._pay(invoice, date=DUE)
        self.assertEqual(self._prepare().cash, 1000)

    def test_what_is_written_off_is_no_cash(self):
        invoice = self._sold(1200)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        ).create(
            {
                "payment_date": DUE,
                "amount": 1140.0,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": self.company_data["default_account_expense"].id,
            }
        )._create_payments()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._amounts(self._prepare()), [(1140, 950, 28.5)])

    def test_a_bad_debt_entry_is_no_cash(self):
        invoice = self._sold(1200)
        receivable = self.company_data["default_account_receivable"]
        entry = self.env["account.move"].create(
            {
                "date": DUE,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": receivable.id,
                            "partner_id": self.customer.id,
                            "credit": 1200,
                        }
                    ),
                    Command.create(
                        {
                            "account_id": self.company_data[
                                "default_account_expense"
                            ].id,
                            "debit": 1200,
                        }
                    ),
                ],
            }
        )
        entry.action_post()
        (invoice + entry).line_ids.filtered(
            lambda line: line.account_id == receivable
        ).reconcile()
        self.assertFalse(self._prepare())

    def test_foreign_cash_counts_at_the_rate_of_the_invoice(self):
        currency = self.setup_other_currency(
            "EUR", rates=[("2026-01-01", 0.5), ("2026-03-01", 0.4)]
        )
        invoice = self._sold(300, currency=currency)
        self.assertEqual(invoice.amount_total_signed, 600)
        self._pay(invoice, 150, date=DUE)  # 375 of the company's by now
        self._pay(invoice, date=DUE)
        statement = self._prepare()
        self.assertEqual(
            self._amounts(statement), [(300, 250, 7.5), (300, 250, 7.5)]
        )  # and nothing for the exchange difference

    def test_cash_paid_back_is_taken_off_at_the_factor_it_came_with(self):
        invoice = self._sold(1200)
        self._pay(invoice, date=DUE + timedelta(days=20))
        note = self._credit_note(
            480,
            invoice_date=date(2026, 3, 28),
            invoice_user_id=self.salesperson.id,
            reversed_entry_id=invoice.id,
        )
        self._pay(note, date=date(2026, 3, 30))
        statement = self._prepare()
        self.assertEqual(self._amounts(statement), [(1200, 1000, 15), (-480, -400, -6)])
        self.assertEqual(statement.line_ids.mapped("kind"), ["received", "refunded"])

    def test_the_first_rule_that_fits_the_person_and_the_day_decides(self):
        self.rule.sequence = 20
        team = self.env["crm.team"].create({"name": "Export", "company_id": False})
        self.env["crm.team.member"].create(
            {"user_id": self.other_salesperson.id, "crm_team_id": team.id}
        )
        self.env["credit.incentive.rule"].create(
            [
                {
                    "name": "Before",
                    "rate": 10,
                    "user_ids": self.salesperson.ids,
                    "date_to": date(2026, 3, 9),
                },
                {"name": "Export", "rate": 5, "team_ids": team.ids},
            ]
        )
        for user in (self.salesperson, self.other_salesperson):
            for day in (9, 10):
                self._pay(self._sold(1200, user=user), date=date(2026, 3, day))
        found = {s.user_id: s.line_ids.mapped("rate") for s in self._prepare()}
        self.assertEqual(
            found, {self.salesperson: [10, 3], self.other_salesperson: [5, 5]}
        )

    def test_a_rule_needs_steps(self):
        with self.assertRaises(ValidationError):
            self.rule.write({"step_ids": [Command.clear()]})

    # ------------------------------------------------------------------
    # Life
    # ------------------------------------------------------------------

    def test_preparing_twice_changes_nothing(self):
        self._pay(self._sold(1200), date=DUE)
        statement = self._prepare()
        self.assertEqual(self._prepare(), statement)
        self.assertEqual(len(statement.line_ids), 1)
        statement.action_refresh()
        self.assertEqual(self._amounts(statement), [(1200, 1000, 30)])

    def test_confirmed_cash_is_never_paid_twice(self):
        self._pay(self._sold(1200), date=DUE)
        statement = self._prepare()
        statement.action_confirm()
        self.assertFalse(self._prepare())
        self.assertFalse(self._prepare(first=date(2026, 1, 1)))
        line = statement.sudo().line_ids
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.UniqueViolation),
            self.env.cr.savepoint(),
        ):
            line.copy()
            self.env.flush_all()

    def test_confirmation_freezes_and_tells_the_salesperson(self):
        invoice = self._sold(1200)
        self._pay(invoice, date=DUE)
        statement = self._prepare()
        statement.action_confirm()
        self.assertEqual(statement.state, "confirmed")
        self.assertEqual(statement.confirmed_by_id, self.manager)
        self.assertIn(self.salesperson.partner_id, statement.message_partner_ids)
        self.rule.rate = 50
        invoice.invoice_user_id = self.other_salesperson
        self.assertFalse(self._prepare())
        self.assertEqual(self._amounts(statement), [(1200, 1000, 30)])
        for action in ("action_refresh", "action_confirm"):
            with self.assertRaises(UserError):
                getattr(statement, action)()
        with self.assertRaises(UserError):
            statement.unlink()

    def test_an_undone_payment_is_taken_back_once(self):
        invoice = self._sold(1200)
        self._pay(invoice, date=DUE)
        statement = self._prepare()
        statement.action_confirm()
        invoice.line_ids.remove_move_reconcile()
        april = self._prepare(date(2026, 4, 1), date(2026, 4, 30))
        self.assertEqual(self._amounts(april), [(-1200, -1000, -30)])
        self.assertEqual(april.line_ids.origin_id, statement.line_ids)
        april.action_confirm()
        self.assertFalse(self._prepare(date(2026, 5, 1), date(2026, 5, 31)))
        with self.assertRaises(UserError):
            statement.action_reopen()
        # it bounces only once: paid again, it counts again, late by now
        self._pay(invoice, date=date(2026, 5, 4))
        may = self._prepare(date(2026, 5, 1), date(2026, 5, 31))
        self.assertEqual(self._amounts(may), [(1200, 1000, 15)])

    def test_a_payment_undone_before_the_confirmation_leaves_the_draft(self):
        invoice, other = self._sold(1200), self._sold(600)
        self._pay(invoice, date=DUE)
        self._pay(other, date=DUE)
        statement = self._prepare()
        invoice.line_ids.remove_move_reconcile()
        statement.action_confirm()
        self.assertEqual(self._amounts(statement), [(600, 500, 15)])
        self.assertFalse(self._prepare(date(2026, 4, 1), date(2026, 4, 30)))

    def test_cash_booked_late_is_on_the_next_statement(self):
        self._pay(self._sold(1200), date=DUE)
        self._prepare().action_confirm()
        self._pay(self._sold(600), date=DUE)
        april = self._prepare(date(2026, 4, 1), date(2026, 4, 30))
        self.assertEqual(self._amounts(april), [(600, 500, 15)])
        # what was before the first statement is history
        self._pay(self._sold(600, user=self.other_salesperson), date=DUE)
        found = self._prepare(date(2026, 4, 1), date(2026, 4, 30))
        self.assertEqual(found.user_id, self.salesperson)

    def test_a_mistake_is_reopened_until_it_is_paid(self):
        self._pay(self._sold(1200), date=DUE)
        self.rule.rate = 30
        statement = self._prepare()
        statement.action_confirm()
        statement.action_reopen()
        self.rule.rate = 3
        statement.action_confirm()
        self.assertEqual(statement.amount, 30)
        statement.action_pay()
        self.assertEqual(statement.state, "paid")
        with self.assertRaises(UserError):
            statement.action_reopen()

    def test_nobody_confirms_their_own_statement(self):
        self._pay(self._sold(1200, user=self.manager), date=DUE)
        statement = self._prepare()
        with self.assertRaises(UserError):
            statement.action_confirm()
        statement.with_user(self.cfo).action_confirm()

    @freeze_time("2026-04-03")
    def test_the_wizard_proposes_last_month(self):
        self._pay(self._sold(1200), date=DUE)
        wizard = self.env["credit.incentive.prepare"].with_user(self.manager).create({})
        self.assertEqual((wizard.date_from, wizard.date_to), (FIRST, LAST))
        action = wizard.action_prepare()
        statement = self.Statement.search(action["domain"])
        self.assertEqual(statement.amount, 30)
        statement.action_confirm()
        with self.assertRaises(UserError):
            wizard.action_prepare()

    def test_number_of_queries_does_not_grow(self):
        def cost():
            self._prepare()  # what is cached is in the cache now
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._prepare()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self._pay(self._sold(1200), date=DUE)
        self._pay(self._sold(1200, user=self.other_salesperson), date=DUE)
        alone = cost()
        for _number in range(4):
            self._pay(self._sold(100), date=DUE)
            self._pay(self._sold(100, user=self.other_salesperson), date=DUE)
        self.assertLessEqual(cost(), alone)


@tagged("post_install", "-at_install")
class TestIncentiveRights(IncentiveCommon):
    """Managers settle, salespeople read what is theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.salesperson, cls.other_salesperson):
            cls._pay(cls._sold(1200, user=user), date=DUE)
        cls.statements = cls.Statement._prepare_period(cls.company, FIRST, LAST)
        cls.mine = cls.statements.filtered(lambda s: s.user_id == cls.salesperson)
        cls.theirs = cls.statements - cls.mine
        cls.statements.action_confirm()
        cls._pay(cls._sold(600), date=date(2026, 4, 2))
        cls.draft = cls.Statement._prepare_period(
            cls.company, date(2026, 4, 1), date(2026, 4, 30)
        )

    def test_who_reads_which_statements(self):
        known = self.statements | self.draft
        for user, expected in [
            (self.salesperson, self.mine),
            (self.other_salesperson, self.theirs),
            (self.sales_manager, self.env["credit.incentive.statement"]),
            (self.manager, known),
        ]:
            with self.subTest(user=user.login):
                domain = [("id", "in", known.ids)]
                found = self._rpc(user, known._name, "search", domain)
                self.assertEqual(set(found), set(expected.ids))
                lines = self._rpc(
                    user,
                    "credit.incentive.line",
                    "search",
                    [("statement_id", "in", known.ids)],
                )
                self.assertEqual(set(lines), set(expected.line_ids.ids))
        for user in (self.collector, self.accountant):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, known._name, "search", [])

    def test_a_salesperson_reads_its_lines_and_no_others(self):
        names = ["name", "partner_id", "cash", "amount"]
        rows = self._rpc(
            self.salesperson,
            "credit.incentive.line",
            "read",
            self.mine.line_ids.ids,
            names,
        )
        self.assertEqual(rows[0]["amount"], 30)
        for records in (self.theirs, self.theirs.line_ids, self.draft):
            with self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson, records._name, "read", records.ids, ["amount"]
                )

    def test_only_managers_settle(self):
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.accountant,
        ):
            for method, record in [
                ("action_refresh", self.draft),
                ("action_confirm", self.draft),
                ("action_pay", self.mine),
                ("action_reopen", self.mine),
            ]:
                with (
                    self.subTest(method, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, record._name, method, record.ids)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, "credit.incentive.prepare", "create", {})
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._rpc(user, "credit.incentive.rule", "search", [])

    def test_nobody_writes_statements_by_hand(self):
        for user in (self.salesperson, self.manager):
            for record, vals in [
                (self.mine, {"state": "paid"}),
                (self.draft, {"user_id": self.other_salesperson.id}),
                (self.mine.line_ids, {"amount": 1000}),
            ]:
                with (
                    self.subTest(record._name, user=user.login),
                    self.assertRaises(AccessError),
                ):
                    self._rpc(user, record._name, "write", record.ids, vals)
            with self.assertRaises(AccessError):
                self._rpc(
                    user,
                    self.mine._name,
                    "create",
                    {
                        "user_id": user.id,
                        "company_id": self.company.id,
                        "date_from": FIRST,
                        "date_to": LAST,
                    },
                )

    def test_another_company_sees_nothing(self):
        company = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            login="credit_stranger",
            groups="credit_management.group_credit_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for records in (
            self.rule,
            self.rule.step_ids,
            self.statements,
            self.statements.line_ids,
        ):
            with self.subTest(records._name):
                domain = [("id", "in", records.ids)]
                self.assertFalse(self._rpc(stranger, records._name, "search", domain))
        with self.assertRaises(AccessError):
            self._rpc(stranger, self.draft._name, "action_confirm", self.draft.ids)

    # ------------------------------------------------------------------
    # Files
    # ------------------------------------------------------------------

    def test_workbook_has_the_lines_and_sums_them_up(self):
        content = self.mine.with_user(self.salesperson)._render_xlsx()
        sheet = load_workbook(io.BytesIO(content)).active
        self.assertEqual(sheet.freeze_panes, "A4")
        row = [cell.value for cell in sheet[4]]
        line = self.mine.line_ids
        self.assertEqual(row[2:4], [self.customer.name, line.name])
        self.assertEqual(row[6:], [0, 1200, 1000, 0.03, 1, 30])
        self.assertEqual(row[1].date(), DUE)
        self.assertEqual(sheet["L6"].value, "=SUBTOTAL(109,L4:L4)")
        shown = load_workbook(io.BytesIO(content), data_only=True).active
        self.assertEqual([shown[f"{c}6"].value for c in "HIL"], [1200, 1000, 30])
        with self.assertRaises(AccessError):
            self.theirs.with_user(self.salesperson)._render_xlsx()

    def test_the_page_tells_each_payment(self):
        report = self.env["ir.actions.report"].with_user(self.salesperson)
        name = "credit_management.report_incentive"
        html = report._render_qweb_html(name, self.mine.ids)[0].decode()
        self.assertIn(self.mine.line_ids.name, html)
        self.assertIn("30.00", html)
        with self.assertRaises(AccessError):
            report._render_qweb_html(name, self.theirs.ids)


@tagged("post_install", "-at_install")
class TestIncentiveFiles(IncentiveCommon, HttpCase):
    def test_who_downloads(self):
        self._pay(self._sold(1200), date=DUE)
        statement = self._prepare()
        statement.action_confirm()
        url = f"/credit/incentive/{statement.id}/xlsx"
        for user, status in [
            (self.salesperson, 200),
            (self.manager, 200),
            (self.other_salesperson, 404),
            (self.collector, 403),
        ]:
            with self.subTest(user=user.login):
                self.authenticate(user.login, user.login)
                self.assertEqual(self.url_open(url).status_code, status)
