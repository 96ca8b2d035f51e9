from odoo import fields, models

from ..limit.res_partner import FINANCE_GROUP
from .credit_promise import PENDING


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _credit_promised(self):
        """Return what pending promises still announce for each item.

        In the currency of the item; what was paid since a promise was made is
        taken off its part.

        :rtype: dict[account.move.line, float]
        """
        lines = (
            self.env["credit.promise.line"]
            .sudo()
            .search(
                [("move_line_id", "in", self.ids), ("promise_id.state", "in", PENDING)]
            )
        )
        promised = {}
        for line in lines:
            item = line.move_line_id.with_env(self.env)
            promised[item] = promised.get(item, 0.0) + line.amount - line.fall
        return promised


class AccountMove(models.Model):
    _inherit = "account.move"

    promise_line_ids = fields.One2many(
        "credit.promise.line", "move_id", groups=FINANCE_GROUP
    )
    promise_ids = fields.Many2many(
        "credit.promise", compute="_compute_promise_ids", groups=FINANCE_GROUP
    )

    def _compute_promise_ids(self):
        for move in self:
            move.promise_ids = move.promise_line_ids.promise_id

    def action_view_promises(self):
        """Open the promises that name the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_promise_action"
        )
        action["domain"] = [("line_ids.move_id", "=", self.id)]
        action["context"] = {
            "default_partner_id": self.commercial_partner_id.id,
            "default_currency_id": self.currency_id.id,
            "default_amount": self.amount_residual,
        }
        return action
