from contextlib import contextmanager

from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Goods that are stopped do not leave as if they were someone else's."""

    _inherit = "stock.move"

    def write(self, vals):
        if not {"partner_id", "picking_id", "sale_line_id"} & vals.keys():
            return super().write(vals)
        with self._credit_watch_customer():
            return super().write(vals)

    @contextmanager
    def _credit_watch_customer(self):
        """Check that what is done meanwhile gives no stopped goods to another one.

        :raises UserError: they would be judged by the credit of someone else
        """
        waiting = self.filtered(
            lambda move: move.picking_id and move.state not in ("done", "cancel")
        )
        if self.env.su or not waiting:
            yield
            return
        before = {move: move.sudo()._credit_customer() for move in waiting}
        stopped = {
            document
            for document, verdict in waiting._credit_verdicts().items()
            if verdict.is_stopped
        }
        pickings = {move: move.picking_id for move in waiting}
        yield
        for move, customer in before.items():
            is_moved = move.sudo()._credit_customer() != customer
            if is_moved and pickings[move].sudo() in stopped:
                raise UserError(
                    self.env._(
                        "%(delivery)s needs a credit decision on %(customer)s: it does"
                        " not go to someone else meanwhile. Request its release, or"
                        " cancel it.",
                        delivery=pickings[move].display_name,
                        customer=customer.display_name,
                    )
                )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        if "partner_id" not in vals:
            return super().write(vals)
        with self.move_ids._credit_watch_customer():
            return super().write(vals)
