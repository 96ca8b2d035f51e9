from contextlib import contextmanager
from datetime import datetime, time
from functools import partial

from odoo import fields, models
from odoo.fields import Domain

from .dunning import (
    ANSWERED,
    BOUNCED,
    CALLED_YESTERDAY,
    CALLS,
    CUSTOMERS_OF_ABSENT,
    LARGE_OVERDUE,
    LEGAL,
    OWN_POLICIES,
    PAID_MEANWHILE,
    PAUSED_CUSTOMERS,
    PAUSED_INVOICES,
    REGISTERED,
    RUN_DAYS,
)

MORNING = time(6, 30)
LETTERS = ("letter", "registered")


class CreditDemo(models.AbstractModel):
    """Seven weeks of reminders: who was told what, and what came of it.

    The runs of the past are made by the code of today's: a run takes any day. Only
    the last look before sending is left out, since it asks what is true now.
    """

    _inherit = "credit.demo"

    def _organise_collection(self):
        """Choose the policies, and who sees to which customer."""
        data = "credit_management.credit_dunning_policy"
        self.env.company.credit_dunning_policy_id = self.env.ref(f"{data}_business")
        key_accounts = self.env.ref("credit_management.credit_policy_key_account")
        key_accounts.dunning_policy_id = self.env.ref(f"{data}_key_account")
        for key, policy in OWN_POLICIES.items():
            customer = self._as("cfo", self._find_customer(key))
            customer.credit_dunning_policy_id = self.env.ref(f"{data}_{policy}")
        absent, nadia = self._user("absent"), self._user("collector")
        absent._set_credit_absence(nadia, self._day(-60), self._day(30))
        for key in CUSTOMERS_OF_ABSENT:
            self._find_customer(key).action_assign_collector(absent.id)
        company = {"company_id": self.env.company.id}
        self.env["credit.collector.rule"].create(
            [
                {
                    **company,
                    "sequence": 10,
                    "user_id": self._user("credit").id,
                    "minimum_overdue": LARGE_OVERDUE,
                },
                {**company, "sequence": 20, "user_id": nadia.id},
            ]
        )
        self.env["res.partner"]._assign_collectors(self.env.company)
        self._leave_today_to_the_visitor()

    def _leave_today_to_the_visitor(self):
        """Have the scheduled runs begin tomorrow: today's is there to be looked at."""
        tomorrow = datetime.combine(self._day(1), MORNING)
        for name in ("ir_cron_pre_reminder", "ir_cron_dunning"):
            cron = self.env.ref(f"credit_management.{name}", raise_if_not_found=False)
            if cron:
                cron.nextcall = tomorrow

    def _live_through_collection(self):
        """Let payments, reminders, calls and promises happen in their order."""
        events = [
            *self._ledger_events(),
            *self._pauses(),
            *((day, partial(self._run, day)) for day in RUN_DAYS),
            *self._promise_events(),
            *self._dispute_events(),
            *self._plan_events(),
            (-1, self._call_of_yesterday),
        ]
        with self._no_files():
            for day, happen in sorted(events, key=lambda event: event[0]):
                with self._dated(day):
                    happen()

    def _begin_the_day_of_collection(self):
        """Preview what goes out today, as a collector does in the morning."""
        today = fields.Date.context_today(self)
        company = self.env.company
        self.env["credit.promise"]._to_check(company, today)._check(today)
        runs = self._as("collector", self.env["credit.dunning.run"])
        runs.action_preview("dunning", include_quiet=True)

    @contextmanager
    def _no_files(self):
        """Send without attached files: making PDF asks for a server that runs."""
        levels = self.env["credit.dunning.level"].search(Domain.TRUE)
        names = ("attach_invoices", "attach_statement")
        before = {name: levels.filtered(name) for name in names}
        levels.write(dict.fromkeys(names, False))
        yield
        for name, found in before.items():
            found.write({name: True})

    @contextmanager
    def _dated(self, day):
        """Make it look as if what is said meanwhile had been said on a day."""
        Message = self.env["mail.message"].sudo()
        last = Message.search([], order="id desc", limit=1).id or 0
        yield
        self._finish()
        Message.search([("id", ">", last)]).date = self._moment(day)

    def _moment(self, day):
        return datetime.combine(self._day(day), MORNING)

    # ------------------------------------------------------------------
    # Who is left in peace
    # ------------------------------------------------------------------

    def _pauses(self):
        for pause in PAUSED_CUSTOMERS:
            yield pause.day, partial(self._pause, self._find_customer, pause)
        for pause in PAUSED_INVOICES:
            yield pause.day, partial(self._pause, self._find, pause)
        for key, day in LEGAL.items():
            invoice = self._as("credit", self._find(key))
            yield day, partial(invoice.action_hand_to_legal, self._day(day))

    def _pause(self, find, pause):
        records = self._as("credit", find(pause.name).with_env(self.env))
        records.action_pause_dunning(self._day(pause.until), pause.reason)

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    def _run(self, day):
        for kind in ("dunning", "pre_reminder"):
            run = self.env["credit.dunning.run"].create(
                {
                    "kind": kind,
                    "date": self._day(day),
                    "trigger": "scheduled",
                    "include_quiet": True,
                }
            )
            run._prepare()
            self._pay_meanwhile(run, day)
            ready = run.notice_ids.filtered(lambda n: n.state in ("ready", "review"))
            self._send_in_the_past(ready, day)
            run._close()

    def _pay_meanwhile(self, run, day):
        key, paid = PAID_MEANWHILE
        notice = run.notice_ids.filtered(
            lambda notice: notice.partner_id == self._find_customer(key)
        )
        if day == paid and notice:
            self._pay(self._find(f"{key}_1"), day)
            notice._guard()

    def _send_in_the_past(self, notices, day):
        notices._give_tokens()
        for notice in notices:
            notice._deliver()
        notices._mark_sent()
        notices._follow_up()
        self._finish()
        self._deliver_messages(notices, day)
        notices = notices.filtered(lambda notice: notice.state == "sent")
        self._move_notices(notices, day)
        deliveries = notices.delivery_ids
        for call in deliveries.filtered(lambda delivery: delivery.code == "phone"):
            self._answer_call(call, day)
        for letter in deliveries.filtered(lambda delivery: delivery.code in LETTERS):
            self._post_letter(letter, day)
        deliveries.filtered("sent_date").sent_date = self._moment(day)

    def _deliver_messages(self, notices, day):
        """Let the e-mails arrive, or come back."""
        sent = notices.delivery_ids.mail_message_id
        arrived = self.env["mail.notification"].search(
            [("mail_message_id", "in", sent.ids), ("notification_type", "=", "email")]
        )
        arrived.notification_status = "sent"
        key, bounced_on, why = BOUNCED
        customer = self._find_customer(key)
        if day == bounced_on and customer in notices.partner_id:
            returned = arrived.filtered(lambda n: n.res_partner_id == customer)
            returned.write(
                {
                    "notification_status": "bounce",
                    "failure_type": "mail_bounce",
                    "failure_reason": why,
                }
            )
            customer._message_receive_bounce(customer.email, customer)
        self.env["credit.dunning.delivery"]._settle()

    def _move_notices(self, notices, day):
        """Date what was sent, and the levels that it brought, on its day."""
        notices.sent_date = self._moment(day)
        reached = notices.line_ids.filtered(lambda line: line.is_counted)
        today = fields.Date.context_today(self)
        for items in (reached.move_line_id, reached.move_id):
            moved = items.filtered(lambda item: item.dunning_level_date == today)
            moved.dunning_level_date = self._day(day)

    def _answer_call(self, call, day):
        key = (call.customer_id, day)
        answers = {(self._find_customer(c.customer), c.day): c for c in CALLS}
        answer = answers.get(key)
        result, note = (answer.result, answer.note) if answer else ("reached", ANSWERED)
        collector = call.user_id._credit_acting(call.notice_id.date)
        call.with_user(collector).action_log_call(result, note)

    def _post_letter(self, letter, day):
        for row in REGISTERED:
            if (row.customer, row.day) == (self._key_of(letter.customer_id), day):
                letter.write(
                    {
                        "state": "sent",
                        "sent_date": self._moment(day),
                        "registered_number": row.number,
                        "received_date": self._day(row.received),
                    }
                )

    def _key_of(self, customer):
        return next(
            (row.customer for row in REGISTERED
             if self._find_customer(row.customer) == customer),
            None,
        )  # fmt: skip

    def _call_of_yesterday(self):
        """Call a customer without any level that asks for it; nobody answers."""
        key, result, note = CALLED_YESTERDAY
        customer = self._find_customer(key)
        notices = self.env["credit.dunning.notice"]
        call = notices._call_now(customer, self.env.company)
        mine = self._as("collector", call)
        mine.action_log_call(result, note, fields.Date.context_today(self))
        call.notice_id.write({"date": self._day(-1), "sent_date": self._moment(-1)})
        for counted in (call.notice_id, *call.notice_id.line_ids):
            counted.days_overdue -= 1
