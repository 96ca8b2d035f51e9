"""The exposure of customers in plain SQL, written for this ledger and for speed.

It shares nothing with the module: it is what the module is compared with, in its answer
and in its time. It reads what Odoo stores on the order lines, and leaves out what the
ledger does not hold (online payments, entries without a due date, deliveries never
ordered or beyond a horizon).
"""

from collections import namedtuple

from odoo import fields

Amounts = namedtuple(
    "Amounts",
    "receivable overdue unallocated order_book draft_invoices oldest_due",
)


class Exposure(Amounts):
    __slots__ = ()

    @property
    def exposure(self):
        return self.receivable + self.order_book + self.draft_invoices


NOTHING = Exposure(0.0, 0.0, 0.0, 0.0, 0.0, None)
STATEMENT = """
WITH rate AS (
    SELECT DISTINCT ON (currency_id) currency_id, rate
      FROM res_currency_rate
     WHERE name <= %(today)s AND company_id = %(company)s
  ORDER BY currency_id, name DESC
), found AS (
    SELECT partner_id, sum(amount_residual) AS receivable,
           sum(amount_residual) FILTER (
               WHERE amount_residual > 0 AND date_maturity < %(today)s) AS overdue,
           -sum(amount_residual) FILTER (WHERE amount_residual < 0) AS unallocated,
           0 AS order_book, 0 AS draft_invoices,
           min(date_maturity) FILTER (
               WHERE amount_residual > 0 AND date_maturity < %(today)s) AS oldest_due
      FROM account_move_line
     WHERE company_id = %(company)s AND account_id = ANY(%(accounts)s)
       AND parent_state = 'posted' AND reconciled IS NOT TRUE
       AND date_maturity IS NOT NULL {item}
  GROUP BY partner_id
UNION ALL
    SELECT p.commercial_partner_id, 0, 0, 0,
           sum(l.price_total / l.product_uom_qty
               * (greatest(l.product_uom_qty, l.qty_delivered) - l.qty_invoiced)
               / coalesce(rate.rate, 1)), 0, NULL
      FROM sale_order_line l
      JOIN sale_order o ON o.id = l.order_id
      JOIN res_partner p ON p.id = o.partner_invoice_id
 LEFT JOIN rate ON rate.currency_id = o.currency_id
     WHERE l.state = 'sale' AND l.display_type IS NULL AND l.product_uom_qty > 0
       AND l.qty_invoiced < greatest(l.product_uom_qty, l.qty_delivered)
       AND o.company_id = %(company)s {order}
  GROUP BY p.commercial_partner_id
UNION ALL
    SELECT p.commercial_partner_id, 0, 0, 0,
           -sum(CASE WHEN l.is_downpayment THEN i.price_total
                     ELSE l.price_total / l.product_uom_qty * i.quantity
                END / coalesce(rate.rate, 1)), 0, NULL
      FROM sale_order_line l
      JOIN sale_order o ON o.id = l.order_id
      JOIN res_partner p ON p.id = o.partner_invoice_id
      JOIN sale_order_line_invoice_rel r ON r.order_line_id = l.id
      JOIN account_move_line i ON i.id = r.invoice_line_id
      JOIN account_move m ON m.id = i.move_id
 LEFT JOIN rate ON rate.currency_id = o.currency_id
     WHERE l.state = 'sale' AND l.display_type IS NULL
       AND (l.is_downpayment OR m.move_type = 'out_refund'
            AND l.qty_invoiced < greatest(l.product_uom_qty, l.qty_delivered))
       AND m.state <> 'cancel'
       AND o.company_id = %(company)s {order}
  GROUP BY p.commercial_partner_id
UNION ALL
    SELECT m.commercial_partner_id, 0, 0, 0,
           sum(m.amount_total_signed) FILTER (WHERE m.invoice_origin IS NOT NULL),
           sum(m.amount_total_signed) FILTER (WHERE m.invoice_origin IS NULL), NULL
      FROM account_move m
     WHERE m.state = 'draft' AND m.move_type = 'out_invoice'
       AND m.company_id = %(company)s {draft}
  GROUP BY m.commercial_partner_id
)
    SELECT partner_id, round(sum(receivable), 2)::float AS receivable,
           round(sum(coalesce(overdue, 0)), 2)::float AS overdue,
           round(sum(coalesce(unallocated, 0)), 2)::float AS unallocated,
           round(sum(coalesce(order_book, 0)), 2)::float AS order_book,
           round(sum(coalesce(draft_invoices, 0)), 2)::float AS draft_invoices,
           min(oldest_due) AS oldest_due
      FROM found
  GROUP BY partner_id"""
ALL = {"item": "", "order": "", "draft": ""}
SOME = {
    "item": "AND partner_id = ANY(%(customers)s)",
    "order": "AND p.commercial_partner_id = ANY(%(customers)s)",
    "draft": "AND m.commercial_partner_id = ANY(%(customers)s)",
}


def exposures(env, customers=None):
    """Return the exposure of some customers (a list of ids), or of all of them.

    :rtype: dict[int, Exposure]
    """
    env.cr.execute(*statement(env, customers))
    return {row[0]: Exposure(*row[1:]) for row in env.cr.fetchall()}


def statement(env, customers=None):
    """Return the statement and its parameters."""
    accounts = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    return STATEMENT.format(**(ALL if customers is None else SOME)), {
        "accounts": accounts.ids,
        "company": env.company.id,
        "customers": customers,
        "today": fields.Date.today(),
    }
