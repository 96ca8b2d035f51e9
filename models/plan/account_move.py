from odoo import fields, models

from ..limit.res_partner import FINANCE_GROUP
from .credit_payment_plan import SIGNED


class AccountMove(models.Model):
    _inherit = "account.move"

    plan_item_ids = fields.One2many(
        "credit.payment.plan.item", "move_id", groups=FINANCE_GROUP
    )
    plan_ids = fields.Many2many(
        "credit.payment.plan", compute="_compute_plan_ids", groups=FINANCE_GROUP
    )

    def _compute_plan_ids(self):
        for move in self:
            move.plan_ids = move.plan_item_ids.plan_id

    def action_view_payment_plans(self):
        """Open the payment plans that name the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_payment_plan_action"
        )
        action["domain"] = [("item_ids.move_id", "=", self.id)]
        action["context"] = {}
        return action


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _credit_matched(self):
        # EXTENDS dispute: a plan that is paid, early or in time, ends by itself
        self._credit_plans(SIGNED)._paid()._complete_plans()
        return super()._credit_matched()

    def _credit_unmatched(self):
        # EXTENDS dispute
        plans = self._credit_plans(("completed",))
        (plans - plans._paid())._reopen()
        return super()._credit_unmatched()

    def _credit_plans(self, states):
        """Return the plans in these states that pay the items."""
        parts = self.env["credit.payment.plan.item"].search(
            [("move_line_id", "in", self.ids), ("plan_id.state", "in", states)]
        )
        return parts.plan_id
