from odoo import fields, models
from odoo.tools import SQL, split_every

from ...tools.limit import NEAR_PERCENT, NONE
from .credit_policy import LIMIT_MODES

# customers whose limits are in memory at once
BATCH = 20000


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

    def _refresh_company(self, company):
        # EXTENDS exposure
        result = super()._refresh_company(company)
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id, round(exposure, %s)
                     FROM credit_customer_exposure
                    WHERE company_id = %s""",
                company.currency_id.decimal_places,
                company.id,
            )
        )
        for batch in split_every(BATCH, rows):
            self._write_limits(company, dict(batch))
        self.invalidate_model(flush=False)
        return result

    def _write_limits(self, company, exposures):
        """Write the limits next to the exposures of a batch of customers.

        :param dict exposures: by id of commercial partner
        """
        customers = self.env["res.partner"].browse(exposures).with_company(company)
        self._fetch_terms(customers)
        values = [
            self._limit_values(customer, limit, exposures[customer.id])
            for customer, limit in customers._credit_limits(company).items()
        ]
        # nothing of this stays in memory when the next batch comes
        customers.invalidate_recordset(flush=False)
        columns = [list(column) for column in zip(*values, strict=True)]
        self.env.cr.execute(
            SQL(
                """UPDATE credit_customer_exposure snapshot
                      SET limit_mode = limits.limit_mode,
                          credit_limit = limits.credit_limit,
                          available = limits.available,
                          usage = limits.usage,
                          status = limits.status,
                          is_stopped = limits.is_stopped,
                          policy_id = limits.policy_id,
                          user_id = partner.user_id,
                          country_id = partner.country_id
                     FROM unnest(%s::int[], %s::varchar[], %s::numeric[],
                                 %s::numeric[], %s::float[], %s::varchar[],
                                 %s::boolean[], %s::int[])
                          AS limits(partner_id, limit_mode, credit_limit, available,
                                    usage, status, is_stopped, policy_id)
                     JOIN res_partner partner ON partner.id = limits.partner_id
                    WHERE snapshot.partner_id = limits.partner_id
                      AND snapshot.company_id = %s""",
                *columns,
                company.id,
            )
        )

    def _fetch_terms(self, customers):
        """Load what the limits depend on, a query for the whole batch each time."""
        customers.fetch(
            [
                "commercial_partner_id", "parent_id", "credit_limit",
                "credit_limit_mode", "credit_policy_id", "credit_group_limit",
                "credit_stopped",
            ]
        )  # fmt: skip
        customers.parent_id.fetch(["commercial_partner_id"])
        groups = customers.parent_id.commercial_partner_id - customers
        groups.fetch(["credit_group_limit"])

    def _limit_values(self, customer, limit, exposure):
        """Return the columns of a customer that its limit decides on."""
        policy = customer._credit_policy()
        ceiling = limit.ceiling if limit.is_finite else None
        return (
            customer.id,
            limit.mode,
            ceiling or 0.0,
            ceiling - exposure if limit.is_finite else None,
            100 * exposure / ceiling if ceiling else None,
            self._status(
                limit, exposure, policy.near_percent if policy else NEAR_PERCENT
            ),
            customer.credit_stopped,
            policy.id or None,
        )

    def _status(self, limit, exposure, near_percent):
        """Tell where an exposure stands: ``ok``, ``near``, ``over`` or ``none``."""
        if limit.mode == NONE:
            return "none"
        if not limit.is_finite:
            return "ok"
        if exposure > limit.ceiling:
            return "over"
        return "near" if limit.is_near(exposure, near_percent) else "ok"
