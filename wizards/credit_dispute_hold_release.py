from odoo import fields, models


class CreditHoldRelease(models.TransientModel):
    """The decision on a hold may wait for a dispute of the customer."""

    _inherit = "credit.hold.release"

    dispute_ids = fields.Many2many(
        "credit.dispute",
        string="Disputes to Be Recognised",
        domain="[('partner_id', '=', partner_id), ('closed_date', '=', False)]",
    )

    def _release_arguments(self):
        # EXTENDS hold
        return {**super()._release_arguments(), "dispute_ids": self.dispute_ids.ids}
