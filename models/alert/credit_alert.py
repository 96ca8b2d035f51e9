from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ...tools.arguments import read_id
from ..dispute.credit_dispute import CHATTER_PREFIXES

STATES = [
    ("open", "To Answer"),
    ("watched", "Under Watch"),
    ("answered", "Answered"),
    ("withdrawn", "Withdrawn"),
]
# as long as they last, whoever looks at the customer sees them
LIVE = ("open", "watched")
MEASURES = [
    ("nothing", "Nothing"),
    ("watch", "Watch the customer"),
    ("stop", "Stop orders"),
    ("limit", "Lower the limit"),
    ("insurance", "Ask the credit insurer"),
]
# what whoever raised an alert may still change while nobody has answered
OWN_NAMES = {"description", "reason_id"}
LONGEST_TEXT = 5000


class CreditAlert(models.Model):
    """A salesperson's doubt about a customer; credit management owes an answer.

    It decides nothing by itself: what follows is the manager's to do.
    """

    _name = "credit.alert"
    _description = "Credit Alert"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.exposure.source"]
    _mail_post_access = "read"
    _order = "deadline, id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    reason_id = fields.Many2one(
        "credit.alert.reason", required=True, ondelete="restrict", tracking=True
    )
    reason_color = fields.Integer(related="reason_id.color")
    description = fields.Text(string="What You Know", required=True, tracking=True)
    raised_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    raised_on = fields.Datetime(readonly=True, default=fields.Datetime.now)
    state = fields.Selection(
        STATES, required=True, default="open", readonly=True, index=True, tracking=True
    )
    deadline = fields.Datetime(
        string="Answer By",
        readonly=True,
        help="In the working hours of the company that its settings grant.",
    )
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    measure = fields.Selection(
        MEASURES, string="What Was Done", readonly=True, tracking=True
    )
    answer = fields.Text(readonly=True)
    answered_by_id = fields.Many2one("res.users", readonly=True)
    answered_on = fields.Datetime(readonly=True)
    is_mine = fields.Boolean(compute="_compute_is_mine")

    _live_idx = models.Index(
        "(company_id, partner_id) WHERE state IN ('open', 'watched')"
    )

    @api.depends("reason_id.name", "partner_id.name")
    def _compute_display_name(self):
        for alert in self:
            names = (alert.partner_id.name, alert.reason_id.name)
            alert.display_name = " – ".join(filter(None, names))

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for alert in self:
            alert.is_late = bool(
                alert.state == "open" and alert.deadline and alert.deadline < now
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = Domain("state", "=", "open") & Domain(
            "deadline", "<", fields.Datetime.now()
        )
        return late if True in value else ~late

    @api.depends_context("uid")
    @api.depends("raised_by_id")
    def _compute_is_mine(self):
        for alert in self:
            alert.is_mine = alert.raised_by_id == self.env.user

    @api.constrains("description")
    def _check_description(self):
        for alert in self:
            if not 0 < len((alert.description or "").strip()) <= LONGEST_TEXT:
                raise ValidationError(
                    self.env._(
                        "Say what you know of %(customer)s, in %(most)s characters at"
                        " most.",
                        customer=alert.partner_id.display_name,
                        most=LONGEST_TEXT,
                    )
                )

    @api.constrains("order_id", "partner_id")
    def _check_order_id(self):
        for alert in self.filtered("order_id"):
            if alert.order_id._credit_customer() != alert.partner_id:
                raise ValidationError(
                    self.env._(
                        "%(order)s is not an order of %(customer)s.",
                        order=alert.order_id.name,
                        customer=alert.partner_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Who may write what
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Raise alerts: credit managers get a task each, to be done in time."""
        alerts = super().create([self._as_raised(vals) for vals in vals_list])
        alerts._announce()
        return alerts

    def _as_raised(self, vals):
        """Return the values of a new alert: neither a caller nor its context
        answers it."""
        names = ["partner_id", "company_id", "order_id"]
        given = {**self.default_get(names), **vals}
        try:
            given.update({name: read_id(given.get(name)) for name in names})
        except ValueError:
            raise ValidationError(
                self.env._("This choice is unknown. Reload the page.")
            ) from None
        order = self.env["sale.order"].browse(given.get("order_id"))
        order.check_access("read")
        partner = self.env["res.partner"].browse(given.get("partner_id"))
        partner = partner or order._credit_customer()
        company = order.sudo().company_id or self.env["res.company"].browse(
            given.get("company_id") or self.env.company.id
        )
        company = company._credit_company()
        now = fields.Datetime.now()
        return {
            **{name: vals[name] for name in OWN_NAMES & vals.keys()},
            "partner_id": partner.commercial_partner_id.id,
            "company_id": company.id,
            "order_id": order.id,
            "raised_by_id": self.env.uid,
            "raised_on": now,
            "deadline": company.sudo()._credit_working_hours_after(
                now, company.sudo().credit_alert_answer_hours
            ),
            "state": "open",
            "measure": False,
            "answer": False,
            "answered_by_id": False,
            "answered_on": False,
        }

    def write(self, vals):
        self._check_written(vals)
        return super().write(vals)

    def _check_written(self, vals):
        """Check that people change only what they said, until it is answered.

        :raises AccessError: it is not theirs, or it is answered
        """
        names = {name for name in vals if not name.startswith(CHATTER_PREFIXES)}
        if self.env.su or not names:
            return
        if names - OWN_NAMES or any(
            alert.raised_by_id != self.env.user or alert.state != "open"
            for alert in self
        ):
            raise AccessError(
                self.env._(
                    "Whoever raised an alert may mend its words until it is answered;"
                    " credit managers answer it."
                )
            )

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return self.partner_id.get_formview_action()
