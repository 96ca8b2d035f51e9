from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.ageing import bucket_spans
from ...tools.arguments import HIGHEST_ID, read_count

SALE_TYPES = ("out_invoice", "out_refund", "out_receipt")


class CreditOverview(models.AbstractModel):
    """What is behind the figures of the overview: lists of their items."""

    _inherit = "credit.overview"

    @api.model
    @api.readonly
    def open_items(self, filters=None, bucket=None):
        """Open the items behind what is owed today.

        :param dict filters: of the customers that count
        :param bucket: “overdue”, or the rank of a column of the ageing, 0 for what is
            not due; None for all that is open
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self.env["account.move.line"]._open_receivable_domain()
        domain &= self._client_domain(companies, filters)
        if bucket is not None:
            domain &= Domain("amount_residual", ">", 0)
            domain &= self._due_domain(companies, today, bucket)
        return self._list(self.env._("Open Items"), "account.move.line", domain)

    @api.model
    @api.readonly
    def open_sales(self, filters=None):
        """Open the invoices and credit notes that the DSO compares with.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        since = today - timedelta(days=companies[:1].credit_dso_days - 1)
        domain = Domain("move_type", "in", SALE_TYPES) & Domain("state", "=", "posted")
        domain &= Domain("credit_fee_kind", "=", False)
        domain &= Domain("invoice_date", ">=", since)
        domain &= Domain("invoice_date", "<=", today)
        domain &= self._client_domain(companies, filters)
        return self._list(self.env._("Sales of the Period"), "account.move", domain)

    @api.model
    @api.readonly
    def open_payments(self, filters=None):
        """Open what came in, and was written off, since the month began.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self.env["account.move.line"]._receivable_domain()
        domain &= Domain("display_type", "!=", "payment_term")
        domain &= Domain("date", ">=", today.replace(day=1))
        domain &= Domain("date", "<=", today)
        domain &= self._client_domain(companies, filters)
        name = self.env._("Collected This Month")
        return self._list(name, "account.move.line", domain)

    def _list(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    def _due_domain(self, companies, today, bucket):
        if bucket == "overdue":
            return Domain("date_maturity", "<", today)
        if not bucket:
            undated = Domain("date_maturity", "=", False)
            return undated | Domain("date_maturity", ">=", today)
        spans = bucket_spans(companies[:1]._credit_ageing_bounds())
        with self.env["credit.kpi"]._making_sense():
            rank = read_count(bucket, HIGHEST_ID, 1)
        first, last = spans[min(rank, len(spans)) - 1]
        domain = Domain("date_maturity", "<=", today - timedelta(days=first))
        if last:
            domain &= Domain("date_maturity", ">=", today - timedelta(days=last))
        return domain

    def _client_domain(self, companies, filters):
        """Return the domain of the customers that count, as a list can show it."""
        keys = self._keys(filters)
        return self.env["credit.kpi.customer"]._client_domain(companies, keys)
