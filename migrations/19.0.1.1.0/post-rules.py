"""Give the policies that exist the rules that the catalogue has gained."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    policies = env["credit.policy"].with_context(active_test=False).search([])
    rules = env["credit.rule"].search([])
    env["credit.policy.rule"].create(
        [
            {
                "policy_id": policy.id,
                "rule_id": rule.id,
                "severity": rule.default_severity,
                "days": rule.default_days,
                "amount": rule.default_amount,
                "percent": rule.default_percent,
            }
            for policy in policies
            for rule in rules - policy.rule_ids.rule_id
        ]
    )
