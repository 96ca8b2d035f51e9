from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date, ormcache

from ...tools.quiet_days import is_weekend, public_holiday


class Period(NamedTuple):
    name: str
    date_from: object
    date_to: object
    country_id: int
    company_id: int


class CreditQuietPeriod(models.Model):
    """Days on which customers are left alone: a closure of theirs, or of ours."""

    _name = "credit.quiet.period"
    _description = "Quiet Period"
    _order = "date_from desc, id desc"

    name = fields.Char(required=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="Until", required=True)
    country_id = fields.Many2one(
        "res.country", index=True, help="Of the customers. Empty: every country."
    )
    company_id = fields.Many2one(
        "res.company", index=True, help="That writes. Empty: every company."
    )

    _dates_in_order = models.Constraint(
        "CHECK(date_from <= date_to)", "A period ends on its first day or later."
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    def _is_quiet(self, policy, country, date, company=None):
        """Tell why no message goes out on a day; it needs no query once warm.

        :param policy: ``credit.dunning.policy``, whose days of rest count
        :param country: ``res.country`` of the customer; the company's when empty
        :param date date:
        :param company: ``res.company`` that writes, by default the policy's, else the
            current one
        :return: the reason in words, None on a day like any other
        :rtype: str | None
        """
        company = (company or policy.company_id or self.env.company).sudo()
        country = country.sudo() or company.country_id
        if policy.skip_holidays:
            if period := self._period(country, date, company):
                return self.env._(
                    "%(name)s, until %(date)s",
                    name=period.name,
                    date=format_date(self.env, period.date_to),
                )
            if holiday := public_holiday(date, country.code or "", self.env.lang or ""):
                return self.env._(
                    "%(holiday)s in %(country)s", holiday=holiday, country=country.name
                )
        if policy.skip_weekends and is_weekend(date, country.code or ""):
            return self.env._("Weekend")
        return None

    def _period(self, country, date, company):
        companies = (False, company.id, company._credit_company().id)
        for period in self._periods():
            if (
                period.date_from <= date <= period.date_to
                and period.country_id in (False, country.id)
                and period.company_id in companies
            ):
                return period
        return None

    @api.model
    @ormcache()
    def _periods(self):
        """Return all the periods, those that end last before.

        :rtype: tuple[Period, ...]
        """
        periods = self.sudo().search(Domain.TRUE, order="date_to desc, id")
        return tuple(
            Period(p.name, p.date_from, p.date_to, p.country_id.id, p.company_id.id)
            for p in periods
        )
