import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_date

from .account_move_line import LEVEL_NAMES
from .credit_dunning_recipients import RecipientRequest

_logger = logging.getLogger(__name__)

# then a person looks at it
ATTEMPTS = 3
RETRY_AFTER = timedelta(minutes=15)


class CreditDunningNotice(models.Model):
    """From a proposal to a message: plan, last look, deliveries, consequences."""

    _inherit = "credit.dunning.notice"

    # ------------------------------------------------------------------
    # Plan: when, how and to whom
    # ------------------------------------------------------------------

    def _plan(self):
        """Plan the deliveries; who can't be written to today is left out."""
        notices = self._leave_out_quiet()
        requests = notices._delivery_requests()
        plans = self.env["credit.dunning.recipients"]._resolve(requests)
        channels = {code: channel.id for code, channel in self._channels().items()}
        unreachable, planned = [], []
        for notice, plan in zip(notices, plans, strict=True):
            usable = [delivery for delivery in plan if not delivery.problem]
            if not usable:
                unreachable.append(notice.id)
            notice._ask_to_mend(plan)
            planned += [
                (notice.id, channels[d.channel_code], d.partner.id or None, d.address)
                for d in usable
            ]
        self.browse(unreachable)._leave_out("no_contact")
        self._insert_deliveries(planned)

    def _insert_deliveries(self, planned):
        """Insert deliveries at once: a run has a hundred thousand of them.

        :param planned: (id of notice, id of channel, id of recipient, address)
        """
        if not planned:
            return
        self.env.flush_all()
        values = SQL(", ").join(
            SQL("(%s::int, %s::int, %s::int, %s)", *row) for row in planned
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_dunning_delivery (
                          notice_id, channel_id, partner_id, address, state, code,
                          create_uid, create_date, write_uid, write_date)
                   SELECT planned.notice_id, channel.id, planned.partner_id,
                          planned.address, 'planned', channel.code,
                          %(uid)s, %(now)s, %(uid)s, %(now)s
                     FROM (VALUES %(values)s) planned (
                              notice_id, channel_id, partner_id, address)
                     JOIN credit_dunning_channel channel
                       ON channel.id = planned.channel_id""",
                values=values,
                uid=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.env["credit.dunning.delivery"].invalidate_model(flush=False)
        self.invalidate_recordset(["delivery_ids"], flush=False)

    def _ask_to_mend(self, plan):
        """Give the task to mend contacts; a mere preview gives none."""
        faults = [delivery.mend or delivery.problem for delivery in plan]
        if any(faults) and self.run_id.trigger == "scheduled":
            self.partner_id.with_company(self.company_id)._ask_to_mend(
                self.partner_id, " ".join(dict.fromkeys(filter(None, faults)))
            )

    def _channels(self):
        return self.env["credit.dunning.channel"].search(Domain.TRUE).grouped("code")

    def _leave_out_quiet(self):
        """Leave out notices on a quiet day; returns the others."""
        is_quiet = self.env["credit.quiet.period"]._is_quiet
        asked, quiet = {}, []
        for notice in self:
            if notice.run_id.include_quiet:
                continue
            country = notice.partner_id.country_id
            day = (notice.policy_id, country, notice.date, notice.company_id)
            if day not in asked:
                asked[day] = bool(is_quiet(*day))
            if asked[day]:
                quiet.append(notice.id)
        quiet = self.browse(quiet)
        quiet._leave_out("quiet_day")
        return self - quiet

    def _leave_out(self, reason):
        self._drop("left_out", reason)

    def _delivery_requests(self):
        """Return whom to reach about each notice.

        :rtype: list[RecipientRequest]
        """
        contacts = self._contacts_of_invoices()
        wishes = {
            level: {
                "role_code": level.role_id.code,
                "channel_codes": tuple(level.channel_ids.mapped("code")),
                "fallback_codes": level._possible_codes(),
            }
            for level in [*self.level_id, self.env["credit.dunning.level"]]
        }
        return [
            RecipientRequest(
                customer=notice.partner_id,
                company=notice.company_id,
                contacts=contacts.get(notice.id, ()),
                **wishes[notice.level_id],
            )
            for notice in self
        ]

    def _contacts_of_invoices(self):
        """Return the ids of the contacts on the invoices of each notice, by its id.

        Looked up row by row: PostgreSQL does not know yet how many items a run has
        just inserted, and would read all the invoices of the ledger to join them.
        """
        self.env["account.move"].flush_model(["partner_id"])
        self.env["credit.dunning.notice.line"].flush_model(["move_id", "notice_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT notice.id, ARRAY(
                              SELECT DISTINCT (SELECT move.partner_id
                                                 FROM account_move move
                                                WHERE move.id = line.move_id)
                                FROM credit_dunning_notice_line line
                               WHERE line.notice_id = notice.id)
                     FROM unnest(%s::int[]) notice (id)""",
                self.ids,
            )
        )
        return dict(rows)

    # ------------------------------------------------------------------
    # The last look
    # ------------------------------------------------------------------

    def _guard(self):
        """Ask the selection once more; hold back what has changed since.

        It runs in the transaction that sends: what is paid, credited, contested
        or promised before the message leaves keeps it from leaving.

        :return: the notices that may leave
        """
        today = fields.Date.context_today(self)
        passed = self.browse()
        for (company, kind), notices in self.grouped(
            lambda notice: (notice.company_id, notice.kind)
        ).items():
            proposals, entries = notices._select_again(company, kind, today)
            for notice in notices:
                key = (notice.partner_id.id, notice.currency_id.id)
                reason = notice._what_changed(proposals.get(key), entries)
                if reason:
                    notice._drop("held", reason)
                else:
                    passed |= notice
        return passed

    def _select_again(self, company, kind, day):
        """Return the proposals and entries of the notices' customers as of now."""
        select = SQL(
            """SELECT proposal.partner_id, proposal.currency_id, proposal.reason,
                      proposal.level_id, proposal.amount_net, entry.line_id,
                      entry.level_id, entry.due, entry.reason
                 FROM proposal
                 JOIN entry ON entry.partner_id = proposal.partner_id
                           AND entry.currency_id = proposal.currency_id"""
        )
        query = self.env["credit.dunning.selection"]._query(
            company, day, kind, select, self.partner_id
        )
        proposals, entries = {}, {}
        for partner, currency, reason, level, net, *entry in self.env.execute_query(
            query
        ):
            proposals[partner, currency] = (reason, level, net)
            line_id, *rest = entry
            entries[line_id] = rest
        return proposals, entries

    def _what_changed(self, proposal, entries):
        """Return why the notice is no longer right, False when it still is.

        :param proposal: (reason, level id, net amount) as of now, None: nothing
        :param dict entries: (level id, due, reason) as of now, by item
        """
        for line in self.line_ids.filtered("is_counted"):
            now = entries.get(line.move_line_id.id)
            if now is None:
                return "paid"
            _level_id, due, reason = now
            if reason:
                return reason
            if self.currency_id.compare_amounts(due, line.amount_due):
                return "paid" if due < line.amount_due else "changed"
        if proposal is None:
            return "paid"
        reason, level_id, net = proposal
        if reason:
            return reason
        if level_id != self.level_id.id:
            return "changed"
        compared = self.currency_id.compare_amounts(net, self.amount_net)
        if compared:
            return "paid" if compared < 0 else "changed"
        return False

    # ------------------------------------------------------------------
    # Send
    # ------------------------------------------------------------------

    def _send(self):
        """Send proposals that nobody else is sending, each one or not at all.

        Messages are queued in the transaction that records them as sent: a
        crash loses both or neither. A notice that fails is put back, with its
        error, and the others go on.
        """
        locked = self.try_lock_for_update()
        notices = locked.filtered(lambda notice: notice.state in ("ready", "review"))
        notices = notices._guard()
        notices._give_tokens()
        notices._read_ahead()
        sent = self.browse()
        for notice in notices:
            try:
                with self.env.cr.savepoint():
                    notice._deliver()
                sent |= notice
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:
                notice._note_failure(error)
        sent._mark_sent()
        sent._follow_up()

    def _deliver(self):
        self.ensure_one()
        if not self.delivery_ids:
            raise UserError(self.env._("There is nobody to send it to."))
        for delivery in self.delivery_ids:
            delivery._go()

    def _note_failure(self, error):
        """Keep the error on the notice and tell it on the customer."""
        _logger.warning("Dunning notice %s failed", self.id, exc_info=error)
        attempts = self.attempts + 1
        retry_at = fields.Datetime.now() + RETRY_AFTER * attempts
        self.write({"attempts": attempts, "error": str(error), "retry_at": retry_at})
        if attempts >= ATTEMPTS:
            self._drop("failed", error=str(error))
        self.partner_id._message_log(
            body=self.env._(
                "The reminder “%(level)s” could not be sent: %(error)s",
                level=self.level_id.name,
                error=error,
            )
        )

    def _mark_sent(self):
        """Record that the items have reached their levels.

        In SQL: as Odoo writes on entries, it would read all their lines and taxes.
        """
        if not self:
            return
        self.write(
            {"state": "sent", "sent_date": fields.Datetime.now(), "error": False}
        )
        self.env.flush_all()
        reached = SQL(
            """SELECT line.move_line_id, line.move_id, line.level_id, level.days,
                      level.is_pre_reminder
                 FROM credit_dunning_notice_line line
                 JOIN credit_dunning_level level ON level.id = line.level_id
                WHERE line.notice_id = ANY(%s)
                  AND line.is_counted""",
            self.ids,
        )
        values = SQL(
            """dunning_level_id = reached.level_id, dunning_level_date = %s,
               write_uid = %s, write_date = %s""",
            fields.Date.context_today(self),
            self.env.uid,
            fields.Datetime.now(),
        )
        self.env.cr.execute(
            SQL(
                """UPDATE account_move_line item SET %s
                     FROM (%s) reached
                    WHERE item.id = reached.move_line_id""",
                values,
                reached,
            )
        )
        # an instalment at a lower level does not hide a higher one
        self.env.cr.execute(
            SQL(
                """UPDATE account_move move SET %s
                     FROM (SELECT DISTINCT ON (move_id) move_id, level_id, days
                             FROM (%s) line
                            WHERE is_pre_reminder IS NOT TRUE
                         ORDER BY move_id, days DESC) reached
                    WHERE move.id = reached.move_id
                      AND NOT EXISTS (
                          SELECT FROM credit_dunning_level before
                           WHERE before.id = move.dunning_level_id
                             AND before.days >= reached.days)""",
                values,
                reached,
            )
        )
        levels = [*LEVEL_NAMES]
        self.env["account.move.line"].invalidate_model(levels, flush=False)
        self.env["account.move"].invalidate_model(
            [*levels, "dunning_next_date"], flush=False
        )

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _follow_up(self):
        """Give the tasks that the levels ask for."""
        for notice in self:
            level = notice.level_id
            if level.warns_salesperson:
                notice._warn_salesperson()
            if level.proposes_formal_notice:
                notice._propose(self.env._("Send a formal notice"))
            if level.proposes_legal:
                notice._propose(self.env._("Prepare the legal file"))

    def _warn_salesperson(self):
        salesperson = self._salesperson()
        if salesperson:
            self.partner_id.activity_schedule(
                "credit_management.mail_activity_type_dunning_warning",
                summary=self.env._("Customer reminded: %s", self.level_id.name),
                note=self.env._(
                    "%(amount)s is overdue since %(date)s. A word from you may help.",
                    amount=self.currency_id.format(self.amount_net),
                    date=format_date(self.env, self.oldest_due_date),
                ),
                user_id=salesperson.id,
            )

    def _propose(self, summary):
        self.partner_id.activity_schedule(
            "credit_management.mail_activity_type_dunning_proposal",
            summary=summary,
            note=self.env._(
                "%(amount)s is %(days)s days overdue.",
                amount=self.currency_id.format(self.amount_net),
                days=self.days_overdue,
            ),
            user_id=self._responsible().id,
        )

    def _salesperson(self):
        """Return the customer's salesperson, else that of the oldest invoice."""
        sellers = self.partner_id.user_id or self.line_ids.move_id.invoice_user_id[:1]
        return sellers.filtered(lambda user: user.active and not user.share)

    def _responsible(self):
        """Return who answers for the notice: the collector, else the system."""
        return self.user_id._credit_acting(self.date) or self.env.user

    # ------------------------------------------------------------------
    # A call that no level asks for
    # ------------------------------------------------------------------

    def _call_now(self, customer, company):
        """Return the delivery of a call about all that a customer owes overdue.

        :raises UserError: nothing is overdue, or there is no number to call
        """
        company = company._credit_company()
        today = fields.Date.context_today(self)
        MoveLine = self.env["account.move.line"].sudo()
        items = MoveLine.search(
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("partner_id.commercial_partner_id", "=", customer.id)
            & Domain("date_maturity", "<", today)
            & Domain("amount_residual", ">", 0),
            order="date_maturity, id",
        )
        if not items:
            raise UserError(self.env._("%s owes nothing overdue.", customer.name))
        # the currency of the oldest item leads; the script lists the others
        currency = items[0].currency_id
        items = items.filtered(lambda item: item.currency_id == currency)
        notice = self.create(self._call_values(customer, company, currency, items))
        [request] = notice._delivery_requests()
        request = request._replace(channel_codes=("phone",), fallback_codes=())
        [plan] = self.env["credit.dunning.recipients"]._resolve([request])
        call = next((d for d in plan if d.channel_code == "phone"), None)
        if not call or call.problem:
            raise UserError(
                self.env._(
                    "No number to call %(name)s: %(why)s",
                    name=customer.name,
                    why=call.problem if call else "",
                )
            )
        delivery = self.env["credit.dunning.delivery"].create(
            {
                "notice_id": notice.id,
                "channel_id": self._channels()["phone"].id,
                "partner_id": call.partner.id,
                "address": call.address,
            }
        )
        delivery._go()
        return delivery

    def _call_values(self, customer, company, currency, items):
        today = fields.Date.context_today(self)
        owed = sum(items.mapped("amount_residual_currency"))
        return {
            "kind": "dunning",
            "state": "sent",
            "company_id": company.id,
            "partner_id": customer.id,
            "currency_id": currency.id,
            "user_id": customer.with_company(company).credit_collector_id.id,
            "date": today,
            "sent_date": fields.Datetime.now(),
            "amount_due": owed,
            "amount_net": owed,
            "amount_company": sum(items.mapped("amount_residual")),
            "oldest_due_date": items[0].date_maturity,
            "days_overdue": (today - items[0].date_maturity).days,
            "line_ids": [
                Command.create(
                    {
                        "move_line_id": item.id,
                        "move_id": item.move_id.id,
                        "name": item.move_id.name,
                        "date_maturity": item.date_maturity,
                        "days_overdue": (today - item.date_maturity).days,
                        "amount_residual": item.amount_residual_currency,
                        "amount_due": item.amount_residual_currency,
                        "is_counted": True,
                    }
                )
                for item in items
            ],
        }
