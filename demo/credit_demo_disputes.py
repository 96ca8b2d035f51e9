from datetime import timedelta
from functools import partial

from odoo import fields, models

from .disputes import ABOUT_PRODUCTS, ALERTS, DISPUTES, TEAM_LEADERS


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
            if row.settled is not None:
                yield row.settled, partial(self._move_end, row, row.settled)

    def _contest(self, row):
        """Open a dispute as the customer, or one of the team, does."""
        invoice = self._find(row.invoice).with_env(self.env)
        item = invoice._dunning_items()[:1]
        reason = self.env.ref(f"credit_management.credit_dispute_reason_{row.reason}")
        customer = invoice.commercial_partner_id
        product_line = invoice.invoice_line_ids[: row.reason in ABOUT_PRODUCTS]
        if row.origin == "portal":
            dispute = self.env["credit.dispute"]._open_from_portal(
                customer, [(item.id, row.amount)], reason.id, row.text
            )
        else:
            dispute = self._as(row.user, self.env["credit.dispute"]).action_open(
                [(item, row.amount, product_line)], reason, row.text, row.origin
            )
        dispute = dispute.sudo()
        dispute.write(
            {"opened_date": self._day(row.opened), "deadline": self._day(row.deadline)}
        )
        self._remember({f"dispute_{row.key}": dispute})

    def _take_step(self, row, step):
        dispute = self._find(f"dispute_{row.key}").with_env(self.env)
        getattr(self._as(step.user, dispute), step.action)(**step.values)
        self._move_end(row, step.day)

    def _move_end(self, row, day):
        """Have a dispute that was closed just now be closed on its day."""
        dispute = self._find(f"dispute_{row.key}").with_env(self.env)
        if dispute.closed_date != fields.Date.context_today(self):
            return
        closed = self._day(day)
        days = (closed - dispute.opened_date).days
        dispute.write({"closed_date": closed, "days_to_close": days})
        if row.cause:
            dispute.cause_id = self.env.ref(
                f"credit_management.credit_dispute_cause_{row.cause}"
            )

    def _look_at_disputes(self):
        """Do what the night does: what is late goes to a superior."""
        disputes = self.env["credit.dispute"]
        disputes._near_deadline()._remind_of_deadline()
        disputes._past_deadline()._escalate()

    def _raise_alerts(self):
        for row in ALERTS:
            raised_on = fields.Datetime.now() - timedelta(hours=row.waited)
            with self._dated((raised_on.date() - self._day(0)).days):
                self._raise_alert(row, raised_on)
            if step := row.answer:
                alert = self._find(f"alert_{row.key}").with_env(self.env)
                with self._dated(step.day):
                    getattr(self._as(step.user, alert), step.action)(**step.values)
                alert.answered_on = self._moment(step.day)

    def _raise_alert(self, row, raised_on):
        customer = self._find_customer(row.customer)
        reason = self.env.ref(f"credit_management.credit_alert_reason_{row.reason}")
        alert = (
            self.env["credit.alert"]
            .with_user(customer.user_id)
            .create(
                {
                    "partner_id": customer.id,
                    "reason_id": reason.id,
                    "description": row.text,
                }
            )
            .sudo()
        )
        self._remember({f"alert_{row.key}": alert})
        self._move_alert(alert, raised_on)

    def _move_alert(self, alert, raised_on):
        company = alert.company_id
        deadline = company._credit_working_hours_after(
            raised_on, company.credit_alert_answer_hours
        )
        alert.write({"raised_on": raised_on, "deadline": deadline})
        alert.activity_ids.date_deadline = deadline.date()
