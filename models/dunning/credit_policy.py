from odoo import fields, models


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        ondelete="restrict",
        help="How customers under this policy are reminded. Empty: as the company.",
    )
