from odoo import fields, models


class CreditDisputeTeam(models.Model):
    """Who resolves disputes together: logistics, invoicing, quality."""

    _name = "credit.dispute.team"
    _description = "Dispute Team"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        string="Leader",
        domain="[('share', '=', False)]",
        help="Gets the team's new disputes, and those that are late.",
    )
    member_ids = fields.Many2many(
        "res.users", string="Members", domain="[('share', '=', False)]"
    )
