from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.limit import CreditLimit
from ..exposure.credit_exposure import ExposureFigures
from .credit_policy import STOPPED

SEVERITY_RANK = {"pass": 0, "warn": 1, "block": 2}
STRONGEST = {"none": "pass", "warn": "warn", "block": "block"}


class CreditFinding(NamedTuple):
    """What one rule says: ``severity`` is ``pass``, ``warn`` or ``block``."""

    code: str
    severity: str
    message: str


@dataclass
class CreditCase:
    """A customer, and an order to add: all that the rules look at.

    Amounts are in the currency of the company, tax included.

    :param order: ``sale.order`` to add, None when the customer alone is looked at
    :param amount: what the order adds to the exposure
    :param order_total: the order's whole amount, its paid part included
    :param is_prepaid: the order is entirely paid
    :param asks_credit: asks for credit, though it is in the exposure already
    :param facts: what the rules of other rooms look at, by code of the rule; see
        :meth:`credit.check._fact_queries`
    """

    customer: Any
    company: Any
    policy: Any
    blocking_mode: str
    figures: ExposureFigures
    limit: CreditLimit
    today: date
    group_limit: float = 0.0
    group_exposure: float = 0.0
    order: Any = None
    amount: float = 0.0
    order_total: float = 0.0
    is_prepaid: bool = False
    asks_credit: bool = False
    facts: dict = field(default_factory=dict)

    @property
    def currency(self):
        return self.company.currency_id

    @property
    def exposure_after(self):
        return self.currency.round(self.figures.exposure + self.amount)

    @property
    def excess(self):
        """What goes beyond the limit once the order is confirmed; 0 below it."""
        if not self.limit.is_finite:
            return 0.0
        return max(self.currency.round(self.exposure_after - self.limit.ceiling), 0.0)

    @property
    def group_excess(self):
        """What goes beyond the limit that the group shares; 0 below it."""
        if not self.group_limit:
            return 0.0
        after = self.group_exposure + self.amount
        return max(self.currency.round(after - self.group_limit), 0.0)

    @property
    def available(self):
        """What is left below the limit before the order; None without a limit."""
        if not self.limit.is_finite:
            return None
        return self.currency.round(self.limit.ceiling - self.figures.exposure)

    @property
    def adds_exposure(self):
        """Tell whether there is an order, and whether it asks for credit."""
        return self.asks_credit or self.currency.compare_amounts(self.amount, 0.0) > 0

    @property
    def net_overdue(self):
        return self.currency.round(self.figures.overdue - self.figures.unallocated)

    @property
    def overdue_days(self):
        return self.figures.overdue_days(self.today)


def worst_severity(findings):
    """Return the worst severity among findings: ``pass`` when there is none."""
    ranks = [SEVERITY_RANK[finding.severity] for finding in findings]
    return next(
        name for name, rank in SEVERITY_RANK.items() if rank == max(ranks, default=0)
    )


class CreditCheck(models.AbstractModel):
    """Tells what speaks against selling on credit; decides nothing, changes nothing.

    Runs with elevated rights: salespeople have no access to the ledger.
    """

    _name = "credit.check"
    _description = "Credit Check"

    @api.model
    def _cases(self, partners, company):
        """Return the situation of each customer, in a constant number of queries.

        :param partners: ``res.partner``; contacts answer for their company
        :param company: ``res.company``; a branch stands for its root company
        :rtype: dict[res.partner, CreditCase]
        """
        company = company._credit_company()
        customers = partners.commercial_partner_id.sudo().with_company(company)
        limits = customers._credit_limits(company)
        families = self._families(customers)
        members = customers | self.env["res.partner"].union(*families.values())
        figures = self.env["credit.exposure"].sudo()._figures(members, company)
        nothing = ExposureFigures()
        cases = {
            customer: CreditCase(
                customer=customer,
                company=company,
                policy=customer._credit_policy(),
                blocking_mode=customer._credit_blocking_mode(),
                figures=figures.get(customer.id, nothing),
                limit=limits[customer],
                today=fields.Date.context_today(self),
                group_limit=customer._credit_group().credit_group_limit,
                group_exposure=sum(
                    figures.get(member.id, nothing).exposure
                    for member in families.get(customer, ())
                ),
            )
            for customer in customers
        }
        self._load_facts(cases, company)
        return cases

    def _load_facts(self, cases, company):
        """Read what the rules of other rooms look at, in one query for all of them."""
        if not (queries := self._fact_queries(cases, company)):
            return
        customers = {customer.id: customer for customer in cases}
        rows = self.env.execute_query(
            SQL(" UNION ALL ").join(
                SQL(
                    """SELECT %s::text, fact.partner_id, to_jsonb(fact.value)
                         FROM (%s) fact""",
                    code,
                    query,
                )
                for code, query in queries.items()
            )
        )
        for code, customer_id, value in rows:
            cases[customers[customer_id]].facts[code] = value

    @api.model
    def _fact_queries(self, cases, company):
        """Return the queries of what rules look at, by code of the rule.

        Extend to add one for a rule of another room, of the customers that
        :meth:`_looking_at` gives: columns ``partner_id`` and ``value``, which the rule
        finds among the ``facts`` of its case as JSON has it.

        :param cases: as :meth:`_cases` returns them
        :param company: the root ``res.company``
        :rtype: dict[str, SQL]
        """
        return {}

    @api.model
    def _looking_at(self, cases, code):
        """Return the customers whose policy looks at a rule, with its thresholds.

        :param cases: as :meth:`_cases` returns them
        :param str code: of the rule
        :rtype: dict[res.partner, RuleSetting]
        """
        return {
            customer: setting
            for customer, case in cases.items()
            for setting in case.policy._rule_settings()
            if setting.code == code
        }

    def _families(self, customers):
        """Return the group of each customer whose group shares a limit."""
        groups = {customer: customer._credit_group() for customer in customers}
        # from the customers, for their elevated rights
        nobody = customers.browse()
        limited = nobody.union(*groups.values()).filtered("credit_group_limit")
        if not limited:
            return {}
        # an archived subsidiary still owes what it owes
        subsidiaries = limited.with_context(active_test=False).search_fetch(
            [("parent_id", "in", limited.ids), ("is_company", "=", True)],
            ["commercial_partner_id", "parent_id"],
        )
        by_group = subsidiaries.with_env(limited.env).grouped("parent_id")
        return {
            customer: group | by_group.get(group, group)
            for customer, group in groups.items()
            if group in limited
        }

    @api.model
    def _findings(self, case):
        """Return all that the rules say of a case, what counts most first.

        An entirely paid order is only stopped by finance's own word. The
        blocking mode caps what the rules ask for; an exemption lets everything
        pass, and says so.

        :rtype: list[CreditFinding]
        """
        settings = [STOPPED]
        if case.blocking_mode != "none" and not case.is_prepaid:
            settings += case.policy._rule_settings()
        rule = self.env["credit.rule"]
        findings = {}
        for setting in settings:
            if message := rule._find(case, setting):
                severity = self._effective_severity(case, setting)
                findings.setdefault(
                    setting.code, CreditFinding(setting.code, severity, message)
                )
        return sorted(
            findings.values(), key=lambda finding: -SEVERITY_RANK[finding.severity]
        )

    def _effective_severity(self, case, setting):
        if setting is STOPPED:
            return setting.severity
        if case.customer.credit_exempt:
            return "pass"
        return min(
            setting.severity, STRONGEST[case.blocking_mode], key=SEVERITY_RANK.get
        )
