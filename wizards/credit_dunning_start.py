from odoo import fields, models

from ..models.dunning.credit_dunning_notice import KINDS


class CreditDunningStart(models.TransientModel):
    """Asks what to preview: the reminders of today, before or after the due date."""

    _name = "credit.dunning.start"
    _description = "Preview Reminders"

    kind = fields.Selection(KINDS, required=True, default="dunning")
    include_quiet = fields.Boolean(
        string="Also on Quiet Days",
        help="Propose although today is a weekend, a holiday or a quiet period.",
    )

    def action_preview(self):
        """Propose what is to be sent today; nothing goes out yet."""
        self.ensure_one()
        return self.env["credit.dunning.run"].action_preview(
            self.kind, self.include_quiet
        )
