from odoo import fields, models
from odoo.tools import SQL


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "credit.exposure.source"]

    credit_fee_kind = fields.Selection(
        [("late", "Late payment"), ("plan", "Payment plan")],
        string="Fee For",
        readonly=True,
        index="btree_not_null",
        help="What the invoice charges is no sale: DSO leaves it out. Its reversals"
        " are marked like it.",
    )

    _credit_draft_invoice_idx = models.Index(
        "(commercial_partner_id) INCLUDE (company_id, amount_total_signed, id)"
        " WHERE state = 'draft' AND move_type = 'out_invoice'"
    )

    def _credit_born_of_order(self):
        """Return the SQL condition telling that an invoice bills a sales order.

        It is answered by keys: else the planner prefers to read all entries.
        """
        return SQL(
            """EXISTS (
                SELECT 1
                  FROM account_move_line invoice_line
                  JOIN sale_order_line_invoice_rel rel
                    ON rel.invoice_line_id = invoice_line.id
                 WHERE invoice_line.move_id = account_move.id
                OFFSET 0
            )"""
        )
