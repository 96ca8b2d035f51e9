import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


class CreditHold(models.Model):
    """Releases by themselves, once the cause has disappeared."""

    _inherit = "credit.hold"

    @api.model
    def _of_customers(self, partners):
        """Return the open holds of some customers, or of their groups."""
        family = partners | partners.union(*(p._credit_group() for p in partners))
        return self.sudo().search(
            [
                ("state", "=", "pending"),
                "|",
                ("partner_id", "in", family.ids),
                ("partner_id.parent_id", "in", family.ids),
            ]
        )

    def _reevaluate_safely(self):
        """Reevaluate in the midst of someone else's work, without disturbing it.

        An accountant who registers a payment must not be stopped by what an
        order lacks: the scheduled job tries again.
        """
        try:
            with self.env.cr.savepoint():
                self._reevaluate()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            _logger.exception(
                "Credit holds %s: the scheduled job tries again", self.ids
            )

    def _reevaluate(self):
        """Release the holds whose cause disappeared, the oldest request first.

        Scarce headroom goes to the oldest request: each released order counts
        against the next ones. Holds kept by finance wait for finance.
        """
        waiting = self.sudo().filtered(
            lambda hold: hold.state == "pending" and not hold.is_forced
        )
        waiting = waiting.sorted(lambda hold: (hold.request_date, hold.id))
        met = waiting._with_condition_met()
        for hold in met:
            hold._close_automatically("conditional")
        rest = waiting - met
        if rest:
            verdicts = rest._verdicts()
            for hold in rest:
                verdict = verdicts.get(hold._document())  # none without control
                if not verdict or not verdict.is_stopped:
                    hold._close_automatically("automatic")

    def _close_automatically(self, decision):
        """Release in Odoo's name, and tell both sides."""
        self.ensure_one()
        hold = self.with_user(SUPERUSER_ID)
        decider = hold.decided_by_id if decision == "conditional" else False
        note = (
            self.env._("The condition is met.")
            if decision == "conditional"
            else self.env._("The cause of the hold has disappeared.")
        )
        finance = hold.assigned_user_id.partner_id | hold.decided_by_id.partner_id
        hold._close("released", decision, comment=hold.comment or note)
        hold.decided_by_id = decider
        hold.message_post(body=note, partner_ids=finance.ids)
        hold._continue_orders(note)

    def _with_condition_met(self):
        """Return the holds whose deposit came and whose invoices are paid."""
        conditional = self.filtered(lambda hold: hold.decision == "conditional")
        money = conditional._money_received()
        return conditional.filtered(lambda hold: hold._is_condition_met(money[hold]))

    def _is_condition_met(self, money):
        received = money - self.condition_baseline
        # no deposit was asked: money that has been applied since is not missing
        deposit_came = (
            not self.condition_deposit
            or self.currency_id.compare_amounts(received, self.condition_deposit) >= 0
        )
        paid = all(
            move.state == "posted" and move.currency_id.is_zero(move.amount_residual)
            for move in self.condition_move_ids
        )
        return deposit_came and paid

    def _money_received(self):
        """Return the customers' money that pays no invoice: a deposit adds to it.

        :return: by hold, in company currency
        """
        Exposure = self.env["credit.exposure"]
        payments = Exposure._order_payments(self.order_id)
        money = {}
        for company, holds in self.grouped("company_id").items():
            figures = Exposure._figures(holds.partner_id, company)
            rates = holds.order_id._credit_rates(company)
            for hold in holds:
                order = hold.order_id
                found = figures.get(hold.partner_id.id)
                _paid, unbooked = payments.get(order.id, (0.0, 0.0))
                rate = rates.get(order.currency_id) or order.currency_rate or 1.0
                money[hold] = (found.unallocated if found else 0.0) + unbooked / rate
        return money

    # ------------------------------------------------------------------
    # Scheduled job
    # ------------------------------------------------------------------

    @api.model
    def _cron_reevaluate(self):
        """Reevaluate all open holds, one transaction per customer, and escalate.

        Several workers share it: each takes customers that no other has in hand.
        """
        groups = self._read_group(
            [("state", "=", "pending"), ("is_forced", "=", False)],
            ["partner_id"],
            ["id:recordset"],
        )
        pieces = [
            (
                holds.with_prefetch()._reevaluate_alone,
                f"Credit holds of partner {partner.id}",
            )
            for partner, holds in groups
        ]
        pieces += [
            (hold.with_prefetch()._escalate, f"Escalation of credit hold {hold.id}")
            for hold in self.search(self._late_domain())
        ]
        self.env["ir.cron"]._credit_pieces(pieces)

    def _reevaluate_alone(self):
        """Reevaluate a customer's holds, unless somebody else is at one of them."""
        if self.try_lock_for_update(allow_referencing=True) == self:
            self._reevaluate()

    @api.model
    def _late_domain(self):
        return (
            Domain("state", "=", "pending")
            & Domain("is_escalated", "=", False)
            & Domain("deadline", "<", fields.Datetime.now())
        )

    def _escalate(self):
        """Pass the holds that are late to the next higher authority, once."""
        mine = self.try_lock_for_update(allow_referencing=True)
        for hold in mine.filtered_domain(self._late_domain()):
            assigned = hold.assigned_user_id
            higher = hold._deciders().filtered(
                lambda user, assigned=assigned: (
                    user._credit_authority_rank() > assigned._credit_authority_rank()
                )
            )[:1]
            hold.is_escalated = True
            if higher:
                hold._assign(higher)
                hold.message_post(
                    body=self.env._("Not decided in time: passed to %s.", higher.name)
                )
