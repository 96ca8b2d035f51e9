from odoo import models

from ...tools.limit import LIMITED, NONE, UNLIMITED, resolve_limit
from .res_partner_authority import STRENGTH


class ResPartner(models.Model):
    """The terms of customers that turn out to be one and the same."""

    _inherit = "res.partner"

    def _unify_credit_terms(self):
        """Give the customers the strictest of their terms, in each company."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        for company in companies.search([("parent_id", "=", False)]):
            # whoever merges contacts may do without any right on credit terms
            customers = self.sudo().with_company(company)
            names = self._credit_stored_terms()
            if any(customer[name] for customer in customers for name in names):
                customers.write(customers._strictest_credit_terms())

    def _strictest_credit_terms(self):
        """Return the values of the strictest terms among those of the customers.

        The policy is that of the customer who is controlled most.
        """
        controlled = max(self, key=lambda c: STRENGTH[c._credit_blocking_mode()])
        stopped = self.filtered("credit_stopped")
        is_exempt = not stopped and all(self.mapped("credit_exempt"))
        reasons = self.mapped("credit_exempt_reason") if is_exempt else []
        return {
            "credit_blocking_mode": controlled.credit_blocking_mode,
            "credit_policy_id": controlled.credit_policy_id.id,
            **self._strictest_limit(controlled._credit_policy()._terms().limit),
            "credit_group_limit": min(
                filter(None, self.mapped("credit_group_limit")), default=0.0
            ),
            "credit_review_date": min(
                filter(None, self.mapped("credit_review_date")), default=False
            ),
            "credit_stopped": bool(stopped),
            "credit_stop_reason": self._joined(stopped.mapped("credit_stop_reason")),
            "credit_exempt": is_exempt,
            "credit_exempt_reason": self._joined(reasons),
        }

    def _strictest_limit(self, of_policy):
        """Return the values of the lowest limit, empty when it is the policy's."""
        limits = [
            resolve_limit(
                [customer._credit_policy()._terms().limit, customer._credit_own_limit()]
            )
            for customer in self
        ]

        def laxity(limit):
            return (
                not limit.is_finite,
                limit.ceiling if limit.is_finite else 0.0,
                limit.mode == UNLIMITED,
            )

        limit = min(limits, key=laxity)
        if limit == of_policy or limit.mode == NONE:
            return {"credit_limit_mode": False, "credit_limit": 0.0}
        amount = limit.amount if limit.mode == LIMITED else 0.0
        return {"credit_limit_mode": limit.mode, "credit_limit": amount}

    def _joined(self, reasons):
        return "; ".join(dict.fromkeys(filter(None, reasons))) or False
