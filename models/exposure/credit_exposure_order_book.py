from odoo import api, fields, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    """What confirmed orders will still bring to the receivable.

    Quantities decide, not amounts: what has been invoiced leaves the order
    book, even at another price. A credit note does not bring it back. What was
    delivered beyond the ordered quantity counts. A down payment is deducted
    once it is invoiced, and so is an online payment as long as it has no
    journal entry.
    """

    _inherit = "credit.exposure"

    def _flush_sources(self):
        # EXTENDS exposure
        result = super()._flush_sources()
        self._flush_payments()
        flush = {
            "account.move": [
                "currency_id", "invoice_currency_rate", "move_type", "state",
            ],
            "account.move.line": [
                "move_id", "price_total", "product_uom_id", "quantity",
            ],
            "res.currency.rate": ["company_id", "currency_id", "name", "rate"],
            "sale.order": [
                "amount_total", "commitment_date", "company_id", "currency_id",
                "currency_rate", "partner_invoice_id", "state",
            ],
            "sale.order.line": [
                "discount", "display_type", "invoice_lines", "is_downpayment",
                "order_id", "price_total", "price_unit", "product_uom_id",
                "product_uom_qty", "qty_delivered", "qty_invoiced", "state", "tax_ids",
            ],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)
        return result

    def _flush_payments(self):
        self.env["account.payment"].flush_model(["move_id"])
        self.env["payment.transaction"].flush_model(
            ["amount", "payment_id", "sale_order_ids", "state"]
        )

    def _order_book(self, company, commercial_ids):
        """Select the rest of the open orders, at today's rates."""
        return SQL(
            """SELECT rest.partner_invoice_id, NULL, NULL, NULL,
                      SUM(GREATEST(rest.amount, 0) / rest.currency_rate), NULL, NULL,
                      NULL
                 FROM (%s) rest
             GROUP BY rest.partner_invoice_id""",
            self._order_rests(company, commercial_ids),
        )

    def _order_rests(self, company, commercial_ids):
        """Select what each open order has not invoiced, in its currency.

        Of this ``amount``, the part ``delivered`` has been delivered.

        First the open orders are found, then everything else is read for those
        at once, be it for one customer or for all. Most of their lines have met
        neither a delivery nor an invoice: these are worth what was ordered.
        """
        return SQL(
            """WITH open_order AS MATERIALIZED (%(open_orders)s),
                    paid AS MATERIALIZED (%(paid)s)
               SELECT open_order.id AS order_id,
                      open_order.partner_invoice_id,
                      open_order.amount_total + COALESCE(rest.change, 0)
                          - COALESCE(paid.amount, 0) AS amount,
                      COALESCE(rest.delivered, 0) AS delivered,
                      COALESCE(
                          today.rate / %(company_rate)s,
                          NULLIF(open_order.currency_rate, 0),
                          1
                      ) AS currency_rate
                 FROM open_order
            LEFT JOIN (SELECT line.order_id,
                              SUM(%(line_change)s) AS change,
                              SUM(%(line_delivered)s) AS delivered
                         FROM open_order
                         JOIN sale_order_line line ON line.order_id = open_order.id
                   CROSS JOIN LATERAL (%(billed)s) billed
                        WHERE line.display_type IS NULL
                          AND (line.product_uom_qty <= 0
                               OR line.qty_delivered != 0
                               OR line.qty_invoiced != 0
                               OR line.is_downpayment
                               OR billed.parts > 0)
                     GROUP BY line.order_id) rest
                   ON rest.order_id = open_order.id
            LEFT JOIN paid ON paid.order_id = open_order.id
            LEFT JOIN (%(rates)s) today ON today.currency_id = open_order.currency_id
            """,
            open_orders=self._open_orders(company, commercial_ids),
            billed=self._billed_parts(),
            paid=self._unbooked_payments(SQL("open_order")),
            line_change=self._line_change(),
            line_delivered=self._line_delivered(),
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
                         AND (open_line.qty_invoiced < GREATEST(
                                  open_line.product_uom_qty, open_line.qty_delivered)
                              OR open_line.product_uom_qty
                                 < LEAST(open_line.qty_invoiced, 0))
                  )
                  AND %(invoiced_to)s
                  AND %(horizon)s""",
            companies=company._credit_branch_ids(),
            invoiced_to=self._invoiced_to(
                "sale_order.partner_invoice_id", commercial_ids
            ),
            horizon=self._within_horizon(company),
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
    # Lines
    # ------------------------------------------------------------------

    def _line_change(self):
        """How much the rest of a line differs from its ordered amount."""
        return SQL(
            """CASE
                   WHEN line.is_downpayment THEN -COALESCE(billed.amount, 0)
                   WHEN line.product_uom_qty = 0 THEN
                       %(unordered_price)s
                       * GREATEST(line.qty_delivered - %(invoiced)s, 0)
                   WHEN line.product_uom_qty < 0 THEN
                       line.price_total / line.product_uom_qty
                       * LEAST(line.product_uom_qty - %(invoiced)s, 0)
                       - line.price_total
                   ELSE
                       line.price_total / line.product_uom_qty * GREATEST(
                           GREATEST(line.product_uom_qty, line.qty_delivered)
                           - %(invoiced)s,
                       0) - line.price_total
               END""",
            invoiced=self._line_invoiced(),
            unordered_price=self._unordered_price(),
        )

    def _line_delivered(self):
        """What a line has delivered and not invoiced."""
        return SQL(
            """CASE
                   WHEN line.is_downpayment OR line.product_uom_qty < 0 THEN 0
                   ELSE GREATEST(line.qty_delivered - %(invoiced)s, 0) * CASE
                       WHEN line.product_uom_qty = 0 THEN %(unordered_price)s
                       ELSE line.price_total / line.product_uom_qty
                   END
               END""",
            invoiced=self._line_invoiced(),
            unordered_price=self._unordered_price(),
        )

    def _line_invoiced(self):
        # what Odoo counts is reduced by the credit notes
        return SQL("(line.qty_invoiced + COALESCE(billed.credited_quantity, 0))")

    def _unordered_price(self):
        """The tax-included price of a line delivered but not ordered.

        Such a line (a re-invoiced expense) has no amount of its own to divide.
        """
        return SQL(
            """line.price_unit * (1 - COALESCE(line.discount, 0) / 100)
               * (1 + COALESCE((
                   SELECT SUM(tax.amount)
                     FROM account_tax_sale_order_line_rel rel
                     JOIN account_tax tax ON tax.id = rel.account_tax_id
                    WHERE rel.sale_order_line_id = line.id
                      AND tax.amount_type = 'percent'
                      AND COALESCE(tax.price_include_override, 'tax_excluded')
                          = 'tax_excluded'
               ), 0) / 100)"""
        )

    def _billed_parts(self):
        """Select what the invoices of a line tell beyond its stored quantities.

        Of a down payment, the amount in the order's currency; of other lines,
        the quantity credited, in the line's unit. A credit note also bills: what
        was delivered beside a larger down payment given back, or returned goods;
        its quantity then has the other sign than the order's. Cancelled invoices
        tell nothing. Invoices are read by their keys: else the planner prefers
        to read them all.
        """
        return SQL(
            """SELECT COUNT(*) AS parts,
                      SUM(billed.quantity * (%(uom_factor)s)
                      ) FILTER (WHERE billed.move_type = 'out_refund'
                                  AND (billed.quantity > 0)
                                      = (line.product_uom_qty >= 0)
                      ) AS credited_quantity,
                      SUM(billed.price_total
                          * CASE billed.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
                          * CASE
                                WHEN billed.currency_id = open_order.currency_id THEN 1
                                ELSE COALESCE(
                                    open_order.currency_rate
                                    / NULLIF(billed.invoice_currency_rate, 0), 1)
                            END
                      ) AS amount
                 FROM sale_order_line_invoice_rel rel
                 JOIN LATERAL (
                      SELECT invoice_line.quantity, invoice_line.price_total,
                             invoice_line.product_uom_id, invoice.move_type,
                             invoice.currency_id, invoice.invoice_currency_rate
                        FROM account_move_line invoice_line
                        JOIN account_move invoice ON invoice.id = invoice_line.move_id
                       WHERE invoice_line.id = rel.invoice_line_id
                         AND invoice.state != 'cancel'
                         AND (invoice.move_type = 'out_refund'
                              OR line.is_downpayment
                              AND invoice.move_type = 'out_invoice')
                      OFFSET 0
                 ) billed ON TRUE
                WHERE rel.order_line_id = line.id""",
            uom_factor=self._uom_factor(),
        )

    def _uom_factor(self):
        """How many of the line's units are in a unit of the invoice."""
        return SQL(
            """CASE
                   WHEN billed.product_uom_id = line.product_uom_id THEN 1
                   ELSE COALESCE((
                       SELECT invoice_uom.factor / NULLIF(line_uom.factor, 0)
                         FROM uom_uom invoice_uom, uom_uom line_uom
                        WHERE invoice_uom.id = billed.product_uom_id
                          AND line_uom.id = line.product_uom_id
                   ), 1)
               END"""
        )

    # ------------------------------------------------------------------
    # Online payments
    # ------------------------------------------------------------------

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
