import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools.pdf import merge_pdf

from ...tools.ageing import BOUNDS, ageing, days_overdue

# customers printed by one run of wkhtmltopdf: few enough for its memory
CUSTOMERS_PER_PDF = 50


class StatementItem(NamedTuple):
    """An open item of a customer, as the customer reads it.

    Amounts are in the item's currency; those of credits are positive too.

    :param kind: ``invoice``, ``credit_note``, ``payment`` or ``entry``
    :param number: of the document, with the rank of the instalment
    :param reference: the customer's own, or what the payment was for
    :param days_overdue: 0 until the due date
    :param running: the open amounts down to this item; 0 for a credit
    :param notes: sentences to be printed below the item
    """

    line_id: int
    move_id: int
    kind: str
    number: str
    reference: str
    date: datetime.date
    due: datetime.date | None
    days_overdue: int
    amount: float
    residual: float
    running: float
    notes: tuple = ()


@dataclass
class StatementAccount:
    """What a customer owes in one currency.

    :param bounds: last day of each age of overdue items but the last age
    """

    currency: models.BaseModel
    bounds: tuple = BOUNDS
    items: list = field(default_factory=list)
    credits: list = field(default_factory=list)

    def _sum(self, amounts):
        return self.currency.round(sum(amounts))

    @property
    def total(self):
        """The open debits."""
        return self._sum(item.residual for item in self.items)

    @property
    def credit_total(self):
        """The payments and credit notes not yet applied, as a positive amount."""
        return self._sum(item.residual for item in self.credits)

    @property
    def balance(self):
        return self._sum([self.total, -self.credit_total])

    @property
    def overdue(self):
        return self._sum(item.residual for item in self.items if item.days_overdue)

    @property
    def ageing(self):
        """The debits by age: see `tools.ageing`."""
        debts = [(item.days_overdue, item.residual) for item in self.items]
        return [self.currency.round(amount) for amount in ageing(debts, self.bounds)]


@dataclass
class Statement:
    """The account of a customer with a company on a date.

    :param accounts: one by currency, that of the company first
    """

    partner: models.BaseModel
    company: models.BaseModel
    date: datetime.date
    accounts: list

    @property
    def item_count(self):
        return sum(
            len(account.items) + len(account.credits) for account in self.accounts
        )


