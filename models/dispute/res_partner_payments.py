from odoo import fields, models

from ..limit.res_partner import FINANCE_GROUP


class ResPartner(models.Model):
    """Whether a payment of the customer may end something."""

    _inherit = "res.partner"

    credit_payments_watched = fields.Boolean(
        readonly=True,
        copy=False,
        groups=FINANCE_GROUP,
        help="Tells bookkeeping, at no cost, that a payment may end a dispute or a"
        " payment plan. Set by the first one of the customer, for good.",
    )

    def _watch_payments(self):
        """From now on, payments of the customers look for what they end."""
        customers = self.sudo().commercial_partner_id
        customers.filtered(
            lambda customer: not customer.credit_payments_watched
        ).credit_payments_watched = True
