from odoo import api, fields, models
from odoo.exceptions import AccessError


class AccountMove(models.Model):
    _inherit = "account.move"

    dispute_id = fields.Many2one(
        "credit.dispute",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The dispute that this credit note settles.",
    )
    dispute_line_ids = fields.One2many("credit.dispute.line", "move_id")
    dispute_ids = fields.Many2many(
        "credit.dispute", string="Disputes", compute="_compute_dispute_ids"
    )
    dispute_count = fields.Integer(compute="_compute_dispute_ids")

    @api.depends("dispute_line_ids", "dispute_id")
    def _compute_dispute_ids(self):
        for move in self:
            disputes = move.dispute_line_ids.dispute_id | move.dispute_id
            move.dispute_ids = disputes
            move.dispute_count = len(disputes)

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("dispute_id") for vals in vals_list):
            self._check_dispute_write()
        return super().create(vals_list)

    def write(self, vals):
        if "dispute_id" in vals:
            self._check_dispute_write()
        return super().write(vals)

    def _check_dispute_write(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Accept a dispute to get its credit note, with the link.")
            )

    # ------------------------------------------------------------------
    # What becomes of an invoice becomes of its disputes
    # ------------------------------------------------------------------

    def _post(self, soft=True):
        again = self.filtered("posted_before")
        posted = super()._post(soft=soft)
        posted._update_disputes()
        (posted & again)._find_disputed_items()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._update_disputes()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._update_disputes()
        self.sudo().dispute_line_ids.dispute_id._settle_without_items()
        return result

    def unlink(self):
        contested = self.sudo().dispute_line_ids.dispute_id
        credited = self.sudo().dispute_id
        result = super().unlink()
        credited.line_ids._update_resting()
        contested._settle_without_items()
        return result

    def _update_disputes(self):
        """Bring what rests up to date when the credit note of a dispute moves on."""
        self.sudo().dispute_id.line_ids._update_resting()

    def _find_disputed_items(self):
        """Give the disputes of changed invoices their items again."""
        for move in self.filtered(lambda move: move.move_type == "out_invoice"):
            lost = move.sudo().dispute_line_ids.filtered(
                lambda line: not line.move_line_id
            )
            lost._find_items(move.sudo()._dunning_items())

    def action_dispute(self):
        """Contest the invoice: what, how much, why."""
        self.ensure_one()
        self.check_access("read")
        return self.env["credit.dispute.open"]._start(
            self.commercial_partner_id, self.company_id, "invoice", moves=self
        )

    def action_view_disputes(self):
        """Open the disputes of the invoice."""
        return self.env["credit.dispute"]._view_action(
            [("id", "in", self.dispute_ids.ids)]
        )
