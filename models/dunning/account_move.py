from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..limit.res_partner import FINANCE_GROUP
from .account_move_line import LEVEL_NAMES

DECISION_NAMES = {
    "dunning_policy_id",
    "dunning_paused_until",
    "dunning_pause_reason",
    "dunning_legal_since",
}


class AccountMove(models.Model):
    _inherit = "account.move"

    dunning_policy_id = fields.Many2one(
        "credit.dunning.policy",
        copy=False,
        ondelete="restrict",
        help="For this invoice alone. Empty: as the customer.",
    )
    dunning_level_id = fields.Many2one(
        "credit.dunning.level",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="The highest level that one of the instalments has reached.",
    )
    dunning_level_date = fields.Date(
        string="Dunning Level Since", copy=False, readonly=True
    )
    dunning_next_date = fields.Date(
        string="Next Reminder",
        compute="_compute_dunning_next_date",
        compute_sudo=True,
        help="When the next step of the dunning policy is reached, at the earliest.",
    )
    dunning_paused_until = fields.Date(copy=False)
    dunning_pause_reason = fields.Char(string="Reason of the Pause", copy=False)
    dunning_legal_since = fields.Date(
        string="In Legal Collection Since",
        copy=False,
        help="Lawyers or the court have it: nobody reminds the customer of it.",
    )
    dunning_notice_line_ids = fields.One2many(
        "credit.dunning.notice.line", "move_id", groups=FINANCE_GROUP
    )
    dunning_notice_count = fields.Integer(
        compute="_compute_dunning_notice_count", groups=FINANCE_GROUP
    )

    _credit_draft_credit_note_idx = models.Index(
        "(reversed_entry_id) WHERE state = 'draft' AND reversed_entry_id IS NOT NULL"
    )
    # a handful among all the entries of a ledger
    _credit_resting_idx = models.Index(
        "(id) WHERE dunning_legal_since IS NOT NULL OR dunning_paused_until IS NOT NULL"
    )

    @api.depends("state", "payment_state", "dunning_level_id", "dunning_policy_id",
                 "line_ids.dunning_level_id", "line_ids.date_maturity",
                 "line_ids.amount_residual", "dunning_paused_until",
                 "dunning_legal_since")  # fmt: skip
    def _compute_dunning_next_date(self):
        today = fields.Date.context_today(self)
        invoices = self.filtered(lambda move: move._dunning_is_running())
        (self - invoices).dunning_next_date = False
        for company, moves in invoices.grouped("company_id").items():
            policies = self.env["credit.dunning.selection"]._customer_policies(
                company, moves.commercial_partner_id
            )
            for move in moves:
                policy = move.dunning_policy_id or policies[move.commercial_partner_id]
                paused = move.dunning_paused_until
                start = max(today, paused + timedelta(days=1)) if paused else today
                dates = [
                    day
                    for item in move._dunning_items()
                    if (day := policy._next_date(item, start))
                ]
                move.dunning_next_date = min(dates, default=False)

    def _compute_dunning_notice_count(self):
        groups = self.env["credit.dunning.notice.line"]._read_group(
            [("move_id", "in", self.ids), ("notice_id.state", "=", "sent")],
            ["move_id"],
            ["notice_id:count_distinct"],
        )
        counts = dict(groups)
        for move in self:
            move.dunning_notice_count = counts.get(move, 0)

    def _dunning_is_running(self):
        return (
            self.state == "posted"
            and self.move_type == "out_invoice"
            and not self.dunning_legal_since
            and self.payment_state not in ("paid", "reversed", "blocked")
        )

    def _dunning_items(self):
        """Return the open instalments of the invoice, the oldest first."""
        return self.line_ids.filtered(
            lambda line: (
                line.display_type == "payment_term"
                and not line.reconciled
                and line.date_maturity
            )
        ).sorted("date_maturity")

    @api.model
    def _resting_moves(self, day):
        """Select the ids of the invoices of which nobody is reminded on a day.

        Worded as the index has it: else all entries are read to find a handful.
        """
        self.flush_model(["dunning_legal_since", "dunning_paused_until"])
        return SQL(
            """SELECT resting.id
                 FROM account_move resting
                WHERE (resting.dunning_legal_since IS NOT NULL
                       OR resting.dunning_paused_until IS NOT NULL)
                  AND (resting.dunning_legal_since IS NOT NULL
                       OR resting.dunning_paused_until >= %s)""",
            day,
        )

    # ------------------------------------------------------------------
    # Who may decide
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_dunning_write({k: v for k, v in vals.items() if v})
        return super().create(vals_list)

    def write(self, vals):
        self._check_dunning_write(vals)
        moves = self
        if vals.keys() <= LEVEL_NAMES | DECISION_NAMES:
            # a reminder does not make an invoice one that somebody has modified
            moves = self.with_context(skip_is_manually_modified=True)
        return super(AccountMove, moves).write(vals)

    def _check_dunning_write(self, vals):
        if LEVEL_NAMES & vals.keys():
            self.env["account.move.line"]._check_dunning_write()
        if DECISION_NAMES & vals.keys():
            self.env["res.partner"]._check_collector_rights()

    def action_pause_dunning(self, until, reason):
        """Remind the customer of other invoices only, until a date.

        :param date until: the last quiet day
        :param str reason: shown on the invoice and in the preview of the run
        :raises AccessError: the user is not in finance
        :raises UserError: the date has passed, or no reason is given
        """
        until = self.env["res.partner"]._check_dunning_pause(until, reason)
        self.check_access("read")
        # collectors read invoices, and decide on their reminders only
        self.sudo().write(
            {"dunning_paused_until": until, "dunning_pause_reason": reason}
        )
        for move in self:
            move.sudo()._dunning_log(
                self.env._(
                    "No reminders until %(date)s: %(reason)s",
                    date=format_date(self.env, until),
                    reason=reason,
                )
            )
        return True

    def action_resume_dunning(self):
        """End the pause of the invoices.

        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        self.sudo().write(
            {"dunning_paused_until": False, "dunning_pause_reason": False}
        )
        for move in self:
            move.sudo()._dunning_log(self.env._("Reminders go on."))
        return True

    def action_hand_to_legal(self, since=None):
        """Take the invoices out of dunning: they are in legal collection.

        :param date since: today when empty
        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        since = fields.Date.to_date(since) or fields.Date.context_today(self)
        self.sudo().dunning_legal_since = since
        for move in self:
            move.sudo()._dunning_log(
                self.env._(
                    "In legal collection since %s.", format_date(self.env, since)
                )
            )
        return True

    def action_take_back_from_legal(self):
        """Let reminders go on: the invoices are not in legal collection any more.

        :raises AccessError: the user is not in finance
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        self.sudo().dunning_legal_since = False
        for move in self:
            move.sudo()._dunning_log(self.env._("Back from legal collection."))
        return True

    def action_set_dunning_level(self, level_id, reason):
        """Set the level that open instalments have reached, by hand.

        :param int level_id: ``credit.dunning.level``; False: as if never reminded
        :param str reason: kept in the chatter of the invoice
        :raises AccessError: the user is not in finance
        :raises UserError: no reason, or a pre-reminder, which is not a level
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        if not (reason or "").strip():
            raise UserError(self.env._("Tell why the level is changed."))
        level = self.env["credit.dunning.level"].browse(level_id or ())
        level.check_access("read")
        if level.is_pre_reminder:
            raise UserError(
                self.env._("“%s” is a statement before the due date, not a level.",
                           level.name)
            )  # fmt: skip
        today = fields.Date.context_today(self)
        for move in self.sudo():
            before = move.dunning_level_id.name
            values = {
                "dunning_level_id": level.id,
                "dunning_level_date": level and today,
            }
            move._dunning_items()._set_dunning_level(level, values)
            move.write(values)
            move._dunning_log(
                self.env._(
                    "Dunning level “%(before)s” is now “%(after)s”: %(reason)s",
                    before=before or self.env._("none"),
                    after=level.name or self.env._("none"),
                    reason=reason,
                )
            )
        return True

    def _dunning_log(self, text):
        self._message_log(body=text, author_id=self.env.user.partner_id.id)

    def action_view_dunning_notices(self):
        """Open the notices that named the invoice."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_dunning_notice_action_history"
        )
        action["domain"] = [("line_ids.move_id", "=", self.id)]
        action["context"] = {}
        return action
