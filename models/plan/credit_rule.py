from odoo import api, models

from ..check.credit_check import CreditFinding

RULE = "payment_plan"


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_payment_plan(self, case, setting):
        order_rule = case.customer.credit_plan_order_rule
        if order_rule == "stop":
            return self.env._("No new orders while the customer's payment plan runs.")
        if order_rule and case.adds_exposure and not case.is_prepaid:
            return self.env._(
                "Orders are paid in advance while the customer's payment plan runs."
            )
        return None


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _findings(self, case):
        # EXTENDS check: finance's own word in the plan counts without any policy
        findings = [
            finding for finding in super()._findings(case) if finding.code != RULE
        ]
        message = self.env["credit.rule"]._find_payment_plan(case, None)
        if not message:
            return findings
        if case.customer.credit_exempt:
            return [*findings, CreditFinding(RULE, "pass", message)]
        return [CreditFinding(RULE, "block", message), *findings]
