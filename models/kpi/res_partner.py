from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ...tools.kpi import month_ends, rate
from ..exposure.res_partner import FIGURES_GROUPS
from .credit_kpi_expected import HABIT_DAYS
from .credit_kpi_item import Payments

# the months of the customer's picture
MONTHS = 12


def pace_field(field_type, label, **attributes):
    """Return a field that `_compute_credit_pace` fills."""
    return field_type(
        string=label,
        compute="_compute_credit_pace",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
        **attributes,
    )


def days_field(label, **attributes):
    return pace_field(fields.Float, label, digits=(16, 2), **attributes)


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_sales = pace_field(
        fields.Monetary,
        "Sales of the DSO",
        currency_field="credit_currency_id",
        help="Invoices less credit notes of the days of the DSO, tax included.",
    )
    credit_dso = days_field(
        "DSO",
        help="Receivable ÷ sales of the last days × these days, as in the settings."
        " Without sales there is none.",
    )
    credit_dso_countback = days_field(
        "DSO, Count-Back",
        help="How many days of sales, the last ones first, make up what is owed.",
    )
    credit_paid = pace_field(
        fields.Monetary,
        "Paid, 12 Months",
        currency_field="credit_currency_id",
        help="What payments of the last 12 months paid of invoices.",
    )
    credit_days_to_pay = days_field(
        "Days to Pay",
        help="From the invoice to its payment, weighted by amounts: 12 months.",
    )
    credit_days_late = days_field(
        "Days Late",
        help="From the due date to the payment, weighted by amounts: 12 months.",
    )
    credit_days_late_change = days_field(
        "Days Late: Change",
        help="Against the 12 months before: more than 0 is slower.",
    )
    credit_on_time_rate = days_field(
        "Paid on Time (%)",
        help="Share of what was paid by the due date: 12 months, by amount.",
    )
    # all of it for the picture; what is not known is None
    credit_pace = pace_field(fields.Json, "How It Pays")

    @api.depends_context("company", "tz")
    @api.depends("commercial_partner_id")
    def _compute_credit_pace(self):
        found = self._credit_paces()
        for partner in self:
            pace = found.get(partner.commercial_partner_id._origin.id) or {}
            late, before = pace.get("days_late"), pace.get("days_late_before")
            is_known = late is not None and before is not None
            partner.credit_sales = pace.get("sales")
            partner.credit_dso = pace.get("dso")
            partner.credit_dso_countback = pace.get("dso_countback")
            partner.credit_paid = pace.get("paid")
            partner.credit_days_to_pay = pace.get("days_to_pay")
            partner.credit_days_late = late
            partner.credit_days_late_change = late - before if is_known else 0.0
            partner.credit_on_time_rate = pace.get("on_time")
            partner.credit_pace = pace or False

    def _credit_paces(self):
        """Return how customers pay, in four queries whatever their number.

        :return: by id of customer; those that never owed anything are left out
        :rtype: dict[int, dict]
        """
        customers = self.commercial_partner_id._origin
        if not customers:
            return {}
        company = self.env.company._credit_company()
        today = fields.Date.context_today(self)
        domain = customers._credit_items_domain()
        ends = month_ends(today, MONTHS)
        histories = self.env["credit.kpi"]._histories(company, ends, domain, "partner")
        year, year_before = (
            self.env["credit.kpi.item"]._payments(
                company,
                last - timedelta(days=HABIT_DAYS - 1),
                last,
                domain,
                "partner",
            )
            for last in (today, today - timedelta(days=HABIT_DAYS))
        )
        return {
            customer_id: {
                "currency_id": company.currency_id.id,
                **self._credit_dso_figures(
                    by_date[today], today, company.credit_dso_days
                ),
                **_payment_figures(year.get(customer_id, Payments())),
                **{
                    f"{name}_before": value
                    for name, value in _payment_figures(
                        year_before.get(customer_id, Payments())
                    ).items()
                },
                "months": [
                    {
                        "date": fields.Date.to_string(end),
                        "not_due": by_date[end][end].not_due,
                        "overdue": by_date[end][end].overdue,
                    }
                    for end in reversed(ends)
                ],
            }
            for customer_id, by_date in histories.items()
        }

    def _credit_dsos(self, company):
        """Return the DSO of customers today, in two queries whatever their number.

        :return: by id of customer; None without sales in the period
        :rtype: dict[int, float | None]
        """
        company = company._credit_company()
        today = fields.Date.context_today(self)
        histories = self.env["credit.kpi"]._histories(
            company, [today], self._credit_items_domain(), "partner"
        )
        return {
            customer_id: self._credit_dso_figures(
                by_date[today], today, company.credit_dso_days
            )["dso"]
            for customer_id, by_date in histories.items()
        }

    def _credit_items_domain(self):
        """Return the domain of the journal items of customers and their contacts."""
        return self.env["account.move.line"]._items_of_contacts(
            Domain("commercial_partner_id", "in", self.ids)
        )

    def _credit_dso_figures(self, history, date, days):
        figures = self.env["credit.kpi"]._ledger_figures(history, date, days)
        names = ("days", "sales", "dso", "dso_countback", "dso_countback_remainder")
        return {name: figures[name] for name in names}

    @api.model
    def _credit_figure_names(self):
        # EXTENDS exposure
        return super()._credit_figure_names() + [
            "credit_days_late", "credit_days_late_change", "credit_days_to_pay",
            "credit_dso", "credit_dso_countback", "credit_on_time_rate", "credit_pace",
            "credit_paid", "credit_sales",
        ]  # fmt: skip


def _payment_figures(payments):
    amount = payments.amount
    return {
        "paid": amount,
        "days_to_pay": payments.days_to_pay / amount if amount else None,
        "days_late": payments.days_late / amount if amount else None,
        "on_time": rate(payments.on_time, amount),
    }
