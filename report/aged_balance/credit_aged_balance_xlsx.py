import xlsxwriter

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date, split_every

from ..xlsx_sheet import HEADER_ROW, XlsxSheet
from .credit_aged_balance import CHUNK

# rows of a sheet that Excel opens, less those below the table
MOST_ROWS = 2**20 - 10
# how customers are sorted and filtered in the workbook, beside their name
GROUPS = ("group", "policy", "salesperson", "collector", "country")


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def _write_xlsx(self, options, file):
        """Write the aged balance as a workbook: groups, customers and items.

        Rows come from the database in chunks and go to the disk one by one: neither
        of them is in memory as a whole.

        :param file: an open binary file
        """
        by_customer = options.dimension == "partner"
        total, lines = self._total_and_lines(options, 0 if by_customer else None)
        check = self._check(options, total)
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as workbook:
            book = (self, workbook, options, total, check)
            if not by_customer:
                GroupsSheet(*book).fill(lines)
            CustomersSheet(*book).fill(self._customers(options))
            ItemsSheet(*book).fill(self._items(options))

    def _title(self, options):
        return self.env._(
            "%(companies)s: aged balance as of %(date)s",
            companies=", ".join(options.companies.mapped("name")),
            date=format_date(self.env, options.date),
        )


class AgedSheet(XlsxSheet):
    """Columns of text, then the amounts by age; below, their sums and the check.

    Overdue and balance are formulas in each row, and so are the totals.
    """

    def __init__(self, report, workbook, options, total, check):
        self.report = report
        self.options = options
        self.total = total
        self.check = check
        self.first_amount = len(self.texts(report.env))
        super().__init__(report.env, workbook, report._title(options))
        self.amount_format = self.money(options.currency)
        self.bold_amount_format = self.money(options.currency, bold=True)

    def texts(self, env):
        """Return the label and the width of each column of text."""
        raise NotImplementedError

    def columns(self):
        amounts = self.report._column_labels(self.options)
        return self.texts(self.env) + [(column["label"], 15) for column in amounts]

    def column_of(self, name):
        return self.first_amount + self.options.amounts.index(name)

    def next_row(self):
        self.row += 1
        if self.row > MOST_ROWS:
            raise UserError(
                self.env._(
                    "These are more lines than a sheet has: choose fewer customers."
                )
            )

    def write_texts(self, texts):
        for column, text in enumerate(texts):
            # text is text, even when it begins with "="
            self.sheet.write_string(self.row, column, text or "")

    def write_amounts(self, amounts):
        """Write the amounts of a row; what is a sum of others is a formula."""
        formulas = {"overdue": self._overdue(), "balance": self._balance()}
        for name in self.options.amounts:
            place = (self.row, self.column_of(name))
            if name in formulas:
                self.sheet.write_formula(
                    *place, formulas[name], self.amount_format, amounts[name]
                )
            else:
                self.sheet.write_number(*place, amounts[name], self.amount_format)

    def _overdue(self):
        first, *_others, last = (self.column_of(name) for name in self.options.spans)
        return f"=SUM({self.cell(first)}:{self.cell(last)})"

    def _balance(self):
        cells = (
            self.cell(self.column_of(name))
            for name in ("not_due", "overdue", "unallocated")
        )
        return f"={'+'.join(cells)}"

    def write_end(self):
        """Write the totals, and what the general ledger says."""
        last = self.row
        self.filter_rows(last)
        self.row += 1
        self.sheet.write_string(self.row, 0, self.env._("Total"), self.bold)
        for name, amount in self.total.amounts.items():
            column = self.column_of(name)
            place = (self.row, column)
            if last == HEADER_ROW:  # no rows to be added up
                self.sheet.write_number(*place, amount, self.bold_amount_format)
                continue
            formula = f"=SUM({self.rows_of(column, last)})"
            self.sheet.write_formula(*place, formula, self.bold_amount_format, amount)
        self._write_check()

    def _write_check(self):
        """Write both balances of all customers, and their difference."""
        balance_column = self.column_of("balance")
        if self.options.is_filtered:
            self.row += 1
            self._write_end_line(
                self.env._("All customers, without filters"), self.check.balance
            )
        balance = self.cell(balance_column)
        self.row += 1
        self._write_end_line(self.env._("General ledger"), self.check.ledger)
        ledger = self.cell(balance_column)
        self.row += 1
        self.sheet.write_string(self.row, 0, self.env._("Difference"))
        digits = self.options.currency.decimal_places
        self.sheet.write_formula(
            self.row,
            balance_column,
            f"=ROUND({balance}-{ledger},{digits})",
            self.amount_format,
            self.check.difference,
        )

    def _write_end_line(self, label, amount):
        self.sheet.write_string(self.row, 0, label)
        self.sheet.write_number(
            self.row, self.column_of("balance"), amount, self.amount_format
        )


