from contextlib import contextmanager

from odoo import api, fields, models

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

    @api.model
    def _credit_term_names(self):
        return super()._credit_term_names() + ["credit_has_pending_hold"]

    def action_view_credit_holds(self):
        """Open the holds of the customer, decided ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_hold_action_all"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        return action

    def _mark_pending_holds(self):
        """Bring `credit_has_pending_hold` up to date, the groups' included."""
        customers = self.sudo()
        customers |= customers.union(*(p._credit_group() for p in customers))
        groups = (
            self.env["credit.hold"]
            .sudo()
            ._read_group(
                [
                    ("state", "=", "pending"),
                    "|",
                    ("partner_id", "in", customers.ids),
                    ("partner_id.parent_id", "in", customers.ids),
                ],
                ["partner_id"],
            )
        )
        held = customers.browse().union(*(partner for (partner,) in groups))
        held |= held.union(*(partner._credit_group() for partner in held))
        for partner in customers:
            pending = partner in held
            if partner.credit_has_pending_hold != pending:
                partner.credit_has_pending_hold = pending

    def _reevaluate_credit_holds(self):
        """Release the orders that nothing speaks against any more.

        Called by whatever lowers an exposure. Costs nothing for customers
        without an order on hold.
        """
        waiting = self.sudo().commercial_partner_id.filtered(
            lambda partner: (
                partner.credit_has_pending_hold
                or partner._credit_group().credit_has_pending_hold
            )
        )
        if waiting:
            self.env["credit.hold"]._of_customers(waiting)._reevaluate_safely()

    def write(self, vals):
        if {"parent_id", "is_company"} & vals.keys():
            with self._credit_watch_company():
                result = super().write(vals)
        else:
            result = super().write(vals)
        if self._credit_guarded_names() & vals.keys():
            self._reevaluate_credit_holds()
        return result

    @contextmanager
    def _credit_watch_company(self):
        """Check the open orders of contacts that come to belong to another company.

        :raises CreditHoldError: their orders do not fit in its limit
        """
        family = self.sudo().with_context(active_test=False)
        family = family.search([("id", "child_of", self.ids)])
        before = {partner: partner.commercial_partner_id for partner in family}
        yield
        moved = family.filtered(lambda p: p.commercial_partner_id != before[p])
        if not moved:
            return
        orders = self.env["sale.order"].sudo()
        orders = orders.search(
            [
                ("state", "=", "sale"),
                ("partner_invoice_id", "in", moved.ids),
                ("invoice_status", "!=", "invoiced"),
            ]
        )
        if self.env.su:
            orders._credit_log_growth()
        else:
            orders._credit_gate(counted=True, grown=True)
        moved.union(*before.values())._reevaluate_credit_holds()
