from datetime import timedelta
from functools import partial

from odoo import fields, models

from .disputes import ALERTS, DISPUTES, TEAM_LEADERS


class CreditDemo(models.AbstractModel):
    """What customers contested, and what salespeople doubted."""

    _inherit = "credit.demo"

    def _organise_disputes(self):
        """Give each team that resolves disputes its leader."""
        for code, login in TEAM_LEADERS.items():
            team = self.env.ref(f"credit_management.credit_dispute_team_{code}")
            user = self._user(login)
            team.write({"user_id": user.id, "member_ids": user.ids})

    def _dispute_events(self):
        for row in DISPUTES:
            yield row.opened, partial(self._contest, row)
            for step in row.steps:
                yield step.day, partial(self._take_step, row, step)

    def _contest(self, row):
        """Open a dispute as the customer, or one of the team, does."""
        invoice = self._find(row.invoice).with_env(self.env)
        item = invoice._dunning_items()[:1]
        reason = self.env.ref(f"credit_management.credit_dispute_reason_{row.reason}")
        customer = invoice.commercial_partner_id
        if row.origin == "portal":
            dispute = self.env["credit.dispute"]._open_from_portal(
                customer, [(item.id, row.amount)], reason.id, row.text
            )
        else:
            dispute = self._as(row.user, self.env["credit.dispute"]).action_open(
                [(item, row.amount)], reason, row.text, row.origin
            )
        dispute = dispute.sudo()
        dispute.write(
            {"opened_date": self._day(row.opened), "deadline": self._day(row.deadline)}
        )
        self._remember({f"dispute_{row.key}": dispute})

    def _take_step(self, row, step):
        dispute = self._find(f"dispute_{row.key}").with_env(self.env)
        getattr(self._as(step.user, dispute), step.action)(**step.values)
        self._move_end(dispute, step.day)
        if dispute.closed_date and row.cause:
            dispute.cause_id = self.env.ref(
                f"credit_management.credit_dispute_cause_{row.cause}"
            )

    def _move_end(self, dispute, day):
        """Have a dispute that was closed just now be closed on its day."""
        if dispute.closed_date == fields.Date.context_today(self):
            closed = self._day(day)
            days = (closed - dispute.opened_date).days
            dispute.write({"closed_date": closed, "days_to_close": days})

    def _look_at_disputes(self):
        """Do what the night does: what is late goes to a superior."""
        disputes = self.env["credit.dispute"]
        disputes._near_deadline()._remind_of_deadline()
        disputes._past_deadline()._escalate()

    def _raise_alerts(self):
        for row in ALERTS:
            customer = self._find_customer(row.customer)
            alert = (
                self.env["credit.alert"]
                .with_user(customer.user_id)
                .create(
                    {
                        "partner_id": customer.id,
                        "reason_id": self.env.ref(
                            f"credit_management.credit_alert_reason_{row.reason}"
                        ).id,
                        "description": row.text,
                    }
                )
                .sudo()
            )
            self._remember({f"alert_{row.key}": alert})
            self._move_alert(alert, fields.Datetime.now() - timedelta(hours=row.waited))
            if row.answer:
                step = row.answer
                getattr(self._as(step.user, alert), step.action)(**step.values)
                alert.answered_on = self._moment(step.day)
            self._finish()

    def _move_alert(self, alert, raised_on):
        company = alert.company_id
        deadline = company._credit_working_hours_after(
            raised_on, company.credit_alert_answer_hours
        )
        alert.write({"raised_on": raised_on, "deadline": deadline})
        alert.activity_ids.date_deadline = deadline.date()
