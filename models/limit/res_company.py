from odoo import fields, models

from .credit_policy import BLOCKING_MODES


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_policy_id = fields.Many2one(
        "credit.policy",
        string="Default Credit Policy",
        help="For customers without a policy of their own.",
    )
    credit_blocking_mode = fields.Selection(
        BLOCKING_MODES,
        string="Default Blocking Mode",
        default="none",
        required=True,
        help="For customers without a policy and without a mode of their own.",
    )
    credit_policies_version = fields.Char(
        readonly=True, copy=False, help="Changes with every change of any policy."
    )
