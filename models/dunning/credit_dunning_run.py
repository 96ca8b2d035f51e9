import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, format_date, mute_logger

from .credit_dunning_notice import KINDS, UNSENT

_logger = logging.getLogger(__name__)

# notices prepared or sent between two commits
BATCH = 50
PREPARED = 1000
# times that a step meets another worker before it leaves the work to it
TRIES = 5
CONFLICTS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, psycopg2.errors.UniqueViolation)


class CreditDunningRun(models.Model):
    """The reminders of one day: proposals, what was sent, what was left out."""

    _name = "credit.dunning.run"
    _description = "Dunning Run"
    _inherit = ["mail.thread"]
    _order = "date desc, id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        required=True,
        readonly=True,
        default=lambda self: fields.Date.context_today(self),
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="dunning")
    trigger = fields.Selection(
        [("scheduled", "Scheduled"), ("manual", "Manual")],
        required=True,
        readonly=True,
        default="manual",
    )
    include_quiet = fields.Boolean(
        string="Send on Quiet Days",
        readonly=True,
        help="Weekends and holidays do not count: somebody decided to send today.",
    )
    state = fields.Selection(
        [
            ("new", "In preparation"),
            ("preview", "Preview"),
            ("running", "Running"),
            ("done", "Done"),
            ("replaced", "Replaced"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    notice_ids = fields.One2many("credit.dunning.notice", "run_id", readonly=True)
    ready_count = fields.Integer(compute="_compute_counts")
    review_count = fields.Integer(compute="_compute_counts")
    sent_count = fields.Integer(compute="_compute_counts")
    held_count = fields.Integer(compute="_compute_counts")
    failed_count = fields.Integer(compute="_compute_counts")
    left_out_count = fields.Integer(compute="_compute_counts")
    amount_sent = fields.Monetary(string="Money Covered", compute="_compute_counts")
    amount_unsent = fields.Monetary(string="Money to Cover", compute="_compute_counts")

    _scheduled_once = models.UniqueIndex(
        "(company_id, kind, date) WHERE trigger = 'scheduled'",
        "The scheduled run of the day exists already.",
    )

    @api.depends_context("lang")
    @api.depends("kind", "date")
    def _compute_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for run in self:
            run.name = f"{labels.get(run.kind)} {format_date(self.env, run.date)}"

    @api.depends("notice_ids.state")
    def _compute_counts(self):
        groups = self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids)],
            ["run_id", "state"],
            ["__count", "amount_company:sum"],
        )
        found = {(run, state): values for run, state, *values in groups}
        nothing = (0, 0.0)
        for run in self:
            for state in ("ready", "review", "sent", "held", "failed", "left_out"):
                run[f"{state}_count"] = found.get((run, state), nothing)[0]
            run.amount_sent = found.get((run, "sent"), nothing)[1]
            run.amount_unsent = sum(
                found.get((run, state), nothing)[1] for state in ("ready", "review")
            )

    # ------------------------------------------------------------------
    # Preview and send
    # ------------------------------------------------------------------

    @api.model
    def action_preview(self, kind="dunning", include_quiet=False):
        """Propose what is to be sent today, and open it; nothing goes out.

        :param str kind: ``pre_reminder`` or ``dunning``
        :param bool include_quiet: propose on weekends and holidays as well
        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        if kind not in dict(KINDS):
            raise UserError(self.env._("Choose pre-reminders or dunning."))
        if sending := self._being_sent(kind):
            # a new preview would drop what is still to leave
            return sending.action_open()
        # a run is made by the system, so that nobody writes proposals by hand
        run = self.sudo().create({"kind": kind, "include_quiet": bool(include_quiet)})
        run._prepare()
        return run.sudo(False).action_open()

    def _being_sent(self, kind):
        """Return the run that is on its way out, empty when there is none."""
        running = self.search(
            [
                ("company_id", "=", self.env.company.root_id.id),
                ("kind", "=", kind),
                ("state", "=", "running"),
            ]
        )
        return running.filtered(lambda run: run._ready(limit=1))[:1]

    def action_open(self):
        """Open the run with its proposals."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }

    def action_send(self):
        """Send the proposals of the run that need no review.

        A few go out at once; many are left to the scheduled job, which starts
        at once.

        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        for run in self.sudo():
            if run.state not in ("preview", "running"):
                raise UserError(
                    self.env._(
                        "“%s” has been sent or replaced: preview again.", run.name
                    )
                )
            run.state = "running"
            ready = run._ready(limit=BATCH + 1)
            if len(ready) <= BATCH:
                ready._send()
                run._close()
            else:
                run._send_later()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _send_later(self):
        """Leave the sending to the scheduled job, which starts at once.

        Extend to share it between other workers.
        """
        self.env.ref("credit_management.ir_cron_dunning_send")._trigger()

    def action_view_notices(self):
        """Open the notices of the run, those of a state given in the context."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_dunning_notice_action"
        )
        action["domain"] = [("run_id", "=", self.id)]
        state = self.env.context.get("notice_state")
        action["context"] = {f"search_default_{state}": 1} if state else {}
        return action

    # ------------------------------------------------------------------
    # The scheduled job
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self, kind):
        """Make the run of the day of each company, once, and send it in batches.

        Several workers share it: each one takes notices that no other has.
        Killed anywhere, it goes on where it stopped.
        """
        for company in self._companies_in_use(kind):
            self._scheduled_run(company, kind)
        self._cron_send()

    @api.model
    def _cron_send(self):
        """Send what runs have ready, and learn what became of earlier messages."""
        settle = self.env["credit.dunning.delivery"]._settle
        self.env["ir.cron"]._credit_piece(settle, "What became of messages")
        for run in self.search([("state", "=", "running")], order="id"):
            if not run._send_ready():
                break

    def _companies_in_use(self, kind):
        """Return the companies with policies that speak of this kind of notice."""
        policies = self.env["credit.dunning.policy"].browse(
            self.env["credit.dunning.policy"]._rungs(kind == "pre_reminder")
        )
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        return companies.filtered(lambda company: policies._are_followed(company))

    def _scheduled_run(self, company, kind):
        """Prepare the run of today unless it exists; in a transaction of its own."""
        for _try in range(TRIES):
            try:
                self._prepare_scheduled(company, kind)
                self.env["ir.cron"]._commit_progress()
                return
            except CONFLICTS:
                # another worker prepares it, or is still sending yesterday's
                self.env.cr.rollback()
            except Exception:
                # a company with a problem of its own does not stop the others
                self.env.cr.rollback()
                _logger.exception("Dunning: no run is prepared for %s", company.name)
                return
        _logger.warning("Dunning: the run of %s is left to others", company.name)

    def _prepare_scheduled(self, company, kind):
        values = {
            "company_id": company.id,
            "kind": kind,
            "date": fields.Date.context_today(self),
            "trigger": "scheduled",
        }
        run = self.search([(name, "=", value) for name, value in values.items()])
        run = run or self.create(values)
        if run.state == "new":
            self.env["res.partner"]._assign_collectors(company)
            run._prepare()
            run.state = "running"

    def _send_ready(self):
        """Send the run batch by batch; returns False when the time is over.

        Extend to have others send it.
        """
        commit = self.env["ir.cron"]._commit_progress
        conflicts = 0
        while (remaining := self._ready_count()) and conflicts < TRIES:
            dealt_with = self._send_batch()
            conflicts = 0 if dealt_with else conflicts + 1
            if not commit(dealt_with, remaining=remaining - dealt_with):
                return False
        try:
            with mute_logger("odoo.sql_db"):
                self._close()
                self.env.flush_all()
        except CONFLICTS:
            # another worker closes it
            self.env.cr.rollback()
        commit()
        return True

    def _send_batch(self):
        """Send one batch of the run; returns how many notices were dealt with."""
        try:
            with mute_logger("odoo.sql_db"):  # what another worker has sent meanwhile
                ready = self._ready(limit=BATCH * 4).try_lock_for_update(limit=BATCH)
            ready._send()
            self.env.flush_all()
        except CONFLICTS:
            self.env.cr.rollback()
            return 0
        return len(ready)

    def _ready(self, limit=None):
        """Return the notices that may leave now: a failed one waits a while."""
        return self.env["credit.dunning.notice"].search(
            self._ready_domain(), order="id", limit=limit
        )

    def _ready_count(self):
        return self.env["credit.dunning.notice"].search_count(self._ready_domain())

    def _ready_domain(self):
        return [
            ("run_id", "in", self.ids),
            ("state", "=", "ready"),
            "|",
            ("retry_at", "=", False),
            ("retry_at", "<=", fields.Datetime.now()),
        ]

    def _close(self):
        """Close the runs of which nothing is left to send."""
        left = self.env["credit.dunning.notice"]._read_group(
            [("run_id", "in", self.ids), ("state", "=", "ready")], ["run_id"]
        )
        busy = {run.id for (run,) in left}
        self.filtered(lambda run: run.id not in busy).state = "done"

    # ------------------------------------------------------------------
    # Preparation
    # ------------------------------------------------------------------

    def _prepare(self):
        """Make the proposals of the run; those of earlier runs are dropped."""
        self.ensure_one()
        self._drop_earlier()
        self._insert()
        notices = self.env["credit.dunning.notice"].search(
            [("run_id", "=", self.id), ("state", "in", ("review", "ready"))], order="id"
        )
        for start in range(0, len(notices), PREPARED):
            notices[start : start + PREPARED].with_prefetch()._plan()
            self.env.flush_all()
            self.env.invalidate_all(flush=False)  # memory stays flat
        self.state = "preview"

    def _drop_earlier(self):
        """Forget what other runs proposed and did not send: today decides anew."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """DELETE FROM credit_dunning_notice
                    WHERE company_id = %s AND kind = %s AND state IN %s
                RETURNING run_id""",
                self.company_id.id,
                self.kind,
                UNSENT,
            )
        )
        run_ids = {run_id for (run_id,) in self.env.cr.fetchall()}
        self.env["credit.dunning.notice"].invalidate_model(flush=False)
        earlier = self.browse(run_ids) - self
        earlier.filtered(lambda run: run.state in ("preview", "running")).write(
            {"state": "replaced"}
        )

    def _insert(self):
        """Insert the proposals and their items, whatever their number, at once."""
        now = fields.Datetime.now()
        insert = SQL(
            """, notice AS (
                   INSERT INTO credit_dunning_notice (
                          run_id, kind, company_id, date, partner_id, currency_id,
                          policy_id, level_id, user_id, reason, state, amount_due,
                          amount_credits, amount_net, amount_company,
                          oldest_due_date, days_overdue, attempts,
                          create_uid, create_date, write_uid, write_date)
                   SELECT %(run)s, %(kind)s, %(company)s, %(day)s, proposal.partner_id,
                          proposal.currency_id, proposal.policy_id, proposal.level_id,
                          proposal.user_id, proposal.reason,
                          CASE WHEN proposal.reason IS NOT NULL THEN 'left_out'
                               WHEN level.is_automatic THEN 'ready'
                               ELSE 'review' END,
                          proposal.amount_due, proposal.amount_credits,
                          proposal.amount_net, proposal.amount_company,
                          proposal.oldest_due_date,
                          %(day)s::date - proposal.oldest_due_date, 0,
                          %(uid)s, %(now)s, %(uid)s, %(now)s
                     FROM proposal
                     JOIN credit_dunning_level level ON level.id = proposal.level_id
                   RETURNING id, partner_id, currency_id, reason
               )
               INSERT INTO credit_dunning_notice_line (
                      notice_id, move_line_id, move_id, name, level_id, date_maturity,
                      days_overdue, amount_residual, amount_due, reason, is_counted)
               SELECT notice.id, entry.line_id, entry.move_id, entry.move_name,
                      entry.level_id, entry.date_maturity, entry.age, entry.residual,
                      CASE WHEN entry.reason IS NULL THEN entry.due ELSE 0 END,
                      entry.reason,
                      notice.reason IS NULL AND entry.reason IS NULL
                 FROM notice
                 JOIN entry ON entry.partner_id = notice.partner_id
                           AND entry.currency_id = notice.currency_id""",
            run=self.id,
            kind=self.kind,
            company=self.company_id.id,
            day=self.date,
            uid=self.env.uid,
            now=now,
        )
        selection = self.env["credit.dunning.selection"]
        query = selection._query(self.company_id, self.date, self.kind, insert)
        self.env.flush_all()
        self.env.cr.execute(query)
        self.env.invalidate_all(flush=False)
