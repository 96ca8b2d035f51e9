from dataclasses import replace

from odoo import api, fields, models

from ..exposure.res_partner import FIGURES_GROUPS
from .credit_check import worst_severity
from .credit_check_panel import LIGHTS


class SaleOrder(models.Model):
    _inherit = "sale.order"

    credit_panel = fields.Json(
        string="Credit",
        compute="_compute_credit_panel",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_light = fields.Selection(
        LIGHTS,
        string="Credit Status",
        compute="_compute_credit_light",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_is_stopped = fields.Boolean(
        compute="_compute_credit_light",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
        help="The rules ask for a decision of finance before this order goes on.",
    )
    credit_exposure_after = fields.Monetary(
        string="Exposure After",
        compute="_compute_credit_light",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        help="Exposure of the customer once this order is confirmed.",
    )
    credit_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Credit Currency"
    )

    @api.depends_context("lang")
    @api.depends("partner_id", "partner_invoice_id", "company_id", "state",
                 "currency_id", "amount_total", "transaction_ids.state")  # fmt: skip
    def _compute_credit_panel(self):
        Check = self.env["credit.check"]
        self.credit_panel = False
        cases = self._credit_cases()
        Check._load_panel_facts(cases.values())
        for order, case in cases.items():
            findings = Check._findings(case)
            if case.limit.mode == "none" and not findings:
                continue
            ways_out = Check._ways_out(case, findings) if case.amount else []
            order.credit_panel = Check._panel(case, findings, ways_out)

    @api.depends("partner_id", "partner_invoice_id", "company_id", "state",
                 "currency_id", "amount_total", "transaction_ids.state")  # fmt: skip
    def _compute_credit_light(self):
        Check = self.env["credit.check"]
        self.credit_light = False
        self.credit_is_stopped = False
        self.credit_exposure_after = 0.0
        for order, case in self._credit_cases().items():
            findings = Check._findings(case)
            order.credit_light = Check._light(case, findings)
            order.credit_is_stopped = worst_severity(findings) == "block"
            order.credit_exposure_after = case.exposure_after

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + [
            "credit_panel", "credit_light", "credit_is_stopped", "credit_exposure_after"
        ]  # fmt: skip

    # ------------------------------------------------------------------
    # The order as the credit check sees it
    # ------------------------------------------------------------------

    def _credit_customer(self):
        """Return who answers for the order: the company of the invoiced party."""
        party = self.partner_invoice_id or self.partner_id
        return party.commercial_partner_id

    def _credit_cases(self):
        """Return the case of each order that has a customer, each on its own.

        An order adds nothing once it is confirmed: it is in the order book.

        :rtype: dict[sale.order, CreditCase]
        """
        cases = {}
        amounts = self._credit_amounts()
        companies = self.env.user.company_ids
        orders = self.filtered(
            lambda order: (
                order._credit_customer()
                # a form that is being filled in may name any company
                and (order.id or order.company_id in companies)
            )
        )
        for company, of_company in orders.grouped("company_id").items():
            customers = self.env["res.partner"].union(
                *(order._credit_customer() for order in of_company)
            )
            by_customer = self.env["credit.check"]._cases(customers._origin, company)
            for order in of_company:
                case = by_customer[order._credit_customer().sudo()._origin]
                asks = order.state in ("draft", "sent")
                cases[order] = replace(case, **amounts[order]) if asks else case
        return cases

    def _credit_amounts(self, with_payments=True):
        """Return what each order adds to the exposure, in company currency.

        At today's rate, as the order book has it. What the customer has paid
        online and that has no journal entry yet is deducted; what is in the
        books lowers the receivable already.

        :param bool with_payments: False: as if nothing had been paid
        :return: for each order, the changes to make to a :class:`CreditCase`
        :rtype: dict[sale.order, dict]
        """
        Exposure = self.env["credit.exposure"].sudo()
        payments = Exposure._order_payments(self._origin) if with_payments else {}
        amounts = {}
        for company, orders in self.grouped("company_id").items():
            rates = orders._credit_rates(company)
            for order in orders:
                paid, unbooked = payments.get(order._origin.id, (0.0, 0.0))
                rate = rates[order.currency_id] or order.currency_rate or 1.0
                unpaid = max(order.amount_total - unbooked, 0.0)
                total = order.amount_total
                amounts[order] = {
                    "order": order,
                    "amount": company.currency_id.round(unpaid / rate),
                    "order_total": company.currency_id.round(total / rate),
                    "is_prepaid": total > 0
                    and order.currency_id.compare_amounts(paid, total) >= 0,
                }
        return amounts

    def _credit_rates(self, company):
        """Return today's rate of the orders' currencies; None for one without."""
        foreign = self.currency_id - company.currency_id
        rates = dict.fromkeys(self.currency_id)
        rates[company.currency_id] = 1.0
        if foreign:
            rates.update(
                self.env["credit.exposure"].sudo()._today_rates(company, foreign)
            )
        return rates
