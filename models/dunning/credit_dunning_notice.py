import uuid

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

KINDS = [("pre_reminder", "Pre-reminder"), ("dunning", "Dunning")]
STATES = [
    ("left_out", "Left out"),
    ("review", "To review"),
    ("ready", "To send"),
    ("sent", "Sent"),
    ("held", "Held back"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
]
# proposals of a run, made anew by the next one
UNSENT = ("left_out", "review", "ready")
# notices that a collector sends by one click
AT_ONCE = 200


class CreditDunningNotice(models.Model):
    """What one customer is told: all that is due to a company in one currency.

    A run proposes it, together with those that it leaves out and why; once
    sent it is the proof of what was said, to whom, and how.
    """

    _name = "credit.dunning.notice"
    _description = "Dunning Notice"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "date desc, amount_company desc, id desc"
    _mail_post_access = "read"

    run_id = fields.Many2one(
        "credit.dunning.run", readonly=True, index=True, ondelete="cascade"
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="dunning")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        string="Company Currency", related="company_id.currency_id"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    policy_id = fields.Many2one(
        "credit.dunning.policy", readonly=True, ondelete="restrict"
    )
    level_id = fields.Many2one(
        "credit.dunning.level", readonly=True, index=True, ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    date = fields.Date(required=True, readonly=True)
    state = fields.Selection(STATES, required=True, default="ready", readonly=True)
    reason = fields.Selection(
        selection="_selection_reason", string="Why Not", readonly=True
    )
    error = fields.Text(readonly=True, help="What went wrong at the last attempt.")
    attempts = fields.Integer(readonly=True)
    retry_at = fields.Datetime(string="Next Attempt", readonly=True)
    amount_due = fields.Monetary(readonly=True)
    amount_credits = fields.Monetary(string="Unallocated Credits", readonly=True)
    amount_net = fields.Monetary(string="To Pay", readonly=True)
    amount_company = fields.Monetary(
        string="To Pay (Company Currency)",
        currency_field="company_currency_id",
        readonly=True,
    )
    oldest_due_date = fields.Date(readonly=True)
    days_overdue = fields.Integer(
        readonly=True, help="Of the oldest item on the day of the notice."
    )
    sent_date = fields.Datetime(readonly=True)
    line_ids = fields.One2many("credit.dunning.notice.line", "notice_id", readonly=True)
    delivery_ids = fields.One2many(
        "credit.dunning.delivery", "notice_id", readonly=True
    )
    channel_names = fields.Char(string="Channels", compute="_compute_deliveries")
    recipient_names = fields.Char(string="Sent To", compute="_compute_deliveries")
    lang = fields.Char(compute="_compute_lang")

    # the desk, the history of a customer, and the gap between two messages
    _sent_idx = models.Index("(company_id, partner_id, date) WHERE state = 'sent'")
    _unsent_idx = models.Index(
        "(company_id, kind, state) WHERE state IN ('left_out', 'review', 'ready')"
    )

    @api.model
    def _selection_reason(self):
        return list(self._reasons().items())

    @api.model
    def _reasons(self):
        """Return why an item or a customer is left out, by code. Extend to add one.

        :rtype: dict[str, str]
        """
        return {
            "no_followup": self.env._("Excluded from follow-up"),
            "blocked": self.env._("Payment blocked"),
            "paused": self.env._("Invoice paused"),
            "customer_paused": self.env._("Customer paused"),
            "legal": self.env._("In legal collection"),
            "payment_under_way": self.env._("Payment under way"),
            "draft_credit_note": self.env._("Credit note in preparation"),
            "bank_line": self.env._("Matching money on the bank account"),
            "small_item": self.env._("Item too small"),
            "below_minimum": self.env._("Below the minimum"),
            "nothing_due": self.env._("Nothing due after credits"),
            "gap": self.env._("Written to a moment ago"),
            "weekly_cap": self.env._("Enough messages this week"),
            "grace": self.env._("Grace after a dispute or promise"),
            "quiet_day": self.env._("Quiet day"),
            "no_contact": self.env._("No usable contact"),
            "paid": self.env._("Paid or credited meanwhile"),
            "changed": self.env._("Changed since the preview"),
        }

    @api.depends("partner_id", "level_id", "date")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = " · ".join(
                filter(None, [notice.partner_id.name, notice.level_id.name])
            )

    @api.depends("delivery_ids.channel_id", "delivery_ids.partner_id")
    def _compute_deliveries(self):
        for notice in self:
            deliveries = notice.delivery_ids
            notice.channel_names = ", ".join(
                dict.fromkeys(deliveries.channel_id.mapped("name"))
            )
            recipients = deliveries.mapped(lambda d: d.partner_id.name or d.address)
            notice.recipient_names = ", ".join(dict.fromkeys(filter(None, recipients)))

    @api.depends("delivery_ids.partner_id.lang", "partner_id.lang")
    def _compute_lang(self):
        for notice in self:
            langs = (notice.delivery_ids.partner_id | notice.partner_id).mapped("lang")
            notice.lang = next(filter(None, langs), self.env.lang)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for notice in self:
            notice.access_url = f"/my/dunning/{notice.id}"
        return result

    # ------------------------------------------------------------------
    # What collectors do
    # ------------------------------------------------------------------

    def action_send(self):
        """Send proposals now: what a collector has reviewed.

        Those whose situation has changed since the preview are held back.

        :raises AccessError: the user is not in finance
        :raises UserError: a notice is not a proposal
        """
        self._check_collector()
        if any(notice.state not in ("review", "ready") for notice in self):
            raise UserError(
                self.env._("Only proposals can be sent; refresh to see the others.")
            )
        if len(self) > AT_ONCE:
            raise UserError(
                self.env._(
                    "Send %s notices at once at most, or the whole run.", AT_ONCE
                )
            )
        # collectors do not write to customers' chatters, the run does
        self.sudo()._send()
        return self._outcome()

    def action_cancel(self):
        """Do not send the proposals; tomorrow's run may propose them again."""
        self._check_collector()
        if any(notice.state not in ("review", "ready") for notice in self):
            raise UserError(self.env._("What was sent cannot be taken back."))
        self.sudo()._drop("cancelled")
        return True

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    def _check_collector(self):
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")

    def _outcome(self):
        counts = {
            state: len(list(found))
            for state, found in groupby(self, lambda notice: notice.state)
        }
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if set(counts) == {"sent"} else "warning",
                "message": ", ".join(f"{labels[s]}: {n}" for s, n in counts.items()),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _drop(self, state, reason=False, error=False):
        """Let the items of notices go: a later run may take them up again."""
        self.write({"state": state, "reason": reason, "error": error})
        self.line_ids.is_counted = False

    def _give_tokens(self):
        """Give each notice the secret of its page, in one query."""
        without = self.filtered(lambda notice: not notice.access_token)
        if not without:
            return
        tokens = [(notice.id, str(uuid.uuid4())) for notice in without]
        values = SQL(", ").join(SQL("(%s, %s)", *token) for token in tokens)
        self.env.cr.execute(
            SQL(
                """UPDATE credit_dunning_notice SET access_token = token.value
                     FROM (VALUES %s) token (id, value)
                    WHERE credit_dunning_notice.id = token.id""",
                values,
            )
        )
        without.invalidate_recordset(["access_token"], flush=False)


class CreditDunningNoticeLine(models.Model):
    """One item named in a notice, or left out of it, as it was on that day."""

    _name = "credit.dunning.notice.line"
    _description = "Item of a Dunning Notice"
    _order = "notice_id, date_maturity, id"
    _log_access = False

    notice_id = fields.Many2one(
        "credit.dunning.notice", required=True, index=True, ondelete="cascade"
    )
    # what the ledger drops, a notice remembers
    move_line_id = fields.Many2one(
        "account.move.line", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="set null"
    )
    name = fields.Char(string="Number")
    level_id = fields.Many2one(
        "credit.dunning.level",
        ondelete="restrict",
        help="The level that this item reaches. Empty: it is only listed.",
    )
    currency_id = fields.Many2one(related="notice_id.currency_id")
    partner_id = fields.Many2one(related="notice_id.partner_id")
    date_maturity = fields.Date(string="Due Date")
    days_overdue = fields.Integer()
    amount_residual = fields.Monetary(string="Remaining")
    amount_due = fields.Monetary(
        string="To Pay", help="What remains, less what is contested or promised."
    )
    reason = fields.Selection(selection="_selection_reason", string="Why Not")
    is_counted = fields.Boolean(help="Proposed or sent: the item has its level.")

    _level_once = models.UniqueIndex(
        "(move_line_id, level_id) WHERE is_counted",
        "An item reaches each level once.",
    )

    @api.model
    def _selection_reason(self):
        return self.env["credit.dunning.notice"]._selection_reason()
