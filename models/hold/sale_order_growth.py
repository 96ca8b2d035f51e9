from contextlib import contextmanager

from odoo import models

# what changes the amount of an order, or who answers for it
WATCHED_FIELDS = {
    "order_line", "partner_id", "partner_invoice_id", "currency_id", "pricelist_id",
    "company_id", "fiscal_position_id", "commitment_date", "payment_term_id",
}  # fmt: skip


class SaleOrder(models.Model):
    """Confirmed orders that grow are checked again."""

    _inherit = "sale.order"

    def write(self, vals):
        if not WATCHED_FIELDS & vals.keys():
            return super().write(vals)
        with self._credit_watch():
            return super().write(vals)

    @contextmanager
    def _credit_watch(self):
        """Check the orders again when what is done meanwhile makes them grow.

        The outermost of nested operations decides, on their result: a line may
        grow while another one shrinks.
        """
        watched = self.env.cr.precommit.data.setdefault("credit_watched_orders", set())
        has_reader = not self.env.su
        orders = self.browse(set(self._origin.ids) - watched).sudo()
        before = orders._credit_watched_values()
        watched.update(orders.ids)
        try:
            yield
        finally:
            watched.difference_update(orders.ids)
        orders.exists()._after_credit_watch(before, has_reader)

    def _credit_watched_values(self):
        return {
            order.id: (
                order.state,
                order._credit_answers(),
                order.amount_total,
                order._credit_is_postponed(),
            )
            for order in self
        }

    def _credit_answers(self):
        """Return who answers for the order, to whom, and in which currency."""
        return self._credit_customer(), self.company_id, self.currency_id

    def _after_credit_watch(self, before, has_reader):
        """Check what grew, release what waited for the room that is left.

        :param bool has_reader: a person reads the error; what automation adds (a
            carrier's cost, an expense) is a fact, that finance is told of
        """
        grown, held = self.browse(), self.browse()
        freed = self.env["res.partner"]
        for order in self:
            state, answers, amount, postponed = before[order.id]
            change = order.currency_id.compare_amounts(order.amount_total, amount)
            moved = order._credit_answers() != answers
            if state == order.state == "sale":
                if moved or change > 0 or postponed > order._credit_is_postponed():
                    grown |= order
                if moved or change < 0:
                    freed |= answers[0]
            elif (moved or change) and order.credit_hold_ids:
                held |= order
        if grown and has_reader:
            grown._credit_gate(counted=True, grown=True)
        elif grown:
            grown._credit_log_growth()
        if freed:
            freed._reevaluate_credit_holds()
        if held:
            held._update_credit_holds()

    def _credit_log_growth(self):
        """Tell finance what automation added to confirmed orders above the limit."""
        for order, verdict in self._credit_verdicts(counted=True).items():
            if verdict.is_stopped:
                managers = self.env["res.users"]._credit_deciders(
                    verdict.case.company,
                    verdict.excess,
                    verdict.case.policy.authority_amount,
                    order.user_id,
                )
                order.message_post(
                    body=self.env._(
                        "The order grew after its confirmation: %s",
                        "\n".join(finding.message for finding in verdict.findings),
                    ),
                    partner_ids=managers[:1].partner_id.ids,
                    subtype_xmlid="mail.mt_note",
                )
