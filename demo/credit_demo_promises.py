from functools import partial

from odoo import models
from odoo.fields import Command

from .dunning import BROKEN, PROMISES


class CreditDemo(models.AbstractModel):
    """What customers promised to pay, and whether they did."""

    _inherit = "credit.demo"

    def _promise_events(self):
        tolerance = self.env.company.credit_promise_tolerance_days
        for row in PROMISES:
            yield row.made, partial(self._promise, row)
            is_over = row.key in BROKEN
            if row.due < 0:
                checked = row.due + (tolerance + 1 if is_over else 0)
                yield checked, partial(self._check_promise, row, checked)

    def _promise(self, row):
        """Note a promise as a collector does; one that is too much asks a manager."""
        invoice = self._find(row.invoice).with_env(self.env)
        item = invoice.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        today = self._day(0)
        promises = self._as("collector", self.env["credit.promise"])
        promise = promises.create(
            {
                "partner_id": invoice.commercial_partner_id.id,
                "amount": row.amount,
                "date": max(self._day(row.due), today),
                "channel": row.channel,
                "note": row.note,
                "line_ids": [
                    Command.create({"move_line_id": item.id, "amount": row.amount})
                ],
            }
        ).sudo()
        # a promise is for today or later: those of the past are moved there
        promise.date = self._day(row.due)
        self._remember({f"promise_{row.key}": promise})

    def _check_promise(self, row, day):
        promise = self._find(f"promise_{row.key}").with_env(self.env)
        promise._check(self._day(day))
