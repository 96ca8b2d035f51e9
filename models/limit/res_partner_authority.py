from odoo import api, models
from odoo.exceptions import AccessError

WEAK_MODES = ("none", "warn")


class ResPartner(models.Model):
    """Lifting the control of a customer accepts any excess: it needs any authority."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_credit_lifting(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        self._check_credit_lifting([vals])
        if vals.get("credit_group_limit"):
            for partner in self.sudo():
                partner.sudo(False)._check_credit_raise(
                    partner.credit_group_limit, vals["credit_group_limit"]
                )
        return super().write(vals)

    def _check_credit_lifting(self, vals_list):
        """Check that who lifts the control of customers has unlimited authority.

        :raises AccessError: a manager with a limited authority, or none
        """
        if self.env.su or not any(self._lifts_credit_control(v) for v in vals_list):
            return
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
