from odoo import fields
from odoo.fields import Command
from odoo.service.model import call_kw

from .common import CreditCommon

# what a caller may send along, hoping that it opens the gate
CONTEXTS = [
    {"bypass_credit_check": True},
    {"skip_credit_check": True, "no_credit_check": True, "force": True},
    {"credit_release": True, "credit_released": True, "credit_hold": False},
    {"install_mode": True, "module": "credit_management"},
    {"import_file": True, "tracking_disable": True, "mail_notrack": True},
    {"default_state": "sale", "default_credit_exempt": True},
    {"send_email": True, "validate_analytic": True},
    {"active_test": False, "uid": 1, "su": True},
    {"credit_watched_orders": [1, 2, 3], "bin_size": True},
    {"lang": "en_US", "tz": "Pacific/Auckland"},
]


class GateCommon(CreditCommon):
    """Ways to reach the gate: by RPC, with a payment, as a portal user."""

    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call a public method as the web client of a user does."""
        # as a request begins: nothing that someone else may read is in the cache
        self.env.invalidate_all()
        env = self.env(user=user.id, context={}, su=False)
        if context:
            kwargs["context"] = context
        return call_kw(env[model], method, list(args), kwargs)

    def _confirm_or_hold(self, orders, user=None):
        """Press the form's Confirm button as a salesperson."""
        result = self._rpc(
            user or self.salesperson, "sale.order", "action_confirm_or_hold", orders.ids
        )
        self.env.invalidate_all()
        return result

    def _held(self, amount, **vals):
        """Return a quotation that its salesperson confirmed, and that was held."""
        order = self._quotation(amount, **vals)
        self._confirm_or_hold(order)
        self.assertEqual(order.credit_state, "hold")
        return order

    def _pending(self, order):
        """Return the open hold of an order."""
        return order.sudo().credit_hold_ids.filtered(lambda h: h.state == "pending")

    def _decide(self, orders, user=None, method="action_release", **kwargs):
        """Decide on the open holds of orders as a manager does by RPC."""
        holds = self._pending(orders)
        result = self._rpc(user or self.cfo, "credit.hold", method, holds.ids, **kwargs)
        self.env.invalidate_all()
        return result

    def _transaction(self, order, amount, state="done", **vals):
        """Return the online payment of an order, not yet in the books."""
        method = self.env.ref("payment.payment_method_unknown").sudo()
        provider = (
            self.env["payment.provider"]
            .sudo()
            .create(
                {
                    "name": "Bank of the test",
                    "code": "none",
                    "state": "test",
                    "company_id": order.company_id.id,
                    "payment_method_ids": [Command.set(method.ids)],
                }
            )
        )
        method.active = True
        return (
            self.env["payment.transaction"]
            .sudo()
            .create(
                {
                    "provider_id": provider.id,
                    "payment_method_id": method.id,
                    "reference": f"{order.name}-{provider.id}",
                    "amount": amount,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "sale_order_ids": [Command.set(order.ids)],
                    "state": state,
                    **vals,
                }
            )
        )

    def _portal_user(self, partner):
        """Return a portal user who belongs to a customer."""
        user = self._create_user("portal", "base.group_portal")
        user.partner_id.parent_id = partner
        return user

    def _now(self, **shift):
        return fields.Datetime.add(fields.Datetime.now(), **shift)
