from odoo import models
from odoo.exceptions import UserError

from odoo.addons.credit_management.models.hold.errors import CreditHoldError


class StockPicking(models.Model):
    """Validating a delivery, or asking finance to release it."""

    _inherit = "stock.picking"

    def button_validate(self):
        """Validate what passes, put the other deliveries on hold and say so."""
        try:
            with self.env.cr.savepoint():
                return super().button_validate()
        except CreditHoldError as error:
            stopped = {
                self.browse(document.id): verdict
                for document, verdict in error.verdicts.items()
                if document._name == self._name
            }
            held = self.browse([picking.id for picking in stopped])
            if not held or held - self:
                raise
            self.env["credit.hold"]._place(stopped)
        rest = self - held
        validated = True
        if rest:
            # the dialogs of validation come back to those they are opened for
            rest = rest.with_context(button_validate_picking_ids=rest.ids)
            validated = rest.button_validate()
        return held._credit_hold_notification(validated)

    def _credit_hold_notification(self, following):
        """Return what says so on the screen.

        :param following: what validating the other deliveries has returned
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("On credit hold"),
                "message": self.env._(
                    "%s: finance has been told. Keep the goods, and validate once it"
                    " is released.",
                    ", ".join(self.mapped("name")),
                ),
                "next": following
                if isinstance(following, dict)
                else {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_request_release(self, comment):
        """Ask finance to release the deliveries, with the facts it needs.

        :param str comment: why the goods should leave
        :raises AccessError: the user may not write these deliveries, or is a
            salesperson of other orders
        :raises UserError: no facts, or nothing stops the deliveries
        """
        self._check_may_request_release()
        if not (comment or "").strip():
            raise UserError(self.env._("Say why finance should release the delivery."))
        stopped = {
            picking: verdict
            for picking, verdict in self._credit_verdicts().items()
            if verdict.is_stopped
        }
        if not stopped:
            raise UserError(self.env._("Nothing stops this delivery: validate it."))
        holds = self.env["credit.hold"]._place(stopped, comment=comment.strip())
        for hold in holds:
            hold.message_post(body=comment, author_id=self.env.user.partner_id.id)
            hold.picking_id.activity_unlink([self._credit_activity_type])
        return True

    def _check_may_request_release(self):
        self.check_access("write")
        if not self.env.user.has_group("stock.group_stock_user"):
            # salespeople may write any transfer, and ask for their own orders
            self.sale_id.check_access("write")

    def action_open_release_request(self):
        """Open the dialog that asks for a release."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request Release"),
            "res_model": "credit.release.request",
            "view_mode": "form",
            "target": "new",
            "context": {"default_picking_id": self.id},
        }
