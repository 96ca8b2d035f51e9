from odoo import models
from odoo.exceptions import UserError

from .errors import CreditHoldError


class SaleOrder(models.Model):
    """Confirming an order, or asking for its release."""

    _inherit = "sale.order"

    def action_confirm(self):
        """Confirm, where orders that need a credit decision are parked or refused.

        :raises CreditHoldError: called by an internal user, who reads it;
            automation parks the orders on hold instead, and so does whoever
            asks for it in the context: a held order is no permission
        """
        has_reader = not self.env.su and self.env.user._is_internal()
        if has_reader and not self.env.context.get("credit_park"):
            return super().action_confirm()
        return self._credit_attempt(lambda orders: super().action_confirm())

    def _validate_order(self):
        # a signed or paid order that is on hold must not go through the whole
        # chain of confirmation, only to be parked at its end
        passing = self - self._credit_park_stopped(send_email=True)
        if not passing:
            return None
        return super(SaleOrder, passing)._validate_order()

    def action_confirm_or_hold(self):
        """Confirm the orders that pass, put the others on hold and say so.

        :return: an action of the client that tells what happened, or what
            confirming returns
        :raises AccessError: the user may not confirm these orders
        """
        confirmation = self._credit_attempt(lambda orders: orders.action_confirm())
        held = self.filtered(lambda order: order.sudo().credit_has_pending_hold)
        if not held:
            return confirmation
        return held._credit_hold_notification()

    def _credit_attempt(self, confirm):
        """Confirm; put the orders that are stopped on hold and confirm the rest."""
        rest = self
        try:
            with self.env.cr.savepoint():
                return confirm(self)
        except CreditHoldError as error:
            self.env["credit.hold"]._place(error.verdicts, confirm=True)
            rest -= self.browse(error.order_ids)
        if not rest or rest == self:
            return True
        return rest._credit_attempt(confirm)

    def _credit_park_stopped(self, send_email=False):
        """Put on hold the orders that the gate would stop; return them.

        Their customers have signed or paid: a quotation that was never sent to
        them shows among theirs from now on, and is no cart any more.
        """
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        stopped = {
            order: verdict
            for order, verdict in waiting._credit_verdicts().items()
            if verdict.is_stopped
        }
        self.env["credit.hold"].with_context(send_email=send_email)._place(
            stopped, confirm=True
        )
        parked = self.browse([order.id for order in stopped])
        drafts = parked.filtered(lambda order: order.state == "draft")
        drafts.with_context(tracking_disable=True).action_quotation_sent()
        return parked

    def _credit_hold_notification(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("On credit hold"),
                "message": self.env._(
                    "%s: finance has been told. The order goes on by itself once it"
                    " is released.",
                    ", ".join(self.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_request_release(self, comment):
        """Ask finance to release the orders, with the facts it needs.

        :param str comment: why the order should pass
        :raises AccessError: the user may not write these orders
        :raises UserError: no facts, or nothing stops the orders
        """
        self.check_access("write")
        if not (comment or "").strip():
            raise UserError(self.env._("Say why finance should release the order."))
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        verdicts = waiting._credit_verdicts()
        stopped = {o: verdict for o, verdict in verdicts.items() if verdict.is_stopped}
        if not stopped:
            raise UserError(self.env._("Nothing stops this order: confirm it."))
        holds = self.env["credit.hold"]._place(stopped, comment=comment.strip())
        for hold in holds:
            hold.message_post(
                body=comment, author_id=self.env.user.partner_id.id,
            )  # fmt: skip
            hold.order_id.activity_unlink(
                ["credit_management.mail_activity_type_hold_facts"]
            )
        return True

    def _send_order_notification_mail(self, mail_template, *args, **kwargs):
        # some modules send the confirmation after an order that was only parked
        is_parked = self.state != "sale" and self.sudo().credit_has_pending_hold
        if is_parked and mail_template == self._get_confirmation_template():
            return None
        return super()._send_order_notification_mail(mail_template, *args, **kwargs)
