import datetime
from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class Receipt(NamedTuple):
    """Cash that an invoice brought, or that a credit note cost.

    Amounts are in the currency of the company at the rate of the invoice: what
    currencies win or lose is not the salesperson's.

    :param partial_id: the reconciliation that tells it
    :param kind: ``received``, or ``refunded`` for cash paid back
    :param days_late: of a refund, those of the invoice that it corrects
    :param cash: tax included, < 0 when refunded
    """

    partial_id: int
    kind: str
    user_id: int
    move_id: int
    move_name: str
    partner_id: int
    date: datetime.date
    date_due: datetime.date
    days_late: int
    cash: float
    total: float
    untaxed: float


class CreditIncentiveReceipt(models.AbstractModel):
    """The cash that the invoices of salespeople bring, by the dates of the ledger.

    Cash is what settles an invoice and is no credit note, no exchange difference,
    and not the part of an entry that stands against income, expenses or taxes:
    what was written off, or given as early payment discount.
    """

    _name = "credit.incentive.receipt"
    _description = "Cash Received, by Salesperson"

    @api.model
    def _receipts(self, company, first, last, users=None, new_only=False):
        """Return the cash received between two dates, in one query.

        :param company: the root ``res.company``
        :param users: salespeople of the invoices (``res.users``); None for all
        :param bool new_only: leave out what stands on a statement
        :rtype: list[Receipt]
        """
        self._flush_sources()
        items = self.env["credit.kpi.ledger"]._items(
            company, Domain("display_type", "=", "payment_term"), None
        )
        of_users = (
            SQL("IS NOT NULL")
            if users is None
            else SQL("IN %s", tuple(users.ids) or (0,))
        )
        conditions = [
            SQL("partial.max_date BETWEEN %s AND %s", first, last),
            SQL("move.invoice_user_id %s", of_users),
        ]
        if new_only:
            conditions.append(
                SQL(
                    """NOT EXISTS (SELECT FROM credit_incentive_line known
                                    WHERE known.partial_id = partial.id
                                      AND known.kind != 'taken_back')"""
                )
            )
        condition = SQL(" AND ").join(conditions)
        rows = self.env.execute_query(
            SQL(
                """SELECT * FROM (%s UNION ALL %s) receipt
                    WHERE cash != 0
                 ORDER BY user_id, date, partial_id""",
                self._select(items, condition, "debit", "credit"),
                self._select(items, condition, "credit", "debit"),
            )
        )
        return [Receipt(*row[:9], *map(float, row[9:])) for row in rows]

    def _select(self, items, condition, side, other):
        """Select one sense of the cash: what settles the ``side`` of invoices."""
        is_received = side == "debit"
        return SQL(
            """SELECT partial.id AS partial_id,
                      %(kind)s AS kind,
                      move.invoice_user_id AS user_id,
                      move.id AS move_id,
                      move.name,
                      move.commercial_partner_id,
                      partial.max_date AS date,
                      item.date_maturity,
                      %(days_late)s,
                      %(sign)s * counterpart.share * %(settled)s
                          * COALESCE(line.balance / NULLIF(line.amount_currency, 0), 1)
                          AS cash,
                      move.amount_total,
                      move.amount_untaxed
                 FROM account_partial_reconcile partial
                 JOIN (%(items)s) item ON item.id = partial.%(side)s
                 JOIN account_move_line line ON line.id = item.id
                 JOIN account_move move ON move.id = line.move_id
                 JOIN account_move_line settling ON settling.id = partial.%(other)s
         CROSS JOIN LATERAL (%(share)s) counterpart
                WHERE %(condition)s
                  AND item.sold_on IS NOT NULL
                  AND move.move_type IN %(move_types)s
                  AND settling.display_type != 'payment_term'""",
            kind="received" if is_received else "refunded",
            days_late=SQL("COALESCE(partial.max_date - item.date_maturity, 0)")
            if is_received
            else self._days_late_of_corrected(),
            sign=1 if is_received else -1,
            settled=SQL.identifier("partial", f"{side}_amount_currency"),
            items=items,
            side=SQL.identifier(f"{side}_move_id"),
            other=SQL.identifier(f"{other}_move_id"),
            share=self._share(1 if is_received else -1),
            condition=condition,
            move_types=("out_invoice", "out_receipt")
            if is_received
            else ("out_refund",),
        )

    def _share(self, sign):
        """Select which share of the settling entry is cash: from 0 to 1."""
        return SQL(
            """SELECT GREATEST(0, LEAST(1, 1 - COALESCE(
                          SUM(%(sign)s * entry.balance)
                              FILTER (WHERE entry.tax_line_id IS NOT NULL
                                         OR account.account_type LIKE 'income%%'
                                         OR account.account_type LIKE 'expense%%')
                          / NULLIF(SUM(GREATEST(-%(sign)s * entry.balance, 0))
                              FILTER (WHERE account.account_type = 'asset_receivable'),
                              0),
                          0))) AS share
                 FROM account_move_line entry
                 JOIN account_account account ON account.id = entry.account_id
                WHERE entry.move_id = settling.move_id""",
            sign=sign,
        )

    def _days_late_of_corrected(self):
        """How late the invoice was paid that a credit note corrects; 0 without any."""
        return SQL(
            """COALESCE((
                   SELECT MAX(paid.max_date - sold.date_maturity)
                     FROM account_move_line sold
                     JOIN account_partial_reconcile paid ON paid.debit_move_id = sold.id
                     JOIN account_move_line payer ON payer.id = paid.credit_move_id
                    WHERE sold.move_id = move.reversed_entry_id
                      AND sold.display_type = 'payment_term'
                      AND payer.display_type != 'payment_term'
               ), 0)"""
        )

    def _flush_sources(self):
        flush = {
            "account.account": ["account_type"],
            "account.move": [
                "amount_total", "amount_untaxed", "commercial_partner_id",
                "invoice_user_id", "move_type", "name", "reversed_entry_id",
            ],
            "account.move.line": [
                "account_id", "amount_currency", "balance", "date_maturity",
                "display_type", "move_id", "tax_line_id",
            ],
            "account.partial.reconcile": [
                "credit_amount_currency", "credit_move_id", "debit_amount_currency",
                "debit_move_id", "max_date",
            ],
            "credit.incentive.line": ["kind", "partial_id"],
        }  # fmt: skip
        for model, names in flush.items():
            self.env[model].flush_model(names)
