import base64
from functools import partial

from odoo import models
from odoo.fields import Command
from odoo.tools import file_open

from .plans import PLANS


class CreditDemo(models.AbstractModel):
    """What customers pay by instalments."""

    _inherit = "credit.demo"

    def _plan_events(self):
        for row in PLANS:
            yield row.drafted, partial(self._agree_on_plan, row)
            for day, amount in row.paid:
                yield day, partial(self._pay_instalment, row, day, amount)
            if row.checked is not None:
                yield row.checked, partial(self._check_plan, row)

    def _agree_on_plan(self, row):
        """Draft a plan as a collector does; it is signed, or waits to be."""
        invoices = [self._find(key).with_env(self.env) for key in row.invoices]
        today = self._day(0)
        plans = self._as("collector", self.env["credit.payment.plan"])
        plan = plans.create(
            {
                "partner_id": invoices[0].commercial_partner_id.id,
                "fee_amount": row.fee,
                "order_rule": row.order_rule,
                "note": row.note,
                "item_ids": [
                    Command.create({"move_line_id": item.id, "amount": item.balance})
                    for invoice in invoices
                    for item in invoice._dunning_items()
                ],
                "line_ids": [
                    # a plan begins today or later: it is moved to the past below
                    Command.create(
                        {"date": self._day(day - row.drafted), "amount": amount}
                    )
                    for day, amount in row.instalments
                ],
            }
        ).sudo()
        plan.valid_until = max(self._day(row.drafted + 10), today)
        plan._portal_ensure_token()
        plan.state = "proposed"
        if row.signer:
            with file_open("credit_management/demo/signature.png", "rb") as file:
                plan._sign(row.signer, base64.b64encode(file.read()).decode())
            plan.signed_on = self._moment(row.drafted)
        for line, (day, _amount) in zip(plan._in_order(), row.instalments, strict=True):
            line.date = self._day(day)
        self._remember({f"plan_{row.key}": plan})

    def _pay_instalment(self, row, day, amount):
        self._pay(self._find(row.invoices[0]).with_env(self.env), day, amount)
        plan = self._find(f"plan_{row.key}").with_env(self.env)
        if plan.state == "completed":
            plan.closed_on = self._day(day)

    def _check_plan(self, row):
        plan = self._find(f"plan_{row.key}").with_env(self.env)
        plan._check(self._day(row.checked))
