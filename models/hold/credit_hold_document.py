from dataclasses import dataclass, replace
from typing import Any

from odoo import fields, models

from ..check.credit_check import CreditFinding, worst_severity

KEPT = "kept_by_finance"


@dataclass(frozen=True)
class CreditVerdict:
    """What the gate says of one document.

    :param excess: of the exposure above the limit, orders before it included
    :param release: the decision of finance that lets it pass, if there is one
    """

    case: Any
    findings: tuple
    release: Any = None

    @property
    def is_stopped(self):
        return worst_severity(self.findings) == "block" and not self.release

    @property
    def excess(self):
        return max(self.case.excess, self.case.group_excess)


class CreditHoldDocument(models.AbstractModel):
    """What a credit hold can stop: an order, or what another module adds.

    A document has ``credit_hold_ids``, whose inverse field on the hold is what
    :meth:`credit.hold._document` returns. It also has the methods
    ``_credit_verdicts(all_pass, serialise)``, by document, and
    ``_credit_amounts()``, whose ``order_total`` a release is measured by.
    """

    _name = "credit.hold.document"
    _description = "Document that a Credit Hold Can Stop"

    # of the task for whoever has to answer finance, or to go on
    _credit_activity_type = "credit_management.mail_activity_type_hold_facts"

    credit_has_pending_hold = fields.Boolean(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="Tells the gate, at no cost, whether there are holds to look at.",
    )

    def _credit_seller(self):
        """Return the salesperson, who never decides; nobody where there is none."""
        return self.env["res.users"]

    def _credit_addressee(self):
        """Return whom finance writes to when it refuses."""
        return self.partner_id

    def _credit_hold_values(self, case):
        """Return what a hold keeps of the document, besides its case.

        :param CreditCase case: the document as the rules look at it
        """
        raise NotImplementedError

    def _credit_pending_holds(self):
        """Return the open holds, at no cost when there are none."""
        held = self.sudo().filtered("credit_has_pending_hold")
        return held.credit_hold_ids.filtered(lambda hold: hold.state == "pending")

    def _mark_pending_hold(self):
        """Bring `credit_has_pending_hold` up to date."""
        pending = "pending" in self.credit_hold_ids.mapped("state")
        if self.credit_has_pending_hold != pending:
            self.credit_has_pending_hold = pending

    def _close_credit_holds(self, state, decision):
        """Close the open holds, on which finance need not decide any more."""
        for hold in self._credit_pending_holds():
            hold._close(state, decision)
            if state == "released":
                hold.decided_by_id = False

    # ------------------------------------------------------------------
    # What the rules and finance say
    # ------------------------------------------------------------------

    def _credit_verdict(self, case):
        """Return what the rules and finance's decisions say of one document."""
        verdict = CreditVerdict(case, self._credit_findings(case))
        if verdict.is_stopped and verdict.findings[0].code != KEPT:
            verdict = replace(verdict, release=self._credit_release(case))
        return verdict

    def _credit_findings(self, case):
        """Return all that speaks against the document, in the user's language."""
        Check = self.env["credit.check"].with_company(case.company)
        kept = self._credit_kept_finding()
        return tuple([kept] if kept else []) + tuple(Check._findings(case))

    def _credit_kept_finding(self):
        """Return what stops a document that finance keeps, None for the others."""
        if not any(self._credit_pending_holds().mapped("is_forced")):
            return None
        return CreditFinding(
            KEPT,
            "block",
            self.env._("Finance keeps the order on hold until it decides."),
        )

    def _credit_release(self, case):
        """Return the release that lets it pass, None when there is none."""
        for hold in self.credit_hold_ids.sorted("decision_date", reverse=True):
            if hold._covers(case):
                return hold
        return None
