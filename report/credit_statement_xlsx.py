import io

import xlsxwriter

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.ageing import bucket_spans
from .xlsx_sheet import XlsxSheet, span_label


class CreditStatement(models.AbstractModel):
    _inherit = "credit.statement"

    @api.model
    def _render_xlsx(self, partners, company, as_of=None):
        """Return the statements of customers as a workbook.

        One sheet has the items, so that they can be filtered, another one the
        totals by customer and currency. Rows go to the disk as they come.

        :rtype: bytes
        """
        as_of = as_of or fields.Date.context_today(self)
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"constant_memory": True}) as workbook:
            statements = self._statements(partners, company, as_of)
            title = self.env._(
                "%(company)s: account statement as of %(date)s",
                company=company.sudo()._credit_company().name,
                date=format_date(self.env, as_of),
            )
            StatementItemsSheet(self.env, workbook, title).fill(statements)
            bounds = company._credit_ageing_bounds()
            StatementTotalsSheet(self.env, workbook, title, bounds).fill(statements)
        return content.getvalue()


class StatementItemsSheet(XlsxSheet):
    """The open items, credits negative; at the end the balance by currency."""

    AMOUNT, REMAINING, RUNNING = 8, 9, 10

    def name(self):
        return self.env._("Items")

    def columns(self):
        return [
            (self.env._("Customer"), 32),
            (self.env._("Currency"), 9),
            (self.env._("Document"), 13),
            (self.env._("Number"), 22),
            (self.env._("Reference"), 24),
            (self.env._("Date"), 11),
            (self.env._("Due"), 11),
            (self.env._("Days Overdue"), 9),
            (self.env._("Amount"), 15),
            (self.env._("Remaining"), 15),
            (self.env._("Running Total"), 15),
        ]

    def fill(self, statements):
        """Write the rows, then the totals as formulas."""
        kinds = self.env["credit.statement"]._kind_labels()
        balances = {}
        for statement in statements:
            for account in statement.accounts:
                currency = account.currency
                balances[currency] = balances.get(currency, 0) + account.balance
                for item in account.items:
                    self._write_item(statement, currency, kinds[item.kind], item, 1)
                    self.sheet.write_number(
                        self.row, self.RUNNING, item.running, self.money(currency)
                    )
                for item in account.credits:
                    self._write_item(statement, currency, kinds[item.kind], item, -1)
        last = self.row
        self.filter_rows(last)
        self.row += 1
        for currency, balance in balances.items():
            self._write_total(currency, currency.round(balance), last)

    def _write_item(self, statement, currency, kind, item, sign):
        self.row += 1
        texts = [statement.partner.name, currency.name, kind, item.number]
        # text is text, even when it begins with "="
        for column, text in enumerate([*texts, item.reference]):
            self.sheet.write_string(self.row, column, text or "")
        self.sheet.write_datetime(self.row, 5, item.date, self.date_format)
        if item.due:
            self.sheet.write_datetime(self.row, 6, item.due, self.date_format)
        if item.days_overdue:
            self.sheet.write_number(self.row, 7, item.days_overdue)
        money = self.money(currency)
        self.sheet.write_number(self.row, self.AMOUNT, sign * item.amount, money)
        self.sheet.write_number(self.row, self.REMAINING, sign * item.residual, money)

    def _write_total(self, currency, balance, last):
        self.row += 1
        self.sheet.write_string(self.row, 0, self.env._("Balance"), self.bold)
        self.sheet.write_string(self.row, 1, currency.name, self.bold)
        self.sheet.write_formula(
            self.row,
            self.REMAINING,
            f'=SUMIF({self.rows_of(1, last)},"{currency.name}",'
            f"{self.rows_of(self.REMAINING, last)})",
            self.money(currency, bold=True),
            balance,
        )


class StatementTotalsSheet(XlsxSheet):
    """What each customer owes in each currency, by age."""

    def __init__(self, env, workbook, title, bounds):
        self.spans = bucket_spans(bounds)
        super().__init__(env, workbook, title)

    def name(self):
        return self.env._("Totals")

    def columns(self):
        return [
            (self.env._("Customer"), 32),
            (self.env._("Currency"), 9),
            (self.env._("Not Due"), 15),
            *((span_label(self.env, *span), 15) for span in self.spans),
            (self.env._("Open Documents"), 15),
            (self.env._("Not Yet Applied"), 15),
            (self.env._("Balance"), 15),
        ]

    def fill(self, statements):
        """Write a row by customer and currency, its sums as formulas."""
        for statement in statements:
            for account in statement.accounts:
                self._write_account(statement, account)

    def _write_account(self, statement, account):
        self.row += 1
        money = self.money(account.currency)
        self.sheet.write_string(self.row, 0, statement.partner.name or "")
        self.sheet.write_string(self.row, 1, account.currency.name)
        for column, amount in enumerate(account.ageing, start=2):
            self.sheet.write_number(self.row, column, amount, money)
        total = 2 + len(account.ageing)
        self.sheet.write_formula(
            self.row,
            total,
            f"=SUM({self.cell(2)}:{self.cell(total - 1)})",
            money,
            account.total,
        )
        self.sheet.write_number(self.row, total + 1, -account.credit_total, money)
        self.sheet.write_formula(
            self.row,
            total + 2,
            f"={self.cell(total)}+{self.cell(total + 1)}",
            money,
            account.balance,
        )
