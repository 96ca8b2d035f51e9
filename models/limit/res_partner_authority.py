import operator

from odoo import api, models
from odoo.exceptions import AccessError

from ...tools.limit import resolve_limit

WEAK_MODES = ("none", "warn")
STRENGTH = {"none": 0, "warn": 1, "block": 2}
CONTROLS = {
    "credit_limit", "credit_limit_mode", "credit_blocking_mode", "credit_policy_id",
}  # fmt: skip


class ResPartner(models.Model):
    """Lifting the control of a customer accepts any excess: it needs any authority."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_credit_lifting(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        vals = self._without_unchanged_terms(vals)
        self._check_credit_lifting([vals])
        if vals.get("credit_group_limit"):
            for partner in self.sudo():
                partner.sudo(False)._check_credit_raise(
                    partner.credit_group_limit, vals["credit_group_limit"]
                )
        if self.env.su or not CONTROLS & vals.keys():
            return super().write(vals)
        before = self._credit_control()
        result = super().write(vals)
        for partner, controls in self._credit_control().items():
            if any(map(operator.lt, controls, before[partner])):
                self._check_unlimited_credit_authority()
        return result

    def _credit_control(self):
        """Return how strong the control of each customer is, and whether it is limited.

        An emptied value may lift the control as well as a weak one: it leaves
        the customer to a policy, or to a company, that controls less.

        :rtype: dict[res.partner, tuple[int, bool]]
        """
        root = self.env.company._credit_company()
        customers = self.sudo().with_company(root)
        return {
            customer: (
                STRENGTH[customer._credit_blocking_mode()],
                resolve_limit(
                    [
                        customer._credit_policy()._terms().limit,
                        customer._credit_own_limit(),
                    ]
                ).is_finite,
            )
            for customer in customers
            if customer == customer.commercial_partner_id
        }

    def _check_credit_lifting(self, vals_list):
        """Check that who lifts the control of customers has unlimited authority.

        :raises AccessError: a manager with a limited authority, or none
        """
        if not self.env.su and any(map(self._lifts_credit_control, vals_list)):
            self._check_unlimited_credit_authority()

    def _check_unlimited_credit_authority(self):
        user = self.env.user
        if not user.sudo().credit_authority_unlimited or user._is_superuser():
            raise AccessError(
                self.env._(
                    "An unlimited, uncontrolled or exempt customer may owe any amount:"
                    " only a credit manager with an unlimited authority decides so."
                )
            )

    @api.model
    def _lifts_credit_control(self, vals):
        policy = self.env["credit.policy"].browse(vals.get("credit_policy_id") or [])
        return (
            vals.get("credit_limit_mode") == "unlimited"
            or vals.get("credit_blocking_mode") in WEAK_MODES
            or vals.get("credit_exempt")
            or policy.sudo().blocking_mode in WEAK_MODES
            or policy.sudo().limit_mode == "unlimited"
        )