class CreditStatement(models.AbstractModel):
    """The account statement of a customer, as of any date.

    The methods without a check of rights are for code that has the right to
    ask; what answers a person starts with :meth:`_check_reader`.
    """

    _name = "credit.statement"
    _description = "Account Statement"

    @api.model
    def _check_reader(self, partners, company):
        """Check that the user may read the statements of customers.

        Finance reads those of all customers of their companies, a customer in
        the portal their own; nobody else any.

        :raises AccessError: if not
        """
        if self.env.su:
            return
        user = self.env.user
        if company._credit_company() in user.sudo().company_ids.root_id:
            if user.has_group("credit_management.group_credit_user"):
                partners.check_access("read")
                return
            own = user.sudo().partner_id.commercial_partner_id
            if user._is_portal() and partners.sudo().commercial_partner_id <= own:
                return
        raise AccessError(
            self.env._("Account statements are for finance and for the customer.")
        )

    @api.model
    def _statements(self, partners, company, as_of=None):
        """Return the statements of customers, in a constant number of queries.

        :param partners: ``res.partner``; contacts answer for their company
        :param company: ``res.company``; a branch stands for its root company
        :param as_of: today by default; documents, payments and reconciliations
            dated later are left out
        :return: one by commercial partner, in order, those who owe nothing too
        :rtype: list[Statement]
        """
        company = company.sudo()._credit_company()
        as_of = as_of or fields.Date.context_today(self)
        customers = partners.commercial_partner_id
        bounds = company._credit_ageing_bounds()
        accounts = defaultdict(dict)
        for partner_id, currency, item, is_credit in self._read_items(
            customers, company, as_of
        ):
            account = accounts[partner_id].setdefault(
                currency.id, StatementAccount(currency, bounds)
            )
            (account.credits if is_credit else account.items).append(item)
        return [
            Statement(
                customer,
                company,
                as_of,
                self._finish(accounts[customer.id].values(), company),
            )
            for customer in customers
        ]

    def _finish(self, accounts, company):
        """Sort the accounts and their items, and add up the running totals."""
        for account in accounts:
            account.credits.sort(key=lambda item: (item.date, item.number))
            account.items.sort(
                key=lambda item: (item.due or datetime.date.max, item.date, item.number)
            )
            running = 0.0
            for index, item in enumerate(account.items):
                running = account.currency.round(running + item.residual)
                account.items[index] = item._replace(running=running)
        return sorted(
            accounts,
            key=lambda account: (
                account.currency != company.currency_id,
                account.currency.name,
            ),
        )

    def _read_items(self, customers, company, as_of):
        """Yield the customer's id, the currency, the item and if it is a credit."""
        found = self.env["credit.open.items"]._items(company, as_of, customers)
        # what is open in the company's currency only is an exchange difference
        found = [item for item in found if item.residual_currency]
        MoveLine = self.env["account.move.line"].sudo()
        lines = MoveLine.browse([item.line_id for item in found])
        ranks = self._instalment_ranks(lines)
        notes = self._item_notes(lines, as_of)
        currencies = self.env["res.currency"].browse(
            {item.currency_id for item in found}
        )
        currency_by_id = {currency.id: currency for currency in currencies}
        for item, line in zip(found, lines, strict=True):
            is_credit = item.residual_currency < 0
            sign = -1 if is_credit else 1
            move = line.move_id
            yield (
                item.partner_id,
                currency_by_id[item.currency_id],
                StatementItem(
                    line_id=line.id,
                    move_id=move.id,
                    kind=self._kind(move),
                    number=f"{move.name or ''}{ranks.get(line.id, '')}",
                    reference=self._reference(line) or "",
                    date=move.invoice_date or item.date,
                    due=None if is_credit else item.date_maturity,
                    days_overdue=0
                    if is_credit
                    else days_overdue(item.date_maturity, as_of),
                    amount=sign * item.amount_currency,
                    residual=sign * item.residual_currency,
                    running=0.0,
                    notes=tuple(notes.get(line.id, ())),
                ),
                is_credit,
            )

    @api.model
    def _item_notes(self, lines, as_of):
        """Return what the customer is to be reminded of about single items.

        Extend to tell, for example, that an item is disputed.

        :param lines: ``account.move.line``
        :return: sentences by id of line
        :rtype: dict[int, list[str]]
        """
        return {}

    def _instalment_ranks(self, lines):
        """Return, for the lines of invoices payable in instalments, ``" (1/3)"``."""
        MoveLine = self.env["account.move.line"].sudo()
        instalments = MoveLine._read_group(
            Domain("move_id", "in", lines.move_id.ids)
            & Domain("display_type", "=", "payment_term"),
            ["move_id"],
            ["id:recordset"],
            having=[("__count", ">", 1)],
        )
        return {
            line.id: f" ({rank}/{len(of_move)})"
            for _move, of_move in instalments
            for rank, line in enumerate(
                of_move.sorted(lambda line: (line.date_maturity, line.id)), start=1
            )
        }

    def _reference(self, line):
        if self._kind(line.move_id) == "entry":
            return line.name
        return line.move_id.origin_payment_id.memo or line.move_id.ref

    def _kind(self, move):
        is_payment = move.origin_payment_id or move.statement_line_id
        return self._document_kind(move.move_type, is_payment)

    @api.model
    def _document_kind(self, move_type, is_payment):
        """Return what kind of document a journal entry is for its reader."""
        if move_type in ("out_invoice", "out_receipt"):
            return "invoice"
        if move_type == "out_refund":
            return "credit_note"
        return "payment" if is_payment else "entry"

    @api.model
    def _kind_labels(self):
        """Return the names of the kinds of documents, in the user's language."""
        return {
            "invoice": self.env._("Invoice"),
            "credit_note": self.env._("Credit note"),
            "payment": self.env._("Payment"),
            "entry": self.env._("Entry"),
        }

    @api.model
    def _bank_accounts(self, company):
        """Return the bank accounts on which the customers pay.

        :rtype: res.partner.bank
        """
        company = company.sudo()._credit_company()
        return company.partner_id.bank_ids.filtered(
            lambda bank: not bank.company_id or bank.company_id == company
        )

    # ------------------------------------------------------------------
    # Files
    # ------------------------------------------------------------------

    @api.model
    def _context_for(self, company, as_of=None):
        """Return the context in which the report and its e-mail template speak of
        a company and a date.
        """
        as_of = as_of or fields.Date.context_today(self)
        return {
            "credit_statement_company_id": company.id,
            "credit_statement_date": fields.Date.to_string(as_of),
        }

    @api.model
    def _asked_for(self):
        """Return the company and the date of the context; else of now.

        :rtype: tuple[res.company, date]
        """
        context = self.env.context
        company = self.env["res.company"].browse(
            context.get("credit_statement_company_id")
        )
        as_of = fields.Date.to_date(context.get("credit_statement_date"))
        return company or self.env.company, as_of or fields.Date.context_today(self)

    @api.model
    def _render_pdf(self, partners, company, as_of=None):
        """Return the statements as one PDF, each in the language of its customer.

        :rtype: bytes
        """
        customers = partners.commercial_partner_id
        Report = (
            self.env["ir.actions.report"]
            .sudo()
            .with_company(company)
            .with_context(**self._context_for(company, as_of))
        )
        parts = [
            Report._render_qweb_pdf(
                "credit_management.credit_statement_report",
                data={"partner_ids": customers[start : start + CUSTOMERS_PER_PDF].ids},
            )[0]
            for start in range(0, len(customers), CUSTOMERS_PER_PDF)
        ]
        return parts[0] if len(parts) == 1 else merge_pdf(parts)

    @api.model
    def _attachment(self, partner, company, as_of=None):
        """Return the PDF of a customer's statement, to be attached to a message.

        :return: the name of the file and its content
        :rtype: tuple[str, bytes]
        """
        as_of = as_of or fields.Date.context_today(self)
        customer = partner.commercial_partner_id
        name = self.with_context(lang=customer.lang)._file_name(customer, as_of, "pdf")
        return name, self._render_pdf(customer, company, as_of)

    @api.model
    def _file_name(self, partners, as_of, extension):
        """Return the name of the file with the statements of some customers."""
        customers = partners.commercial_partner_id
        if len(customers) == 1:
            name = self.env._(
                "Account statement %(customer)s %(date)s",
                customer=customers.name,
                date=fields.Date.to_string(as_of),
            )
        else:
            name = self.env._(
                "Account statements %(date)s", date=fields.Date.to_string(as_of)
            )
        return f"{name.replace('/', '-')}.{extension}"
