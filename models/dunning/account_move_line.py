from odoo import api, fields, models
from odoo.exceptions import AccessError

LEVEL_NAMES = {"dunning_level_id", "dunning_level_date"}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    dunning_level_id = fields.Many2one(
        "credit.dunning.level",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="The last step that was sent for this instalment.",
    )
    dunning_level_date = fields.Date(
        string="Dunning Level Since", copy=False, readonly=True
    )

    # whether a customer has reached a level is asked for each order
    _credit_dunning_level_idx = models.Index(
        "(dunning_level_id, partner_id)"
        " WHERE dunning_level_id IS NOT NULL AND reconciled IS NOT TRUE"
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get(name) for vals in vals_list for name in LEVEL_NAMES):
            self._check_dunning_write()
        return super().create(vals_list)

    def write(self, vals):
        if LEVEL_NAMES & vals.keys():
            self._check_dunning_write()
        return super().write(vals)

    def _set_dunning_level(self, level, values):
        """Set the level by hand: later levels can be reached, and sent, again."""
        self.write(values)
        later = self.env["credit.dunning.notice.line"].search(
            [
                ("move_line_id", "in", self.ids),
                ("is_counted", "=", True),
                ("level_id.days", ">", level.days),
            ]
        )
        later.is_counted = False

    def _check_dunning_write(self):
        """Check that levels come from notices, or from a change with its reason."""
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "Notices set the dunning level. To change it by hand, use “Change"
                    " Dunning Level” on the invoice, with the reason."
                )
            )
