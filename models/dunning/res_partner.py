from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..limit.res_partner import FINANCE_GROUP, finance_field


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_dunning_policy_id = finance_field(
        fields.Many2one,
        "credit.dunning.policy",
        string="Dunning Policy",
        domain="[('company_id', 'in', (False, company_id))]",
    )
    dunning_paused_until = finance_field(fields.Date, string="Dunning Paused Until")
    dunning_pause_reason = finance_field(fields.Char, string="Reason of the Pause")
    dunning_notice_ids = fields.One2many(
        "credit.dunning.notice",
        "partner_id",
        domain=[("state", "not in", ("left_out", "review", "ready"))],
        groups=FINANCE_GROUP,
    )
    dunning_notice_count = fields.Integer(
        compute="_compute_dunning_notice_count", groups=FINANCE_GROUP
    )

    def _compute_dunning_notice_count(self):
        groups = self.env["credit.dunning.notice"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("state", "=", "sent"),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.dunning_notice_count = counts.get(partner.commercial_partner_id, 0)

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + [
            "credit_dunning_policy_id",
            "dunning_paused_until",
            "dunning_pause_reason",
        ]

    @api.model
    def _credit_guarded_names(self):
        return super()._credit_guarded_names() | {
            "credit_dunning_policy_id",
            "dunning_paused_until",
            "dunning_pause_reason",
        }

    def action_pause_dunning(self, until, reason):
        """Send no reminder to the customers until a date.

        :param date until: the last quiet day
        :param str reason: shown on the customer and in the preview of the run
        :raises AccessError: the user is not in finance
        :raises UserError: the date has passed, or no reason is given
        """
        until = self._check_dunning_pause(until, reason)
        customers = self.commercial_partner_id
        customers.check_access("read")
        # collectors pause customers, whose other terms they may not write
        customers.sudo().write(
            {"dunning_paused_until": until, "dunning_pause_reason": reason}
        )
        return True

    def action_resume_dunning(self):
        """End the pause of the customers.

        :raises AccessError: the user is not in finance
        """
        self._check_collector_rights()
        customers = self.commercial_partner_id
        customers.check_access("read")
        customers.sudo().write(
            {"dunning_paused_until": False, "dunning_pause_reason": False}
        )
        return True

    @api.model
    def _check_collector_rights(self):
        """Check that the user belongs to credit management.

        :raises AccessError: the user is not in finance
        """
        if not (self.env.su or self.env.user.has_group(FINANCE_GROUP)):
            raise AccessError(self.env._("Only credit management does this. Ask them."))

    @api.model
    def _check_dunning_pause(self, until, reason):
        self._check_collector_rights()
        try:
            until = fields.Date.to_date(until)
        except ValueError:
            until = None
        if not until or until < fields.Date.context_today(self):
            raise UserError(
                self.env._("Choose the last day of the pause, today or later.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Tell why no reminder is to be sent."))
        return until

    def action_call_about_overdue(self, company_id=None):
        """Call the customer now, about all that is overdue, outside any level.

        :param int company_id: company that is owed, the current one when empty
        :raises AccessError: the user is not in finance
        :raises UserError: nothing is overdue, or there is no number to call
        """
        self.ensure_one()
        self._check_collector_rights()
        self.check_access("read")
        company = self.env["res.company"].browse(company_id or self.env.company.id)
        if company not in self.env.companies | self.env.companies.sudo().root_id:
            raise AccessError(self.env._("You do not work in this company."))
        # a call is recorded as every notice is: by the system
        call = (
            self.env["credit.dunning.notice"]
            .sudo()
            ._call_now(self.commercial_partner_id, company)
        )
        return call.with_env(self.env).action_call()

    def action_view_dunning_notices(self):
        """Open what was sent to the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_dunning_notice_action_history"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {}
        return action
