import io

import xlsxwriter

from odoo import models
from odoo.tools import format_date

from .xlsx_sheet import XlsxSheet


class CreditIncentiveStatement(models.Model):
    _inherit = "credit.incentive.statement"

    def _render_xlsx(self):
        """Return the statements as a workbook; rows go to the disk as they come.

        :rtype: bytes
        """
        self.check_access("read")
        statements = self.sudo()  # invoices and rules are read for the salesperson
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"constant_memory": True}) as workbook:
            title = (
                self.env._(
                    "%(company)s: incentive on cash of %(salesperson)s,"
                    " %(first)s to %(last)s",
                    company=statements.company_id.name,
                    salesperson=statements.user_id.name,
                    first=format_date(self.env, statements.date_from),
                    last=format_date(self.env, statements.date_to),
                )
                if len(statements) == 1
                else self._file_name()
            )
            IncentiveSheet(self.env, workbook, title).fill(statements)
        return content.getvalue()


class IncentiveSheet(XlsxSheet):
    """The payments, as they stand on the statement; the totals are formulas."""

    CASH, UNTAXED, RATE, FACTOR, AMOUNT = 7, 8, 9, 10, 11

    def name(self):
        return self.env._("Payments")

    def columns(self):
        return [
            (self.env._("Salesperson"), 22),
            (self.env._("Paid on"), 11),
            (self.env._("Customer"), 32),
            (self.env._("Invoice"), 22),
            (self.env._("What"), 16),
            (self.env._("Due"), 11),
            (self.env._("Days Late"), 9),
            (self.env._("Cash"), 15),
            (self.env._("Untaxed"), 15),
            (self.env._("Rate"), 8),
            (self.env._("Factor"), 8),
            (self.env._("Incentive"), 15),
        ]

    def fill(self, statements):
        """Write the rows, then the totals."""
        self.percent = self.workbook.add_format({"num_format": "0.####%"})
        kinds = dict(
            statements.line_ids._fields["kind"]._description_selection(self.env)
        )
        lines = statements.line_ids
        for line in lines:
            self._write_line(line, kinds)
        self.filter_rows(self.row)
        self._write_total(lines, self.row)

    def _write_line(self, line, kinds):
        self.row += 1
        money = self.money(line.currency_id)
        for column, text in [
            (0, line.user_id.name),
            (2, line.partner_id.name),
            (3, line.name),
            (4, kinds[line.kind]),
        ]:
            # text is text, even when it begins with "="
            self.sheet.write_string(self.row, column, text or "")
        self.sheet.write_datetime(self.row, 1, line.date, self.date_format)
        if line.date_due:
            self.sheet.write_datetime(self.row, 5, line.date_due, self.date_format)
        self.sheet.write_number(self.row, 6, line.days_late)
        self.sheet.write_number(self.row, self.CASH, line.cash, money)
        self.sheet.write_number(self.row, self.UNTAXED, line.untaxed, money)
        self.sheet.write_number(self.row, self.RATE, line.rate / 100, self.percent)
        self.sheet.write_number(self.row, self.FACTOR, line.factor)
        self.sheet.write_number(self.row, self.AMOUNT, line.amount, money)

    def _write_total(self, lines, last):
        self.row += 2
        self.sheet.write_string(self.row, 0, self.env._("Total"), self.bold)
        currency = lines.currency_id[:1] or self.env.company.currency_id
        for column, name in [
            (self.CASH, "cash"),
            (self.UNTAXED, "untaxed"),
            (self.AMOUNT, "amount"),
        ]:
            self.sheet.write_formula(
                self.row,
                column,
                # what is filtered out does not count
                f"=SUBTOTAL(109,{self.rows_of(column, last)})",
                self.money(currency, bold=True),
                currency.round(sum(lines.mapped(name))),
            )
