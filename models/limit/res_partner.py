from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import formatLang

from ..exposure.res_partner import FIGURES_GROUPS
from .credit_policy import BLOCKING_MODES, LIMIT_MODES

FINANCE_GROUP = "credit_management.group_credit_user"
# beyond this, a limit is a typing mistake
HIGHEST_LIMIT = 1e12


def finance_field(field_type, *args, **attributes):
    """Return a field that finance sets, by company, on the commercial partner."""
    return field_type(
        *args, company_dependent=True, tracking=True, groups=FINANCE_GROUP, **attributes
    )


class ResPartner(models.Model):
    """The credit terms that finance sets on a customer."""

    _inherit = "res.partner"

    credit_limit = fields.Float(
        groups="account.group_account_invoice,account.group_account_readonly,"
        "credit_management.group_credit_user",
        tracking=True,
    )
    credit_limit_mode = finance_field(
        fields.Selection,
        LIMIT_MODES,
        string="Limit Mode",
        help="Empty: the customer's own limit when there is one, else the policy's.",
    )
    credit_blocking_mode = finance_field(
        fields.Selection,
        BLOCKING_MODES,
        string="Blocking Mode",
        help="Empty: as the policy says, else the company.",
    )
    credit_policy_id = finance_field(
        fields.Many2one,
        "credit.policy",
        string="Credit Policy",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    credit_group_limit = finance_field(
        fields.Float,
        string="Limit of the Group",
        help="Shared by the company and its subsidiaries. 0: no shared limit.",
    )
    credit_review_date = finance_field(fields.Date, string="Review of the Limit")
    credit_limit_change_ids = fields.One2many(
        "credit.limit.change", "partner_id", groups=FIGURES_GROUPS
    )

    @api.constrains("credit_limit", "credit_group_limit")
    def _check_credit_limit(self):
        for partner in self.sudo():
            for amount in (partner.credit_limit, partner.credit_group_limit):
                if not 0 <= amount <= HIGHEST_LIMIT:
                    raise ValidationError(
                        self.env._(
                            "%(amount)s is no credit limit for %(customer)s: enter an"
                            " amount between 0 and %(highest)s, or choose the mode"
                            " “Unlimited”.",
                            amount=formatLang(self.env, amount),
                            customer=partner.display_name,
                            highest=formatLang(self.env, HIGHEST_LIMIT, digits=0),
                        )
                    )

    @api.constrains(
        "credit_policy_id",
        "credit_limit_mode",
        "credit_blocking_mode",
        "credit_stopped",
        "credit_exempt",
        "credit_group_limit",
    )
    def _check_credit_terms_on_company(self):
        names = self._credit_guarded_names() - {
            "credit_limit", "use_partner_credit_limit"
        }  # fmt: skip
        for partner in self.sudo():
            customer = partner.commercial_partner_id
            if customer != partner and any(partner[name] for name in names):
                raise UserError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: set the credit"
                        " terms on %(customer)s.",
                        contact=partner.display_name,
                        customer=customer.display_name,
                    )
                )
