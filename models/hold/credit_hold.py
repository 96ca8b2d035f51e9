from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import formatLang


class CreditHold(models.Model):
    """What waits for a credit decision, with what was known when it stopped.

    Nobody writes a hold: it is placed by the gate, decided on by the actions
    of finance, and closed when its cause disappears.
    """

    _name = "credit.hold"
    _description = "Credit Hold"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _mail_post_access = "read"
    _order = "deadline, id"

    name = fields.Char(string="Reference", required=True, readonly=True)
    # not required: a hold may be about another document, see _document
    order_id = fields.Many2one(
        "sale.order", index=True, readonly=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, readonly=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    policy_id = fields.Many2one("credit.policy", readonly=True)
    state = fields.Selection(
        [
            ("pending", "To Decide"),
            ("released", "Released"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="pending",
        readonly=True,
        index=True,
        tracking=True,
    )

    # why, when it stopped
    rule_ids = fields.Many2many("credit.rule", string="Reasons", readonly=True)
    rule_codes = fields.Char(readonly=True)
    explanation = fields.Text(readonly=True)
    exposure = fields.Monetary(string="Exposure Before", readonly=True)
    receivable = fields.Monetary(readonly=True)
    overdue = fields.Monetary(readonly=True)
    unallocated = fields.Monetary(readonly=True)
    order_book = fields.Monetary(readonly=True)
    draft_invoices = fields.Monetary(readonly=True)
    oldest_overdue_days = fields.Integer(string="Oldest Overdue (days)", readonly=True)
    credit_limit = fields.Monetary(string="Limit", readonly=True)
    limit_mode = fields.Selection(
        [
            ("limited", "Limited"),
            ("unlimited", "Unlimited"),
            ("prepaid", "Prepaid only"),
            ("none", "No limit set"),
        ],
        readonly=True,
    )
    limit_source = fields.Char(
        readonly=True, help="Its technical name, that the label is found by."
    )
    limit_source_label = fields.Char(
        string="Source of the Limit", compute="_compute_limit_source_label"
    )
    order_amount = fields.Monetary(
        readonly=True, help="What the order adds to the exposure: its unpaid part."
    )
    order_total = fields.Monetary(
        readonly=True, help="The whole order, in company currency."
    )
    order_currency_id = fields.Many2one("res.currency", readonly=True)
    currency_rate = fields.Float(
        digits=0,
        readonly=True,
        help="Units of the order's currency for one of the company's, that day.",
    )
    exposure_after = fields.Monetary(readonly=True)
    excess = fields.Monetary(string="Above the Limit", readonly=True)
    credit_panel = fields.Json(
        string="Now", compute="_compute_credit_panel", compute_sudo=True
    )

    # who asked
    requested_by_id = fields.Many2one("res.users", readonly=True)
    involved_user_ids = fields.Many2many(
        "res.users",
        string="Do Not Decide",
        readonly=True,
        help="Whoever has sold the order or asked for its release, even if someone"
        " else does now.",
    )
    request_date = fields.Datetime(readonly=True)
    request_comment = fields.Text(string="Facts from Sales", readonly=True)
    confirm_on_release = fields.Boolean(
        readonly=True, help="The order had been confirmed: it goes on by itself."
    )
    send_confirmation = fields.Boolean(readonly=True)

    # who decides, until when
    assigned_user_id = fields.Many2one(
        "res.users", string="To Decide By", readonly=True
    )
    deadline = fields.Datetime(readonly=True, index=True)
    is_late = fields.Boolean(
        string="Late", compute="_compute_is_late", search="_search_is_late"
    )
    hours_left = fields.Float(compute="_compute_is_late")
    is_escalated = fields.Boolean(string="Escalated", readonly=True)
    awaiting_facts = fields.Boolean(string="Waiting for Sales", readonly=True)
    is_forced = fields.Boolean(
        string="Kept by Finance",
        readonly=True,
        help="Finance decides, even when the cause has disappeared.",
    )
    hours_to_decide = fields.Float(
        string="Hours to Decide",
        readonly=True,
        aggregator="avg",
        help="Working hours of the company between the request and the decision.",
    )

    # what was decided
    decision = fields.Selection(
        [
            ("once", "Released once"),
            ("temporary", "Temporary limit"),
            ("permanent", "Permanent limit"),
            ("conditional", "On condition"),
            ("refused", "Refused"),
            ("automatic", "Cause disappeared"),
            ("cancelled", "Order cancelled"),
        ],
        readonly=True,
        tracking=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, tracking=True)
    decision_date = fields.Datetime(readonly=True)
    comment = fields.Text(string="Decision Note", readonly=True)
    released_amount = fields.Monetary(readonly=True)
    release_tolerance = fields.Float(readonly=True)
    valid_until = fields.Datetime(readonly=True)
    condition_deposit = fields.Monetary(string="Deposit Asked", readonly=True)
    condition_baseline = fields.Monetary(readonly=True)
    condition_move_ids = fields.Many2many(
        "account.move", string="Invoices to Be Paid", readonly=True
    )

    _one_pending = models.UniqueIndex(
        "(order_id) WHERE state = 'pending'", "This order is already on hold."
    )
    _pending_idx = models.Index("(partner_id, company_id) WHERE state = 'pending'")

    @api.depends_context("lang")
    @api.depends("limit_source")
    def _compute_limit_source_label(self):
        labels = self.env["res.partner"]._credit_limit_source_labels()
        for hold in self:
            hold.limit_source_label = labels.get(hold.limit_source, hold.limit_source)

    @api.depends("order_id.credit_panel")
    def _compute_credit_panel(self):
        for hold in self:
            hold.credit_panel = hold.order_id.credit_panel

    @api.depends("state", "deadline")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for hold in self:
            waiting = hold.state == "pending" and hold.deadline
            hold.is_late = waiting and hold.deadline < now
            hold.hours_left = (
                (hold.deadline - now).total_seconds() / 3600 if waiting else 0.0
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [("state", "=", "pending"), ("deadline", "<", fields.Datetime.now())]
        return late if True in value else ["!", "&", *late]

    # ------------------------------------------------------------------
    # What is on hold
    # ------------------------------------------------------------------

    @api.constrains("order_id", "state")
    def _check_document(self):
        if not all(hold._document() for hold in self):
            raise ValidationError(self.env._("A hold needs something that it stops."))

    def _document(self):
        """Return what the hold stops. Extend for documents other than orders.

        :rtype: credit.hold.document
        """
        self.ensure_one()
        return self.order_id

    def _verdicts(self, orders=None, **options):
        """Return what the gate says now of the documents on hold, by document.

        Extend for documents other than orders.

        :param orders: ``sale.order`` to look at, besides other documents: those on
            hold by default
        :param options: of their ``_credit_verdicts``
        :rtype: dict[credit.hold.document, CreditVerdict]
        """
        orders = self.sudo().order_id if orders is None else orders
        return orders._credit_verdicts(**options)

    # ------------------------------------------------------------------
    # Placing a hold
    # ------------------------------------------------------------------

    @api.model
    def _place(self, verdicts, comment=False, confirm=False):
        """Put documents on hold, or bring their open holds up to date.

        :param verdicts: what the gate found, by document
        :param comment: facts from the salesperson
        :param bool confirm: the order was being confirmed: it goes on by itself
            once it is released
        :return: the open holds
        """
        requester = self.env.user
        Hold = self.sudo()
        holds = Hold.browse()
        self._take_turn(verdicts)
        for document, verdict in verdicts.items():
            document = document.sudo()
            vals = Hold._snapshot_values(document, verdict)
            hold = document.credit_hold_ids.filtered(lambda h: h.state == "pending")
            if comment:
                vals["request_comment"] = comment
                vals["awaiting_facts"] = False
            vals["involved_user_ids"] = [
                fields.Command.link(user.id)
                for user in document._credit_seller() | requester
            ]
            if confirm:
                vals["confirm_on_release"] = True
                vals["send_confirmation"] = bool(self.env.context.get("send_email"))
                vals["requested_by_id"] = requester.id
            if hold:
                hold.write(vals | hold._outdated_condition(verdict.case))
                hold._assign_within_authority()
            else:
                hold = Hold.create(
                    {
                        "requested_by_id": requester.id,
                        **Hold._request_values(verdict.case),
                        **vals,
                    }
                )
                hold._announce()
            holds |= hold
        return holds

    def _take_turn(self, verdicts):
        """Let a second, simultaneous request for the same customers run again.

        What the gate wrote was undone together with the confirmation.
        """
        cases = [verdict.case for verdict in verdicts.values()]
        for company in {case.company for case in cases}:
            customers = self.env["res.partner"].union(
                *(case.customer for case in cases if case.company == company)
            )
            self.env["credit.exposure.lock"]._take(customers, company)

    def _outdated_condition(self, case):
        """Return what takes back a condition that was set for another order.

        Finance had not decided on this amount, or on this customer.
        """
        if self.decision != "conditional" or (
            self.partner_id == case.customer and self._is_amount_covered(case)
        ):
            return {}
        return {
            "decision": False,
            "decided_by_id": False,
            "decision_date": False,
            "released_amount": 0.0,
            "valid_until": False,
            "condition_deposit": 0.0,
            "condition_move_ids": [fields.Command.clear()],
        }

    @api.model
    def _snapshot_values(self, document, verdict):
        """Return what is known now: components, limit and its source, rules hit."""
        case = verdict.case
        figures, limit = case.figures, case.limit
        # finance reads them, whatever the language of the salesperson or customer
        lang = case.company.partner_id.lang or self.env.lang
        findings = document.with_context(lang=lang)._credit_findings(case)
        codes = [finding.code for finding in findings]
        rules = self.env["credit.rule"].search([("code", "in", codes)])
        return {
            **document._credit_hold_values(case),
            "partner_id": case.customer.id,
            "company_id": case.company.id,
            "policy_id": case.policy.id,
            "rule_ids": [fields.Command.set(rules.ids)],
            "rule_codes": ",".join(codes),
            "explanation": "\n".join(finding.message for finding in findings),
            "exposure": figures.exposure,
            "receivable": figures.receivable,
            "overdue": figures.overdue,
            "unallocated": figures.unallocated,
            "order_book": figures.order_book,
            "draft_invoices": figures.draft_invoices,
            "oldest_overdue_days": case.overdue_days,
            "credit_limit": limit.ceiling if limit.is_finite else 0.0,
            "limit_mode": limit.mode,
            "limit_source": limit.source,
            "order_amount": case.amount,
            "order_total": case.order_total,
            "exposure_after": case.exposure_after,
            "excess": verdict.excess,
        }

    def _request_values(self, case):
        """Return what is fixed when the hold opens: reference, time, target."""
        now = fields.Datetime.now()
        company = case.company
        return {
            "name": self.env["ir.sequence"].next_by_code("credit.hold") or "/",
            "request_date": now,
            "deadline": self._target(company, case.policy, now),
        }

    @api.model
    def _target(self, company, policy, start):
        """Return when a decision is due, counted in the company's working hours."""
        hours = policy.decision_hours if policy else 4.0
        return company._credit_working_hours_after(start, hours)

    def _working_hours_until(self, end):
        self.ensure_one()
        calendar = self.company_id.resource_calendar_id
        start = self.request_date
        if not calendar:
            return (end - start).total_seconds() / 3600
        return calendar.get_work_hours_count(start, end)

    def _announce(self):
        """Tell the customer's chatter, the salesperson and the one who decides."""
        for hold in self:
            hold._document().message_post(
                body=self.env._(
                    "On credit hold %(hold)s: %(reasons)s",
                    hold=hold.name,
                    reasons=hold._announced_reasons(),
                ),
                subtype_xmlid="mail.mt_note",
            )
            hold._assign(hold._deciders()[:1])

    def _announced_reasons(self):
        """Return why it stopped, for those who read the document's chatter."""
        return self.explanation

    def _assign(self, manager):
        """Put the hold on a manager's desk."""
        self.ensure_one()
        self.assigned_user_id = manager
        self.activity_unlink(["credit_management.mail_activity_type_hold"])
        if manager:
            self.activity_schedule(
                "credit_management.mail_activity_type_hold",
                user_id=manager.id,
                date_deadline=fields.Date.to_date(self.deadline),
                summary=self.env._(
                    "%(order)s, %(amount)s for %(customer)s",
                    order=self._document().name,
                    amount=formatLang(
                        self.env, self.order_total, currency_obj=self.currency_id
                    ),
                    customer=self.partner_id.display_name,
                ),
            )

    def _assign_within_authority(self):
        """Pass the hold on when the excess has outgrown the manager's authority."""
        deciders = self._deciders()
        if self.assigned_user_id not in deciders:
            self._assign(deciders[:1])

    def _excluded_deciders(self):
        """Return who never decides: sellers and requesters, of now and before."""
        self.ensure_one()
        return (
            self._document()._credit_seller()
            | self.user_id
            | self.requested_by_id
            | self.involved_user_ids
        )

    def _deciders(self):
        """Return the managers who may release the hold, the lowest authority first."""
        return self.env["res.users"]._credit_deciders(
            self.company_id,
            self.excess,
            self.policy_id.authority_amount,
            self._excluded_deciders(),
        )

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._mark_pending(holds.partner_id)
        return holds

    def write(self, vals):
        partners = self.partner_id
        result = super().write(vals)
        if "state" in vals or "partner_id" in vals:
            self._mark_pending(partners | self.partner_id)
        return result

    def _mark_pending(self, partners):
        """Bring what documents and customers tell of open holds up to date."""
        for hold in self:
            hold._document()._mark_pending_hold()
        partners._mark_pending_holds()

    # ------------------------------------------------------------------
    # Screens
    # ------------------------------------------------------------------

    def action_open_order(self):
        """Open the order, or what else is on hold."""
        document = self._document()
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }

    def action_open_customer(self):
        """Open the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def action_decide(self):
        """Open the dialog that decides on the holds.

        :raises AccessError: the user is no credit manager
        """
        self.env["res.partner"]._check_credit_manager()
        wizard = self.env["credit.hold.release"].create(
            {"hold_ids": [fields.Command.set(self.ids)]}
        )
        return wizard._reopen()
