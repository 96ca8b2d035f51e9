from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .credit_dispute import OPEN, SOON


class CreditDispute(models.Model):
    """What happens to disputes as time goes by."""

    _inherit = "credit.dispute"

    def _start_clock(self):
        """Begin anew: another deadline, or another resolver."""
        self.write({"is_reminded": False, "is_escalated": False})
        self.activity_unlink(["credit_management.mail_activity_type_dispute_late"])
        self._remind()

    @api.model
    def _cron_follow_up(self):
        """Settle, remind and escalate: each dispute at most once, one transaction each.

        A second run of the same day finds nothing to do.
        """
        pieces = [
            (
                partial(dispute.with_prefetch()._take_step_alone, name, find),
                f"Dispute {dispute.id}: {name}",
            )
            for name, find in [
                ("_settle_without_items", self._without_items),
                ("_remind_of_deadline", self._near_deadline),
                ("_escalate", self._past_deadline),
            ]
            for dispute in find()
        ]
        self.env["ir.cron"]._credit_pieces(pieces)

    def _take_step_alone(self, name, find):
        """Take a step that the dispute still needs, unless somebody else is at it."""
        due = find(Domain("id", "=", self.id))
        getattr(due.try_lock_for_update(allow_referencing=True), name)()

    @api.model
    def _without_items(self, among=Domain.TRUE):
        """Return the open disputes of which nothing is owed: none was to be missed."""
        owed = Domain("move_line_id.reconciled", "=", False) & Domain(
            "move_line_id.parent_state", "=", "posted"
        )
        to_come = Domain("move_id.state", "=", "draft")
        lines = self.env["credit.dispute.line"]._search(owed | to_come)
        return self.search(
            among
            & Domain("state", "in", OPEN)
            & Domain("line_ids", "not any", [("id", "in", lines)])
        )

    @api.model
    def _near_deadline(self, among=Domain.TRUE):
        today = fields.Date.context_today(self)
        return self.search(
            among
            & Domain("state", "in", OPEN)
            & Domain("is_reminded", "=", False)
            & Domain("user_id", "!=", False)
            & Domain("deadline", ">=", today)
            & Domain("deadline", "<=", fields.Date.add(today, days=SOON))
        )

    @api.model
    def _past_deadline(self, among=Domain.TRUE):
        return self.search(
            among
            & Domain("state", "in", OPEN)
            & Domain("is_escalated", "=", False)
            & Domain("deadline", "<", fields.Date.context_today(self))
        )

    def _remind_of_deadline(self):
        """Tell the resolvers that an answer is due soon."""
        for dispute in self:
            dispute.is_reminded = True
            dispute.message_notify(
                partner_ids=dispute.user_id.partner_id.ids,
                subject=self.env._("%s: an answer is due soon", dispute.name),
                body=self.env._(
                    "%(amount)s of %(customer)s is contested (%(reason)s); the answer"
                    " is due on %(date)s.",
                    amount=dispute.currency_id.format(dispute.amount),
                    customer=dispute.partner_id.display_name,
                    reason=dispute.reason_id.name,
                    date=format_date(self.env, dispute.deadline),
                ),
            )

    def _escalate(self):
        """Pass late disputes to the leader of the team, else to a credit manager."""
        for dispute in self:
            superior = dispute._superior()
            dispute.is_escalated = True
            if not superior:
                continue
            dispute.activity_schedule(
                "credit_management.mail_activity_type_dispute_late",
                user_id=superior.id,
                summary=self.env._(
                    "%(customer)s has waited for an answer since %(date)s",
                    customer=dispute.partner_id.display_name,
                    date=format_date(self.env, dispute.opened_date),
                ),
            )
            dispute._message_log(
                body=self.env._("Not resolved in time: passed to %s.", superior.name)
            )

    def _superior(self):
        self.ensure_one()
        leader = self.team_id.user_id
        if leader and leader != self.user_id and leader.active:
            return leader
        return self.env["res.users"]._credit_deciders(
            self.company_id, 0.0, 0.0, self.user_id
        )[:1]

    # ------------------------------------------------------------------
    # Short payments
    # ------------------------------------------------------------------

    @api.model
    def _propose_for_short_payments(self, items):
        """Ask collectors about invoices of which a payment leaves a rest.

        :param items: ``account.move.line`` that were just reconciled
        """
        companies = items.company_id.filtered(
            lambda company: company._credit_company().credit_short_payment_tolerance
        )
        if not companies:
            return
        payments = items.move_id.filtered(
            lambda move: move.origin_payment_id or move.statement_line_id
        )
        short = items.filtered(
            lambda item: (
                item.company_id in companies
                and item.move_id.move_type == "out_invoice"
                and item.account_id.account_type == "asset_receivable"
                and 0 < item.amount_residual < item.balance
                and item.amount_residual
                > item.company_id._credit_company().credit_short_payment_tolerance
            )
        )
        activity_type = "credit_management.mail_activity_type_dispute_proposal"
        (items.move_id - short.move_id).activity_unlink([activity_type])
        if not payments:
            return
        free = self._free_amounts(short)
        for item in short:
            move = item.move_id
            company = item.company_id._credit_company()
            collector = move.commercial_partner_id.with_company(
                company
            ).credit_collector_id
            user = (
                collector
                or self.env["res.users"]._credit_deciders(
                    company, 0.0, 0.0, self.env["res.users"]
                )[:1]
            )
            if not user or not free[item]:
                continue
            move.activity_unlink([activity_type])
            move.activity_schedule(
                activity_type,
                user_id=user.id,
                summary=self.env._(
                    "%(rest)s of %(invoice)s was not paid: contested?",
                    rest=item.currency_id.format(item.amount_residual_currency),
                    invoice=move.name,
                ),
            )
