from collections import defaultdict
from datetime import timedelta

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
        today = fields.Date.context_today(self)
        for company in self.env["res.company"].search([("parent_id", "=", False)]):
            self._to_check(company, today)._check(today)
            self.env["ir.cron"]._commit_progress()

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
        """Set the state that the ledger gives; broken ones give a task."""
        received = self._received()
        for promise in self:
            state = promise._state_for(received[promise], today)
            values = {"checked_on": today, "amount_received": received[promise]}
            if state != promise.state:
                values.update(state=state, closed_on=state != "open" and today)
            promise.write(values)
            if state == "broken" and "state" in values:
                promise._tell_broken()

    def _state_for(self, received, today):
        """Return the state of a promise of which so much was received."""
        compare = self.currency_id.compare_amounts
        if compare(received, self._owed_still(received)) >= 0:
            return "kept"
        if today <= self.check_date:
            return "open"
        return "partially_kept" if compare(received, 0.0) > 0 else "broken"

    def _owed_still(self, received):
        """Return what of the promise can be kept: a credit note takes its part off."""
        open_now = sum(max(line.residual, 0.0) for line in self.line_ids)
        return min(self.amount, open_now + received)

    def _received(self):
        """Return what each promise brought in, in its currency.

        Payments matched with its items since it was made, credit notes not; then
        payments on account of the customer since then, the oldest promise first.

        :rtype: dict[credit.promise, float]
        """
        matched = self._matched_payments()
        on_account = self._payments_on_account()
        received = {}
        for promise in self.sorted(lambda p: (p.date, p.id)):
            amount = min(matched.get(promise, 0.0), promise.amount)
            for payment in on_account[promise.partner_id, promise.currency_id]:
                if payment["since"] >= promise.create_date:
                    part = min(promise.amount - amount, payment["left"])
                    payment["left"] -= part
                    amount += part
            received[promise] = promise.currency_id.round(amount)
        return received

    def _matched_payments(self):
        """Return what payments matched since each promise pay of its items."""
        lines = self.line_ids.filtered("move_line_id")
        partials = self.env["account.partial.reconcile"].search(
            [
                ("debit_move_id", "in", lines.move_line_id.ids),
                ("credit_move_id.move_id.move_type", "!=", "out_refund"),
                ("create_date", ">=", min(self.mapped("create_date"), default=False)),
            ]
        )
        by_item = partials.grouped("debit_move_id")
        found = defaultdict(float)
        for line in lines:
            promise = line.promise_id
            paid = sum(
                partial.debit_amount_currency
                for partial in by_item.get(line.move_line_id, ())
                if partial.create_date >= promise.create_date
            )
            found[promise] += min(paid, line.amount)
        return found

    def _payments_on_account(self):
        """Return the customers' payments that nobody has matched yet."""
        MoveLine = self.env["account.move.line"].sudo()
        items = MoveLine.search(
            MoveLine._open_receivable_domain()
            & Domain("partner_id.commercial_partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "child_of", self.company_id.ids)
            & Domain("amount_residual_currency", "<", 0)
            & Domain("move_id.move_type", "=", "entry"),
            order="date, id",
        )
        found = defaultdict(list)
        for item in items:
            found[item.partner_id.commercial_partner_id, item.currency_id].append(
                {"since": item.create_date, "left": -item.amount_residual_currency}
            )
        return found

    def _tell_broken(self):
        self.activity_schedule(
            "credit_management.mail_activity_type_promise_broken",
            summary=self.env._("Broken promise: %s", self.display_name),
            user_id=(self.user_id or self.env.user).id,
        )
