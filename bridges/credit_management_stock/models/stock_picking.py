from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.credit_management.models.exposure.res_partner import FIGURES_GROUPS

CREDIT_STATES = [
    ("hold", "On Credit Hold"),
    ("released", "Released"),
    ("refused", "Refused"),
]


class StockPicking(models.Model):
    """A delivery, that a credit hold can stop."""

    _name = "stock.picking"
    _inherit = ["stock.picking", "credit.hold.document"]

    _credit_activity_type = "credit_management_stock.mail_activity_type_delivery"

    credit_hold_ids = fields.One2many(
        "credit.hold",
        "picking_id",
        string="Credit Holds",
        copy=False,
        groups=FIGURES_GROUPS,
    )
    credit_state = fields.Selection(
        CREDIT_STATES,
        string="Credit Status",
        compute="_compute_credit_state",
        search="_search_credit_state",
        compute_sudo=True,
        groups="base.group_user",
    )

    @api.depends("credit_hold_ids.state")
    def _compute_credit_state(self):
        by_hold = {"pending": "hold", "released": "released", "refused": "refused"}
        for picking in self:
            last = picking.credit_hold_ids.sorted(
                lambda hold: (hold.state == "pending", hold.id)
            )[-1:]
            picking.credit_state = by_hold.get(last.state, False)

    @api.model
    def _search_credit_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        self.env["credit.hold"].flush_model(["state", "picking_id"])
        by_hold = {"hold": "pending", "released": "released", "refused": "refused"}
        states = tuple(by_hold[state] for state in value if state in by_hold)
        found = SQL(
            """(SELECT picking_id FROM (
                SELECT DISTINCT ON (picking_id) picking_id, state
                  FROM credit_hold
                 WHERE picking_id IS NOT NULL
              ORDER BY picking_id, state = 'pending' DESC, id DESC
            ) latest WHERE state IN %s)""",
            states or (None,),
        )
        return [("id", operator, found)]

    def write(self, vals):
        if "credit_has_pending_hold" in vals and not self.env.su:
            raise AccessError(
                self.env._("Credit holds mark their delivery, nobody else does.")
            )
        if vals.get("state") == "done":
            self._credit_goods()._credit_gate()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_credit_decision(self):
        if self.sudo().credit_hold_ids:
            raise UserError(
                self.env._("Credit decisions are kept: cancel the delivery instead.")
            )

    # ------------------------------------------------------------------
    # What a hold asks of a document
    # ------------------------------------------------------------------

    def _credit_seller(self):
        # EXTENDS credit.hold.document
        return self.sale_id.user_id

    def _credit_addressee(self):
        # EXTENDS credit.hold.document
        return self.sale_id.partner_id or super()._credit_addressee()

    def _credit_hold_values(self, case):
        # OVERRIDES credit.hold.document
        return {
            "picking_id": self.id,
            "user_id": self._credit_seller().id,
            "team_id": self.sale_id.team_id.id,
            "order_currency_id": case.currency.id,
            "currency_rate": 1.0,
        }

    def _credit_verdicts(self, **_options):
        """Return the verdicts on the goods that have not left yet, by transfer."""
        return self._credit_goods()._credit_verdicts()

    def _credit_goods(self):
        return self.move_ids.filtered(lambda move: move.state not in ("done", "cancel"))

    def _credit_amounts(self):
        """Return the worth of the goods that have not left yet.

        :rtype: dict[stock.picking, dict]
        """
        amounts = {}
        for picking in self:
            values = picking._credit_goods()._credit_deliveries()._credit_values()
            total = picking.company_id.currency_id.round(sum(values.values()))
            amounts[picking] = {"order_total": total}
        return amounts

    def _credit_kept_finding(self):
        # EXTENDS credit.hold.document
        finding = super()._credit_kept_finding()
        return finding and finding._replace(
            message=self.env._("Finance keeps the delivery on hold until it decides.")
        )

    def _credit_release(self, case):
        """Return the release of the delivery, or of the orders it belongs to."""
        # EXTENDS credit.hold.document
        orders = self.move_ids.sale_line_id.order_id
        releases = [order._credit_release(case) for order in orders]
        of_orders = releases[0] if releases and all(releases) else None
        return super()._credit_release(case) or of_orders

    def _after_credit_gate(self):
        """Close the holds of what leaves, and the tasks that they gave."""
        self._close_credit_holds("released", "automatic")
        with_holds = self.sudo().filtered("credit_hold_ids")
        with_holds.activity_unlink([self._credit_activity_type])