class GroupsSheet(AgedSheet):
    """A row by group: salesperson, customer type…"""

    def name(self):
        return self.env._("Groups")

    def texts(self, env):
        names = {
            dimension["name"]: dimension["label"]
            for dimension in self.report._dimension_labels()
        }
        return [(names[self.options.dimension], 32), (env._("Customers"), 11)]

    def fill(self, lines):
        """Write the groups in the order of the screen."""
        dimension = self.options.dimension
        labels = self.report._labels(dimension, [line.key for line in lines])
        for line in lines:
            self.next_row()
            self.sheet.write_string(self.row, 0, labels[line.key])
            self.sheet.write_number(self.row, 1, line.customers)
            self.write_amounts(line.amounts)
        self.write_end()


class CustomersSheet(AgedSheet):
    """A row by customer, and by company if there are several."""

    def name(self):
        return self.env._("By Customer")

    def texts(self, env):
        names = {
            dimension["name"]: dimension["label"]
            for dimension in self.report._dimension_labels()
        }
        return [
            (env._("Customer"), 32),
            (env._("Reference"), 14),
            (env._("Company"), 20),
            *((names[group], 20) for group in GROUPS),
        ]

    def fill(self, customers):
        """Write the customers as they come."""
        companies = {company.id: company.name for company in self.options.companies}
        for chunk in split_every(CHUNK, customers):
            labels = self._labels(chunk)
            for customer in chunk:
                self.next_row()
                self.write_texts(
                    [
                        customer.name or self.env._("Without Customer"),
                        customer.ref,
                        companies[customer.company_id],
                        *(labels[name][customer.groups[name]] for name in GROUPS),
                    ]
                )
                self.write_amounts(customer.amounts)
            # the names of a chunk are not kept beyond it
            self.env["res.partner"].invalidate_model(["complete_name"])
        self.write_end()

    def _labels(self, customers):
        """Return the names of the groups of customers, by dimension and key."""
        return {
            name: {
                **self.report._labels(
                    name, {customer.groups[name] for customer in customers}
                ),
                None: "",
            }
            for name in GROUPS
        }


class ItemsSheet(AgedSheet):
    """A row by open item, each with its residual in the column of its age."""

    DATE, DUE, DAYS = 6, 7, 8
    CURRENCY, OPEN, AMOUNT = 9, 10, 11

    def name(self):
        return self.env._("Items")

    def texts(self, env):
        return [
            (env._("Customer"), 32),
            (env._("Customer Reference"), 14),
            (env._("Company"), 20),
            (env._("Document"), 13),
            (env._("Number"), 22),
            (env._("Reference"), 24),
            (env._("Date"), 11),
            (env._("Due"), 11),
            (env._("Days Overdue"), 9),
            (env._("Currency"), 9),
            (env._("Open in Currency"), 15),
            (env._("Amount"), 15),
        ]

    def fill(self, items):
        """Write the items as they come."""
        companies = {company.id: company.name for company in self.options.companies}
        Statement = self.env["credit.statement"]
        kinds = Statement._kind_labels()
        for item in items:
            self.next_row()
            kind = Statement._document_kind(item.move_type, item.is_payment)
            self.write_texts(
                [
                    item.customer or self.env._("Without Customer"),
                    item.customer_ref,
                    companies[item.company_id],
                    kinds[kind],
                    item.number,
                    item.reference,
                ]
            )
            self._write_item(item)
            self.write_amounts(self.report._item_amounts(self.options, item))
        self.write_end()

    def _write_item(self, item):
        self.sheet.write_datetime(self.row, self.DATE, item.date, self.date_format)
        if item.due:
            self.sheet.write_datetime(self.row, self.DUE, item.due, self.date_format)
        if days := item.days_overdue(self.options.date):
            self.sheet.write_number(self.row, self.DAYS, days)
        currency = self.env["res.currency"].browse(item.currency_id)
        self.sheet.write_string(self.row, self.CURRENCY, currency.name)
        self.sheet.write_number(
            self.row, self.OPEN, item.open_currency, self.money(currency)
        )
        self.sheet.write_number(self.row, self.AMOUNT, item.balance, self.amount_format)
