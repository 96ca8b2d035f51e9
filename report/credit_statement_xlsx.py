import io

import xlsxwriter

from odoo import api, fields, models
from odoo.tools import format_date

from ..tools.ageing import bucket_spans

HEADER_ROW = 2
EXCEL_SHORT_DATE = 14  # shown as the reader's own settings have it


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
            StatementTotalsSheet(self.env, workbook, title).fill(statements)
        return content.getvalue()


class StatementSheet:
    """A sheet with a title, a header that stays on screen, and rows."""

    def __init__(self, env, workbook, title):
        self.env = env
        self.workbook = workbook
        self.sheet = workbook.add_worksheet(self.name())
        self.row = HEADER_ROW
        self._money_formats = {}
        self.date_format = workbook.add_format({"num_format": EXCEL_SHORT_DATE})
        self.bold = workbook.add_format({"bold": True})
        header = workbook.add_format(
            {"bold": True, "bg_color": "#EEEEEE", "bottom": 1, "text_wrap": True}
        )
        columns = self.columns()
        for column, (_label, width) in enumerate(columns):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(HEADER_ROW + 1, 0)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEADER_ROW)
        self.sheet.write_string(0, 0, title, self.bold)
        for column, (label, _width) in enumerate(columns):
            self.sheet.write_string(HEADER_ROW, column, label, header)

    def money(self, currency, bold=False):
        """Return the format of amounts in a currency, as Odoo shows them."""
        key = (currency.id, bold)
        if key not in self._money_formats:
            digits = "#,##0" + ("." + "0" * currency.decimal_places).rstrip(".")
            symbol = f"[${currency.symbol or currency.name}]"
            self._money_formats[key] = self.workbook.add_format(
                {
                    "bold": bold,
                    "num_format": f"{symbol}{digits}"
                    if currency.position == "before"
                    else f"{digits}\\ {symbol}",
                }
            )
        return self._money_formats[key]

    def cell(self, column):
        return xlsxwriter.utility.xl_rowcol_to_cell(self.row, column)


class StatementItemsSheet(StatementSheet):
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
        if last > HEADER_ROW:
            self.sheet.autofilter(HEADER_ROW, 0, last, self.RUNNING)
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
        first = HEADER_ROW + 2
        self.sheet.write_string(self.row, 0, self.env._("Balance"), self.bold)
        self.sheet.write_string(self.row, 1, currency.name, self.bold)
        self.sheet.write_formula(
            self.row,
            self.REMAINING,
            f'=SUMIF(B{first}:B{last + 1},"{currency.name}",J{first}:J{last + 1})',
            self.money(currency, bold=True),
            balance,
        )


class StatementTotalsSheet(StatementSheet):
    """What each customer owes in each currency, by age."""

    def name(self):
        return self.env._("Totals")

    def columns(self):
        return [
            (self.env._("Customer"), 32),
            (self.env._("Currency"), 9),
            (self.env._("Not Due"), 15),
            *((self._span(*span), 15) for span in bucket_spans()),
            (self.env._("Open Documents"), 15),
            (self.env._("Not Yet Applied"), 15),
            (self.env._("Balance"), 15),
        ]

    def _span(self, first, last):
        if last:
            return self.env._("%(first)s to %(last)s Days", first=first, last=last)
        return self.env._("More than %s Days", first - 1)

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
