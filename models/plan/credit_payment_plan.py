from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...tools.instalments import settle

STATES = [
    ("draft", "Draft"),
    ("proposed", "Proposed"),
    ("running", "Running"),
    ("defaulted", "Broken"),
    ("completed", "Paid"),
    ("cancelled", "Cancelled"),
]
ORDER_RULES = [
    ("normal", "As usual"),
    ("prepaid", "Against payment in advance"),
    ("stop", "No orders"),
]
# an item is in one of these at most: they ask for its money
LIVE = ("draft", "proposed", "running", "defaulted")
# the customer has signed, and something is still owed
SIGNED = ("running", "defaulted")
MOST_INSTALMENTS = 120


class CreditPaymentPlan(models.Model):
    """Overdue invoices that a customer pays in instalments, by agreement.

    Once signed, the instalments are what is chased; the due dates of the ledger
    stay. One that is missed, beyond the days of grace, ends the plan: the rest is
    due at once.
    """

    _name = "credit.payment.plan"
    _description = "Payment Plan"
    _inherit = ["credit.agreement", "credit.portal.document"]
    _order = "id desc"
    _noted_names = (
        "partner_id", "company_id", "currency_id", "contact_id", "user_id",
        "order_rule", "grace_days", "valid_until", "clause", "note", "fee_amount",
    )  # fmt: skip
    _noted_parts = {
        "item_ids": ("move_line_id", "amount"),
        "line_ids": ("date", "amount"),
    }

    name = fields.Char(string="Number", required=True, readonly=True, default="/")
    contact_id = fields.Many2one(
        string="Sent To", help="Who gets the proposal. Empty: the customer itself."
    )
    item_ids = fields.One2many("credit.payment.plan.item", "plan_id", string="Items")
    line_ids = fields.One2many(
        "credit.payment.plan.line", "plan_id", string="Instalments"
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        help="Of the instalments: what is in the plan of invoices, and the fee.",
    )
    amount_invoices = fields.Monetary(
        string="Invoices", compute="_compute_amount", store=True
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="draft", tracking=True, index=True
    )
    order_rule = fields.Selection(
        ORDER_RULES,
        string="New Orders",
        required=True,
        default="normal",
        help="What the customer may order while the plan runs.",
    )
    grace_days = fields.Integer(
        string="Grace (days)",
        default=lambda self: self._credit_company().credit_plan_grace_days,
        help="An instalment that is later than this ends the plan.",
    )
    valid_until = fields.Date(
        string="Offer Valid Until",
        required=True,
        default=lambda self: self._default_valid_until(self._credit_company()),
    )
    clause = fields.Text(
        string="Acceleration Clause",
        help="As the customer signs it, in the customer's language.",
    )
    note = fields.Text(help="For the customer, below the instalments.")

    # the end of each stage
    signed_by = fields.Char(readonly=True, copy=False, tracking=True)
    signed_on = fields.Datetime(readonly=True, copy=False)
    signature = fields.Image(
        readonly=True, copy=False, attachment=True, max_width=1024, max_height=1024
    )
    missed_since = fields.Date(
        string="Instalment Missed Since", readonly=True, copy=False
    )
    called_on = fields.Date(
        string="Broken On",
        readonly=True,
        copy=False,
        help="Since then the rest is due at once.",
    )

    # where it stands
    amount_settled = fields.Monetary(string="Paid", compute="_compute_progress")
    amount_residual = fields.Monetary(string="Left", compute="_compute_progress")
    amount_due = fields.Monetary(
        string="Due Now",
        compute="_compute_progress",
        help="Instalments up to today; all that is left of a broken plan.",
    )
    next_date = fields.Date(string="Next Instalment", compute="_compute_progress")
    next_amount = fields.Monetary(compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    time_line = fields.Json(
        compute="_compute_time_line", help="The instalments, for the picture of them."
    )
    lang = fields.Char(compute="_compute_lang")

    _days_positive = models.Constraint(
        "CHECK(grace_days >= 0)", "The days of grace are 0 or more."
    )
    _running_idx = models.Index(
        "(company_id, partner_id) WHERE state IN ('running', 'defaulted')"
    )

    @api.model
    def _credit_company(self):
        return self.env.company._credit_company().sudo()

    @api.model
    def _default_valid_until(self, company):
        today = fields.Date.context_today(self)
        return today + timedelta(days=company.sudo().credit_plan_valid_days)

    @api.depends("fee_amount", "item_ids.amount", "item_ids.is_fee")
    def _compute_amount(self):
        for plan in self:
            debts = plan.item_ids.filtered(lambda part: not part.is_fee)
            plan.amount_invoices = sum(debts.mapped("amount"))
            plan.amount = plan.amount_invoices + plan.fee_amount

    @api.depends("item_ids.residual", "line_ids.amount", "line_ids.date", "state")
    def _compute_progress(self):
        today = fields.Date.context_today(self)
        settled = self._settled()
        for plan in self:
            lines = plan._in_order()
            left = {line: line.amount - settled[plan][line] for line in lines}
            first = next(
                (line for line in lines if plan.currency_id.compare_amounts(
                    left[line], 0.0) > 0), lines.browse()
            )  # fmt: skip
            is_called = plan.state == "defaulted"
            paid = sum(settled[plan].values())
            plan.amount_settled = plan.currency_id.round(paid)
            plan.amount_residual = plan.currency_id.round(plan.amount - paid)
            plan.amount_due = plan.currency_id.round(
                sum(left[line] for line in lines if is_called or line.date <= today)
            )
            plan.next_date = first.date
            plan.next_amount = plan.currency_id.round(left.get(first, 0.0))
            plan.progress = 100 * paid / plan.amount if plan.amount else 0.0

    @api.depends("line_ids.state", "line_ids.amount_residual")
    def _compute_time_line(self):
        for plan in self:
            plan.time_line = {
                "currency_id": plan.currency_id.id,
                "instalments": [
                    {
                        "date": fields.Date.to_string(line.date),
                        "amount": line.amount,
                        "residual": line.amount_residual,
                        "state": line.state,
                    }
                    for line in plan._in_order()
                ],
            }

    @api.depends("contact_id.lang", "partner_id.lang")
    def _compute_lang(self):
        for plan in self:
            plan.lang = plan.contact_id.lang or plan.partner_id.lang or self.env.lang

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for plan in self:
            plan.access_url = f"/my/plan/{plan.id}"
        return result

    # ------------------------------------------------------------------
    # A new plan
    # ------------------------------------------------------------------

    def _complete(self, vals):
        # EXTENDS agreement
        result = super()._complete(vals)
        sequence = self.env["ir.sequence"].sudo().with_company(vals["company_id"])
        vals["name"] = sequence.next_by_code("credit.payment.plan") or "/"
        return result

    def _begin(self):
        # EXTENDS agreement: a draft, which is proposed, then signed, before anything
        # changes
        result = super()._begin()
        self._check_new()
        plan = self.sudo()
        plan.clause = plan.clause or plan._default_clause()
        plan.message_subscribe(plan.user_id.partner_id.ids)
        plan.partner_id._watch_payments()
        return result

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.partner_id._mark_plans_on_orders()
        return result

    def _check_new(self):
        self.ensure_one()
        today = fields.Date.context_today(self)
        if self.valid_until < today:
            raise UserError(self.env._("The offer is valid until today or later."))
        self.item_ids._check_items()
        self._check_instalments(today)

    def _check_instalments(self, today):
        """Check that the instalments come one after the other and add up.

        :raises UserError: what is wrong
        """
        lines = self._in_order()
        dates = lines.mapped("date")
        if not 0 < len(lines) <= MOST_INSTALMENTS:
            raise UserError(
                self.env._("A plan has 1 to %s instalments.", MOST_INSTALMENTS)
            )
        if dates[0] < today:
            raise UserError(self.env._("The first instalment is due today or later."))
        if len(set(dates)) != len(dates):
            raise UserError(self.env._("Each instalment has a date of its own."))
        total = self.currency_id.round(sum(lines.mapped("amount")))
        if self.currency_id.compare_amounts(total, self.amount):
            raise UserError(
                self.env._(
                    "The instalments add up to %(total)s, the invoices and the fee to"
                    " %(owed)s.",
                    total=self.currency_id.format(total),
                    owed=self.currency_id.format(self.amount),
                )
            )

    def _default_clause(self):
        """Return what happens when an instalment is missed, in the customer's words."""
        self.ensure_one()
        return self.with_context(lang=self.lang).env._(
            "If an instalment is not paid in full %(days)s days after its date at the"
            " latest, this plan ends as of right and without further notice: all that"
            " is left of the invoices named above becomes payable at once, with the"
            " late-payment interest and the fixed recovery sum that the law and our"
            " terms of sale provide for. As long as the plan is kept, we do not ask"
            " for the invoices that it names by any other means. The plan changes"
            " neither the amount nor the legal due date of these invoices.",
            days=self.grace_days,
        )

    # ------------------------------------------------------------------
    # What has been paid
    # ------------------------------------------------------------------

    def _in_order(self):
        return self.line_ids.sorted(lambda line: (line.date, line.id))

    def _settled(self):
        """Return what has been paid of each instalment, the oldest first.

        :rtype: dict[credit.payment.plan, dict[credit.payment.plan.line, float]]
        """
        received = self._received()
        settled = {}
        for plan in self:
            lines = plan._in_order()
            parts = settle(lines.mapped("amount"), received[plan])
            settled[plan] = dict(zip(lines, parts, strict=True))
        return settled

    def _received(self):
        """Return what each plan has brought in, in its currency.

        What its items have fallen by since it was drafted; then the customer's
        payments on account since then, for the oldest signed plan first.

        :rtype: dict[credit.payment.plan, float]
        """
        fallen = {plan: sum(plan.item_ids.mapped("fall")) for plan in self}
        signed = self.filtered(lambda plan: plan.state in SIGNED)
        # the money of a customer serves its other plans as well, the oldest first
        others = self.sudo().search(
            Domain("partner_id", "in", signed.partner_id.ids)
            & Domain("state", "in", SIGNED),
            order="id",
        )
        missing = {
            plan: plan.amount - sum(plan.item_ids.mapped("fall")) for plan in others
        }
        on_account = others._share_payments_on_account(missing)
        return {
            plan: plan.currency_id.round(fallen[plan] + on_account.get(plan, 0.0))
            for plan in self
        }

    @api.model
    def _amounts_due(self, partners, company):
        """Return what running plans ask customers for now, and what waits.

        The overdue items of a running plan are not actionable, its instalments up
        to today are: ``actionable = overdue - waiting``, where ``waiting`` is the
        part of the overdue items in plans that no instalment asks for yet.

        :param partners: ``res.partner``; contacts answer for their company
        :param company: ``res.company``; a branch stands for its root
        :return: by id of customer, in the currency of the company:
            ``due`` and ``waiting``
        :rtype: dict[int, dict[str, float]]
        """
        company = company._credit_company()
        today = fields.Date.context_today(self)
        plans = self.sudo().search(
            Domain("partner_id", "in", partners.commercial_partner_id.ids)
            & Domain("company_id", "=", company.id)
            & Domain("state", "=", "running")
        )
        found = {}
        for plan in plans:
            overdue = sum(
                item.amount - item.fall
                for item in plan.item_ids
                if item.date_maturity and item.date_maturity < today
            )
            rate = plan._company_rate()
            amounts = found.setdefault(plan.partner_id.id, {"due": 0.0, "waiting": 0.0})
            amounts["due"] += company.currency_id.round(plan.amount_due * rate)
            amounts["waiting"] += company.currency_id.round(
                max(overdue - plan.amount_due, 0.0) * rate
            )
        return found

    def _waiting_items(self):
        """Return what no instalment of running plans asks for yet, by item.

        Instalments pay the oldest items: what waits is the youngest.

        :return: pairs of the id of an item and the amount in its currency
        :rtype: list[tuple[int, float]]
        """
        waiting = []
        for plan in self:
            parts = plan.item_ids.filtered("move_line_id").sorted(
                lambda part: (part.date_maturity or date.max, part.id), reverse=True
            )
            lefts = [part.amount - part.fall for part in parts]
            amounts = settle(lefts, plan.amount_residual - plan.amount_due)
            waiting += zip(parts.move_line_id.ids, amounts, strict=True)
        return waiting

    def _company_rate(self):
        """Return the rate at which the ledger keeps the items of the plan."""
        items = self.item_ids.move_line_id
        foreign = sum(items.mapped("amount_residual_currency"))
        return sum(items.mapped("amount_residual")) / foreign if foreign else 1.0

    # ------------------------------------------------------------------
    # What can be put in a plan
    # ------------------------------------------------------------------

    @api.model
    def _free_items(self, partner, company, currency=None):
        """Return a customer's open items with what a plan may take of each.

        What is contested, and what another plan covers, stays out.

        :rtype: dict[account.move.line, float]
        """
        MoveLine = self.env["account.move.line"].sudo()
        domain = (
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain(
                "partner_id.commercial_partner_id",
                "=",
                partner.commercial_partner_id.id,
            )
            & Domain("amount_residual_currency", ">", 0)
        )
        if currency:
            domain &= Domain("currency_id", "=", currency.id)
        items = MoveLine.search(domain, order="date_maturity, id")
        free = self._free_amounts(items)
        return {
            item: amount
            for item, amount in free.items()
            if item.currency_id.compare_amounts(amount, 0.0) > 0
        }

    @api.model
    def _free_amounts(self, items):
        """Return what of each item is neither contested nor in another plan."""
        free = self.env["credit.dispute"].sudo()._free_amounts(items)
        taken = (
            self.env["credit.payment.plan.item"]
            .sudo()
            .search([("move_line_id", "in", items.ids), ("plan_id.state", "in", LIVE)])
        )
        for part in taken:
            item = part.move_line_id.with_env(items.env)
            free[item] -= max(part.amount - part.fall, 0.0)
        return {item: item.currency_id.round(amount) for item, amount in free.items()}

    @api.model
    def _item_commands(self, amounts):
        """Return the commands of the items of a plan, from amounts by item."""
        return [
            Command.create({"move_line_id": item.id, "amount": amount})
            for item, amount in amounts.items()
        ]
