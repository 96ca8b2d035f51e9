from odoo import api, models

from ..tools.ageing import bucket_spans


class CreditStatementReport(models.AbstractModel):
    """What the page of an account statement shows."""

    _name = "report.credit_management.report_statement"
    _description = "Account Statement (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        Statement = self.env["credit.statement"]
        company, as_of = Statement._asked_for()
        partners = self.env["res.partner"].browse(
            docids or (data or {}).get("partner_ids")
        )
        Statement._check_reader(partners, company)
        statements = {}
        for lang, customers in partners.commercial_partner_id.grouped("lang").items():
            for statement in Statement.with_context(lang=lang)._statements(
                customers, company, as_of
            ):
                statements[statement.partner] = statement
        return {
            "doc_ids": partners.ids,
            "doc_model": "res.partner",
            "docs": [statements[c] for c in partners.commercial_partner_id],
            "bucket_spans": bucket_spans(company._credit_ageing_bounds()),
            "address_lines": self._address_lines,
            "banks_of": self._banks_of,
        }

    def _banks_of(self, statement):
        """Return the bank accounts that take one of the currencies owed."""
        currencies = [account.currency for account in statement.accounts]
        banks = self.env["credit.statement"]._bank_accounts(statement.company)
        return banks.filtered(
            lambda bank: not bank.currency_id or bank.currency_id in currencies
        )

    def _address_lines(self, partner):
        """Return the lines of a postal address without the name, none of them empty."""
        address = partner._display_address(without_company=True)
        return [line.strip() for line in address.splitlines() if line.strip()]
