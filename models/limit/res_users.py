from odoo import api, fields, models
from odoo.exceptions import ValidationError

AUTHORITY_GROUPS = "credit_management.group_credit_manager,base.group_erp_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    credit_authority_amount = fields.Monetary(
        string="Credit Authority",
        currency_field="credit_authority_currency_id",
        groups=AUTHORITY_GROUPS,
        help="Excess above a credit limit that the user may accept as a credit"
        " manager, in company currency. Higher amounts go to a higher authority.",
    )
    credit_authority_unlimited = fields.Boolean(
        string="Unlimited Credit Authority", groups=AUTHORITY_GROUPS
    )
    credit_authority_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Authority Currency"
    )

    @api.constrains("credit_authority_amount")
    def _check_credit_authority_amount(self):
        if any(user.credit_authority_amount < 0 for user in self.sudo()):
            raise ValidationError(self.env._("A credit authority is 0 or more."))

    def _has_credit_authority(self, excess, currency, policy_amount=0.0):
        """Tell whether the user may accept an excess above a credit limit.

        Superuser automation has no authority, whatever it runs.

        :param float excess: above the limit, in ``currency``
        :param currency: the company's ``res.currency``
        :param float policy_amount: what the policy grants to every manager
        :rtype: bool
        """
        self.ensure_one()
        if self._is_superuser() or not self.has_group(
            "credit_management.group_credit_manager"
        ):
            return False
        user = self.sudo()  # the authority is not the user's to read
        if user.credit_authority_unlimited:
            return True
        authority = max(user.credit_authority_amount, policy_amount)
        return currency.compare_amounts(excess, authority) <= 0

    @api.model
    def _credit_deciders(self, company, excess, policy_amount, excluded):
        """Return the credit managers who may accept an excess, lowest authority first.

        :param company: ``res.company``, in whose currency the amounts are
        :param excluded: users that may not decide: the one who asked, the
            salesperson
        """
        group = self.env.ref("credit_management.group_credit_manager")
        managers = group.sudo().all_user_ids.filtered(
            lambda user: (
                user.active and not user._is_superuser() and company in user.company_ids
            )
        )
        managers -= excluded.sudo()
        return managers.filtered(
            lambda user: user._has_credit_authority(
                excess, company.currency_id, policy_amount
            )
        ).sorted(lambda user: (user._credit_authority_rank(), user.id))

    def _credit_authority_rank(self):
        """Return what sorts users by authority; nobody has the lowest."""
        return (self.credit_authority_unlimited, self.credit_authority_amount)
