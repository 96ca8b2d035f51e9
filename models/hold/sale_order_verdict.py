from dataclasses import dataclass, replace
from typing import Any

from odoo import models

from ..check.credit_check import CreditFinding, worst_severity

KEPT = "kept_by_finance"


@dataclass(frozen=True)
class CreditVerdict:
    """What the gate says of one order.

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


class SaleOrder(models.Model):
    """What the gate decides on orders, one after the other."""

    _inherit = "sale.order"

    def _credit_verdicts(self, counted=False, all_pass=False, serialise=True):
        """Check the orders one after the other, the oldest request first.

        An order that passes counts against the next ones of its customer; one
        that is stopped does not.

        :param bool counted: the orders are in the order book already
        :param bool all_pass: count the stopped orders too, as if released
        :param bool serialise: the transaction takes its turn on the customers,
            before it decides; only what is merely shown can do without
        :rtype: dict[sale.order, CreditVerdict]
        """
        verdicts = {}
        for company, orders in (
            self.sudo()
            .grouped(lambda order: order.company_id._credit_company())
            .items()
        ):
            contacts = orders.partner_invoice_id | orders.partner_id
            contacts._fetch_credit_terms(company)
            controlled = orders._credit_controlled(company)
            if not controlled:
                continue
            customers = controlled._credit_customers().with_company(company)
            if serialise:
                self.env["credit.exposure.lock"]._take(customers, company)
            verdicts |= controlled._credit_decide(customers, counted, all_pass)
        return verdicts

    def _credit_controlled(self, company):
        """Return the orders that anything could stop.

        An order that finance keeps is one of them, whatever its customer.
        """

        def is_controlled(order):
            customer = order._credit_customer().with_company(company)
            return customer and (
                order.credit_has_pending_hold
                or customer.credit_stopped
                or customer._credit_blocking_mode() != "none"
            )

        return self.filtered(is_controlled)

    def _credit_decide(self, customers, counted, all_pass):
        """Return the verdicts, from figures that are read now.

        What was paid for the orders speaks for them: it is not read as long as
        nothing speaks against them.

        :param customers: of the orders, in the root company
        """
        customers.invalidate_model(customers._credit_figure_names(), flush=False)
        company = customers.env.company
        cases = customers.env["credit.check"]._cases(customers, company)
        if not counted and not all_pass:
            amounts = self._credit_amounts(with_payments=False)
            verdicts = self._credit_judge(cases, amounts, all_pass)
            if not any(verdict.findings for verdict in verdicts.values()):
                return verdicts
        amounts = self._credit_amounts()
        if counted:
            cases = self._without_orders(cases, amounts)
        return self._credit_judge(cases, amounts, all_pass)

    def _credit_judge(self, cases, amounts, all_pass):
        """Return the verdicts on orders that count against one another."""
        verdicts, taken, taken_by_group = {}, {}, {}
        for order in self._by_age_of_request():
            customer = order._credit_customer()
            group = customer._credit_group()
            case = cases[customer]
            case = replace(
                case,
                figures=case.figures._replace(
                    order_book=case.figures.order_book + taken.get(customer, 0.0)
                ),
                group_exposure=case.group_exposure + taken_by_group.get(group, 0.0),
                **amounts[order],
            )
            verdicts[order] = verdict = order._credit_verdict(case)
            if all_pass or not verdict.is_stopped:
                taken[customer] = taken.get(customer, 0.0) + case.amount
                taken_by_group[group] = taken_by_group.get(group, 0.0) + case.amount
        return verdicts

    def _credit_verdict(self, case):
        """Return what the rules and finance's decisions say of one order."""
        verdict = CreditVerdict(case, self._credit_findings(case))
        if verdict.is_stopped and verdict.findings[0].code != KEPT:
            verdict = replace(verdict, release=self._credit_release(case))
        return verdict

    def _credit_findings(self, case):
        """Return all that speaks against the order, in the user's language."""
        Check = self.env["credit.check"].with_company(case.company)
        kept = self._credit_kept_finding()
        return tuple([kept] if kept else []) + tuple(Check._findings(case))

    def _credit_kept_finding(self):
        """Return what stops an order that finance keeps, None for the others."""
        if not any(self._credit_pending_holds().mapped("is_forced")):
            return None
        return CreditFinding(
            KEPT,
            "block",
            self.env._("Finance keeps the order on hold until it decides."),
        )

    def _without_orders(self, cases, amounts):
        """Take orders that are already in the order book out of the figures."""
        for order in self:
            customer = order._credit_customer()
            if not order._credit_is_postponed():
                case, amount = cases[customer], amounts[order]["amount"]
                figures = case.figures
                cases[customer] = replace(
                    case,
                    figures=figures._replace(order_book=figures.order_book - amount),
                    group_exposure=case.group_exposure - amount,
                )
        return cases

    def _by_age_of_request(self):
        """Return the orders, those whose hold has waited longest first."""

        def age(order):
            requests = order._credit_pending_holds()
            return (
                not requests,
                requests.request_date or order.create_date,
                order.id,
            )

        return self.sorted(age)

    def _credit_release(self, case):
        """Return the release that lets the order pass, None when there is none."""
        for hold in self.credit_hold_ids.sorted("decision_date", reverse=True):
            if hold._covers(case):
                return hold
        return None
