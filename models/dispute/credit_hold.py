from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CreditHold(models.Model):
    """A release that waits until disputes are recognised."""

    _inherit = "credit.hold"

    condition_dispute_ids = fields.Many2many(
        "credit.dispute", string="Disputes to Be Recognised", readonly=True
    )

    def _further_conditions(self, conditions):
        # EXTENDS hold
        conditions = dict(conditions)
        dispute_ids = conditions.pop("dispute_ids", ())
        values = super()._further_conditions(conditions)
        disputes = self.env["credit.dispute"].browse(dispute_ids).exists()
        if not disputes:
            return values
        disputes.check_access("read")
        if disputes.partner_id - self.sudo().partner_id or len(self.partner_id) > 1:
            raise UserError(self.env._("Choose disputes of the customer who ordered."))
        return {**values, "condition_dispute_ids": [Command.set(disputes.ids)]}

    def _is_condition_met(self, money):
        # EXTENDS hold
        return (
            super()._is_condition_met(money)
            and self.sudo().condition_dispute_ids._is_recognised()
        )

    def _outdated_condition(self, case):
        # EXTENDS hold
        values = super()._outdated_condition(case)
        if values:
            values["condition_dispute_ids"] = [Command.clear()]
        return values

    def _condition_parts(self):
        # EXTENDS hold
        parts = super()._condition_parts()
        disputes = self.sudo().condition_dispute_ids
        if disputes:
            parts.append(
                self.env._("the recognition of %s", ", ".join(disputes.mapped("name")))
            )
        return parts
