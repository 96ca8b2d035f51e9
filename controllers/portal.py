from werkzeug.exceptions import NotFound

from odoo import fields
from odoo.http import request, route

from odoo.addons.account.controllers.portal import PortalAccount

from ..tools.ageing import bucket_spans
from .credit_statement import file_response


class CreditPortal(PortalAccount):
    """The account statement of the customer who is logged in.

    Nothing in the address names the customer: it is the user's own company.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_statement_count" in counters:
            values["credit_statement_count"] = self._credit_statement_count()
        return values

    def _credit_statement_count(self):
        if not request.env.user._is_portal():
            return 0
        return sum(
            self._credit_statement(company).item_count
            for company in self._credit_companies()
        )

    @route("/my/statement", type="http", auth="user", website=True)
    def portal_my_statement(self, company_id=None, date=None, **kwargs):
        """Show what is open on the user's account, today or as of a date."""
        companies = self._credit_companies()
        company = self._credit_company(companies, company_id)
        as_of = self._credit_as_of(date)
        statement = self._credit_statement(company, as_of)
        values = self._prepare_portal_layout_values()
        values.update(self._credit_statement_values(statement))
        values["companies"] = [
            {"id": each.id, "name": each.name, "is_current": each == company}
            for each in companies
        ]
        return request.render("credit_management.portal_my_statement", values)

    @route(
        "/my/statement/<any(pdf, xlsx):extension>",
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_statement_file(self, extension, company_id=None, date=None, **kwargs):
        """Download the statement that the page shows."""
        company = self._credit_company(self._credit_companies(), company_id)
        as_of = self._credit_as_of(date)
        customer = self._credit_customer()
        Statement = request.env["credit.statement"]
        Statement._check_reader(customer, company)
        # the customer may not read the ledger
        Statement = Statement.sudo()
        render = getattr(Statement, f"_render_{extension}")
        return file_response(
            Statement._file_name(customer, as_of, extension),
            render(customer, company, as_of),
        )

    # ------------------------------------------------------------------
    # What may be asked for
    # ------------------------------------------------------------------

    def _credit_customer(self):
        return request.env.user.partner_id.commercial_partner_id

    def _credit_companies(self):
        """Return the companies that the user deals with, the current one first."""
        companies = request.env.user.sudo().company_ids.root_id
        return companies.sorted(lambda each: each != request.env.company.root_id)

    def _credit_company(self, companies, company_id):
        """Return the company asked for; else the first one with an open item."""
        if not company_id:
            return next(filter(self._credit_has_items, companies), companies[:1])
        company = companies.filtered(lambda each: str(each.id) == company_id)
        if not company:
            raise NotFound
        return company

    def _credit_has_items(self, company):
        return self._credit_statement(company).accounts

    def _credit_as_of(self, date):
        try:
            return fields.Date.to_date(date) or fields.Date.context_today(
                request.env.user
            )
        except ValueError as error:
            raise NotFound from error

    def _credit_statement(self, company, as_of=None):
        customer = self._credit_customer()
        Statement = request.env["credit.statement"]
        Statement._check_reader(customer, company)
        # the customer may not read the ledger
        [statement] = Statement.sudo()._statements(customer, company, as_of)
        return statement

    # ------------------------------------------------------------------
    # What the page shows
    # ------------------------------------------------------------------

    def _credit_statement_values(self, statement):
        """Return the values of the page; extend for what can be done on an item."""
        today = fields.Date.context_today(request.env.user)
        query = f"company_id={statement.company.id}&date={statement.date}"
        return {
            "page_name": "credit_statement",
            "accounts": statement.accounts,
            "as_of": statement.date,
            "is_today": statement.date == today,
            "today": today,
            "company_id": statement.company.id,
            "company_name": statement.company.name,
            "file_query": query,
            "bucket_spans": bucket_spans(statement.company._credit_ageing_bounds()),
            "kinds": request.env["credit.statement"]._kind_labels(),
            "invoice_urls": self._credit_invoice_urls(statement),
        }

    def _credit_invoice_urls(self, statement):
        """Return the page of each invoice that the user may open, by its id."""
        move_ids = {
            item.move_id
            for account in statement.accounts
            for item in account.items + account.credits
            if item.kind in ("invoice", "credit_note")
        }
        moves = request.env["account.move"].search([("id", "in", list(move_ids))])
        return {move.id: f"/my/invoices/{move.id}" for move in moves}
