from odoo import api, models
from odoo.exceptions import AccessError

from .errors import CreditHoldError

# computed by Odoo; whoever writes them by hand hides exposure
COMPUTED_FIELDS = {
    "amount_total", "amount_untaxed", "amount_tax", "currency_rate", "transaction_ids",
    "credit_warning", "credit_has_pending_hold", "invoice_status",
}  # fmt: skip


class SaleOrder(models.Model):
    """The only way to become confirmed."""

    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._credit_gate(counted=True)
        return orders

    def write(self, vals):
        self._check_credit_computed_fields(vals)
        becoming = self.browse()
        if vals.get("state") == "sale":
            becoming = self.filtered(lambda order: order.state != "sale")
        if not becoming:
            return super().write(vals)
        # the gate looks at the order as it will be confirmed
        before = {k: v for k, v in vals.items() if k not in ("state", "date_order")}
        if before:
            self.write(before)
        try:
            verdicts = becoming._credit_gate()
        except CreditHoldError:
            # whoever may not confirm learns nothing of the check, and holds nothing
            self.check_access("write")
            raise
        result = super().write({k: v for k, v in vals.items() if k not in before})
        becoming._after_credit_gate(verdicts)
        return result

    def _check_credit_computed_fields(self, vals):
        if not self.env.su and COMPUTED_FIELDS & vals.keys():
            raise AccessError(
                self.env._(
                    "Odoo computes these fields of an order, nobody writes them: %s.",
                    ", ".join(sorted(COMPUTED_FIELDS & vals.keys())),
                )
            )

    def _credit_gate(self, counted=False, grown=False):
        """Let the orders pass, or none of them: the only way to become confirmed.

        :param bool counted: the orders are in the order book already
        :param bool grown: they were confirmed before
        :return: the verdicts, by order
        :raises CreditHoldError: orders of the batch need a credit decision
        """
        verdicts = self._credit_verdicts(counted=counted)
        stopped = {
            order: verdict for order, verdict in verdicts.items() if verdict.is_stopped
        }
        if stopped:
            raise CreditHoldError(self._credit_hold_message(stopped, grown), stopped)
        return verdicts

    def _after_credit_gate(self, verdicts):
        """Log what was known of orders that passed, close holds without a cause."""
        for order in self.sudo():
            verdict = verdicts.get(order)
            if verdict and verdict.findings:
                order._log_credit_findings(verdict)
        self._close_credit_holds("released", "automatic")

    def _log_credit_findings(self, verdict):
        """Keep with the order the warnings that its confirmation accepts."""
        text = "\n".join(finding.message for finding in verdict.findings)
        self.credit_warning = text
        if verdict.release:
            text = self.env._(
                "Released by %(user)s: %(reasons)s",
                user=verdict.release.decided_by_id.name or "",
                reasons=text,
            )
        elif verdict.case.customer.credit_exempt:
            text = self.env._("Exempt from blocking, confirmed despite: %s", text)
        else:
            text = self.env._("Confirmed despite: %s", text)
        self.message_post(
            body=text,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    def _credit_hold_message(self, stopped, grown=False):
        """Say which orders are stopped, why, and what to do."""
        parts = []
        for order, verdict in stopped.items():
            parts.append(
                self.env._(
                    "%(order)s for %(customer)s needs a credit decision:\n%(reasons)s",
                    order=order.name,
                    customer=verdict.case.customer.display_name,
                    reasons="\n".join(
                        f"- {finding.message}" for finding in verdict.findings
                    ),
                )
            )
        parts.append(
            self.env._(
                "It was confirmed for less. Put what exceeds the limit on a new"
                " order, on which finance decides, or ask for a higher limit."
            )
            if grown
            else self.env._(
                "Confirm it from its form, or request its release: finance decides,"
                " and the order goes on by itself."
            )
        )
        return "\n\n".join(parts)
