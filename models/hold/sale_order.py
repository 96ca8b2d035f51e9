from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..exposure.res_partner import FIGURES_GROUPS

CREDIT_STATES = [
    ("clear", "Clear"),
    ("warning", "Warning"),
    ("hold", "On Hold"),
    ("released", "Released"),
    ("refused", "Refused"),
]


class SaleOrder(models.Model):
    """What became of an order's credit check."""

    _name = "sale.order"
    _inherit = ["sale.order", "credit.hold.document"]

    credit_hold_ids = fields.One2many(
        "credit.hold",
        "order_id",
        string="Credit Holds",
        copy=False,
        groups="base.group_user",
    )
    credit_state = fields.Selection(
        CREDIT_STATES,
        compute="_compute_credit_state",
        search="_search_credit_state",
        compute_sudo=True,
        groups="base.group_user",
    )
    credit_hold_count = fields.Integer(
        compute="_compute_credit_state", compute_sudo=True, groups="base.group_user"
    )
    credit_awaiting_facts = fields.Boolean(
        compute="_compute_credit_state", compute_sudo=True, groups="base.group_user"
    )
    credit_warning = fields.Text(
        readonly=True,
        copy=False,
        groups=FIGURES_GROUPS,
        help="What was known against the order when it was confirmed all the same.",
    )

    @api.depends("credit_hold_ids.state", "credit_hold_ids.awaiting_facts",
                 "credit_warning")  # fmt: skip
    def _compute_credit_state(self):
        by_hold = {"pending": "hold", "released": "released", "refused": "refused"}
        for order in self:
            holds = order.credit_hold_ids.sorted("id")
            pending = holds.filtered(lambda hold: hold.state == "pending")
            current = pending or holds.filtered(lambda h: h.state != "cancelled")[-1:]
            order.credit_state = by_hold.get(
                current.state, "warning" if order.credit_warning else "clear"
            )
            order.credit_hold_count = len(holds)
            order.credit_awaiting_facts = pending.awaiting_facts

    @api.model
    def _search_credit_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        query = SQL(
            """(SELECT id FROM (
                SELECT sale_order.id,
                       CASE hold.state
                           WHEN 'pending' THEN 'hold'
                           WHEN 'released' THEN 'released'
                           WHEN 'refused' THEN 'refused'
                           ELSE CASE WHEN sale_order.credit_warning IS NULL
                                     THEN 'clear' ELSE 'warning' END
                       END AS credit_state
                  FROM sale_order
             LEFT JOIN LATERAL (
                       SELECT state
                         FROM credit_hold
                        WHERE order_id = sale_order.id AND state != 'cancelled'
                     ORDER BY state = 'pending' DESC, id DESC
                        LIMIT 1
                       ) hold ON TRUE
            ) states WHERE credit_state IN %s)""",
            tuple(value) or (None,),
        )
        self.env["credit.hold"].flush_model(["state", "order_id"])
        self.flush_model(["credit_warning"])
        return [("id", operator, query)]

    # ------------------------------------------------------------------
    # Its holds
    # ------------------------------------------------------------------

    def _credit_customers(self):
        return self.env["res.partner"].union(
            *(order._credit_customer() for order in self)
        )

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") == "cancel":
            self._cancel_credit_holds()
        return result

    def _credit_seller(self):
        # EXTENDS credit.hold.document
        return self.user_id

    def _credit_hold_values(self, case):
        # OVERRIDES credit.hold.document
        total = case.order_total
        return {
            "order_id": self.id,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
            "order_currency_id": self.currency_id.id,
            "currency_rate": self.amount_total / total if total else 1.0,
        }

    def _update_credit_holds(self):
        """Bring the open holds of changed orders up to date, or release them."""
        pending = self._credit_pending_holds()
        verdicts = pending.order_id._credit_verdicts()
        self.env["credit.hold"]._place(
            {
                order: verdict
                for order, verdict in verdicts.items()
                if verdict.is_stopped
            }
        )
        pending._reevaluate()

    def _cancel_credit_holds(self):
        self._close_credit_holds("cancelled", "cancelled")
        self._credit_customers()._reevaluate_credit_holds()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_credit_decision(self):
        if self.sudo().credit_hold_ids:
            raise UserError(
                self.env._("Credit decisions are kept: cancel the order instead.")
            )
