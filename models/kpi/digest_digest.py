from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.tools import formatLang

from ..limit.res_partner import FINANCE_GROUP

# figure by field
CREDIT_KPIS = {"kpi_credit_dso": "dso", "kpi_credit_overdue_rate": "overdue_rate"}


class DigestDigest(models.Model):
    """The DSO and the overdue rate in the messages that Odoo sends regularly.

    They are balances of today, each compared with the one at the beginning of a
    period: a rise is bad news, which Odoo's own columns would show in green.
    """

    _inherit = "digest.digest"

    kpi_credit_dso = fields.Boolean(string="DSO, Standard")
    kpi_credit_overdue_rate = fields.Boolean(string="Overdue Rate of Customers")

    def _get_kpi_fields(self):
        names = super()._get_kpi_fields()
        return [name for name in names if name not in CREDIT_KPIS]

    def _compute_kpis(self, company, user):
        # EXTENDS digest
        kpis = super()._compute_kpis(company, user)
        company = self.company_id or company
        if not user.has_group(FINANCE_GROUP) or company not in user.company_ids:
            return kpis
        names = [name for name in CREDIT_KPIS if self[name]]
        return kpis + self._credit_kpis(names, company) if names else kpis

    def _credit_kpis(self, names, company):
        """Return the columns of our figures, read in one pass through the ledger."""
        today = fields.Date.context_today(self)
        periods = [
            (self.env._("Since yesterday"), today - relativedelta(days=1)),
            (self.env._("In 7 days"), today - relativedelta(weeks=1)),
            (self.env._("In 30 days"), today - relativedelta(days=30)),
        ]
        dates = [today, *(day for _label, day in periods)]
        now, *earlier = self.env["credit.kpi"].sudo().trend(company, dates)
        Field = self.env["ir.model.fields"]
        return [
            {
                "kpi_name": name,
                "kpi_fullname": Field._get(self._name, name).field_description,
                "kpi_action": "credit_management.credit_overview_action",
                **{
                    f"kpi_col{rank}": {
                        "value": self._credit_value(name, now, before),
                        "col_subtitle": label,
                    }
                    for rank, ((label, _day), before) in enumerate(
                        zip(periods, earlier, strict=True), start=1
                    )
                },
            }
            for name in names
        ]

    def _credit_value(self, name, now, before):
        """Return a figure and its change in words: “67.3 days (-1.4)”."""
        value, was = now[CREDIT_KPIS[name]], before[CREDIT_KPIS[name]]
        if value is None:
            return "–"
        unit = self.env._("days") if name == "kpi_credit_dso" else "%"
        text = f"{formatLang(self.env, value, digits=1)}\N{NO-BREAK SPACE}{unit}"
        if was is None:
            return text
        change = round(value - was, 1) or 0.0
        sign = "+" if change > 0 else ""
        return f"{text} ({sign}{formatLang(self.env, change, digits=1)})"
