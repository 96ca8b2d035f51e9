from odoo import fields, models

from ...tools.limit import NEAR_PERCENT, NONE
from .credit_policy import LIMIT_MODES


class CreditCustomerExposure(models.Model):
    """The limits next to the exposures, as of the same refresh."""

    _inherit = "credit.customer.exposure"

    limit_mode = fields.Selection([*LIMIT_MODES, (NONE, "No limit set")], readonly=True)
    credit_limit = fields.Monetary(string="Limit", readonly=True)
    available = fields.Monetary(
        readonly=True,
        help="What is left below the limit; negative above it. Only customers with a"
        " limit have one.",
    )
    usage = fields.Float(
        string="Usage (%)",
        readonly=True,
        aggregator=None,
        help="Exposure in percent of the limit.",
    )
    status = fields.Selection(
        [
            ("ok", "Within limit"),
            ("near", "Near limit"),
            ("over", "Over limit"),
            ("none", "No limit"),
        ],
        readonly=True,
    )
    is_stopped = fields.Boolean(string="Stopped", readonly=True)
    policy_id = fields.Many2one("credit.policy", readonly=True, ondelete="set null")
    user_id = fields.Many2one(
        "res.users", string="Salesperson", readonly=True, ondelete="set null"
    )
    country_id = fields.Many2one("res.country", readonly=True, ondelete="set null")

    _available_idx = models.Index("(company_id, available, id)")

    def _snapshot_columns(self, company, figures):
        # EXTENDS exposure
        columns = super()._snapshot_columns(company, figures)
        customers = self.env["res.partner"].browse(figures).with_company(company)
        self._fetch_terms(customers)
        limits = customers._credit_limits(company)
        rows = [
            self._limit_values(
                customer, limits[customer.commercial_partner_id], figures[customer.id]
            )
            for customer in customers
        ]
        # nothing of this stays in memory when the next batch comes
        customers.invalidate_recordset()
        return columns | {name: [row[name] for row in rows] for name in rows[0]}

    def _fetch_terms(self, customers):
        """Load what the limits depend on, a query for the whole batch each time."""
        customers.fetch(
            [
                "commercial_partner_id", "parent_id", "credit_limit",
                "credit_limit_mode", "credit_policy_id", "credit_group_limit",
                "credit_stopped", "user_id", "country_id",
            ]
        )  # fmt: skip
        customers.parent_id.fetch(["commercial_partner_id"])
        groups = customers.parent_id.commercial_partner_id - customers
        groups.fetch(["credit_group_limit"])

    def _limit_values(self, customer, limit, found):
        """Return the columns of a customer that its limit decides on."""
        policy = customer._credit_policy()
        ceiling = limit.ceiling if limit.is_finite else None
        near_percent = policy.near_percent if policy else NEAR_PERCENT
        return {
            "limit_mode": limit.mode,
            "credit_limit": ceiling or 0.0,
            "available": ceiling - found.exposure if limit.is_finite else None,
            "usage": 100 * found.exposure / ceiling if ceiling else None,
            "status": self._status(limit, found.exposure, near_percent),
            "is_stopped": customer.credit_stopped,
            "policy_id": policy.id or None,
            "user_id": customer.user_id.id or None,
            "country_id": customer.country_id.id or None,
        }

    def _status(self, limit, exposure, near_percent):
        """Tell where an exposure stands: ``ok``, ``near``, ``over`` or ``none``."""
        if limit.mode == NONE:
            return "none"
        if not limit.is_finite:
            return "ok"
        if exposure > limit.ceiling:
            return "over"
        return "near" if limit.is_near(exposure, near_percent) else "ok"
