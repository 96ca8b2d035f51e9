from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..limit.res_partner import FINANCE_GROUP
from .credit_dispute import OPEN, RECOGNISED

CLOSED = ("accepted", "partly_accepted", "rejected", "withdrawn", "settled")
# from which states a dispute may come into one
SOURCES = {
    "qualified": ("new",),
    "in_progress": ("new", "qualified", "waiting_customer", "waiting_us"),
    "waiting_customer": ("qualified", "in_progress", "waiting_us"),
    "waiting_us": ("qualified", "in_progress", "waiting_customer"),
    **dict.fromkeys(CLOSED, OPEN),
}


class CreditDispute(models.Model):
    """The life of a dispute: each step is an action, with its rights."""

    _inherit = "credit.dispute"

    def action_qualify(self):
        """Say that the dispute is understood: reason, amount and resolver are right.

        :raises AccessError: neither finance nor the resolver
        :raises UserError: not a new dispute
        """
        return self._step("qualified")

    def action_start(self):
        """Start to work on the disputes; see :meth:`action_qualify`."""
        return self._step("in_progress")

    def action_wait_customer(self):
        """Wait for an answer of the customer; see :meth:`action_qualify`."""
        return self._step("waiting_customer")

    def action_wait_us(self):
        """Wait for a colleague or a supplier; see :meth:`action_qualify`."""
        return self._step("waiting_us")

    def action_accept(self, amount=None, cause=None, shares=None):
        """Recognise the dispute: a draft credit note of exactly the amount.

        :param float amount: in the currency of the dispute; by default all that
            is still contested. A part of it goes to the oldest items.
        :param cause: ``credit.dispute.cause``
        :param shares: pairs of a line of the dispute, or its id, and the amount to
            credit of it; lines that are not named get nothing. Instead of ``amount``
        :return: the action that opens the credit note
        :raises AccessError: the user is not in finance
        :raises UserError: closed already, or a wrong amount
        """
        self._check_may_decide()
        self._check_step("accepted")
        for dispute in self.sudo():
            dispute._accept(amount, shares)
        self._note_cause(cause)
        return self.action_view_credit_notes() if len(self) == 1 else True

    def action_reject(self, message, attachments=None, cause=None, notify=True):
        """Reject the dispute, and send the proof to the customer.

        :param str message: why, for the customer; kept with the dispute
        :param attachments: ``ir.attachment``, the proof
        :param bool notify: send it by e-mail
        :raises AccessError: the user is not in finance
        :raises UserError: closed already, no message, nobody to write to
        """
        self._check_may_decide()
        self._check_step("rejected")
        message = str(message or "").strip()
        if not message:
            raise UserError(self.env._("Tell the customer why."))
        attachments = self._as_records("ir.attachment", attachments)
        attachments.check_access("read")
        for dispute in self:
            dispute.sudo()._close("rejected", message)
            if notify:
                dispute._send_rejection(attachments)
        self._note_cause(cause)
        return True

    def action_withdraw(self, note="", cause=None):
        """Note that the customer no longer contests.

        :raises AccessError: the user is not in finance
        :raises UserError: closed already
        """
        self._check_may_decide()
        self._check_step("withdrawn")
        self.sudo()._close("withdrawn", note)
        self._note_cause(cause)
        return True

    def action_reopen(self, note):
        """Take disputes up again: their part rests from dunning once more.

        Draft credit notes are dropped.

        :param str note: why, kept in the chatter
        :raises AccessError: the user is not in finance
        :raises UserError: not closed, no note, credited meanwhile, or nothing is
            owed any more
        """
        self._check_may_decide()
        note = str(note or "").strip()
        if not note:
            raise UserError(self.env._("Tell why the dispute is taken up again."))
        if any(dispute.state not in CLOSED for dispute in self):
            raise UserError(self.env._("The dispute is still open."))
        for dispute in self.sudo():
            dispute._reopen(note)
        return True

    # ------------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------------

    def _check_may_decide(self):
        """Check that the user decides on money: finance's own work.

        :raises AccessError: the user is not in finance
        """
        self.check_access("read")
        if not (self.env.su or self.env.user.has_group(FINANCE_GROUP)):
            raise AccessError(
                self.env._("Credit management decides on disputes. Answer, they do.")
            )

    def _check_may_work(self):
        """Check that the user is in finance, or resolves these disputes.

        :raises AccessError: neither
        """
        self.check_access("read")
        user = self.env.user
        if self.env.su or user.has_group(FINANCE_GROUP):
            return
        if any(
            user not in dispute.user_id | dispute.team_id.member_ids
            for dispute in self.sudo()
        ):
            raise AccessError(
                self.env._("Someone else resolves this dispute: leave a message.")
            )

    def _check_step(self, state):
        """Check that the disputes may come into a state.

        :raises UserError: one of them may not
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for dispute in self:
            if dispute.state not in SOURCES[state]:
                raise UserError(
                    self.env._(
                        "%(dispute)s is “%(now)s”: it cannot become “%(wanted)s”.",
                        dispute=dispute.name,
                        now=labels[dispute.state],
                        wanted=labels[state],
                    )
                )

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _step(self, state):
        self._check_may_work()
        self._check_step(state)
        # users do not write states, actions do
        self.sudo().state = state
        return True

    def _close(self, state, note=""):
        """End the disputes: nothing rests any more, what is left has a grace."""
        today = fields.Date.context_today(self)
        for dispute in self:
            values = {
                "state": state,
                "closed_date": today,
                "days_to_close": (today - (dispute.opened_date or today)).days,
            }
            if note:
                values["closing_note"] = note
            dispute.write(values)
        self._start_clock()
        self.line_ids._update_resting()
        # what is contested may have stood in the way of an order
        self.partner_id._reevaluate_credit_holds()

    def _reopen(self, note):
        self.ensure_one()
        posted = self.credit_note_ids.filtered(lambda move: move.state == "posted")
        if posted:
            raise UserError(
                self.env._(
                    "%(dispute)s was credited by %(credit_note)s. Open a new dispute"
                    " for what is still contested.",
                    dispute=self.name,
                    credit_note=", ".join(posted.mapped("name")),
                )
            )
        self.credit_note_ids.filtered(lambda move: move.state == "draft").unlink()
        self.env["credit.exposure.lock"]._take(self.partner_id, self.company_id)
        self.line_ids.amount_accepted = 0.0
        self.write(
            {
                "state": "in_progress",
                "closed_date": False,
                "days_to_close": 0,
                "deadline": self._deadline(self.reason_id, self.company_id),
            }
        )
        self.line_ids._update_resting()
        if not self.amount_open:
            raise UserError(
                self.env._(
                    "Nothing of %s is owed any more: there is nothing to contest.",
                    self.document_names,
                )
            )
        self._check_within_residuals(is_reopening=True)
        self._message_log(
            body=self.env._("Reopened: %s", note),
            author_id=self.env.user.partner_id.id,
        )

    def _note_cause(self, cause):
        cause = self._as_records("credit.dispute.cause", cause)
        if cause:
            self.write({"cause_id": cause.id})

    def _settle(self, note):
        """Close the disputes whose items are no longer owed."""
        for dispute in self:
            dispute._close("settled")
            dispute._message_log(body=note)

    def _settle_without_items(self):
        """Close the open disputes of which nothing is owed any more.

        An invoice that is reset to draft is still contested: it comes back.
        """
        for dispute in self.filtered(lambda d: d.state in OPEN):
            items = dispute.line_ids.move_line_id
            waiting = dispute.line_ids.filtered(
                lambda line: line.move_id.state == "draft"
            )
            if not waiting and all(
                item.reconciled or item.parent_state != "posted" for item in items
            ):
                dispute._settle(
                    self.env._(
                        "Nothing is owed of %s any more.", dispute.document_names
                    )
                )

    def _unsettle(self):
        """Take up again what had closed by itself: the items are owed once more."""
        for dispute in self.filtered(lambda d: d.state == "settled"):
            if not any(
                not item.reconciled and item.amount_residual_currency > 0
                for item in dispute.line_ids.move_line_id
            ):
                continue
            dispute.write(
                {"state": "in_progress", "closed_date": False, "days_to_close": 0}
            )
            dispute.line_ids._update_resting()
            dispute._remind()
            dispute._message_log(
                body=self.env._("A payment was undone: the dispute is open again.")
            )

    def _send_rejection(self, attachments):
        """Send the answer and its proof to whoever contests."""
        self.ensure_one()
        recipient = self._recipient()
        if not recipient.email:
            raise UserError(
                self.env._(
                    "%s has no e-mail address: fill it in, or reject without one.",
                    recipient.display_name,
                )
            )
        template = self.env.ref("credit_management.mail_template_dispute_rejected")
        lang = recipient.lang or self.partner_id.lang
        template = template.sudo().with_context(lang=lang)
        dispute = self.sudo()
        values = template._generate_template(dispute.ids, ("subject", "body_html"))
        rendered = values[dispute.id]
        dispute.message_post(
            subject=rendered["subject"],
            body=rendered["body_html"],
            partner_ids=recipient.ids,
            attachment_ids=self._proofs(attachments).ids,
            author_id=self.env.user.partner_id.id,
            email_from=self.env.user.email_formatted,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )

    def _proofs(self, attachments):
        """Return the documents to send, each belonging to the dispute."""
        Attachment = self.env["ir.attachment"].sudo()
        return Attachment.union(
            *(
                attachment.sudo()
                if (attachment.res_model, attachment.res_id) == (self._name, self.id)
                else attachment.sudo().copy(
                    {"res_model": self._name, "res_id": self.id, "public": False}
                )
                for attachment in attachments
            )
        )

    def _is_recognised(self):
        """Tell whether all the disputes were decided for the customer."""
        return all(dispute.state in RECOGNISED for dispute in self)
