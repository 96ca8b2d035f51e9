from odoo import fields, models

from ..limit.res_partner import FINANCE_GROUP


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

    def _reconcile_post_hook(self, data):
        # a plan that is paid, early or in time, ends by itself
        result = super()._reconcile_post_hook(data)
        parts = (
            self.env["credit.payment.plan.item"]
            .sudo()
            .search(
                [
                    ("move_line_id", "in", self.ids),
                    ("plan_id.state", "in", ("running", "defaulted")),
                ]
            )
        )
        for plan in parts.plan_id:
            if plan._is_paid():
                plan._complete_plan()
        return result


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def unlink(self):
        items = self.debit_move_id
        result = super().unlink()
        parts = (
            self.env["credit.payment.plan.item"]
            .sudo()
            .search(
                [
                    ("move_line_id", "in", items.ids),
                    ("plan_id.state", "=", "completed"),
                ]
            )
        )
        for plan in parts.plan_id:
            if not plan._is_paid():
                plan._reopen()
        return result
