from odoo import api, fields, models

from ..exposure.res_partner import FIGURES_GROUPS
from .credit_dispute import OPEN


class ResPartner(models.Model):
    _inherit = "res.partner"

    dispute_count = fields.Integer(
        compute="_compute_dispute_count", groups=FIGURES_GROUPS
    )

    def _compute_dispute_count(self):
        groups = self.env["credit.dispute"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("state", "in", OPEN),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.dispute_count = counts.get(partner.commercial_partner_id, 0)

    def action_dispute(self):
        """Contest items of the customer: which, how much, why."""
        self.ensure_one()
        contact = self if self != self.commercial_partner_id else None
        return self.env["credit.dispute.open"]._start(
            self, self.env.company, "customer", contact=contact
        )

    def action_view_disputes(self):
        """Open the disputes of the customer, closed ones too."""
        self.ensure_one()
        return self.env["credit.dispute"]._view_action(
            [("partner_id", "=", self.commercial_partner_id.id)],
            {"search_default_open": 1},
        )

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + ["dispute_count"]
