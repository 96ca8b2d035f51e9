from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .res_partner import finance_field


class ResPartner(models.Model):
    """Finance's own word: a customer is stopped, or exempt from blocking."""

    _inherit = "res.partner"

    credit_stopped = finance_field(fields.Boolean, string="Stopped by Finance")
    credit_stop_reason = finance_field(fields.Char, string="Reason of the Stop")
    credit_exempt = finance_field(
        fields.Boolean,
        string="Exempt from Blocking",
        help="The rules are checked and logged, but nothing stops an order.",
    )
    credit_exempt_reason = finance_field(fields.Char, string="Reason of the Exemption")

    @api.constrains(
        "credit_stopped", "credit_stop_reason", "credit_exempt", "credit_exempt_reason"
    )
    def _check_credit_reasons(self):
        for partner in self.sudo():
            if partner.credit_stopped and not partner.credit_stop_reason:
                raise ValidationError(
                    self.env._("Say why %s is stopped.", partner.display_name)
                )
            if partner.credit_exempt and not partner.credit_exempt_reason:
                raise ValidationError(
                    self.env._("Say why %s is exempt.", partner.display_name)
                )
            if partner.credit_stopped and partner.credit_exempt:
                raise ValidationError(
                    self.env._(
                        "%s is exempt from blocking: end the exemption before you"
                        " stop the customer.",
                        partner.display_name,
                    )
                )

    def action_credit_stop(self, reason):
        """Stop the orders of the customers.

        :param str reason: shown to the salesperson
        :raises AccessError: the user is not a credit manager
        :raises UserError: no reason is given
        """
        self._check_credit_manager()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the customer is stopped."))
        self.commercial_partner_id.write(
            {"credit_stopped": True, "credit_stop_reason": reason.strip()}
        )

    def action_credit_resume(self, reason=""):
        """Let the stopped customers order again.

        :param str reason: kept in the customers' chatter
        :raises AccessError: the user is not a credit manager
        """
        self._check_credit_manager()
        customers = self.commercial_partner_id
        customers.write({"credit_stopped": False, "credit_stop_reason": False})
        for customer in customers if (reason or "").strip() else ():
            customer.message_post(body=self.env._("Resumed: %s", reason))
