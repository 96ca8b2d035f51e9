from odoo import api, fields, models

from ..exposure.res_partner import FIGURES_GROUPS


class SaleOrder(models.Model):
    """What the salesperson's form and the customer's page tell of a hold."""

    _inherit = "sale.order"

    credit_refusal_reason = fields.Text(
        compute="_compute_credit_refusal_reason",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
        help="What finance answered when it refused the order.",
    )

    @api.depends("credit_state", "credit_hold_ids.comment")
    def _compute_credit_refusal_reason(self):
        for order in self:
            refused = order.credit_hold_ids.filtered(lambda h: h.state == "refused")
            order.credit_refusal_reason = (
                order.credit_state == "refused" and refused.sorted("id")[-1:].comment
            )

    def _has_to_be_signed(self):
        # a payment confirms without a signature: neither is it asked for when
        # the paid order was parked
        return super()._has_to_be_signed() and not (
            self.sudo().credit_hold_ids
            and self.amount_paid > 0
            and self._is_confirmation_amount_reached()
        )

    def _credit_portal_state(self):
        """Tell the customer's page what became of an order that they placed.

        Nothing as long as the customer has something to do: sign or pay.

        :return: ``validating``, ``refused`` or None
        :rtype: str | None
        """
        self.ensure_one()
        order = self.sudo()
        if order.state not in ("draft", "sent"):
            return None
        if order._has_to_be_signed() or order._has_to_be_paid():
            return None
        if not order.credit_hold_ids.filtered("confirm_on_release"):
            return None
        return {
            "hold": "validating",
            "released": "validating",
            "refused": "refused",
        }.get(order.credit_state)

    def action_open_release_request(self):
        """Open the dialog that asks for a release."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request Release"),
            "res_model": "credit.release.request",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def action_view_credit_holds(self):
        """Open the order's hold, or the list of them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_hold_action_all"
        )
        if len(self.credit_hold_ids) == 1:
            action.update(
                views=[(False, "form")], res_id=self.credit_hold_ids.id, domain=[]
            )
        else:
            action["domain"] = [("order_id", "=", self.id)]
        return action
