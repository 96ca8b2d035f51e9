from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.limit import LIMITED, NONE, PREPAID, UNLIMITED, CreditLimit, resolve_limit
from ..exposure.credit_exposure import ExposureFigures
from ..exposure.res_partner import COMPARISONS, FIGURES_GROUPS
from .credit_policy import BLOCKING_MODES, LIMIT_MODES


class ResPartner(models.Model):
    """The limit and the policy that count now, all sources resolved."""

    _inherit = "res.partner"

    credit_limit_effective = fields.Monetary(
        string="Effective Limit",
        compute="_compute_credit_limit_effective",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
    )
    credit_limit_mode_effective = fields.Selection(
        LIMIT_MODES + [(NONE, "No limit set")],
        string="Effective Limit Mode",
        compute="_compute_credit_limit_effective",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_limit_source = fields.Char(
        string="Source of the Limit",
        compute="_compute_credit_limit_effective",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_limit_until = fields.Date(
        string="Limit Valid Until",
        compute="_compute_credit_limit_effective",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_available = fields.Monetary(
        string="Available",
        compute="_compute_credit_limit_effective",
        search="_search_credit_available",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        help="What is left below the limit; negative above it. Only customers"
        " with a limit have one.",
    )
    credit_blocking_mode_effective = fields.Selection(
        BLOCKING_MODES,
        string="Effective Blocking Mode",
        compute="_compute_credit_policy_effective",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_policy_effective_id = fields.Many2one(
        "credit.policy",
        string="Effective Policy",
        compute="_compute_credit_policy_effective",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )

    @api.depends_context("company", "lang")
    @api.depends(
        "commercial_partner_id",
        "credit_limit",
        "credit_limit_mode",
        "credit_policy_id",
        "credit_group_limit",
        "credit_limit_change_ids.state",
        "credit_limit_change_ids.amount",
        "credit_limit_change_ids.date_from",
        "credit_limit_change_ids.date_to",
        "parent_id.credit_group_limit",
    )
    def _compute_credit_limit_effective(self):
        limits = self._credit_limits(self.env.company)
        labels = self._credit_limit_source_labels()
        for partner in self:
            limit = limits[partner.commercial_partner_id]
            partner.credit_limit_mode_effective = limit.mode
            partner.credit_limit_source = labels[limit.source]
            partner.credit_limit_until = limit.valid_until
            partner.credit_limit_effective = limit.ceiling if limit.is_finite else 0.0
            partner.credit_available = (
                limit.ceiling - partner.credit_exposure if limit.is_finite else 0.0
            )

    @api.depends_context("company")
    @api.depends("commercial_partner_id", "credit_policy_id", "credit_blocking_mode")
    def _compute_credit_policy_effective(self):
        company = self.env.company._credit_company()
        for partner in self:
            customer = partner.commercial_partner_id.with_company(company)
            policy = customer._credit_policy()
            partner.credit_policy_effective_id = policy
            partner.credit_blocking_mode_effective = customer._credit_blocking_mode()

    @api.model
    def _search_credit_available(self, operator, value):
        if operator not in COMPARISONS:
            return NotImplemented
        # Odoo does not check the groups of a field that has a search method
        self._check_field_access(self._fields["credit_available"], "read")
        compare = COMPARISONS[operator]
        Partner = self.sudo().with_context(active_test=False)
        company = self.env.company
        currency = company.currency_id
        figures = self.env["credit.exposure"].sudo()._figures_of_all(company)
        limits = Partner._credit_limited_customers(figures)._credit_limits(company)
        nothing = ExposureFigures()
        found = [
            customer.id
            for customer, limit in limits.items()
            if limit.is_finite
            and compare(
                currency.round(
                    limit.ceiling - figures.get(customer.id, nothing).exposure
                ),
                value,
            )
        ]
        return Domain("commercial_partner_id", "in", found)

    @api.model
    def _credit_limited_customers(self, figures):
        """Return the customers that may have a limit or that owe something."""
        return self.browse(figures) | self.search(
            Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        ).filtered(lambda partner: partner == partner.commercial_partner_id)

    # ------------------------------------------------------------------
    # The limit and the policy that count
    # ------------------------------------------------------------------

    def _fetch_credit_terms(self, company):
        """Read all that a decision on these contacts looks at, in one query.

        That is what finance set on their companies, and on the groups of those.
        """
        if not self:
            return
        self.flush_model(["commercial_partner_id", "parent_id"])
        answering = SQL(
            """(SELECT unnest(ARRAY[
                       contact.id, customer.id, parent.id, parent.commercial_partner_id
                   ])
                 FROM res_partner contact
                 JOIN res_partner customer
                   ON customer.id = contact.commercial_partner_id
            LEFT JOIN res_partner parent ON parent.id = customer.parent_id
                WHERE contact.id IN %s)""",
            self._ids,
        )
        Partner = self.sudo().with_company(company._credit_company())
        Partner.with_context(active_test=False).search_fetch(
            [("id", "in", answering)], self._credit_term_names(), order="id"
        )

    @api.model
    def _credit_term_names(self):
        """Return the stored fields that decisions on a customer depend on.

        Extend for those of another room.
        """
        terms = sorted(self._credit_stored_terms())
        return ["commercial_partner_id", "parent_id", *terms]

    def _credit_limits(self, company):
        """Return the limit of each customer towards a company.

        :param company: ``res.company``; a branch stands for its root company
        :return: limits by commercial partner, in company currency
        :rtype: dict[res.partner, CreditLimit]
        """
        customers = self.commercial_partner_id.sudo().with_company(
            company._credit_company()
        )
        return {
            # the keys as the caller knows them, without elevated rights
            customer.with_env(self.env): resolve_limit(**sources)
            for customer, sources in customers._credit_limit_sources().items()
        }

    def _credit_limit_sources(self):
        """Return what speaks about the limit of each customer of the batch.

        Call it on commercial partners, in the root company. Extend to add a
        source: an insurer's ``additions``, another of the ``caps``.

        :return: keyword arguments of :func:`tools.limit.resolve_limit`
        :rtype: dict[res.partner, dict[str, list]]
        """
        changes = self.env["credit.limit.change"]._running_changes(self)
        sources = {}
        for customer in self:
            policy = customer._credit_policy()
            bases = [policy._terms().limit, customer._credit_own_limit()]
            bases += [change._limit() for change in changes.get(customer._origin, ())]
            group_limit = customer._credit_group().credit_group_limit
            caps = [CreditLimit(LIMITED, group_limit, "group")] if group_limit else []
            sources[customer] = {"bases": bases, "additions": [], "caps": caps}
        return sources

    def _credit_own_limit(self):
        """Return the permanent limit set on the customer itself."""
        mode = self.credit_limit_mode
        if mode in (UNLIMITED, PREPAID):
            return CreditLimit(mode, 0.0, "own")
        if mode == LIMITED or self.credit_limit > 0:
            return CreditLimit(LIMITED, self.credit_limit, "own")
        return CreditLimit()

    def _credit_group(self):
        """Return the parent company that may share its limit, or the customer."""
        return self.parent_id.commercial_partner_id or self

    def _credit_policy(self):
        """Return the customer's policy, else the company's default one."""
        own = self.credit_policy_id
        return own or self.env.company.sudo().credit_policy_id

    def _credit_blocking_mode(self):
        """Return the blocking mode: the customer's, the policy's or the company's."""
        return (
            self.credit_blocking_mode
            or self._credit_policy()._terms().blocking_mode
            or self.env.company.sudo().credit_blocking_mode
        )

    @api.model
    def _credit_limit_source_labels(self):
        return {
            "none": self.env._("No limit set"),
            "own": self.env._("Customer's own limit"),
            "policy": self.env._("Policy"),
            "temporary": self.env._("Temporary limit"),
            "group": self.env._("Limit of the group"),
        }

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + ["credit_available"]
