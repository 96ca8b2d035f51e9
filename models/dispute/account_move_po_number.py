from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """The customer's own number on the invoices of those who demand it."""

    _inherit = "account.move"

    def _post(self, soft=True):
        # what is automatic is not stranded: people add the number before sending
        if not self.env.su:
            self._check_po_number()
        return super()._post(soft=soft)

    def _check_po_number(self):
        """Check that the number is there where the customer demands it.

        :raises UserError: an invoice lacks it
        """
        without = self._without_po_number()
        if without:
            raise UserError(without[0]._po_number_message())

    def _without_po_number(self):
        """Return the invoices that lack a number which their customer demands."""
        return self.filtered(
            lambda move: (
                move.move_type == "out_invoice"
                and not (move.ref or "").strip()
                and move.commercial_partner_id.sudo()
                .with_company(move.company_id._credit_company())
                .credit_po_required
            )
        )

    def _po_number_message(self):
        return self.env._(
            "%(customer)s demands its purchase-order number on invoices: enter it as"
            " “Customer Reference” of %(invoice)s.",
            customer=self.commercial_partner_id.display_name,
            invoice=self.display_name,
        )


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    def _get_move_constraints(self, move):
        constraints = super()._get_move_constraints(move)
        if not self.env.su and move._without_po_number():
            constraints["po_number"] = move._po_number_message()
        return constraints
