from odoo import api, models

from ..check.credit_check import SEVERITY_RANK, CreditFinding
from ..check.credit_policy import RuleSetting

DISPUTED = "disputed"
# what a customer demands counts without any policy
PO_MISSING = RuleSetting("po_missing", "block")


class CreditRule(models.Model):
    _inherit = "credit.rule"

    def _find_disputed(self, case, setting):
        disputed = case.facts.get(DISPUTED, 0.0)
        if case.currency.compare_amounts(disputed, setting.amount) > 0:
            return self.env._(
                "%(disputed)s is contested; %(accepted)s is accepted.",
                disputed=self._money(case, disputed),
                accepted=self._money(case, setting.amount),
            )
        return None

    def _find_po_missing(self, case, setting):
        order = case.order
        if not order or not case.customer.credit_po_required:
            return None
        if (order.client_order_ref or "").strip():
            return None
        return self.env._(
            "The customer demands its purchase-order number: enter it as “Customer"
            " Reference” of the order."
        )


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    @api.model
    def _fact_queries(self, cases, company):
        # EXTENDS check: what is contested
        queries = super()._fact_queries(cases, company)
        if looked_at := self._looking_at(cases, DISPUTED):
            customers = self.env["res.partner"].concat(*looked_at)
            Exposure = self.env["credit.exposure"].sudo()
            queries[DISPUTED] = Exposure._disputed_query(company, customers)
        return queries

    @api.model
    def _findings(self, case):
        # EXTENDS check: a customer without a policy may demand its number as well
        findings = super()._findings(case)
        if case.policy or case.is_prepaid:
            return findings
        message = self.env["credit.rule"]._find(case, PO_MISSING)
        if not message:
            return findings
        severity = "pass" if case.customer.credit_exempt else PO_MISSING.severity
        findings.append(CreditFinding(PO_MISSING.code, severity, message))
        return sorted(findings, key=lambda finding: -SEVERITY_RANK[finding.severity])
