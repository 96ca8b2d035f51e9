from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        string="Default Dunning Policy",
        ondelete="restrict",
        domain="[('company_id', 'in', (False, id))]",
        help="For customers whose own and whose credit policy name none. Empty: only"
        " customers with a dunning policy are reminded.",
    )
