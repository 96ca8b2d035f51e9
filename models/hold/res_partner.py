from odoo import fields, models

from ..exposure.res_partner import FIGURES_GROUPS


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_has_pending_hold = fields.Boolean(
        readonly=True,
        copy=False,
        groups="credit_management.group_credit_user",
        help="Tells bookkeeping, at no cost, whether an order waits for money.",
    )
    credit_hold_ids = fields.One2many(
        "credit.hold", "partner_id", groups=FIGURES_GROUPS
    )
    credit_pending_hold_count = fields.Integer(
        compute="_compute_credit_pending_hold_count", groups=FIGURES_GROUPS
    )

    def _compute_credit_pending_hold_count(self):
        groups = self.env["credit.hold"]._read_group(
            [("partner_id", "in", self.commercial_partner_id.ids),
             ("state", "=", "pending")],
            ["partner_id"], ["__count"],
        )  # fmt: skip
        counts = dict(groups)
        for partner in self:
            partner.credit_pending_hold_count = counts.get(
                partner.commercial_partner_id, 0
            )

    def action_view_credit_holds(self):
        """Open the holds of the customer, decided ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_hold_action_all"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action

    def _mark_pending_holds(self):
        """Bring `credit_has_pending_hold` up to date, in one query."""
        groups = (
            self.env["credit.hold"]
            .sudo()
            ._read_group(
                [("partner_id", "in", self.ids), ("state", "=", "pending")],
                ["partner_id"],
            )
        )
        held = self.browse([partner.id for (partner,) in groups])
        for partner in self.sudo():
            pending = partner in held
            if partner.credit_has_pending_hold != pending:
                partner.credit_has_pending_hold = pending

    def _reevaluate_credit_holds(self):
        """Release the orders that nothing speaks against any more.

        Called by whatever lowers an exposure. Costs nothing for customers
        without an order on hold.
        """
        waiting = self.sudo().commercial_partner_id.filtered("credit_has_pending_hold")
        if waiting:
            self.env["credit.hold"]._of_customers(waiting)._reevaluate_safely()

    def write(self, vals):
        result = super().write(vals)
        if self._credit_guarded_names() & vals.keys():
            self._reevaluate_credit_holds()
        return result
