from odoo import api, fields, models


class CreditDispute(models.Model):
    """A root cause that becomes a control, so that it does not happen again."""

    _inherit = "credit.dispute"

    can_require_po_number = fields.Boolean(compute="_compute_can_require_po_number")

    @api.depends_context("uid")
    @api.depends("partner_id.credit_po_required", "cause_id.control", "reason_id.code")
    def _compute_can_require_po_number(self):
        for dispute in self:
            customer = dispute.sudo().partner_id.with_company(dispute.company_id)
            dispute.can_require_po_number = (
                dispute.can_decide
                and not customer.credit_po_required
                and (
                    dispute.cause_id.control == "po_number"
                    or dispute.reason_id.code == "po_number"
                )
            )

    def action_require_po_number(self):
        """Demand the customer's number on its orders and invoices from now on.

        :raises AccessError: the user is not in finance
        """
        self._check_may_decide()
        for dispute in self:
            customer = dispute.sudo().partner_id.with_company(dispute.company_id)
            customer.credit_po_required = True
            dispute.sudo()._message_log(
                body=self.env._(
                    "From now on %s needs its PO number on orders and invoices.",
                    customer.display_name,
                ),
                author_id=self.env.user.partner_id.id,
            )
        return True
