from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain

# a payment taken back within so many days makes a kept promise a broken one
REVISITED_DAYS = 90


class CreditPromise(models.Model):
    """What was promised, compared with what was received."""

    _inherit = "credit.promise"

    @api.model
    def _cron_check(self):
        """Compare the promises with the ledger, every day; a second run changes
        nothing."""
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self.env["ir.cron"]._credit_pieces(
            [
                (partial(self._check_of, company), f"Promises to company {company.id}")
                for company in companies
            ]
        )

    def _check_of(self, company):
        today = fields.Date.context_today(self)
        self._to_check(company, today)._check(today)

    def _to_check(self, company, today):
        since = today - timedelta(days=REVISITED_DAYS)
        return self.search(
            Domain("company_id", "=", company.id)
            & (
                Domain("state", "=", "open")
                | (Domain("state", "in", ("kept", "partially_kept"))
                   & Domain("closed_on", ">=", since))
            )
        )  # fmt: skip

    def _check(self, today):
        """Set the states that the ledger gives; broken ones give a task."""
        received = self._received()
        self.checked_on = today
        changed = {}
        for promise in self:
            if promise.currency_id.compare_amounts(
                promise.amount_received, received[promise]
            ):
                promise.amount_received = received[promise]
            state = promise._state_for(received[promise], today)
            if state != promise.state:
                changed[state] = changed.get(state, self.browse()) | promise
        for state, promises in changed.items():
            promises.write({"state": state, "closed_on": state != "open" and today})
        changed.get("broken", self.browse())._tell_broken()

    def _state_for(self, received, today):
        """Return the state of a promise of which so much was received."""
        compare = self.currency_id.compare_amounts
        owed = self._owed_still(received)
        if compare(owed, 0.0) <= 0:
            # credited or cancelled: there was nothing to keep
            return "withdrawn"
        if compare(received, owed) >= 0:
            return "kept"
        if today <= self.check_date:
            return "open"
        return "partially_kept" if compare(received, 0.0) > 0 else "broken"

    def _owed_still(self, received):
        """Return what of the promise can be kept: a credit note takes its part off."""
        return min(self.amount, sum(self.line_ids.mapped("residual")) + received)

    def _received(self):
        """Return what each promise brought in, in its currency.

        Payments matched with its items since it was made, credit notes not; then
        payments on account of the customer since then, the oldest promise first.

        :rtype: dict[credit.promise, float]
        """
        matched = self._matched_payments()
        missing = {
            promise: promise.amount - min(matched[promise], promise.amount)
            for promise in self.sorted(lambda promise: (promise.date, promise.id))
        }
        on_account = self._share_payments_on_account(missing)
        return {
            promise: promise.currency_id.round(
                promise.amount - missing[promise] + on_account[promise]
            )
            for promise in self
        }

    def _matched_payments(self):
        """Return what payments matched since each promise pay of its items."""
        lines = self.line_ids.filtered("move_line_id")
        payments = self.env["account.partial.reconcile"].search(
            [
                ("debit_move_id", "in", lines.move_line_id.ids),
                ("credit_move_id.move_id.move_type", "!=", "out_refund"),
            ]
        )
        by_item = payments.grouped("debit_move_id")
        found = dict.fromkeys(self, 0.0)
        for line in lines:
            promise = line.promise_id
            paid = sum(
                payment.debit_amount_currency
                for payment in by_item.get(line.move_line_id, ())
                if payment.create_date >= promise.create_date
            )
            found[promise] += min(paid, line.amount)
        return found

    def _tell_broken(self):
        for promise in self:
            promise.activity_schedule(
                "credit_management.mail_activity_type_promise_broken",
                summary=self.env._("Broken promise: %s", promise.display_name),
                user_id=(promise.user_id or self.env.user).id,
            )
