from odoo import api, fields, models


class CreditPolicyMixin(models.AbstractModel):
    """What is decided for one type of customer, by one company or for all of them."""

    _name = "credit.policy.mixin"
    _description = "Policy for a Type of Customer"
    _inherit = ["mail.thread"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    description = fields.Text(translate=True)

    @api.depends_context("company")
    @api.depends("company_id")
    def _compute_currency_id(self):
        for policy in self:
            company = policy.company_id or self.env.company
            policy.currency_id = company.currency_id
