from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Command


class CreditDemo(models.AbstractModel):
    """What salespeople get of the cash that came in."""

    _inherit = "credit.demo"

    def _settle_incentives(self):
        """Give 3 % of the cash; settle the two months before this one.

        Camille's statement is confirmed, those of the others are drafts.
        """
        manager = self._user("credit")
        rule = self.env["credit.incentive.rule"].create(
            {
                "name": "3 % of the cash",
                "rate": 3.0,
                "step_ids": [
                    Command.create({"days": 10, "factor": 1.0}),
                    Command.create({"days": 60, "factor": 0.5}),
                ],
            }
        )
        first = self._day(0).replace(day=1)
        wizard = self.env["credit.incentive.prepare"].with_user(manager)
        action = wizard.create(
            {
                "date_from": first - relativedelta(months=2),
                "date_to": first - relativedelta(days=1),
            }
        ).action_prepare()
        Statement = self.env["credit.incentive.statement"].with_user(manager)
        statement = Statement.search(action["domain"]).filtered(
            lambda draft: draft.user_id == self._user("sales")
        )
        statement.action_confirm()
        self._remember({"incentive_rule": rule, "incentive_statement": statement})
