from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from ..limit.res_partner import FINANCE_GROUP

STATES = [
    ("new", "New"),
    ("qualified", "Qualified"),
    ("in_progress", "In Progress"),
    ("waiting_customer", "Waiting for Customer"),
    ("waiting_us", "Waiting for Us"),
    ("accepted", "Accepted"),
    ("partly_accepted", "Partly Accepted"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("settled", "Settled"),
]
OPEN = ("new", "qualified", "in_progress", "waiting_customer", "waiting_us")
# decided for the customer, at least in part
RECOGNISED = ("accepted", "partly_accepted")
ORIGINS = [
    ("invoice", "Invoice"),
    ("order", "Order"),
    ("customer", "Customer"),
    ("portal", "Portal"),
    ("call", "Call"),
    ("short_payment", "Short payment"),
]
# what the people who follow a dispute write by hand; all else is done by actions
ANSWER_NAMES = {"answers"}
FINANCE_NAMES = ANSWER_NAMES | {
    "cause_id", "contact_id", "deadline", "description", "reason_id", "team_id",
    "user_id",
}  # fmt: skip
# days before the deadline from which on it is near
SOON = 2
# of Odoo's palette: red, yellow, green
DEADLINE_COLORS = {"late": 1, "soon": 3, "in_time": 10}
CHATTER_PREFIXES = ("message_", "activity_", "website_message_")


class CreditDispute(models.Model):
    """What a customer contests, who resolves it, by when, and how it ended.

    It covers open items of one currency, each in full or in part. That part
    rests from dunning until the end; the due dates do not change.
    """

    _name = "credit.dispute"
    _description = "Dispute"
    _inherit = ["credit.portal.document", "mail.activity.mixin"]
    _mail_post_access = "read"
    _order = "deadline, id"

    name = fields.Char(string="Reference", required=True, readonly=True, default="/")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    line_ids = fields.One2many(
        "credit.dispute.line", "dispute_id", string="Items", readonly=True
    )
    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        compute="_compute_move_ids",
        compute_sudo=True,
    )
    document_names = fields.Char(
        string="Documents", compute="_compute_document_names", compute_sudo=True
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="new",
        readonly=True,
        index=True,
        tracking=True,
        group_expand="_group_expand_state",
    )
    amount = fields.Monetary(
        string="Disputed", compute="_compute_amounts", store=True, tracking=True
    )
    amount_company = fields.Monetary(
        string="Disputed (Company Currency)",
        currency_field="company_currency_id",
        compute="_compute_amounts",
        store=True,
    )
    amount_accepted = fields.Monetary(
        string="Credited", compute="_compute_amounts", store=True, tracking=True
    )
    amount_accepted_company = fields.Monetary(
        string="Credited (Company Currency)",
        currency_field="company_currency_id",
        compute="_compute_amounts",
        store=True,
    )
    amount_open = fields.Monetary(
        string="Still Contested",
        compute="_compute_amount_open",
        help="What is contested of what the customer still owes.",
    )

    # what is contested, and by whom
    reason_id = fields.Many2one(
        "credit.dispute.reason",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    reason_color = fields.Integer(related="reason_id.color")
    description = fields.Text(tracking=True)
    origin = fields.Selection(ORIGINS, required=True, default="customer", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, index="btree_not_null")
    contact_id = fields.Many2one(
        "res.partner", help="Who contests, and gets the answer."
    )
    opened_by_id = fields.Many2one("res.users", readonly=True)
    salesperson_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")

    # who resolves it
    user_id = fields.Many2one(
        "res.users",
        string="Resolver",
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    team_id = fields.Many2one("credit.dispute.team", tracking=True)
    questions = fields.Text(related="reason_id.questions")
    answers = fields.Text(tracking=True)
    deadline = fields.Date(index=True, tracking=True)
    is_late = fields.Boolean(
        string="Late",
        compute="_compute_is_late",
        search="_search_is_late",
    )
    deadline_state = fields.Selection(
        [("late", "Late"), ("soon", "Due soon"), ("in_time", "In time")],
        compute="_compute_deadline_state",
    )
    deadline_color = fields.Integer(compute="_compute_deadline_state")
    is_reminded = fields.Boolean(readonly=True, copy=False)
    is_escalated = fields.Boolean(string="Escalated", readonly=True, copy=False)

    # how it ended
    opened_date = fields.Date(readonly=True)
    closed_date = fields.Date(readonly=True, tracking=True)
    days_open = fields.Integer(compute="_compute_days_open")
    days_to_close = fields.Integer(
        string="Days to Close", readonly=True, aggregator="avg"
    )
    credit_note_ids = fields.One2many(
        "account.move", "dispute_id", string="Credit Notes", readonly=True
    )
    credit_note_count = fields.Integer(
        compute="_compute_credit_note_count",
        compute_sudo=True,
    )
    closing_note = fields.Text(
        string="Answer", readonly=True, help="What the customer was told at the end."
    )
    cause_id = fields.Many2one(
        "credit.dispute.cause",
        string="Root Cause",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    cause_process = fields.Selection(related="cause_id.process", string="Process")
    is_preventable = fields.Boolean(related="cause_id.is_preventable")
    is_cause_missing = fields.Boolean(compute="_compute_is_cause_missing")
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _open_idx = models.Index(
        "(company_id, partner_id) WHERE state IN ('new', 'qualified', 'in_progress',"
        " 'waiting_customer', 'waiting_us')"
    )

    @api.depends("line_ids.move_id")
    def _compute_move_ids(self):
        for dispute in self:
            dispute.move_ids = dispute.line_ids.move_id

    @api.depends("line_ids.name")
    def _compute_document_names(self):
        for dispute in self:
            names = dict.fromkeys(filter(None, dispute.line_ids.mapped("name")))
            dispute.document_names = ", ".join(names)

    @api.depends("line_ids.amount", "line_ids.amount_company",
                 "line_ids.amount_accepted")  # fmt: skip
    def _compute_amounts(self):
        for dispute in self:
            lines = dispute.line_ids
            dispute.amount = sum(lines.mapped("amount"))
            dispute.amount_company = sum(lines.mapped("amount_company"))
            dispute.amount_accepted = sum(lines.mapped("amount_accepted"))
            dispute.amount_accepted_company = sum(
                line.amount_company * line.amount_accepted / line.amount
                for line in lines
                if line.amount
            )

    @api.depends("line_ids.amount_resting")
    def _compute_amount_open(self):
        open_amounts = self.line_ids._open_amounts()
        for dispute in self:
            dispute.amount_open = sum(
                open_amounts.get(line.id, 0.0) for line in dispute.line_ids
            )

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            dispute.is_late = bool(
                dispute.state in OPEN and dispute.deadline and dispute.deadline < today
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "in", OPEN) & Domain(
            "deadline", "<", fields.Date.context_today(self)
        )
        return late if True in value else ~late

    @api.depends("state", "deadline")
    def _compute_deadline_state(self):
        today = fields.Date.context_today(self)
        soon = fields.Date.add(today, days=SOON)
        for dispute in self:
            if dispute.state not in OPEN or not dispute.deadline:
                dispute.deadline_state = False
            elif dispute.deadline < today:
                dispute.deadline_state = "late"
            elif dispute.deadline <= soon:
                dispute.deadline_state = "soon"
            else:
                dispute.deadline_state = "in_time"
            dispute.deadline_color = DEADLINE_COLORS.get(dispute.deadline_state, 0)

    @api.depends("opened_date", "closed_date")
    def _compute_days_open(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            start = dispute.opened_date or today
            dispute.days_open = ((dispute.closed_date or today) - start).days

    @api.depends("credit_note_ids")
    def _compute_credit_note_count(self):
        for dispute in self:
            dispute.credit_note_count = len(dispute.credit_note_ids)

    @api.depends("state", "cause_id")
    def _compute_is_cause_missing(self):
        for dispute in self:
            dispute.is_cause_missing = (
                dispute.state not in OPEN
                and dispute.state != "settled"
                and not dispute.cause_id
            )

    @api.depends_context("uid")
    def _compute_can_decide(self):
        self.can_decide = self.env.user.has_group(FINANCE_GROUP)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for dispute in self:
            dispute.access_url = f"/my/dispute/{dispute.id}"
        return result

    @api.model
    def _group_expand_state(self, states, domain):
        """Show the open stages, even when empty."""
        return [state for state, _label in STATES if state in OPEN or state in states]

    def _read_group_groupby(self, alias, groupby_spec, query):
        # the progress bars of the stages count disputes by deadline
        if groupby_spec != "deadline_state":
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields["deadline_state"], "read")
        today = fields.Date.context_today(self)
        deadline = SQL.identifier(alias, "deadline")
        return SQL(
            """CASE WHEN %(state)s NOT IN %(open)s OR %(deadline)s IS NULL THEN NULL
                    WHEN %(deadline)s < %(today)s THEN 'late'
                    WHEN %(deadline)s <= %(soon)s THEN 'soon'
                    ELSE 'in_time' END""",
            state=SQL.identifier(alias, "state"),
            open=OPEN,
            deadline=deadline,
            today=today,
            soon=fields.Date.add(today, days=SOON),
        )

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    def write(self, vals):
        self._check_written(vals)
        result = super().write(vals)
        if "user_id" in vals or "deadline" in vals:
            self.sudo()._start_clock()
        return result

    def _check_written(self, vals):
        """Check that what is written by hand is the user's to write.

        :raises AccessError: it is done by an action, or by finance
        """
        if self.env.su:
            return
        names = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        is_finance = self.env.user.has_group(FINANCE_GROUP)
        refused = names - (FINANCE_NAMES if is_finance else ANSWER_NAMES)
        if refused:
            labels = [self._fields[name].string for name in sorted(refused)]
            raise AccessError(
                self.env._(
                    "You do not write this on a dispute: %s. Answer the questions, or"
                    " leave a message; credit management decides.",
                    ", ".join(labels),
                )
            )

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    @api.model
    def _view_action(self, domain, context=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_dispute_action_all"
        )
        action["domain"] = domain
        action["context"] = context or {}
        return action

    def action_view_invoices(self):
        """Open the contested invoices."""
        self.ensure_one()
        return self._moves_action(self.env._("Invoices"), self.sudo().move_ids)

    def action_view_credit_notes(self):
        """Open the credit notes that the dispute led to."""
        self.ensure_one()
        return self._moves_action(
            self.env._("Credit Notes"), self.sudo().credit_note_ids
        )

    def _moves_action(self, name, moves):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "account.move",
            "context": {"create": False},
        }
        if len(moves) == 1:
            return {**action, "view_mode": "form", "res_id": moves.id}
        return {
            **action,
            "view_mode": "list,form",
            "domain": [("id", "in", moves.ids)],
        }
