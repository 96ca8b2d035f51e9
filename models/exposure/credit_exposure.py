from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


@dataclass(frozen=True)
class ExposureFigures:
    """What one customer owes or will owe to one company, in its currency.

    :param float receivable: open receivable items, credits deducted: the
        balance in the general ledger
    :param float overdue: part of the debits that is past its due date
    :param float unallocated: payments and credit notes not yet applied (>= 0)
    :param float order_book: confirmed orders that no posted invoice bills yet
    :param float draft_invoices: draft invoices that no order announced
    :param oldest_due: due date of the oldest overdue item
    """

    receivable: float = 0.0
    overdue: float = 0.0
    unallocated: float = 0.0
    order_book: float = 0.0
    draft_invoices: float = 0.0
    oldest_due: date | None = None

    # the components are rounded to the currency: their sums lose only the dust
    # of binary fractions, so that amounts compare as they read

    @property
    def exposure(self):
        return round(self.receivable + self.order_book + self.draft_invoices, 6)

    @property
    def not_due(self):
        return round(self.receivable - self.overdue + self.unallocated, 6)

    def overdue_days(self, today):
        """Return the days since the oldest overdue item fell due, or 0."""
        return (today - self.oldest_due).days if self.oldest_due else 0


class CreditExposure(models.AbstractModel):
    """The exposure of customers: one query, used by every screen and check."""

    _name = "credit.exposure"
    _description = "Credit Exposure"

    @api.model
    def _figures(self, partners, company):
        """Return the exposure of customers towards a company, in one query.

        :param partners: ``res.partner``; contacts answer for their company
        :param company: ``res.company``; a branch stands for its root company
        :return: figures by id of commercial partner; customers without any
            open document are left out
        :rtype: dict[int, ExposureFigures]
        """
        commercial_ids = tuple(partners.commercial_partner_id.ids)
        if not commercial_ids:
            return {}
        return self._figures_of(company, commercial_ids)

    @api.model
    def _figures_of_all(self, company):
        """Return the exposure of every customer, as :meth:`_figures` does."""
        return self._figures_of(company, None)

    def _figures_of(self, company, commercial_ids):
        company = company._credit_company()
        rows = self.env.execute_query(self._query(company, commercial_ids))
        return {partner_id: ExposureFigures(*found) for partner_id, *found in rows}

    @api.model
    def _query(self, company, commercial_ids=None):
        """Return the query of exposures: a row by customer, whatever their number.

        :param company: the root ``res.company``
        :param commercial_ids: tuple of ids, or None for all the customers
        :return: columns ``partner_id`` and those of :class:`ExposureFigures`
        :rtype: SQL
        """
        self._flush()
        return SQL(
            """WITH component AS MATERIALIZED (%s)
               SELECT partner.commercial_partner_id AS partner_id,
                      %s,
                      MIN(oldest_due) AS oldest_due
                 FROM component
                 JOIN res_partner partner ON partner.id = component.partner_id
             GROUP BY partner.commercial_partner_id""",
            SQL(" UNION ALL ").join(
                self._credit_exposure_components(company, commercial_ids)
            ),
            self._rounded_sums(company),
        )

    def _rounded_sums(self, company):
        """Sum the amounts; in SQL, since there may be 100 000 customers to round."""
        names = (
            "receivable", "overdue", "unallocated", "order_book", "draft_invoices"
        )  # fmt: skip
        return SQL(", ").join(
            SQL(
                "(ROUND(COALESCE(SUM(%(name)s), 0) / %(unit)s) * %(unit)s)::float"
                " AS %(name)s",
                name=SQL.identifier(name),
                unit=SQL("%s::numeric", company.currency_id.rounding),
            )
            for name in names
        )

    @api.model
    def _credit_exposure_components(self, company, commercial_ids):
        """Return the selects whose union makes the exposure.

        Each select has the columns ``partner_id`` (the invoiced party) and
        those of :class:`ExposureFigures`, NULL where it has nothing to say.
        Extend to add, or to deduct, a part of the exposure.

        :param company: the root ``res.company``
        :param commercial_ids: tuple of ids, or None for all the customers
        :rtype: list[SQL]
        """
        return [
            self._dated_items(company, commercial_ids),
            self._undated_items(company, commercial_ids),
            self._order_book(company, commercial_ids),
            self._draft_invoices(company, commercial_ids),
        ]

    def _flush_payments(self):
        self.env["account.payment"].flush_model(["move_id"])
        self.env["payment.transaction"].flush_model(
            ["amount", "payment_id", "sale_order_ids", "state"]
        )

    def _flush(self):
        self._flush_payments()
        flush = {
            "account.move": ["amount_total_signed", "move_type", "state"],
            "account.move.line": [
                "account_id", "amount_residual", "company_id", "date_maturity",
                "parent_state", "partner_id", "price_total", "product_uom_id",
                "quantity", "reconciled",
            ],
            "res.currency.rate": ["company_id", "currency_id", "name", "rate"],
            "res.partner": ["commercial_partner_id"],
            "sale.order": [
                "amount_total", "commitment_date", "company_id", "currency_id",
                "currency_rate", "partner_invoice_id", "state",
            ],
            "sale.order.line": [
                "discount", "display_type", "invoice_lines", "is_downpayment",
                "price_total", "price_unit", "product_uom_id", "product_uom_qty",
                "qty_delivered", "qty_invoiced", "state", "tax_ids",
            ],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)

    # ------------------------------------------------------------------
    # Accounting receivable
    # ------------------------------------------------------------------

    def _dated_items(self, company, commercial_ids):
        MoveLine = self.env["account.move.line"]
        today = fields.Date.context_today(self)
        query = MoveLine._search(
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("date_maturity", "!=", False),
            bypass_access=True,
            active_test=False,
        )
        query.add_where(
            self._invoiced_to("account_move_line.partner_id", commercial_ids)
        )
        query.groupby = SQL("account_move_line.partner_id")
        amount, due = SQL("amount_residual"), SQL("date_maturity")
        return query.select(
            SQL("account_move_line.partner_id"),
            SQL("SUM(%s) AS receivable", amount),
            SQL(
                "SUM(%(amount)s) FILTER (WHERE %(amount)s > 0 AND %(due)s < %(today)s)"
                " AS overdue",
                amount=amount, due=due, today=today,
            ),
            SQL("-SUM(%(amount)s) FILTER (WHERE %(amount)s < 0) AS unallocated",
                amount=amount),
            SQL("NULL::numeric AS order_book"),
            SQL("NULL::numeric AS draft_invoices"),
            SQL(
                "MIN(%(due)s) FILTER (WHERE %(amount)s > 0 AND %(due)s < %(today)s)"
                " AS oldest_due",
                amount=amount, due=due, today=today,
            ),
        )  # fmt: skip

    def _undated_items(self, company, commercial_ids):
        MoveLine = self.env["account.move.line"]
        query = MoveLine._search(
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("date_maturity", "=", False),
            bypass_access=True,
            active_test=False,
        )
        # as the partial index has it
        query.add_where("account_move_line.amount_residual <> 0")
        query.add_where(
            self._invoiced_to("account_move_line.partner_id", commercial_ids)
        )
        return query.select(
            SQL("account_move_line.partner_id"),
            SQL("account_move_line.amount_residual"),
            SQL("NULL"),
            SQL("GREATEST(-account_move_line.amount_residual, 0)"),
            SQL("NULL"),
            SQL("NULL"),
            SQL("NULL"),
        )

    # ------------------------------------------------------------------
    # Order book
    # ------------------------------------------------------------------

    def _order_book(self, company, commercial_ids):
        """Select what confirmed orders will still bring to the receivable.

        Quantities decide, not amounts: what has been invoiced leaves the order
        book, even at another price. A credit note does not bring it back. What
        was delivered beyond the ordered quantity counts. A down payment is
        deducted once it is invoiced, and so is an online payment as long as it
        has no journal entry.
        """
        return SQL(
            """SELECT rest.partner_invoice_id, NULL, NULL, NULL,
                      SUM(GREATEST(rest.amount, 0) / rest.currency_rate), NULL, NULL
                 FROM (%s) rest
             GROUP BY rest.partner_invoice_id""",
            self._order_rests(company, commercial_ids),
        )

    def _order_rests(self, company, commercial_ids):
        """Select what each confirmed order has not invoiced, in its currency.

        From step to step only the open orders go on: each one reads the rows of
        those at once, be it for one customer or for all.
        """
        return SQL(
            """WITH open_order AS MATERIALIZED (%(orders)s),
                    line AS MATERIALIZED (%(lines)s),
                    invoiced AS MATERIALIZED (%(invoiced)s),
                    paid AS MATERIALIZED (%(paid)s)
               SELECT open_order.id,
                      open_order.partner_invoice_id,
                      open_order.amount_total + rest.change
                          - COALESCE(paid.amount, 0) AS amount,
                      COALESCE(
                          today.rate / %(company_rate)s, open_order.currency_rate, 1
                      ) AS currency_rate
                 FROM open_order
                 JOIN (SELECT line.order_id, SUM(%(line_change)s) AS change
                         FROM line
                    LEFT JOIN invoiced ON invoiced.line_id = line.id
                    LEFT JOIN (%(unordered)s) unordered ON unordered.line_id = line.id
                     GROUP BY line.order_id) rest
                   ON rest.order_id = open_order.id
            LEFT JOIN paid ON paid.order_id = open_order.id
            LEFT JOIN (%(rates)s) today ON today.currency_id = open_order.currency_id
            """,
            orders=self._open_orders(company, commercial_ids),
            lines=self._lines_of_open_orders(),
            invoiced=self._invoiced_parts(),
            paid=self._unbooked_payments(SQL("open_order")),
            line_change=self._line_change(),
            unordered=self._unordered_prices(),
            rates=self._rates(company),
            company_rate=self._company_rate(company),
        )

    def _open_orders(self, company, commercial_ids):
        """Select the confirmed orders of which something is not invoiced."""
        return SQL(
            """SELECT sale_order.id,
                      sale_order.partner_invoice_id,
                      sale_order.amount_total,
                      sale_order.currency_id,
                      sale_order.currency_rate
                 FROM sale_order
                WHERE sale_order.state = 'sale'
                  AND sale_order.company_id IN %(companies)s
                  AND sale_order.id IN (
                      SELECT open_line.order_id
                        FROM sale_order_line open_line
                       WHERE open_line.state = 'sale'
                         AND open_line.display_type IS NULL
                         AND open_line.qty_invoiced < GREATEST(
                                 open_line.product_uom_qty, open_line.qty_delivered)
                  )
                  AND %(invoiced_to)s
                  AND %(horizon)s""",
            companies=company._credit_branch_ids(),
            invoiced_to=self._invoiced_to(
                "sale_order.partner_invoice_id", commercial_ids
            ),
            horizon=self._within_horizon(company),
        )

    def _lines_of_open_orders(self):
        return SQL(
            """SELECT line.id, line.order_id, line.product_uom_id,
                      line.product_uom_qty, line.qty_delivered, line.is_downpayment,
                      line.price_total, line.price_unit, line.discount,
                      open_order.currency_id, open_order.currency_rate
                 FROM open_order
                 JOIN sale_order_line line ON line.order_id = open_order.id
                WHERE line.display_type IS NULL"""
        )

    def _line_change(self):
        """How much the rest of a line differs from its ordered amount."""
        return SQL(
            """CASE
                   WHEN line.is_downpayment THEN -COALESCE(invoiced.amount, 0)
                   WHEN line.product_uom_qty = 0 THEN
                       COALESCE(unordered.price, 0) * GREATEST(
                           line.qty_delivered - COALESCE(invoiced.quantity, 0), 0)
                   WHEN line.product_uom_qty < 0 THEN
                       line.price_total / line.product_uom_qty
                       * LEAST(line.product_uom_qty - COALESCE(invoiced.quantity, 0), 0)
                       - line.price_total
                   ELSE
                       line.price_total / line.product_uom_qty * GREATEST(
                           GREATEST(line.product_uom_qty, line.qty_delivered)
                           - COALESCE(invoiced.quantity, 0),
                       0) - line.price_total
               END"""
        )

    def _invoiced_parts(self):
        """Select what invoices that are not cancelled bill of the lines.

        The quantity in the line's unit leaves credit notes out; the amount, in
        the order's currency, serves for down payments and nets them. Invoices
        are read by their keys: else the planner prefers to read them all.
        """
        return SQL(
            """SELECT line.id AS line_id,
                      SUM(invoiced.quantity * (%(uom_factor)s)
                      ) FILTER (WHERE invoiced.move_type = 'out_invoice') AS quantity,
                      SUM(invoiced.price_total
                          * CASE invoiced.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                          * CASE
                                WHEN invoiced.currency_id = line.currency_id THEN 1
                                ELSE COALESCE(
                                    line.currency_rate
                                    / NULLIF(invoiced.invoice_currency_rate, 0), 1)
                            END
                      ) AS amount
                 FROM line
                 JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                 JOIN LATERAL (
                      SELECT invoice_line.quantity, invoice_line.price_total,
                             invoice_line.product_uom_id, invoice.move_type,
                             invoice.currency_id, invoice.invoice_currency_rate
                        FROM account_move_line invoice_line
                        JOIN account_move invoice ON invoice.id = invoice_line.move_id
                       WHERE invoice_line.id = rel.invoice_line_id
                         AND invoice.state != 'cancel'
                         AND invoice.move_type IN ('out_invoice', 'out_refund')
                      OFFSET 0
                 ) invoiced ON TRUE
             GROUP BY line.id""",
            uom_factor=self._uom_factor(),
        )

    def _uom_factor(self):
        """How many of the line's units are in a unit of the invoice."""
        return SQL(
            """CASE
                   WHEN invoiced.product_uom_id = line.product_uom_id THEN 1
                   ELSE COALESCE((
                       SELECT invoice_uom.factor / NULLIF(line_uom.factor, 0)
                         FROM uom_uom invoice_uom, uom_uom line_uom
                        WHERE invoice_uom.id = invoiced.product_uom_id
                          AND line_uom.id = line.product_uom_id
                   ), 1)
               END"""
        )

    def _unordered_prices(self):
        """Select the tax-included prices of lines delivered but not ordered.

        Such a line (a re-invoiced expense) has no amount of its own to divide.
        """
        return SQL(
            """SELECT line.id AS line_id,
                      line.price_unit * (1 - COALESCE(line.discount, 0) / 100)
                      * (1 + COALESCE(SUM(tax.amount) FILTER (
                            WHERE tax.amount_type = 'percent'
                              AND COALESCE(tax.price_include_override, 'tax_excluded')
                                  = 'tax_excluded'
                        ), 0) / 100) AS price
                 FROM line
            LEFT JOIN account_tax_sale_order_line_rel rel
                   ON rel.sale_order_line_id = line.id
            LEFT JOIN account_tax tax ON tax.id = rel.account_tax_id
                WHERE line.product_uom_qty = 0
             GROUP BY line.id, line.price_unit, line.discount"""
        )

    def _unbooked_payments(self, orders):
        """Select what customers paid online for the orders.

        ``amount`` is the part that has no journal entry yet.

        :param SQL orders: the name of a table with the column ``id``
        """
        return SQL(
            """SELECT rel.sale_order_id AS order_id,
                      SUM(tx.amount) AS total,
                      SUM(tx.amount) FILTER (WHERE payment.move_id IS NULL) AS amount
                 FROM %s of_order
                 JOIN sale_order_transaction_rel rel ON rel.sale_order_id = of_order.id
                 JOIN payment_transaction tx ON tx.id = rel.transaction_id
            LEFT JOIN account_payment payment ON payment.id = tx.payment_id
                WHERE tx.state IN ('authorized', 'done')
                  AND NOT EXISTS (
                      SELECT 1
                        FROM sale_order_transaction_rel other
                       WHERE other.transaction_id = rel.transaction_id
                         AND other.sale_order_id != rel.sale_order_id
                  )
             GROUP BY rel.sale_order_id""",
            orders,
        )

    def _within_horizon(self, company):
        days = company.credit_order_horizon_days
        if not days:
            return SQL("TRUE")
        return SQL(
            "(sale_order.commitment_date IS NULL"
            " OR sale_order.commitment_date < %s::date + %s)",
            fields.Date.context_today(self),
            days + 1,
        )

    # ------------------------------------------------------------------
    # Draft invoices
    # ------------------------------------------------------------------

    def _draft_invoices(self, company, commercial_ids):
        """Select draft invoices: until they are posted, those of orders still count
        in the order book.
        """
        return SQL(
            """SELECT draft.commercial_partner_id, NULL, NULL, NULL,
                      SUM(draft.amount) FILTER (WHERE draft.is_of_order),
                      SUM(draft.amount) FILTER (WHERE NOT draft.is_of_order),
                      NULL
                 FROM (SELECT commercial_partner_id,
                              amount_total_signed AS amount,
                              %s AS is_of_order
                         FROM account_move
                        WHERE %s) draft
             GROUP BY draft.commercial_partner_id""",
            self.env["account.move"]._credit_born_of_order(),
            self._draft_condition(company, commercial_ids),
        )

    def _draft_condition(self, company, commercial_ids):
        return SQL(
            "state = 'draft' AND move_type = 'out_invoice'"
            " AND commercial_partner_id IS NOT NULL AND company_id IN %s AND %s",
            company._credit_branch_ids(),
            SQL("TRUE")
            if commercial_ids is None
            else SQL("commercial_partner_id IN %s", commercial_ids),
        )

    # ------------------------------------------------------------------
    # Pieces
    # ------------------------------------------------------------------

    def _invoiced_to(self, column, commercial_ids):
        """Return the condition that the invoiced party belongs to the customers."""
        column = SQL(column)
        if commercial_ids is None:
            return SQL("%s IS NOT NULL", column)
        return SQL(
            "%s IN (SELECT id FROM res_partner WHERE commercial_partner_id IN %s)",
            column,
            commercial_ids,
        )

    def _rates(self, company):
        """Select today's rate of each currency, as Odoo chooses it."""
        return SQL(
            """SELECT DISTINCT ON (currency_id) currency_id, rate
                 FROM res_currency_rate
                WHERE name <= %s AND (company_id IS NULL OR company_id = %s)
             ORDER BY currency_id, company_id, name DESC""",
            fields.Date.context_today(self),
            company.id,
        )

    def _company_rate(self, company):
        return SQL(
            """COALESCE((
                SELECT own.rate FROM (%s) own WHERE own.currency_id = %s
            ), 1)""",
            self._rates(company),
            company.currency_id.id,
        )

    # ------------------------------------------------------------------
    # Orders not yet in the order book
    # ------------------------------------------------------------------

    @api.model
    def _order_payments(self, orders):
        """Return what was paid online for each order, in the order's currency.

        A transaction shared by several orders proves nothing for any of them.

        :return: by id of order, the amount paid and the part of it that has no
            journal entry yet
        :rtype: dict[int, tuple[float, float]]
        """
        if not orders:
            return {}
        self._flush_payments()
        rows = self.env.execute_query(
            SQL(
                """SELECT paid.order_id, COALESCE(paid.total, 0)::float,
                          COALESCE(paid.amount, 0)::float
                     FROM (%s) paid""",
                self._unbooked_payments(
                    SQL("(SELECT id FROM sale_order WHERE id IN %s)", tuple(orders.ids))
                ),
            )
        )
        return {order_id: amounts for order_id, *amounts in rows}

    @api.model
    def _today_rates(self, company, currencies):
        """Return the units of each currency for one of the company's, today.

        :return: by ``res.currency``; those without any rate are left out
        """
        self.env["res.currency.rate"].flush_model(["company_id", "name", "rate"])
        rows = self.env.execute_query(
            SQL(
                """SELECT today.currency_id, (today.rate / %s)::float
                     FROM (%s) today
                    WHERE today.currency_id IN %s""",
                self._company_rate(company),
                self._rates(company),
                tuple(currencies.ids),
            )
        )
        Currency = self.env["res.currency"]
        return {Currency.browse(currency_id): rate for currency_id, rate in rows}
