from odoo import fields, models
from odoo.tools import SQL


class CreditRetainedGoods(models.Model):
    """Goods that customers have got and not paid: they may still be the seller's.

    A row by delivery and lot. What is paid of an order line is taken off its
    oldest deliveries; an invoice counts once it is entirely paid. What came back
    is left out, and so are orders paid in advance.
    """

    _name = "credit.retained.goods"
    _description = "Goods under Retention of Title"
    _auto = False
    _order = "date, id"
    _rec_name = "product_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    picking_id = fields.Many2one("stock.picking", string="Delivery", readonly=True)
    delivery_address_id = fields.Many2one(
        "res.partner", string="Delivered To", readonly=True
    )
    date = fields.Datetime(string="Delivered On", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    lot_id = fields.Many2one("stock.lot", string="Lot/Serial Number", readonly=True)
    quantity = fields.Float(
        string="Unpaid Quantity", digits="Product Unit", readonly=True
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", readonly=True)
    amount = fields.Monetary(
        string="Unpaid",
        readonly=True,
        help="At the price of the order, tax included, at the rate of the order.",
    )
    payment = fields.Selection(
        [("not_invoiced", "Not invoiced"), ("unpaid", "Invoiced, not paid")],
        string="Status",
        readonly=True,
    )
    oldest_due = fields.Date(string="Oldest Due Date", readonly=True)

    @property
    def _table_query(self):
        self._flush_sources()
        return SQL(
            """WITH line AS (%(lines)s),
                    goods AS (%(goods)s),
                    open_goods AS (
                   SELECT goods.*,
                          LEAST(goods.quantity, GREATEST(
                              goods.quantity_until
                              - goods.quantity_of_line * line.paid_share, 0)) AS rest,
                          goods.quantity_until
                              > goods.quantity_of_line * line.invoiced_share + 0.000001
                              AS is_to_invoice
                     FROM goods
                     JOIN line ON line.id = goods.line_id)
               SELECT open_goods.id,
                      line.partner_id,
                      line.company_id,
                      line.order_id,
                      line.user_id,
                      open_goods.picking_id,
                      open_goods.delivery_address_id,
                      open_goods.date,
                      open_goods.product_id,
                      open_goods.lot_id,
                      open_goods.rest AS quantity,
                      open_goods.uom_id,
                      line.unpaid_amount * open_goods.rest
                          / SUM(open_goods.rest) OVER (PARTITION BY line.id) AS amount,
                      CASE WHEN open_goods.is_to_invoice THEN 'not_invoiced'
                           ELSE 'unpaid' END AS payment,
                      line.oldest_due
                 FROM open_goods
                 JOIN line ON line.id = open_goods.line_id
                WHERE open_goods.rest > 0.000001""",
            lines=self._unpaid_lines(),
            goods=self._delivered_goods(),
        )

    def _flush_sources(self):
        self.env["credit.exposure"]._flush_sources()
        flush = {
            "account.move": ["amount_residual", "invoice_date_due", "state"],
            "sale.order": ["user_id"],
            "stock.location": ["company_id", "usage"],
            "stock.move": [
                "date", "location_dest_id", "location_id", "origin_returned_move_id",
                "partner_id", "picking_id", "product_id", "sale_line_id", "state",
            ],
            "stock.move.line": ["lot_id", "move_id", "quantity_product_uom"],
            "stock.picking": ["partner_id"],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)

    def _unpaid_lines(self):
        """Select the order lines that are delivered and not entirely paid."""
        return SQL(
            """SELECT line.id,
                      line.order_id,
                      line.company_id,
                      sale_order.user_id,
                      partner.commercial_partner_id AS partner_id,
                      LEAST(bill.paid / line.qty_delivered, 1) AS paid_share,
                      LEAST(bill.invoiced / line.qty_delivered, 1) AS invoiced_share,
                      CASE WHEN line.product_uom_qty = 0 THEN 0
                           ELSE line.price_total / line.product_uom_qty
                                * (line.qty_delivered - bill.paid)
                                / COALESCE(NULLIF(sale_order.currency_rate, 0), 1)
                      END AS unpaid_amount,
                      bill.oldest_due
                 FROM sale_order_line line
                 JOIN sale_order ON sale_order.id = line.order_id
                 JOIN res_partner partner
                   ON partner.id = sale_order.partner_invoice_id
                 JOIN LATERAL (%(bills)s) bill ON TRUE
                WHERE line.id IN (%(open_lines)s)
                  AND line.state = 'sale'
                  AND line.display_type IS NULL
                  AND line.qty_delivered > 0
                  AND bill.paid < line.qty_delivered
                  AND NOT %(prepaid)s""",
            open_lines=self._open_lines(),
            bills=self._bills_of_line(),
            prepaid=self._is_prepaid(),
        )

    def _open_lines(self):
        """Select the few lines that may be unpaid, before any is looked at closely."""
        return SQL(
            """SELECT delivered.id
                 FROM sale_order_line delivered
                WHERE delivered.state = 'sale'
                  AND delivered.qty_delivered > delivered.qty_invoiced
            UNION ALL
               SELECT rel.order_line_id
                 FROM account_move open_move
                 JOIN account_move_line open_line ON open_line.move_id = open_move.id
                 JOIN sale_order_line_invoice_rel rel
                   ON rel.invoice_line_id = open_line.id
                WHERE open_move.move_type = 'out_invoice'
                  AND (open_move.state = 'draft'
                       OR open_move.state = 'posted'
                          AND open_move.amount_residual != 0)"""
        )

    def _bills_of_line(self):
        """Select what posted invoices bill of a line, less the credit notes."""
        return SQL(
            """SELECT COALESCE(SUM(billed.quantity), 0) AS invoiced,
                      COALESCE(SUM(billed.quantity)
                          FILTER (WHERE billed.amount_residual = 0), 0) AS paid,
                      MIN(billed.invoice_date_due)
                          FILTER (WHERE billed.amount_residual != 0) AS oldest_due
                 FROM (SELECT invoice.amount_residual,
                              invoice.invoice_date_due,
                              billed.quantity * (%(factor)s)
                                  * CASE invoice.move_type
                                        WHEN 'out_refund' THEN -1 ELSE 1
                                    END AS quantity
                         FROM sale_order_line_invoice_rel rel
                         JOIN account_move_line billed
                           ON billed.id = rel.invoice_line_id
                         JOIN account_move invoice ON invoice.id = billed.move_id
                        WHERE rel.order_line_id = line.id
                          AND invoice.state = 'posted') billed""",
            factor=self.env["credit.exposure"]._uom_factor(),
        )

    def _is_prepaid(self):
        """Tell that deposits and online payments cover the whole order."""
        return SQL(
            """COALESCE((
                   SELECT SUM(deposit_line.price_total
                              * CASE deposit.move_type
                                    WHEN 'out_refund' THEN -1 ELSE 1
                                END)
                     FROM sale_order_line deposit_order_line
                     JOIN sale_order_line_invoice_rel rel
                       ON rel.order_line_id = deposit_order_line.id
                     JOIN account_move_line deposit_line
                       ON deposit_line.id = rel.invoice_line_id
                     JOIN account_move deposit ON deposit.id = deposit_line.move_id
                    WHERE deposit_order_line.order_id = sale_order.id
                      AND deposit_order_line.is_downpayment
                      AND deposit.state = 'posted'
                      AND deposit.amount_residual = 0
               ), 0) + COALESCE((
                   SELECT SUM(payment.total)
                     FROM (%s) payment
                    WHERE payment.order_id = sale_order.id
               ), 0) >= sale_order.amount_total""",
            self.env["credit.exposure"]._unbooked_payments(
                SQL("(SELECT sale_order.id)")
            ),
        )

    def _delivered_goods(self):
        """Select what was delivered of the lines and has not come back, by lot."""
        return SQL(
            """SELECT kept.*,
                      SUM(kept.quantity) OVER (
                          PARTITION BY kept.line_id, kept.product_id
                          ORDER BY kept.date, kept.id) AS quantity_until,
                      SUM(kept.quantity) OVER (
                          PARTITION BY kept.line_id, kept.product_id
                      ) AS quantity_of_line
                 FROM (SELECT MIN(done.id) AS id,
                              move.sale_line_id AS line_id,
                              move.picking_id,
                              COALESCE(move.partner_id, picking.partner_id)
                                  AS delivery_address_id,
                              move.date,
                              move.product_id,
                              template.uom_id,
                              done.lot_id,
                              SUM(done.quantity_product_uom) - COALESCE((
                                  SELECT SUM(back.quantity_product_uom)
                                    FROM stock_move came
                                    JOIN stock_move_line back ON back.move_id = came.id
                                   WHERE came.origin_returned_move_id = move.id
                                     AND came.state = 'done'
                                     AND back.lot_id IS NOT DISTINCT FROM done.lot_id
                              ), 0) AS quantity
                         FROM line
                         JOIN stock_move move ON move.sale_line_id = line.id
                         JOIN stock_move_line done ON done.move_id = move.id
                         JOIN stock_location source ON source.id = move.location_id
                         JOIN stock_location destination
                           ON destination.id = move.location_dest_id
                         JOIN product_product product ON product.id = move.product_id
                         JOIN product_template template
                           ON template.id = product.product_tmpl_id
                    LEFT JOIN stock_picking picking ON picking.id = move.picking_id
                        WHERE move.state = 'done'
                          AND source.usage != 'customer'
                          AND (destination.usage = 'customer'
                               OR destination.usage = 'transit'
                                  AND destination.company_id IS NULL)
                     GROUP BY move.id, picking.partner_id, template.uom_id, done.lot_id
                      ) kept
                WHERE kept.quantity > 0"""
        )
