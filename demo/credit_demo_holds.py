from datetime import timedelta

from odoo import fields, models
from odoo.fields import Command

from .holds import GIVEN_UP, HOLDS, PAID, REFUSAL, REFUSED


class CreditDemo(models.AbstractModel):
    """The orders that wait for a credit decision, or got one."""

    _inherit = "credit.demo"

    def _create_holds(self):
        rows = (*HOLDS, REFUSED, PAID, GIVEN_UP)
        for row, order in zip(rows, self._create_orders(rows), strict=True):
            self._place_hold(row, order)
        for row in HOLDS:
            if row.decision:
                self._decide(row)
        self._refuse(self._find_hold(REFUSED), REFUSAL)
        # nobody decides on these: the money comes, the customer steps back
        self._pay(self._find(f"{PAID.customer}_1"), 0)
        order = self._find_order(GIVEN_UP.key)
        order.with_user(order.user_id).action_cancel()
        self._pass_to_cfo(self.env.ref("base.user_admin"))

    def _find_hold(self, row):
        return self._find(f"hold_{row.key}").with_env(self.env)

    def _place_hold(self, row, order):
        """Have the salesperson confirm, and tell finance what it needs to know."""
        mine = order.with_user(order.user_id)
        mine.action_confirm_or_hold()
        if row.facts:
            mine.action_request_release(row.facts)
        self._finish()
        hold = order.credit_hold_ids
        self._remember({f"hold_{row.key}": hold})
        self._move_request(hold, row.waited)

    def _move_request(self, hold, hours):
        """Make it look as if the decision had been asked for some hours ago."""
        asked = fields.Datetime.now() - timedelta(hours=hours)
        target = hold._target(hold.company_id, hold.policy_id, asked)
        hold.write({"request_date": asked, "deadline": target})
        hold.activity_ids.date_deadline = target.date()

    def _decide(self, row):
        decision = row.decision
        values = dict(decision.values or {})
        if "limit_until" in values:
            values["limit_until"] = self._day(values["limit_until"])
        hold = self._as(decision.user, self._find_hold(row))
        getattr(hold, decision.action)(**values)
        self._finish()

    def _refuse(self, hold, reason):
        """Refuse in the dialog, with the message to the customer that it proposes."""
        dialog = self._as("credit", self.env["credit.hold.release"]).create(
            {
                "hold_ids": [Command.set(hold.ids)],
                "decision": "refused",
                "comment": reason,
            }
        )
        dialog.action_apply()
        self._finish()

    def _finish(self):
        """Log what a user changed in their name, before another one goes on."""
        self.env.flush_all()
        self.env.cr.precommit.run()

    def _pass_to_cfo(self, administrator):
        """Give the CFO what waits for the other user who may decide on all."""
        cfo = self._user("cfo")
        holds = self.env["credit.hold"].search(
            [("state", "=", "pending"), ("assigned_user_id", "=", administrator.id)]
        )
        for hold in holds:
            hold._assign(cfo)
        requests = self.env["credit.limit.change"].search([("state", "=", "requested")])
        requests.activity_ids.filtered(
            lambda activity: activity.user_id == administrator
        ).user_id = cfo
