from odoo import api, models

PLACES = {"location_id", "location_dest_id"}
# what makes more goods leave, or leave for somewhere else
WATCHED_FIELDS = {"quantity", "product_uom_id", "lot_id"} | PLACES


class StockMoveLine(models.Model):
    """A delivery that is done passes the gate again when it is changed."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._credit_done_moves()._credit_gate()
        return lines

    def write(self, vals):
        if not WATCHED_FIELDS & vals.keys():
            return super().write(vals)
        done = self._credit_done_moves()
        before = {move: move.quantity for move in done}
        result = super().write(vals)
        if not PLACES & vals.keys():
            done = done.filtered(lambda move: move.quantity > before[move])
        done._credit_gate()
        return result

    def _credit_done_moves(self):
        return self.move_id.filtered(lambda move: move.state == "done")
