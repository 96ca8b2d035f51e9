from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import formatLang

from ...tools.limit import LIMITED, NONE, PREPAID, UNLIMITED, CreditLimit, resolve_limit
from ..exposure.credit_exposure import ExposureFigures
from ..exposure.res_partner import COMPARISONS, FIGURES_GROUPS
from .credit_policy import BLOCKING_MODES, LIMIT_MODES

FINANCE_GROUP = "credit_management.group_credit_user"
MANAGER_GROUP = "credit_management.group_credit_manager"
# beyond this, a limit is a typing mistake
HIGHEST_LIMIT = 1e12


def finance_field(field_type, *args, **attributes):
    """Return a field that finance sets, by company, on the commercial partner."""
    return field_type(
        *args, company_dependent=True, tracking=True, groups=FINANCE_GROUP, **attributes
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    # decided by finance
    credit_limit = fields.Float(
        groups="account.group_account_invoice,account.group_account_readonly,"
        "credit_management.group_credit_user",
        tracking=True,
    )
    credit_limit_mode = finance_field(
        fields.Selection,
        LIMIT_MODES,
        string="Limit Mode",
        help="Empty: the customer's own limit when there is one, else the policy's.",
    )
    credit_blocking_mode = finance_field(
        fields.Selection,
        BLOCKING_MODES,
        string="Blocking Mode",
        help="Empty: as the policy says, else the company.",
    )
    credit_policy_id = finance_field(
        fields.Many2one,
        "credit.policy",
        string="Credit Policy",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    credit_group_limit = finance_field(
        fields.Float,
        string="Limit of the Group",
        help="Shared by the company and its subsidiaries. 0: no shared limit.",
    )
    credit_review_date = finance_field(fields.Date, string="Review of the Limit")
    credit_stopped = finance_field(fields.Boolean, string="Stopped by Finance")
    credit_stop_reason = finance_field(fields.Char, string="Reason of the Stop")
    credit_exempt = finance_field(
        fields.Boolean,
        string="Exempt from Blocking",
        help="The rules are checked and logged, but nothing stops an order.",
    )
    credit_exempt_reason = finance_field(fields.Char, string="Reason of the Exemption")

    # what counts now, all sources resolved
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
    credit_limit_change_ids = fields.One2many(
        "credit.limit.change", "partner_id", groups=FIGURES_GROUPS
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
            bases = [policy._limit(), customer._credit_own_limit()]
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
            or self._credit_policy().blocking_mode
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

    # ------------------------------------------------------------------
    # Who may decide
    # ------------------------------------------------------------------

    @api.model
    def _credit_guarded_names(self):
        """Return the fields that weaken or strengthen the check."""
        return {
            "credit_limit", "credit_limit_mode", "credit_blocking_mode",
            "credit_policy_id", "credit_group_limit", "credit_review_date",
            "credit_stopped", "credit_stop_reason", "credit_exempt",
            "credit_exempt_reason", "use_partner_credit_limit",
        }  # fmt: skip

    @api.model
    def default_get(self, fields):
        # neither a context nor a user's own default decides for finance; the
        # company's default stands for customers without a value of their own
        values = super().default_get(fields)
        if self.env.su:
            return values
        guarded = self._credit_guarded_names()
        return {name: value for name, value in values.items() if name not in guarded}

    @api.model_create_multi
    def create(self, vals_list):
        self._check_credit_moves(vals_list)
        guarded = self._credit_guarded_names()
        if any(vals[name] for vals in vals_list for name in guarded & vals.keys()):
            self._check_credit_manager()
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if vals.get("credit_limit"):
                partner._check_credit_raise(0.0, vals["credit_limit"])
            partner._complete_credit_terms(vals)
        return partners

    def _complete_credit_terms(self, vals):
        """Give a new customer its terms in the root company, and their history."""
        root = self.env.company._credit_company()
        terms = {
            name: vals[name] for name in self._credit_guarded_names() & vals.keys()
        }
        if terms and root != self.env.company:
            self.write(terms)
        elif vals.get("credit_limit"):
            self._log_credit_limit({self.sudo(): 0.0})

    def write(self, vals):
        self._check_credit_moves([vals])
        guarded = self._credit_guarded_names() & vals.keys()
        if not guarded:
            return super().write(vals)
        if not self._credit_copies_company(vals, guarded):
            self._check_credit_manager()
        root = self.env.company._credit_company()
        if root != self.env.company and guarded != vals.keys():
            # the other values are those of the branch
            self.write({k: v for k, v in vals.items() if k not in guarded})
            vals = {k: v for k, v in vals.items() if k in guarded}
        partners = self.with_company(root)
        before = {partner: partner.credit_limit for partner in partners.sudo()}
        result = super(ResPartner, partners).write(vals)
        self.env["credit.exposure.source"]._outdate_credit_figures()
        if "credit_limit" in vals:
            partners._log_credit_limit(before)
        return result

    def _check_credit_manager(self):
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            return
        raise AccessError(
            self.env._(
                "Only a credit manager sets the credit terms of a customer. Ask for"
                " a limit from the customer's “Credit” tab: finance decides."
            )
        )

    def _check_credit_moves(self, vals_list):
        """Check that nobody hides a customer behind another one.

        :raises AccessError: the company that answers is written by hand, or a
            subsidiary leaves the shared limit of its group
        """
        if self.env.su:
            return
        if any("commercial_partner_id" in vals for vals in vals_list):
            raise AccessError(
                self.env._("Odoo finds the company of a contact, nobody writes it.")
            )
        if not any({"parent_id", "is_company"} & vals.keys() for vals in vals_list):
            return
        company = self.env.company._credit_company()
        for partner in self.sudo().with_company(company):
            group = partner._credit_group()
            if (
                partner == partner.commercial_partner_id
                and group != partner
                and group.credit_group_limit
                and any(
                    vals.get("parent_id", partner.parent_id.id) != partner.parent_id.id
                    for vals in vals_list
                )
                and not self.env.user.has_group(MANAGER_GROUP)
            ):
                raise AccessError(
                    self.env._(
                        "%(customer)s shares the credit limit of %(group)s: only a"
                        " credit manager takes it out of the group.",
                        customer=partner.display_name,
                        group=group.display_name,
                    )
                )

    def _credit_copies_company(self, vals, guarded):
        """Tell whether contacts merely receive their company's limit.

        Odoo writes it with the rights of whoever creates the contact.
        """
        return guarded == {"credit_limit"} and all(
            partner.commercial_partner_id != partner
            and partner.commercial_partner_id.credit_limit == vals["credit_limit"]
            for partner in self.sudo()
        )

    def _log_credit_limit(self, before):
        """Record each permanent change of limit, whoever wrote it."""
        changed = self.filtered(
            lambda partner: (
                partner.commercial_partner_id == partner
                and partner.sudo().credit_limit != before[partner.sudo()]
            )
        )
        for partner in changed:
            partner._check_credit_raise(
                before[partner.sudo()], partner.sudo().credit_limit
            )
        self.env["credit.limit.change"]._record_direct(
            {partner: before[partner.sudo()] for partner in changed}
        )

    def _check_credit_raise(self, before, after):
        """Check the user's authority to raise a limit.

        :raises AccessError: the raise is above the user's authority
        """
        if self.env.su or after <= before:
            return
        company = self.env.company._credit_company()
        policy = self.sudo().with_company(company)._credit_policy()
        currency = company.currency_id
        if not self.env.user._has_credit_authority(
            after - before, currency, policy.authority_amount
        ):
            raise AccessError(
                self.env._(
                    "Raising the limit of %(customer)s by %(amount)s is above your"
                    " authority. Request the limit: a manager with a higher"
                    " authority approves it.",
                    customer=self.display_name,
                    amount=formatLang(self.env, after - before, currency_obj=currency),
                )
            )

    @api.constrains("credit_limit", "credit_group_limit")
    def _check_credit_limit(self):
        for partner in self.sudo():
            for amount in (partner.credit_limit, partner.credit_group_limit):
                if not 0 <= amount <= HIGHEST_LIMIT:
                    raise ValidationError(
                        self.env._(
                            "%(amount)s is no credit limit for %(customer)s: enter an"
                            " amount between 0 and %(highest)s, or choose the mode"
                            " “Unlimited”.",
                            amount=formatLang(self.env, amount),
                            customer=partner.display_name,
                            highest=formatLang(self.env, HIGHEST_LIMIT, digits=0),
                        )
                    )

    @api.constrains(
        "credit_stopped", "credit_stop_reason", "credit_exempt", "credit_exempt_reason"
    )
    def _check_credit_reasons(self):
        for partner in self.sudo():
            if partner.credit_stopped and not partner.credit_stop_reason:
                raise ValidationError(
                    self.env._("Say why %s is stopped.", partner.display_name)
                )
            if partner.credit_exempt and not partner.credit_exempt_reason:
                raise ValidationError(
                    self.env._("Say why %s is exempt.", partner.display_name)
                )
            if partner.credit_stopped and partner.credit_exempt:
                raise ValidationError(
                    self.env._(
                        "%s is exempt from blocking: end the exemption before you"
                        " stop the customer.",
                        partner.display_name,
                    )
                )

    @api.constrains(
        "credit_policy_id",
        "credit_limit_mode",
        "credit_blocking_mode",
        "credit_stopped",
        "credit_exempt",
        "credit_group_limit",
    )
    def _check_credit_terms_on_company(self):
        names = self._credit_guarded_names() - {
            "credit_limit", "use_partner_credit_limit"
        }  # fmt: skip
        for partner in self.sudo():
            customer = partner.commercial_partner_id
            if customer != partner and any(partner[name] for name in names):
                raise UserError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: set the credit"
                        " terms on %(customer)s.",
                        contact=partner.display_name,
                        customer=customer.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Stop and resume
    # ------------------------------------------------------------------

    def action_credit_stop(self, reason):
        """Stop the orders of the customers.

        :param str reason: shown to the salesperson
        :raises AccessError: the user is not a credit manager
        :raises UserError: no reason is given
        """
        self._check_credit_manager()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the customer is stopped."))
        self.commercial_partner_id.write(
            {"credit_stopped": True, "credit_stop_reason": reason.strip()}
        )

    def action_credit_resume(self, reason=""):
        """Let the stopped customers order again.

        :param str reason: kept in the customers' chatter
        :raises AccessError: the user is not a credit manager
        """
        self._check_credit_manager()
        customers = self.commercial_partner_id
        customers.write({"credit_stopped": False, "credit_stop_reason": False})
        for customer in customers if (reason or "").strip() else ():
            customer.message_post(body=self.env._("Resumed: %s", reason))
