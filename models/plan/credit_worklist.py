from odoo import api, fields, models
from odoo.tools import SQL, format_date

# who keeps a plan is not to be chased, who breaks one comes first
KEPT_WEIGHT = 0.2
BROKEN_WEIGHT = 2.0


class CreditWorklist(models.Model):
    _inherit = "credit.worklist"
    _depends = {
        "credit.payment.plan": ["company_id", "missed_since", "partner_id", "state"]
    }

    plan_state = fields.Selection(
        [("running", "Running"), ("missed", "Missed"), ("defaulted", "Broken")],
        string="Payment Plan",
        readonly=True,
    )
    plan_missed_since = fields.Date(string="Instalment Missed Since", readonly=True)

    def _columns(self):
        return [
            *super()._columns(),
            SQL("plan.plan_state"),
            SQL("plan.plan_missed_since"),
        ]

    def _joins(self):
        return [
            *super()._joins(),
            SQL(
                """LEFT JOIN (
                       SELECT partner_id, company_id,
                              MIN(missed_since) AS plan_missed_since,
                              CASE WHEN BOOL_OR(state = 'defaulted') THEN 'defaulted'
                                   WHEN COUNT(missed_since) > 0 THEN 'missed'
                                   ELSE 'running' END AS plan_state
                         FROM credit_payment_plan
                        WHERE state IN ('running', 'defaulted')
                     GROUP BY partner_id, company_id
                   ) plan
                   ON plan.partner_id = item.partner_id
                  AND plan.company_id = item.company_id"""
            ),
        ]

    def _risk(self):
        return SQL(
            "%(risk)s * (CASE plan.plan_state WHEN 'running' THEN %(kept)s"
            " WHEN 'defaulted' THEN %(broken)s ELSE 1 END)",
            risk=super()._risk(),
            kept=KEPT_WEIGHT,
            broken=BROKEN_WEIGHT,
        )

    @api.depends("plan_missed_since", "plan_state")
    def _compute_reason(self):
        # EXTENDS dunning
        return super()._compute_reason()

    def _reasons(self):
        reasons = super()._reasons()
        if self.plan_state == "defaulted":
            reasons.append(self.env._("payment plan broken"))
        elif self.plan_state == "missed":
            day = format_date(self.env, self.plan_missed_since)
            reasons.append(self.env._("instalment missed since %s", day))
        elif self.plan_state:
            reasons.append(self.env._("payment plan kept so far"))
        return reasons
