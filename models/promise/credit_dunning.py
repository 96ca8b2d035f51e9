from odoo import api, models
from odoo.tools import SQL


class CreditDunningSelection(models.AbstractModel):
    _inherit = "credit.dunning.selection"

    def _obstacles(self, company, day):
        # EXTENDS dunning: what is promised rests until the promise is checked
        self.env["credit.promise"].flush_model()
        self.env["credit.promise.line"].flush_model()
        self.env["res.company"].flush_model(["credit_promise_tolerance_days"])
        return [
            *super()._obstacles(company, day),
            self._promised_items(company, day),
            self._broken_promises(company, day),
        ]

    def _promised_items(self, company, day):
        """Select the parts that open promises announce, less what was paid since."""
        return SQL(
            """SELECT item.line_id, 'promised', LEAST(%(left)s, item.residual)
                 FROM item
                 JOIN credit_promise_line line ON line.move_line_id = item.line_id
                 JOIN credit_promise promise ON promise.id = line.promise_id
                WHERE %(is_awaited)s
                  AND %(left)s > 0""",
            left=self.env["credit.promise.line"]._left(SQL("item.residual")),
            is_awaited=self.env["credit.promise"]._is_awaited(company, day),
        )

    def _broken_promises(self, company, day):
        """After a promise the customer has a grace, then dunning goes on."""
        return SQL(
            """SELECT item.line_id, 'grace', LEAST(line.amount, item.residual)
                 FROM item
                 JOIN credit_promise_line line ON line.move_line_id = item.line_id
                 JOIN credit_promise promise ON promise.id = line.promise_id
                 JOIN customer ON customer.partner_id = item.partner_id
                 JOIN credit_dunning_policy policy ON policy.id = customer.policy_id
                WHERE promise.state IN ('broken', 'partially_kept', 'withdrawn')
                  AND promise.closed_on + COALESCE(policy.grace_days, 0) > %(day)s""",
            day=day,
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    @api.model
    def _reasons(self):
        return {**super()._reasons(), "promised": self.env._("Promised")}
