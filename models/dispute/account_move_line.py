from odoo import models

from .credit_dispute import OPEN


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _reconcile_post_hook(self, data):
        result = super()._reconcile_post_hook(data)
        lines = self.env["credit.dispute.line"].sudo()
        lines = lines.search(
            [
                ("move_line_id", "in", self.ids),
                ("dispute_id.state", "in", OPEN),
            ]
        )
        lines.dispute_id._settle_without_items()
        self.env["credit.dispute"].sudo()._propose_for_short_payments(self.sudo())
        return result


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        items = self.debit_move_id | self.credit_move_id
        result = super().unlink()
        lines = self.env["credit.dispute.line"].sudo()
        lines = lines.search(
            [
                ("move_line_id", "in", items.ids),
                ("dispute_id.state", "=", "settled"),
            ]
        )
        lines.dispute_id._unsettle()
        return result
