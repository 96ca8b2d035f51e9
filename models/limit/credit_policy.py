from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache

from ...tools.limit import NEAR_PERCENT, CreditLimit

BLOCKING_MODES = [("none", "No control"), ("warn", "Warn"), ("block", "Block")]
LIMIT_MODES = [
    ("limited", "Limited"),
    ("unlimited", "Unlimited"),
    ("prepaid", "Prepaid only"),
]


class PolicyTerms(NamedTuple):
    """What a policy says of its customers: plain values, safe to keep in a cache."""

    blocking_mode: str | bool = False
    limit: CreditLimit = CreditLimit()


class CreditPolicy(models.Model):
    """What the company does with one type of customer."""

    _name = "credit.policy"
    _description = "Credit Policy"
    _inherit = ["credit.policy.mixin"]
    _check_company_auto = True

    blocking_mode = fields.Selection(
        BLOCKING_MODES,
        required=True,
        default="none",
        tracking=True,
        help="The strongest effect of the rules: with “Warn”, a rule that blocks"
        " only warns; with “No control”, nothing is checked.",
    )
    limit_mode = fields.Selection(
        LIMIT_MODES,
        string="Default Limit Mode",
        tracking=True,
        help="For customers without a limit of their own. Empty: no limit is set,"
        " which the rule “Limit missing” can catch.",
    )
    limit_amount = fields.Monetary(string="Default Limit", tracking=True)
    near_percent = fields.Float(
        string="Near the Limit (%)",
        default=NEAR_PERCENT,
        help="From this part of the limit on, the traffic light turns orange.",
    )
    release_tolerance = fields.Float(
        string="Release Tolerance (%)",
        default=5.0,
        tracking=True,
        help="A released order may grow by this much before it is checked again.",
    )
    release_validity_days = fields.Integer(
        string="Release Validity (days)",
        default=7,
        tracking=True,
        help="A release not used within these days is checked again.",
    )
    decision_hours = fields.Float(
        string="Time to Decide (hours)",
        default=4.0,
        help="Target for deciding on a hold, in the company's working hours.",
    )
    authority_amount = fields.Monetary(
        string="Authority of Every Manager",
        tracking=True,
        help="Excess above the limit that any credit manager may accept under this"
        " policy. Higher amounts need a personal authority, set on the user.",
    )
    review_months = fields.Integer(
        string="Review Limits Every (months)",
        default=12,
        help="0: limits granted under this policy have no review date.",
    )
    partner_count = fields.Integer(compute="_compute_partner_count")

    _limit_amount_positive = models.Constraint(
        "CHECK(limit_amount >= 0)", "A credit limit is 0 or more."
    )
    _authority_amount_positive = models.Constraint(
        "CHECK(authority_amount >= 0)", "An authority is 0 or more."
    )
    _percents_valid = models.Constraint(
        "CHECK(release_tolerance BETWEEN 0 AND 100 AND near_percent BETWEEN 0 AND 100)",
        "Percentages lie between 0 and 100.",
    )
    _durations_positive = models.Constraint(
        "CHECK(release_validity_days >= 0 AND decision_hours > 0"
        " AND review_months >= 0)",
        "Durations are 0 or more, and the time to decide is more than 0.",
    )

    def _compute_partner_count(self):
        groups = self.env["res.partner"]._read_group(
            [("credit_policy_id", "in", self.ids)], ["credit_policy_id"], ["__count"]
        )
        counts = dict(groups)
        for policy in self:
            policy.partner_count = counts.get(policy, 0)

    @api.constrains("company_id")
    def _check_company_is_root(self):
        for policy in self:
            if policy.company_id and policy.company_id.parent_id:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch: its customers follow the policies of"
                        " %(company)s. Choose that company.",
                        branch=policy.company_id.display_name,
                        company=policy.company_id.root_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        with self._changing():
            return super().create(vals_list)

    def write(self, vals):
        with self._changing():
            return super().write(vals)

    def unlink(self):
        with self._changing():
            return super().unlink()

    @api.model
    @contextmanager
    def _changing(self):
        """Check that the user may change policies, and outdate what is cached.

        Before the change as well: what is read in its midst is never read again.
        """
        self._check_policy_authority()
        self._outdate()
        yield
        self._outdate()

    def _outdate(self):
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        companies.search(Domain.TRUE).credit_policies_version = uuid4().hex

    @api.model
    def _check_policy_authority(self):
        """Check that the user may set what all the others are bound by.

        :raises AccessError: no credit manager with an unlimited authority
        """
        if self.env.su or self.env.user.sudo().credit_authority_unlimited:
            return
        raise AccessError(
            self.env._(
                "A policy binds every credit manager: only one with an unlimited"
                " authority changes it."
            )
        )

    def action_view_partners(self):
        """Open the customers that follow the policy by their own choice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Customers under %s", self.name),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("credit_policy_id", "=", self.id)],
        }

    def _terms(self):
        """Return the mode and the limit that the policy gives to its customers."""
        return self._cached_terms(self._version()) if self else PolicyTerms()

    @ormcache("self.id", "version")
    def _cached_terms(self, version):
        policy = self.sudo()
        if not policy.limit_mode:
            return PolicyTerms(policy.blocking_mode)
        limit = CreditLimit(policy.limit_mode, policy.limit_amount, "policy")
        return PolicyTerms(policy.blocking_mode, limit)

    def _version(self):
        """Return what is never the same again once any policy has changed.

        It is the key of what is cached of policies, and it is read by each
        transaction along with its company: so no transaction decides on a policy
        that it would not read from the database itself. Odoo's signal to the
        other workers comes later, and not to transactions that are under way.
        """
        return self.env.company.sudo().credit_policies_version
