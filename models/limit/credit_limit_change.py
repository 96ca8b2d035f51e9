from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date, formatLang

from ...tools.limit import LIMITED, UNLIMITED, CreditLimit, resolve_limit
from .res_partner import HIGHEST_LIMIT


class CreditLimitChange(models.Model):
    """A limit asked for, decided on, and kept as history."""

    _name = "credit.limit.change"
    _description = "Change of Credit Limit"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.exposure.source"]
    _mail_post_access = "read"
    _order = "date_from desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="New Limit", required=True, tracking=True)
    previous_amount = fields.Monetary(string="Limit Before", readonly=True)
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="Until", help="Last day. Empty: permanent.")
    reason = fields.Char(required=True)
    state = fields.Selection(
        [
            ("requested", "Requested"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="requested",
        readonly=True,
        tracking=True,
    )
    is_running = fields.Boolean(
        string="In Force", compute="_compute_is_running", search="_search_is_running"
    )
    is_applied = fields.Boolean(
        readonly=True, help="A permanent limit that now stands on the customer."
    )
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, default=lambda self: self.env.user
    )
    approved_by_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    approval_date = fields.Datetime(string="Decided On", readonly=True)

    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A temporary limit ends on the day it starts or later.",
    )
    _running_idx = models.Index(
        "(partner_id, company_id, date_from) WHERE state = 'approved'"
    )

    @api.depends("state", "date_from", "date_to")
    def _compute_is_running(self):
        today = fields.Date.context_today(self)
        for change in self:
            change.is_running = (
                change.state == "approved"
                and change.date_from <= today
                and (not change.date_to or today <= change.date_to)
            )

    @api.model
    def _search_is_running(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        running = (
            Domain("state", "=", "approved")
            & Domain("date_from", "<=", today)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", today))
        )
        return running if True in value else ~running

    @api.constrains("amount")
    def _check_amount(self):
        for change in self:
            if not 0 <= change.amount <= HIGHEST_LIMIT:
                raise ValidationError(
                    self.env._(
                        "%(amount)s is no credit limit: enter an amount between 0"
                        " and %(highest)s.",
                        amount=formatLang(self.env, change.amount),
                        highest=formatLang(self.env, HIGHEST_LIMIT, digits=0),
                    )
                )

    @api.constrains("date_from", "date_to", "partner_id", "company_id", "state")
    def _check_temporary(self):
        today = fields.Date.context_today(self)
        for change in self.filtered("date_to"):
            if change.state == "requested" and change.date_to < today:
                raise ValidationError(
                    self.env._(
                        "This temporary limit ended on %s, before today. Enter a"
                        " later end.",
                        format_date(self.env, change.date_to),
                    )
                )
            if change.state == "approved" and change._overlapping():
                raise ValidationError(
                    self.env._(
                        "%s already has a temporary limit in these days. Cancel it"
                        " first, or choose other days.",
                        change.partner_id.display_name,
                    )
                )

    def _overlapping(self):
        return (
            self._temporary_between(
                self.partner_id, self.company_id, self.date_from, self.date_to
            )
            - self
        )

    @api.model
    def _temporary_between(self, partner, company, date_from, date_to):
        """Return the approved temporary limits that run between two days."""
        return self.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("date_to", ">=", date_from),
                ("date_from", "<=", date_to),
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._complete_request(vals)
        changes = super().create(vals_list)
        changes._ask_managers()
        return changes

    @api.model
    def _complete_request(self, vals):
        """Attach a request to the customer and the company that grant credit.

        A request is all that a user can create: the rest is decided.
        """
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        company = self.env["res.company"].browse(vals.get("company_id"))
        company = (company or self.env.company)._credit_company()
        customer = partner.commercial_partner_id.sudo().with_company(company)
        vals.update(partner_id=customer.id, company_id=company.id)
        if not self.env.su:
            vals.update(
                state="requested", is_applied=False, requested_by_id=self.env.uid
            )
            vals.update(approved_by_id=False, approval_date=False)
            vals.pop("previous_amount", None)
        vals.setdefault("previous_amount", customer.credit_limit)

    def _ask_managers(self):
        """Put each request on the desk of a manager who may approve it."""
        for change in self.filtered(lambda change: change.state == "requested"):
            manager = change._deciders()[:1]
            if manager:
                change.sudo().activity_schedule(
                    "credit_management.mail_activity_type_limit_request",
                    user_id=manager.id,
                    note=change.reason,
                )

    def _deciders(self):
        """Return the managers with enough authority, the lowest first."""
        policy = self._policy()
        return self.env["res.users"]._credit_deciders(
            self.company_id,
            self._raise_amount(),
            policy.authority_amount,
            self.requested_by_id,
        )

    def _raise_amount(self):
        """Return how much more than today the customer may owe for good."""
        customer = self._customer()
        before = resolve_limit(
            [self._policy()._terms().limit, customer._credit_own_limit()]
        )
        if before.mode == UNLIMITED:
            return 0.0
        return max(self.amount - before.ceiling, 0.0)

    def _customer(self):
        return self.partner_id.sudo().with_company(self.company_id)

    def _policy(self):
        return self._customer()._credit_policy()

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------

    def action_approve(self):
        """Approve the requested limits; a permanent one replaces the current one.

        :raises AccessError: the user is no manager, or lacks the authority for
            the raise
        :raises UserError: a request is no longer waiting, or its days are over
        """
        self._check_may_decide()
        today = fields.Date.context_today(self)
        for change in self:
            if change.date_to and change.date_to < today:
                raise UserError(
                    self.env._(
                        "The days asked for ended on %s. Refuse this request, and"
                        " ask for a later end.",
                        format_date(self.env, change.date_to),
                    )
                )
            change._check_authority()
            change.sudo().previous_amount = change._customer().credit_limit
        self._decide("approved")

    def action_refuse(self):
        """Refuse the requested limits.

        :raises AccessError: the user is no credit manager
        :raises UserError: a request is no longer waiting
        """
        self._check_may_decide()
        self._decide("refused")

    def action_cancel(self):
        """Withdraw own requests, or end temporary limits before their time.

        :raises AccessError: someone else's request, and the user is no manager
        :raises UserError: a permanent limit that already applies: request another
        """
        own = all(
            change.state == "requested" and change.requested_by_id == self.env.user
            for change in self
        )
        if not own:
            self.env["res.partner"]._check_credit_manager()
        if any(change.is_applied or change.state == "refused" for change in self):
            raise UserError(
                self.env._("This change is history. Request a new limit instead.")
            )
        self._decide("cancelled")

    def _check_may_decide(self):
        self.check_access("read")
        self.env["res.partner"]._check_credit_manager()
        if self.env.user._is_superuser():
            raise AccessError(self.env._("A person decides on credit limits."))
        for change in self:
            if change.state != "requested":
                raise UserError(
                    self.env._(
                        "The limit of %(customer)s was already decided by %(user)s.",
                        customer=change.partner_id.display_name,
                        user=change.approved_by_id.name or "—",
                    )
                )

    def _check_authority(self):
        if not self.env.user._has_credit_authority(
            self._raise_amount(), self.currency_id, self._policy().authority_amount
        ):
            raise AccessError(
                self.env._(
                    "Raising the limit of %(customer)s by %(amount)s is above your"
                    " authority. A manager with a higher authority decides.",
                    customer=self.partner_id.display_name,
                    amount=formatLang(
                        self.env, self._raise_amount(), currency_obj=self.currency_id
                    ),
                )
            )

    def _decide(self, state):
        # users cannot write a change: its actions do, once the rights are checked
        changes = self.sudo()
        changes.write(
            {
                "state": state,
                "approved_by_id": self.env.uid,
                "approval_date": fields.Datetime.now(),
            }
        )
        changes.activity_unlink(["credit_management.mail_activity_type_limit_request"])
        self._after_decision()

    def _after_decision(self):
        """Let a decision take effect. Extend for what follows from a new limit."""
        self._apply_due()

    @api.model
    def _grant(self, partner, company, amount, reason, date_to=False):
        """Grant a limit that the user decides on the spot, within their authority.

        A temporary limit ends those that it overlaps.

        :return: the approved change, applied when it is permanent
        :raises AccessError: the raise is above the user's authority
        :raises UserError: the last day is over
        """
        today = fields.Date.context_today(self)
        if date_to and date_to < today:
            raise UserError(
                self.env._(
                    "%s is over: enter a later end.", format_date(self.env, date_to)
                )
            )
        if date_to:
            self.sudo()._temporary_between(
                partner, company, today, date_to
            ).state = "cancelled"
        change = self.sudo().create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "amount": amount,
                "date_to": date_to,
                "reason": reason,
                "state": "approved",
                "approved_by_id": self.env.uid,
                "approval_date": fields.Datetime.now(),
            }
        )
        change.sudo(False)._check_authority()
        change.sudo(False)._after_decision()
        return change

    @api.model
    def _record_direct(self, before):
        """Keep as history the limits that were written on the customers."""
        company = self.env.company._credit_company()
        now = fields.Datetime.now()
        today = fields.Date.context_today(self)
        scheduled = self.sudo().search(
            [
                ("partner_id", "in", [partner.id for partner in before]),
                ("company_id", "=", company.id),
                ("state", "=", "approved"),
                ("is_applied", "=", False),
                ("date_to", "=", False),
                ("date_from", "<=", today),
            ]
        )
        scheduled.is_applied = True
        self.sudo().create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "amount": partner.sudo().credit_limit,
                    "previous_amount": amount,
                    "reason": self.env._("Set on the customer"),
                    "state": "approved",
                    "is_applied": True,
                    "requested_by_id": self.env.uid,
                    "approved_by_id": self.env.uid,
                    "approval_date": now,
                }
                for partner, amount in before.items()
                if partner not in scheduled.partner_id
            ]
        )

    # ------------------------------------------------------------------
    # What is in force
    # ------------------------------------------------------------------

    @api.model
    def _running_changes(self, customers):
        """Return the approved limits in force, permanent ones first.

        Those already written on the customer are left out.

        :param customers: commercial partners, in the root company
        :rtype: dict[res.partner, list]
        """
        today = fields.Date.context_today(self)
        changes = self.sudo().search_fetch(
            [
                ("partner_id", "in", customers.ids),
                ("company_id", "=", customers.env.company.id),
                ("is_running", "=", True),
                ("is_applied", "=", False),
                ("date_from", "<=", today),
            ],
            ["partner_id", "amount", "date_to"],
            order="date_from, id",
        )
        running = defaultdict(list)
        for change in changes.sorted(lambda change: bool(change.date_to)):
            running[change.partner_id.with_env(customers.env)].append(change)
        return running

    def _limit(self):
        return CreditLimit(
            LIMITED,
            self.amount,
            "temporary" if self.date_to else "own",
            self.date_to or None,
        )

    def _apply_due(self):
        """Write the permanent limits whose day has come on their customers."""
        today = fields.Date.context_today(self)
        due = self.sudo().filtered(
            lambda change: (
                change.state == "approved"
                and not change.date_to
                and not change.is_applied
                and change.date_from <= today
            )
        )
        latest = due.sorted(lambda change: (change.date_from, change.id)).grouped(
            lambda change: (change.partner_id, change.company_id)
        )
        for change in (changes[-1] for changes in latest.values()):
            partner = change.partner_id.with_company(change.company_id)
            vals = {"credit_limit": change.amount, "credit_limit_mode": "limited"}
            months = change._policy().review_months
            if months:
                vals["credit_review_date"] = today + relativedelta(months=months)
            partner.write(vals)
        due.is_applied = True

    @api.model
    def _cron_apply(self):
        """Apply the permanent limits that were approved for a later day.

        One transaction per customer, whose limits follow one another.
        """
        groups = self._read_group(
            [
                ("state", "=", "approved"),
                ("is_applied", "=", False),
                ("date_to", "=", False),
                ("date_from", "<=", fields.Date.context_today(self)),
            ],
            ["partner_id"],
            ["id:recordset"],
        )
        self.env["ir.cron"]._credit_pieces(
            [
                (
                    changes.with_prefetch()._apply_alone,
                    f"Approved limits of partner {partner.id}",
                )
                for partner, changes in groups
            ]
        )

    def _apply_alone(self):
        """Apply the limits of a customer, unless somebody else is at one of them."""
        if self.try_lock_for_update(allow_referencing=True) == self:
            self._apply_due()
