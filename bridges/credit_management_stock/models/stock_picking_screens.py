from odoo import api, fields, models

from odoo.addons.credit_management.models.exposure.res_partner import FIGURES_GROUPS
from odoo.addons.credit_management.models.hold.credit_hold_document import KEPT


class StockPicking(models.Model):
    """What the transfer's form tells of a hold."""

    _inherit = "stock.picking"

    credit_stop_reasons = fields.Text(
        compute="_compute_credit_stop_reasons", groups="base.group_user"
    )
    credit_refusal_reason = fields.Text(
        compute="_compute_credit_refusal_reason",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )

    @api.depends_context("uid", "lang")
    @api.depends("partner_id", "sale_id", "state", "move_ids.quantity", "credit_state")
    def _compute_credit_stop_reasons(self):
        self.credit_stop_reasons = False
        waiting = self._origin.filtered(
            lambda picking: picking.state not in ("done", "cancel")
        )
        verdicts = waiting._credit_verdicts() if waiting else {}
        for picking in self:
            verdict = verdicts.get(picking._origin)
            if verdict and verdict.is_stopped:
                reasons = self._credit_reasons(verdict.findings)
                picking.credit_stop_reasons = "\n".join(reasons)

    @api.depends("credit_hold_ids.state", "credit_hold_ids.comment")
    def _compute_credit_refusal_reason(self):
        for picking in self:
            refused = picking.credit_hold_ids.filtered(lambda h: h.state == "refused")
            picking.credit_refusal_reason = (
                picking.credit_state == "refused" and refused.sorted("id")[-1:].comment
            )

    @api.model
    def _credit_reasons(self, findings):
        """Return what blocks, in words that the user may read.

        The warehouse learns which rules block, not what the customer owes.

        :rtype: list[str]
        """
        blocking = [finding for finding in findings if finding.severity == "block"]
        if self.env.user.has_groups(FIGURES_GROUPS):
            return [finding.message for finding in blocking]
        rules = self.env["credit.rule"].sudo()
        rules = rules.search([("code", "in", [finding.code for finding in blocking])])
        kept = [finding.message for finding in blocking if finding.code == KEPT]
        return kept + rules.mapped("name")

    def action_view_credit_holds(self):
        """Open the delivery's hold, or the list of them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_hold_action_all"
        )
        if len(self.credit_hold_ids) == 1:
            action.update(
                views=[(False, "form")], res_id=self.credit_hold_ids.id, domain=[]
            )
        else:
            action["domain"] = [("picking_id", "=", self.id)]
        return action
