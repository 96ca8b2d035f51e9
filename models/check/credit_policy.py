from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import ormcache

from .credit_rule import SEVERITIES


class RuleSetting(NamedTuple):
    """A rule as one policy wants it: plain values, safe to keep in a cache."""

    code: str
    severity: str
    days: int = 0
    amount: float = 0.0
    percent: float = 0.0


# finance's own word, and the limit itself, count without any policy
STOPPED = RuleSetting("customer_stopped", "block")
WITHOUT_POLICY = (
    RuleSetting("limit_exceeded", "block"),
    RuleSetting("group_limit_exceeded", "block"),
)


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    def _default_rule_ids(self):
        return [
            Command.create(
                {
                    "rule_id": rule.id,
                    "severity": rule.default_severity,
                    "days": rule.default_days,
                    "amount": rule.default_amount,
                    "percent": rule.default_percent,
                }
            )
            for rule in self.env["credit.rule"].sudo().search([])
        ]

    rule_ids = fields.One2many(
        "credit.policy.rule",
        "policy_id",
        string="Rules",
        copy=True,
        default=lambda self: self._default_rule_ids(),
    )

    def _rule_settings(self):
        """Return the rules in force under the policy, those without one otherwise.

        :rtype: tuple[RuleSetting]
        """
        if not self:
            return WITHOUT_POLICY
        return self._cached_rule_settings(self._version())

    @ormcache("self.id", "version")
    def _cached_rule_settings(self, version):
        rules = self.sudo().rule_ids.filtered(lambda rule: rule.severity != "none")
        return tuple(
            RuleSetting(rule.code, rule.severity, rule.days, rule.amount, rule.percent)
            for rule in rules
        )


class CreditPolicyRule(models.Model):
    """What one rule does under one policy, from which threshold on."""

    _name = "credit.policy.rule"
    _description = "Rule of a Credit Policy"
    _order = "policy_id, sequence, id"

    policy_id = fields.Many2one(
        "credit.policy", required=True, index=True, ondelete="cascade"
    )
    rule_id = fields.Many2one("credit.rule", required=True, ondelete="cascade")
    code = fields.Char(related="rule_id.code")
    description = fields.Text(related="rule_id.description")
    sequence = fields.Integer(related="rule_id.sequence", store=True)
    uses_days = fields.Boolean(related="rule_id.uses_days")
    uses_amount = fields.Boolean(related="rule_id.uses_amount")
    uses_percent = fields.Boolean(related="rule_id.uses_percent")
    severity = fields.Selection(SEVERITIES, required=True, default="block")
    days = fields.Integer(help="More days than these count against the customer.")
    amount = fields.Monetary(help="More than this counts against the customer.")
    percent = fields.Float(string="% of Limit")
    company_id = fields.Many2one(related="policy_id.company_id")
    currency_id = fields.Many2one(related="policy_id.currency_id")

    _rule_once = models.UniqueIndex(
        "(policy_id, rule_id)", "A policy has each rule at most once."
    )
    _thresholds_positive = models.Constraint(
        "CHECK(days >= 0 AND amount >= 0 AND percent >= 0)",
        "Thresholds are 0 or more.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        with self.env["credit.policy"]._changing():
            return super().create(vals_list)

    def write(self, vals):
        with self.env["credit.policy"]._changing():
            return super().write(vals)

    def unlink(self):
        with self.env["credit.policy"]._changing():
            return super().unlink()
