from dataclasses import replace

from odoo import models


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
