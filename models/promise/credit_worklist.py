from odoo import api, fields, models
from odoo.tools import SQL, format_date

# a customer that broke a promise within a year weighs more
BROKEN_WEIGHT = 1.5


class CreditWorklist(models.Model):
    _inherit = "credit.worklist"
    _depends = {
        "credit.promise": ["closed_on", "company_id", "date", "partner_id", "state"]
    }

    promise_date = fields.Date(string="Promised For", readonly=True)
    has_broken_promise = fields.Boolean(string="Broke a Promise", readonly=True)

    def _columns(self):
        return [
            *super()._columns(),
            SQL("promise.promise_date"),
            SQL("COALESCE(promise.is_broken, FALSE) AS has_broken_promise"),
        ]

    def _joins(self):
        today = fields.Date.context_today(self)
        return [
            *super()._joins(),
            SQL(
                """LEFT JOIN (
                       SELECT partner_id, company_id,
                              MIN(date) FILTER (WHERE state = 'open') AS promise_date,
                              BOOL_OR(state = 'broken'
                                      AND closed_on > %s::date - 365) AS is_broken
                         FROM credit_promise
                     GROUP BY partner_id, company_id
                   ) promise
                   ON promise.partner_id = item.partner_id
                  AND promise.company_id = item.company_id""",
                today,
            ),
        ]

    def _risk(self):
        return SQL(
            "%s * (CASE WHEN promise.is_broken THEN %s ELSE 1 END)",
            super()._risk(),
            BROKEN_WEIGHT,
        )

    @api.depends("has_broken_promise", "promise_date")
    def _compute_reason(self):
        # EXTENDS dunning
        return super()._compute_reason()

    def _reasons(self):
        reasons = super()._reasons()
        if self.promise_date == fields.Date.context_today(self):
            reasons.append(self.env._("promise due today"))
        elif self.promise_date:
            day = format_date(self.env, self.promise_date)
            reasons.append(self.env._("promised for %s", day))
        if self.has_broken_promise:
            reasons.append(self.env._("broke a promise"))
        return reasons
