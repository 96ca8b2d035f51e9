import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from ...tools.ageing import bucket, days_overdue

# in the currency of the report
AMOUNTS = ("balance", "residual", "disputed", "promised", "planned")


class AgedItem(NamedTuple):
    """An open item; amounts in the currency of the report, credits negative.

    :param due: None for a credit and for what has no due date
    :param currency_id: that of the document
    :param open_currency: the residual in the currency of the document
    """

    line_id: int
    move_id: int
    company_id: int
    partner_id: int | None
    customer: str | None
    customer_ref: str | None
    number: str | None
    move_type: str
    is_payment: bool
    reference: str | None
    date: datetime.date
    due: datetime.date | None
    balance: float
    residual: float
    disputed: float
    promised: float
    planned: float
    currency_id: int
    open_currency: float

    def days_overdue(self, as_of):
        return days_overdue(self.due, as_of)

    def column(self, options):
        """Return the name of the column of its residual: its age, or unallocated."""
        if self.residual < 0:
            return "unallocated"
        rank = bucket(self.days_overdue(options.date), options.bounds)
        return f"bucket_{rank}" if rank else "not_due"


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def _items_of(self, options, partner_id, offset=0, limit=None):
        """Return the open items of a customer, the oldest due first.

        :param partner_id: None for the items without a customer
        :rtype: list[AgedItem]
        """
        query = self._items_query(
            options,
            None if partner_id else [("partner_id", "=", False)],
            (partner_id,) if partner_id else None,
        )
        rows = self.env.execute_query(
            SQL("%s LIMIT %s OFFSET %s", query, limit, offset)
        )
        return [self._item(row) for row in rows]

    @api.model
    def _items(self, options):
        """Yield the open items of all customers asked for, by name and due date.

        The rows are read in chunks: what is in memory does not grow with the ledger.

        :rtype: Iterator[AgedItem]
        """
        for row in self._stream(self._items_query(options)):
            yield self._item(row)

    def _item(self, row):
        item = AgedItem(*row)
        return item._replace(
            **{name: float(getattr(item, name)) for name in (*AMOUNTS, "open_currency")}
        )

    def _items_query(self, options, domain=None, commercial_ids=None):
        """Return the query of open items, columns as in :class:`AgedItem`.

        :param domain: of the items (``account.move.line``), None for all
        :param commercial_ids: tuple of ids of customers, None for those asked for
        """
        self._flush_items()
        return SQL(
            """SELECT item.line_id, item.move_id, item.company_id, item.partner_id,
                      partner.complete_name, partner.ref,
                      move.name, move.move_type,
                      move.origin_payment_id IS NOT NULL
                      OR move.statement_line_id IS NOT NULL,
                      CASE WHEN move.move_type = 'entry' THEN line.name
                           ELSE move.ref END,
                      COALESCE(move.invoice_date, item.date) AS shown_date,
                      CASE WHEN item.residual > 0 THEN item.date_maturity END AS due,
                      %(amounts)s,
                      item.currency_id, item.residual_currency
                 FROM (%(items)s) item
                 JOIN account_move_line line ON line.id = item.line_id
                 JOIN account_move move ON move.id = item.move_id
            LEFT JOIN res_partner partner ON partner.id = item.partner_id
             ORDER BY partner.complete_name NULLS LAST, item.partner_id,
                      due NULLS LAST, shown_date, item.line_id""",
            amounts=SQL(", ").join(
                self._rounded(options, SQL("item.%s * item.rate", SQL.identifier(name)))
                for name in AMOUNTS
            ),
            items=SQL(" UNION ALL ").join(
                self._company_items_query(options, company, domain, commercial_ids)
                for company in options.companies
            ),
        )

    def _company_items_query(self, options, company, domain, commercial_ids):
        chosen = SQL()
        if options.is_filtered and not (domain or commercial_ids):
            chosen = SQL(
                "JOIN (%s) customer"
                " ON customer.partner_id IS NOT DISTINCT FROM item.partner_id",
                self._company_customers_query(options, company),
            )
        return SQL(
            """SELECT item.line_id, item.move_id, %(company)s AS company_id,
                      item.partner_id, item.date, item.date_maturity,
                      item.balance, item.residual,
                      item.disputed, item.promised, item.planned,
                      item.currency_id, item.residual_currency,
                      %(rate)s::numeric AS rate
                 FROM (%(items)s) item
                 %(chosen)s""",
            company=company.id,
            rate=self._rate(options, company),
            items=self.env["credit.kpi.item"]._items(
                company, options.date, domain, commercial_ids=commercial_ids
            ),
            chosen=chosen,
        )

    def _flush_items(self):
        self.env["account.move"].flush_model(
            [
                "invoice_date", "move_type", "name", "origin_payment_id", "ref",
                "statement_line_id",
            ]
        )  # fmt: skip
        self.env["account.move.line"].flush_model(["name"])
        self.env["res.partner"].flush_model(["complete_name", "ref"])
