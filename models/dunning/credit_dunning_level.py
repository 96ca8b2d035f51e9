from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class CreditDunningLevel(models.Model):
    """One step of a dunning policy: what to do, how many days after the due date."""

    _name = "credit.dunning.level"
    _description = "Dunning Level"
    _order = "policy_id, days, id"

    policy_id = fields.Many2one(
        "credit.dunning.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id")
    currency_id = fields.Many2one(related="policy_id.currency_id")
    name = fields.Char(required=True, translate=True)
    days = fields.Integer(
        required=True,
        help="Days after the due date of each instalment; negative for a statement"
        " that is sent before it (a pre-reminder).",
    )
    is_pre_reminder = fields.Boolean(
        string="Pre-reminder", compute="_compute_is_pre_reminder", store=True
    )
    is_mandatory = fields.Boolean(
        string="Mandatory", default=True, help="Later levels wait for this one."
    )
    is_automatic = fields.Boolean(
        string="Sent by Itself",
        default=True,
        help="Otherwise a collector reviews each notice of this level.",
    )
    sequence_name = fields.Char(compute="_compute_sequence_name")

    # how and to whom
    channel_ids = fields.Many2many(
        "credit.dunning.channel",
        string="Channels",
        required=True,
        help="All of them are used. When none is possible, the other channels are"
        " tried in their order.",
    )
    role_id = fields.Many2one(
        "credit.contact.role",
        string="Recipient",
        help="Role of the contact that is addressed. Without such a contact:"
        " accounting, the contact of the invoice, the customer itself.",
    )
    copy_salesperson = fields.Boolean(string="Salesperson in Copy")
    mail_template_id = fields.Many2one(
        "mail.template",
        string="E-mail",
        domain="[('model', '=', 'credit.dunning.notice')]",
    )
    sms_template_id = fields.Many2one(
        "sms.template", string="SMS", domain="[('model', '=', 'credit.dunning.notice')]"
    )
    letter_template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        domain="[('model', '=', 'credit.dunning.notice')]",
        help="Text of the letter; the e-mail's when empty.",
    )
    call_script = fields.Html(translate=True, sanitize=True)
    attach_invoices = fields.Boolean()
    attach_statement = fields.Boolean()

    # when not
    minimum_amount = fields.Monetary(
        string="Smallest Amount",
        help="A notice of less than this, credits deducted, is not sent. In the"
        " currency of the company.",
    )
    minimum_days = fields.Integer(
        string="Days Since Previous Level",
        help="An item stays at least so long at the level before.",
    )
    minimum_gap_days = fields.Integer(
        string="Gap (days)",
        default=5,
        help="Days since the last message to the customer, whatever its level.",
    )

    # what follows
    stops_orders = fields.Boolean(
        help="New orders wait for finance while an item is at this level or beyond,"
        " as the credit policy's rule “Dunning level” says."
    )
    warns_salesperson = fields.Boolean(help="The salesperson gets a task.")
    proposes_formal_notice = fields.Boolean()
    proposes_legal = fields.Boolean(string="Proposes Legal File")

    _days_unique = models.Constraint(
        "UNIQUE(policy_id, days)", "A policy has at most one level on a given day."
    )
    _values_positive = models.Constraint(
        "CHECK(minimum_amount >= 0 AND minimum_days >= 0 AND minimum_gap_days >= 0)",
        "Amounts and days of waiting are 0 or more.",
    )
    _days_valid = models.Constraint(
        "CHECK(days <> 0 AND days BETWEEN -365 AND 3650)",
        "A level stands before (-365) or after (3650) the due date, not on it:"
        " what is due today is not overdue.",
    )

    @api.depends("days")
    def _compute_is_pre_reminder(self):
        for level in self:
            level.is_pre_reminder = level.days < 0

    @api.depends("days")
    def _compute_sequence_name(self):
        for level in self:
            level.sequence_name = (
                self.env._("D%s", level.days)
                if level.days < 0
                else self.env._("D+%s", level.days)
            )

    @api.constrains("channel_ids", "mail_template_id", "sms_template_id")
    def _check_templates(self):
        for level in self:
            codes = level.channel_ids.mapped("code")
            if not codes:
                raise ValidationError(
                    self.env._("Choose a channel for the level “%s”.", level.name)
                )
            if "email" in codes and not level.mail_template_id:
                raise ValidationError(
                    self.env._("Choose the e-mail of the level “%s”.", level.name)
                )
            if "sms" in codes and not level.sms_template_id:
                raise ValidationError(
                    self.env._("Choose the SMS of the level “%s”.", level.name)
                )
            if {"letter", "registered"} & set(codes) and not level._letter_template():
                raise ValidationError(
                    self.env._("Choose the letter of the level “%s”.", level.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        if "policy_id" in vals or "days" in vals:
            self._check_not_reached()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_reached(self):
        self._check_not_reached()

    def _check_not_reached(self):
        """Check that no notice has gone out at these levels.

        :raises UserError: history would tell another story
        """
        notices = self.env["credit.dunning.notice"].sudo()
        reached = notices.search([("level_id", "in", self.ids)], limit=1).level_id
        if reached:
            raise UserError(
                self.env._(
                    "Notices have been made at the level “%s”. Make a copy of the"
                    " policy, change it, and archive this one.",
                    reached.name,
                )
            )

    def _letter_template(self):
        return self.letter_template_id or self.mail_template_id

    def _possible_codes(self):
        """Return the channels that the level has words for."""
        words = {
            "email": self.mail_template_id,
            "sms": self.sms_template_id,
            "phone": True,
            "letter": self._letter_template(),
        }
        return tuple(code for code, text in words.items() if text)
