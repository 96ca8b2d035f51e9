from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class CreditDunningPolicy(models.Model):
    _inherit = "credit.dunning.policy"

    ladder = fields.Json(
        compute="_compute_ladder", help="The levels of the policy, as a picture."
    )

    @api.depends_context("lang")
    @api.depends(
        "level_ids.channel_ids",
        "level_ids.days",
        "level_ids.is_mandatory",
        "level_ids.name",
        "level_ids.proposes_formal_notice",
        "level_ids.proposes_legal",
        "level_ids.role_id",
        "level_ids.stops_orders",
    )
    def _compute_ladder(self):
        for policy in self:
            policy.ladder = [
                level._ladder_step() for level in policy.level_ids.sorted("days")
            ]


class CreditDunningLevel(models.Model):
    _inherit = "credit.dunning.level"

    channel_codes = fields.Char(
        compute="_compute_channel_codes", help="What the form has to ask for."
    )

    @api.depends("channel_ids")
    def _compute_channel_codes(self):
        for level in self:
            level.channel_codes = " ".join(level.channel_ids.mapped("code"))

    def _ladder_step(self):
        return {
            "label": self.sequence_name,
            "name": self.name or "",
            "is_pre_reminder": self.days < 0,
            "is_mandatory": self.is_mandatory,
            "is_firm": self.stops_orders
            or self.proposes_formal_notice
            or self.proposes_legal,
            "channels": [
                {"code": channel.code, "name": channel.name}
                for channel in self.channel_ids
            ],
            "recipient": self.role_id.name or "",
            "effects": [
                self._fields[name]._description_string(self.env)
                for name in ("stops_orders", "proposes_formal_notice", "proposes_legal")
                if self[name]
            ],
        }


class CreditDunningRun(models.Model):
    _inherit = "credit.dunning.run"

    ready_ids = fields.One2many(
        "credit.dunning.notice", "run_id", domain=[("state", "=", "ready")]
    )
    review_ids = fields.One2many(
        "credit.dunning.notice", "run_id", domain=[("state", "=", "review")]
    )
    left_out_ids = fields.One2many(
        "credit.dunning.notice", "run_id", domain=[("state", "=", "left_out")]
    )
    sent_ids = fields.One2many(
        "credit.dunning.notice", "run_id", domain=[("state", "=", "sent")]
    )
    trouble_ids = fields.One2many(
        "credit.dunning.notice",
        "run_id",
        domain=[("state", "in", ("held", "failed", "cancelled"))],
    )
    summary = fields.Char(compute="_compute_summary")

    @api.depends_context("lang")
    @api.depends("notice_ids.state")
    def _compute_summary(self):
        for run in self:
            money = run.currency_id.format
            counts = [
                (run.ready_count, self.env._("%s to send", run.ready_count)),
                (run.review_count, self.env._("%s to review", run.review_count)),
                (run.sent_count, self.env._("%s sent", run.sent_count)),
                (run.held_count, self.env._("%s held back", run.held_count)),
                (run.failed_count, self.env._("%s failed", run.failed_count)),
                (run.left_out_count, self.env._("%s left out", run.left_out_count)),
                (
                    run.amount_unsent > 0,
                    self.env._("%s to ask for", money(run.amount_unsent)),
                ),
                (run.amount_sent > 0, self.env._("%s asked", money(run.amount_sent))),
            ]
            run.summary = " · ".join(text for count, text in counts if count)


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    reason_text = fields.Char(
        string="Why", compute="_compute_reason_text", compute_sudo=True
    )
    preview = fields.Html(
        string="Message", compute="_compute_preview", compute_sudo=True, sanitize=False
    )

    @api.depends_context("lang")
    @api.depends("reason", "line_ids.reason")
    def _compute_reason_text(self):
        labels = self._reasons()
        last_dates = self._last_dates()
        for notice in self:
            label = labels.get(notice.reason, "")
            details = notice._reason_details(last_dates) if label else ""
            notice.reason_text = ": ".join(filter(None, [label, details]))

    def _last_dates(self):
        """Return the day of the last message before, by company and customer."""
        waiting = self.filtered(lambda notice: notice.reason == "gap")
        groups = self._read_group(
            [
                ("company_id", "in", waiting.company_id.ids),
                ("partner_id", "in", waiting.partner_id.ids),
                ("state", "=", "sent"),
            ],
            ["company_id", "partner_id"],
            ["date:max"],
        )
        return {(company, partner): date for company, partner, date in groups}

    def _reason_details(self, last_dates):
        """Return what makes the reason plain: dates, amounts, what somebody wrote."""
        partner = self.partner_id.with_company(self.company_id)
        if self.reason == "customer_paused":
            return self._pause_details(partner)
        if self.reason == "below_minimum":
            return self.env._(
                "%(amount)s, the level asks for %(minimum)s",
                amount=self.company_currency_id.format(self.amount_company),
                minimum=self.company_currency_id.format(self.level_id.minimum_amount),
            )
        if self.reason == "gap":
            last = last_dates.get((self.company_id, self.partner_id))
            return last and self.env._(
                "on %(date)s, the level waits for %(days)s days",
                date=format_date(self.env, last),
                days=self.level_id.minimum_gap_days,
            )
        if self.reason == "nothing_due":
            return self.env._(
                "%(due)s due, %(credits)s of credits",
                due=self.currency_id.format(self.amount_due),
                credits=self.currency_id.format(self.amount_credits),
            )
        return ", ".join(
            filter(
                None, (move._dunning_reason_details() for move in self._reason_moves())
            )
        )

    def _reason_moves(self):
        return self.line_ids.filtered(
            lambda line: line.reason and line.reason == self.reason
        ).move_id[:3]

    def _pause_details(self, record):
        until = record.dunning_paused_until
        if not until:
            return ""
        return self.env._(
            "until %(date)s, %(reason)s",
            date=format_date(self.env, until),
            reason=record.dunning_pause_reason or "",
        )

    @api.depends("delivery_ids.body", "level_id", "line_ids")
    def _compute_preview(self):
        for notice in self:
            notice.preview = Markup().join(
                Markup("<div class='mb-4'><p class='text-muted mb-1'>%s</p>%s</div>")
                % (delivery._preview_title(), delivery.preview)
                for delivery in notice.delivery_ids
            )


