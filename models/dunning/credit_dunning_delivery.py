from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, html2plaintext

from ..limit.res_partner import FINANCE_GROUP

STATES = [
    ("planned", "Planned"),
    ("todo", "To do"),
    ("queued", "On its way"),
    ("sent", "Sent"),
    ("received", "Received"),
    ("failed", "Failed"),
]
CALL_RESULTS = [
    ("reached", "Reached"),
    ("promise", "Promise to pay"),
    ("plan", "Payment plan"),
    ("dispute", "Dispute"),
    ("call_back", "To call back"),
    ("no_answer", "No answer"),
    ("wrong_number", "Wrong number"),
]
# what Odoo's notifications call a message that is lost, or has left
LOST = ("bounce", "exception", "canceled")
ARRIVED = ("sent", "pending")
# a bounce that comes later is not looked for
MEMORY = timedelta(days=30)
# failures of the contact, not of our own mail server
CONTACT_FAILURES = {
    "mail_bounce", "mail_email_invalid", "mail_email_missing", "mail_spam",
    "mail_bl", "mail_optout", "sms_number_missing", "sms_number_format",
    "sms_invalid_destination", "sms_not_delivered",
}  # fmt: skip


class CreditDunningDelivery(models.Model):
    """A notice on one channel to one person: the proof of what was said."""

    _name = "credit.dunning.delivery"
    _description = "Delivery of a Dunning Notice"
    _order = "notice_id desc, id"

    notice_id = fields.Many2one(
        "credit.dunning.notice",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="notice_id.company_id")
    customer_id = fields.Many2one(related="notice_id.partner_id", string="Customer")
    level_id = fields.Many2one(related="notice_id.level_id")
    user_id = fields.Many2one(related="notice_id.user_id")
    channel_id = fields.Many2one(
        "credit.dunning.channel", required=True, readonly=True, ondelete="restrict"
    )
    code = fields.Char(related="channel_id.code", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Recipient",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    address = fields.Char(
        readonly=True, help="E-mail, number or postal address on that day."
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="planned")
    failure = fields.Text(readonly=True)
    is_contact_fault = fields.Boolean(
        readonly=True, help="The address is wrong: it is not used until it is mended."
    )
    subject = fields.Char(readonly=True)
    body = fields.Html(readonly=True, sanitize=False, string="Exact Content")
    mail_message_id = fields.Many2one("mail.message", readonly=True, index=True)
    activity_id = fields.Many2one(
        "mail.activity", readonly=True, index="btree_not_null", ondelete="set null"
    )
    attachment_id = fields.Many2one(
        "ir.attachment", string="Letter", readonly=True, index="btree_not_null"
    )
    result = fields.Selection(CALL_RESULTS, readonly=True)
    result_note = fields.Text(readonly=True)
    registered_number = fields.Char(copy=False)
    sent_date = fields.Datetime(readonly=True)
    received_date = fields.Date()

    _open_idx = models.Index("(code, state) WHERE state IN ('todo', 'queued')")

    @api.depends("channel_id", "partner_id", "notice_id")
    def _compute_display_name(self):
        for delivery in self:
            names = (delivery.channel_id.name, delivery.customer_id.name)
            delivery.display_name = " · ".join(filter(None, names))

    @api.constrains("registered_number", "received_date")
    def _check_receipt(self):
        today = fields.Date.context_today(self)
        for delivery in self:
            received = delivery.received_date
            if not received and not delivery.registered_number:
                continue
            if delivery.code not in ("letter", "registered"):
                raise ValidationError(
                    self.env._("Only letters have a number and a date of receipt.")
                )
            sent = delivery.sent_date and delivery.sent_date.date()
            if received and (received > today or (sent and received < sent)):
                raise ValidationError(
                    self.env._(
                        "A letter is received after it was sent, today at the latest."
                    )
                )

    # ------------------------------------------------------------------
    # Send
    # ------------------------------------------------------------------

    def _go(self):
        """Send by the method of the channel, ``_send_<code>``."""
        self.ensure_one()
        getattr(self, f"_send_{self.code}")()

    def _send_email(self):
        notice, level = self.notice_id, self.notice_id.level_id
        subject, body = self._render(level.mail_template_id)
        author = notice._author()
        message = notice.partner_id.with_context(
            mail_post_autofollow=False, mail_post_autofollow_author_skip=True
        ).message_post(
            subject=subject,
            body=body,
            partner_ids=self.partner_id.ids + notice._copied().ids,
            attachments=notice._attachments(),
            author_id=author.id,
            email_from=author.email_formatted,
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
            email_add_signature=False,
            mail_auto_delete=False,
            # the recipients are chosen, followers of the customer are not
            notify_skip_followers=True,
            # the queue sends: a retry of this transaction sends nothing twice
            force_send=False,
        )
        self._sent("queued", subject, body, mail_message_id=message.id)

    def _send_sms(self):
        template = self.notice_id.level_id.sms_template_id
        text = template._render_field(
            "body", self.notice_id.ids, set_lang=self._lang()
        )[self.notice_id.id]
        message = self.notice_id.partner_id._message_sms(
            text,
            partner_ids=self.partner_id.ids,
            sms_pid_to_number={self.partner_id.id: self.address},
            author_id=self.notice_id._author().id,
            put_in_queue=True,
            notify_skip_followers=True,
        )
        self._sent("queued", False, Markup("<p>%s</p>") % text, message.id)

    def _send_phone(self):
        notice = self.notice_id
        script = notice._call_script(self)
        activity = notice.activity_schedule(
            "credit_management.mail_activity_type_dunning_call",
            summary=self.env._(
                "Call %(name)s, %(number)s",
                name=self.partner_id.name,
                number=self.address,
            ),
            note=script,
            user_id=notice._responsible().id,
        )
        self._sent("todo", activity.summary, script, activity_id=activity.id)

    def _send_letter(self):
        subject, body = self._render(self.notice_id.level_id._letter_template())
        self._sent("todo", subject, body)

    def _send_registered(self):
        self._send_letter()

    def _render(self, template):
        """Return subject and body of a template, in the language of the recipient."""
        notice, lang = self.notice_id, self._lang()
        # a letter has no button to click on
        is_letter = self.code in ("letter", "registered")
        notice = notice.with_context(lang=lang, dunning_letter=is_letter)
        template = template.with_context(lang=lang, dunning_letter=is_letter)
        rendered = template._render_field("subject", notice.ids, set_lang=lang)
        body = template._render_field("body_html", notice.ids, set_lang=lang)
        return rendered[notice.id], Markup(body[notice.id])

    def _lang(self):
        return self.partner_id.lang or self.notice_id.lang or self.env.lang

    def _sent(self, state, subject, body, mail_message_id=False, activity_id=False):
        self.write(
            {
                "state": state,
                "subject": subject,
                "body": body,
                "mail_message_id": mail_message_id,
                "activity_id": activity_id,
                "sent_date": fields.Datetime.now() if state == "queued" else False,
            }
        )

    # ------------------------------------------------------------------
    # What became of it
    # ------------------------------------------------------------------

    @api.model
    def _settle(self):
        """Learn from Odoo's mail and SMS which messages arrived and which bounced.

        A message that did not arrive does not count: when no other delivery of
        the notice stands, its items fall back to the level before.
        """
        heard_of = self._heard_of()
        self.browse(id_ for id_, is_lost in heard_of.items() if not is_lost).write(
            {"state": "sent"}
        )
        failed = self.browse(id_ for id_, is_lost in heard_of.items() if is_lost)
        of_contacts = self.browse()
        for delivery, notifications in failed._notifications():
            delivery.failure = ", ".join(
                filter(
                    None,
                    notifications.mapped(lambda n: n.failure_reason or n.failure_type),
                )
            )
            if CONTACT_FAILURES & set(notifications.mapped("failure_type")):
                of_contacts |= delivery
        failed._fail(of_contacts)

    def _heard_of(self):
        """Return the deliveries of the last month whose state is no longer true.

        Read in SQL, because most of a month's messages arrived long ago.

        :return: by id, whether the message is lost
        :rtype: dict[int, bool]
        """
        self.flush_model(["mail_message_id", "partner_id", "sent_date", "state"])
        self.env["mail.notification"].flush_model(
            ["mail_message_id", "notification_status", "res_partner_id"]
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT id, is_lost
                         FROM (SELECT delivery.id, delivery.state,
                                      BOOL_OR(notification_status IN %(lost)s)
                                          AS is_lost,
                                      BOOL_AND(notification_status IN %(arrived)s)
                                          AS has_arrived
                                 FROM credit_dunning_delivery delivery
                                 JOIN mail_notification notification
                                   ON notification.mail_message_id
                                          = delivery.mail_message_id
                                  AND notification.res_partner_id
                                          IS NOT DISTINCT FROM delivery.partner_id
                                WHERE delivery.state IN ('queued', 'sent')
                                  AND delivery.sent_date >= %(since)s
                             GROUP BY delivery.id) message
                        WHERE is_lost OR (has_arrived AND state = 'queued')""",
                    lost=LOST,
                    arrived=ARRIVED,
                    since=fields.Datetime.now() - MEMORY,
                )
            )
        )

    def _notifications(self):
        """Yield each delivery with what Odoo noted about its message."""
        notifications = (
            self.env["mail.notification"]
            .sudo()
            .search([("mail_message_id", "in", self.mail_message_id.ids)])
            .grouped(lambda found: (found.mail_message_id, found.res_partner_id))
        )
        for delivery in self:
            yield delivery, notifications[delivery.mail_message_id, delivery.partner_id]

    def _fail(self, of_contacts):
        """Record that deliveries did not arrive, and ask to mend the contacts.

        :param of_contacts: those that failed for the address, not for our server
        """
        if not self:
            return
        self.state = "failed"
        of_contacts.is_contact_fault = True
        for delivery in of_contacts:
            self.env["res.partner"].with_company(delivery.company_id)._ask_to_mend(
                delivery.customer_id,
                self.env._(
                    "%(channel)s to %(address)s did not arrive: %(why)s",
                    channel=delivery.channel_id.name,
                    address=delivery.address,
                    why=delivery.failure or self.env._("no reason given"),
                ),
            )
        lost = self.notice_id.filtered(
            lambda notice: all(d.state == "failed" for d in notice.delivery_ids)
        )
        lost._fall_back()

    # ------------------------------------------------------------------
    # Calls and letters
    # ------------------------------------------------------------------

    def action_call(self):
        """Open the call: whom, about what, and a place for the result."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Call"),
            "res_model": "credit.dunning.call",
            "view_mode": "form",
            "target": "new",
            "context": {"default_delivery_id": self.id},
        }

    def action_log_call(self, result, note="", call_back_date=None):
        """Note what came of a call, and close its task.

        :param str result: one of ``CALL_RESULTS``
        :param str note: kept in the chatter of the customer
        :param date call_back_date: for ``call_back`` and ``no_answer``
        :raises AccessError: the user is not in finance
        :raises UserError: not a call, or its result is known
        """
        self.ensure_one()
        self.notice_id._check_collector()
        if self.code != "phone" or self.state != "todo":
            raise UserError(self.env._("This call has been made: see its result."))
        if result not in dict(CALL_RESULTS):
            raise UserError(self.env._("Choose what came of the call."))
        # collectors write no notice, they note what came of it
        self.sudo()._log_call(result, note, fields.Date.to_date(call_back_date))
        return True

    def _log_call(self, result, note, call_back_date):
        label = dict(self._fields["result"]._description_selection(self.env))[result]
        text = ": ".join(filter(None, [label, (note or "").strip()]))
        self.write({"result": result, "result_note": note})
        self.customer_id._message_log(
            body=self.env._(
                "Call to %(name)s (%(number)s). %(result)s",
                name=self.partner_id.name,
                number=self.address,
                result=text,
            ),
            author_id=self.env.user.partner_id.id,
        )
        if result in ("call_back", "no_answer"):
            day = call_back_date or fields.Date.add(
                fields.Date.context_today(self), days=1
            )
            self.activity_id.write({"date_deadline": day})
            return
        if self.activity_id:
            self.activity_id.action_feedback(feedback=html2plaintext(text))
        if result == "wrong_number":
            self.failure = text
            self._fail(self)
        else:
            self.write({"state": "sent", "sent_date": fields.Datetime.now()})

    def write(self, vals):
        # the two facts of a registered letter are all that a person writes
        if not self.env.su and vals.keys() - {"registered_number", "received_date"}:
            raise UserError(self.env._("A delivery is the proof of what was sent."))
        if vals.get("received_date"):
            vals = {**vals, "state": "received"}
        return super().write(vals)


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _author(self):
        """Return the contact in whose name the notice speaks: the collector."""
        user = self.user_id._credit_acting(self.date)
        if not user and self.env.user.has_group(FINANCE_GROUP) and self.env.uid != 1:
            user = self.env.user
        return user.partner_id or self.company_id.partner_id

    def _copied(self):
        """Return the salesperson's contact where the level asks for it."""
        if not self.level_id.copy_salesperson:
            return self.env["res.partner"]
        return self._salesperson().partner_id

    def _attachments(self):
        """Return the files that go with the e-mail, as (name, bytes)."""
        files = []
        if self.level_id.attach_statement:
            files.append(
                self.env["credit.statement"]._attachment(
                    self.partner_id, self.company_id, self.date
                )
            )
        if self.level_id.attach_invoices:
            files += self._invoice_files()
        return files

    def _invoice_files(self):
        """Return the PDF of each invoice, as it was sent if it was."""
        Report = self.env["ir.actions.report"]
        files = []
        for move in self.line_ids.filtered("is_counted").move_id.filtered(
            lambda move: move.is_invoice()
        ):
            if pdf := move.invoice_pdf_report_id:
                files.append((pdf.name, pdf.raw))
            else:
                content, extension = Report._render_qweb_pdf(
                    "account.account_invoices", move.ids
                )
                files.append((move._get_invoice_report_filename(extension), content))
        return files

    def _call_script(self, delivery):
        lang = delivery._lang()
        return self.level_id.with_context(lang=lang).call_script or ""

    def _fall_back(self):
        """Undo the levels of notices that nobody received."""
        for notice in self:
            for line in notice.line_ids.filtered(lambda line: line.level_id):
                line._fall_back()
            wrong = notice.delivery_ids.filtered("is_contact_fault")
            failures = filter(None, notice.delivery_ids.mapped("failure"))
            notice._drop("failed", wrong and "no_contact", "\n".join(failures) or False)


class CreditDunningNoticeLine(models.Model):
    _inherit = "credit.dunning.notice.line"

    def _fall_back(self):
        """Bring the item back to the level before, unless a later one counts."""
        item = self.move_line_id
        if item.dunning_level_id != self.level_id:
            return
        before = self.search(
            [
                ("move_line_id", "=", item.id),
                ("id", "!=", self.id),
                ("is_counted", "=", True),
                ("level_id", "!=", False),
                ("notice_id.state", "=", "sent"),
            ],
            order="id desc",
            limit=1,
        )
        values = {
            "dunning_level_id": before.level_id.id,
            "dunning_level_date": before.notice_id.date,
        }
        item.write(values)
        if self.move_id.dunning_level_id == self.level_id:
            levels = self.move_id.line_ids.dunning_level_id.filtered(
                lambda level: not level.is_pre_reminder
            )
            highest = levels.sorted("days")[-1:]
            self.move_id.write({**values, "dunning_level_id": highest.id})
