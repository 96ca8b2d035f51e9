from datetime import datetime, time

import pytz

from odoo import api, fields, models

from .credit_dispute import OPEN


class CreditDispute(models.Model):
    """By whom disputes are resolved, and until when."""

    _inherit = "credit.dispute"

    @api.model
    def _assignment(self, reason, customer, company, salesperson):
        """Return who resolves a dispute, and its deadline."""
        collector = customer.with_company(company).credit_collector_id
        team = reason.team_id if reason.assign_to == "team" else reason.team_id.browse()
        wanted = {
            "salesperson": salesperson,
            "collector": collector,
            "team": team.user_id,
            "user": reason.user_id,
        }[reason.assign_to]
        candidates = (wanted, collector, self.env.user)
        resolver = next(
            (user for user in candidates if self._may_resolve(user, company)), None
        )
        return {
            "user_id": resolver.id if resolver and (wanted or not team) else False,
            "team_id": team.id,
            "deadline": self._deadline(reason, company),
        }

    def _may_resolve(self, user, company):
        return bool(
            user
            and user.active
            and user._is_internal()
            and not user._is_superuser()
            and company in user.company_ids.root_id
        )

    @api.model
    def _deadline(self, reason, company):
        """Return the last day to answer, in working days of the company."""
        today = fields.Date.context_today(self)
        days = reason.deadline_days
        calendar = company.resource_calendar_id
        # from the end of today on: the deadline is so many whole days later
        start = pytz.utc.localize(datetime.combine(today, time.max))
        planned = (
            days and calendar and calendar.plan_days(days, start, compute_leaves=True)
        )
        if not planned:
            return fields.Date.add(today, days=days)
        zone = pytz.timezone(calendar.tz or "UTC")
        return planned.astimezone(zone).date()

    def _announce(self):
        """Log the opening, and remind the resolver."""
        for dispute in self:
            dispute.message_post(
                body=self.env._(
                    "%(amount)s of %(documents)s contested: %(reason)s",
                    amount=dispute.currency_id.format(dispute.amount),
                    documents=dispute.document_names,
                    reason=dispute.reason_id.name,
                ),
                author_id=self.env.user.partner_id.id,
                subtype_xmlid="mail.mt_note",
            )
        for move in self.move_ids:
            disputes = self.filtered(
                lambda dispute, move=move: move in dispute.move_ids
            )
            move._message_log(
                body=self.env._(
                    "Contested: see dispute %s.", ", ".join(disputes.mapped("name"))
                )
            )
        self._remind()

    def _remind(self):
        """Put the disputes on the desks of their resolvers, until the deadline."""
        activity_type = "credit_management.mail_activity_type_dispute"
        self.activity_unlink([activity_type])
        for dispute in self.filtered(lambda d: d.state in OPEN and d.user_id):
            dispute.activity_schedule(
                activity_type,
                user_id=dispute.user_id.id,
                date_deadline=dispute.deadline,
                summary=self.env._(
                    "%(reason)s: %(amount)s of %(customer)s",
                    reason=dispute.reason_id.name,
                    amount=dispute.currency_id.format(dispute.amount),
                    customer=dispute.partner_id.display_name,
                ),
            )
