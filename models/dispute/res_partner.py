from odoo import api, fields, models

from ..exposure.res_partner import FIGURES_GROUPS
from ..limit.res_partner import finance_field
from .credit_dispute import OPEN


def balance_field(label, **attributes):
    """Return a monetary field that `_compute_credit_balances` fills."""
    return fields.Monetary(
        string=label,
        compute="_compute_credit_balances",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        **attributes,
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    dispute_count = fields.Integer(
        compute="_compute_dispute_count", groups=FIGURES_GROUPS
    )

    credit_disputed = balance_field(
        "Disputed", help="What the customer contests of what is owed."
    )
    credit_clean_balance = balance_field(
        "Clean Balance", help="What is owed, less what is contested."
    )
    credit_actionable_balance = balance_field(
        "Actionable Balance",
        help="What can be chased now: the clean balance, less what is promised or in a"
        " running plan.",
    )
    credit_po_required = finance_field(
        fields.Boolean,
        string="PO Number Mandatory",
        help="No order is confirmed, and no invoice posted or sent, without the"
        " customer's own reference.",
    )

    @api.depends_context("company")
    @api.depends("commercial_partner_id", "credit_receivable")
    def _compute_credit_balances(self):
        Exposure = self.env["credit.exposure"].sudo()
        disputed = Exposure._disputed_by_customer(self.env.company, self)
        waiting = Exposure._waiting_by_customer(self.env.company, self)
        for partner in self:
            customer = partner.commercial_partner_id._origin.id
            clean = partner.credit_receivable - disputed.get(customer, 0.0)
            partner.credit_disputed = disputed.get(customer, 0.0)
            partner.credit_clean_balance = round(clean, 6)
            partner.credit_actionable_balance = round(
                clean - waiting.get(customer, 0.0), 6
            )

    def _compute_dispute_count(self):
        groups = self.env["credit.dispute"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("state", "in", OPEN),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.dispute_count = counts.get(partner.commercial_partner_id, 0)

    def action_dispute(self):
        """Contest items of the customer: which, how much, why."""
        self.ensure_one()
        contact = self if self != self.commercial_partner_id else None
        return self.env["credit.dispute.open"]._start(
            self, self.env.company, "customer", contact=contact
        )

    def action_view_disputes(self):
        """Open the disputes of the customer, closed ones too."""
        self.ensure_one()
        return self.env["credit.dispute"]._view_action(
            [("partner_id", "=", self.commercial_partner_id.id)],
            {"search_default_open": 1},
        )

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + [
            "credit_disputed", "credit_clean_balance", "credit_actionable_balance",
            "dispute_count",
        ]  # fmt: skip

    @api.model
    def _commercial_fields(self):
        return super()._commercial_fields() + ["credit_po_required"]

    @api.model
    def _credit_guarded_names(self):
        return super()._credit_guarded_names() | {"credit_po_required"}

    @api.model
    def _credit_term_names(self):
        # EXTENDS limit: the gate asks for it
        return super()._credit_term_names() + ["credit_po_required"]

    def _strictest_credit_terms(self):
        # EXTENDS limit: of customers that turn out to be one and the same
        return {
            **super()._strictest_credit_terms(),
            "credit_po_required": any(self.mapped("credit_po_required")),
        }
