from odoo import models

from .credit_dispute import OPEN


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _reconcile_post_hook(self, data):
        result = super()._reconcile_post_hook(data)
        if watched := self._of_watched_customers():
            watched._credit_matched()
        self.env["credit.dispute"].sudo()._propose_for_short_payments(self.sudo())
        return result

    def _of_watched_customers(self):
        """Return the items, sudoed, of customers whose payments may end something."""
        return self.sudo().filtered(
            lambda item: (
                item.partner_id.credit_payments_watched
                or item.partner_id.commercial_partner_id.credit_payments_watched
            )
        )

    def _credit_matched(self):
        """End what waited for the items to be paid; to be extended."""
        lines = self.env["credit.dispute.line"].search(
            [("move_line_id", "in", self.ids), ("dispute_id.state", "in", OPEN)]
        )
        lines.dispute_id._settle_without_items()

    def _credit_unmatched(self):
        """Take up again what had ended with payments undone; to be extended."""
        lines = self.env["credit.dispute.line"].search(
            [("move_line_id", "in", self.ids), ("dispute_id.state", "=", "settled")]
        )
        lines.dispute_id._unsettle()


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        items = self.debit_move_id | self.credit_move_id
        result = super().unlink()
        if watched := items._of_watched_customers():
            watched._credit_unmatched()
        return result
