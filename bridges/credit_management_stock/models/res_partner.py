from odoo import api, fields, models

from odoo.addons.credit_management.models.exposure.res_partner import FIGURES_GROUPS


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_delivered = fields.Monetary(
        string="Delivered, Not Invoiced",
        compute="_compute_credit_delivered",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        help="Part of the order book that the customer has got already.",
    )
    credit_undelivered = fields.Monetary(
        string="To Deliver",
        compute="_compute_credit_delivered",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        help="Part of the order book that is still to be delivered.",
    )

    @api.depends_context("company")
    @api.depends("credit_order_book")
    def _compute_credit_delivered(self):
        Exposure = self.env["credit.exposure"]
        amounts = Exposure._delivered_not_invoiced(self, self.env.company)
        for partner in self:
            customer = partner.commercial_partner_id._origin
            partner.credit_delivered = amounts.get(customer.id, 0.0)
            partner.credit_undelivered = (
                partner.credit_order_book - partner.credit_delivered
            )

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + [
            "credit_delivered", "credit_undelivered"
        ]  # fmt: skip

    def action_credit_order_book(self):
        # EXTENDS credit_management: tells what has been delivered
        action = super().action_credit_order_book()
        view = self.env.ref("credit_management_stock.sale_order_view_list_order_book")
        return {**action, "views": [(view.id, "list"), (False, "form")]}

    def action_credit_retained_goods(self):
        """Open the goods that the customer has got and not paid."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management_stock.credit_retained_goods_action"
        )
        return {**action, "domain": [("partner_id", "=", self._credit_customer().id)]}

    # ------------------------------------------------------------------
    # Deliveries
    # ------------------------------------------------------------------

    def _credit_delivery_control(self):
        """Return what holds the customer's deliveries: finance's stop by default."""
        return self._credit_policy().delivery_control or "stopped"

    def _credit_controls_deliveries(self):
        """Tell whether anything could stop a delivery."""
        control = self._credit_delivery_control()
        return control != "none" and (
            self.credit_stopped
            or control == "blocked"
            and self._credit_blocking_mode() != "none"
        )