class CreditDunningNoticeLine(models.Model):
    _inherit = "credit.dunning.notice.line"

    date = fields.Date(related="notice_id.date")
    notice_state = fields.Selection(related="notice_id.state", string="Notice State")


class CreditDunningDelivery(models.Model):
    _inherit = "credit.dunning.delivery"

    currency_id = fields.Many2one(related="notice_id.currency_id")
    amount_net = fields.Monetary(related="notice_id.amount_net")
    days_overdue = fields.Integer(related="notice_id.days_overdue")
    call_date = fields.Date(
        related="activity_id.date_deadline", string="Call On", readonly=True
    )
    preview = fields.Html(
        string="Message", compute="_compute_preview", compute_sudo=True, sanitize=False
    )

    @api.depends("body", "notice_id.level_id", "partner_id")
    def _compute_preview(self):
        for delivery in self:
            try:
                delivery.preview = delivery.body or delivery._draft()
            except UserError as error:
                # the words of the level are wrong: better read now than at night
                delivery.preview = Markup("<p class='text-danger'>%s</p>") % error

    def _draft(self):
        """Return what the delivery would say if it left now."""
        level = self.notice_id.level_id
        if self.code == "email":
            template = level.mail_template_id
        elif self.code in ("letter", "registered"):
            template = level._letter_template()
        elif self.code == "sms":
            text = level.sms_template_id._render_field(
                "body", self.notice_id.ids, set_lang=self._lang()
            )
            return Markup("<p>%s</p>") % text[self.notice_id.id]
        else:
            return self.notice_id._call_script(self)
        subject, body = self._render(template)
        return Markup("<p><strong>%s</strong></p>%s") % (subject or "", body or "")

    def _preview_title(self):
        names = (self.channel_id.name, self.partner_id.name, self.address)
        return " · ".join(filter(None, names)).replace("\n", ", ")


class AccountMove(models.Model):
    _inherit = "account.move"

    def _dunning_reason_details(self):
        """Return why the invoice rests, in words, for the preview of a run."""
        if self.dunning_legal_since:
            details = self.env._(
                "since %s", format_date(self.env, self.dunning_legal_since)
            )
        else:
            details = self.env["credit.dunning.notice"]._pause_details(self)
        return " ".join(filter(None, [self.name, details]))


class ResPartner(models.Model):
    _inherit = "res.partner"

    dunning_policy_effective_id = fields.Many2one(
        "credit.dunning.policy",
        string="Dunning Policy in Force",
        compute="_compute_dunning_policy_effective_id",
        compute_sudo=True,
        groups="credit_management.group_credit_user",
    )

    @api.depends_context("company")
    @api.depends("credit_dunning_policy_id", "credit_policy_id")
    def _compute_dunning_policy_effective_id(self):
        found = self.env["credit.dunning.selection"]._customer_policies(
            self.env.company, self._origin
        )
        for partner in self:
            customer = partner._origin.commercial_partner_id
            partner.dunning_policy_effective_id = found.get(customer, False)
