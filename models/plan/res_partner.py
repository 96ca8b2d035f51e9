from odoo import api, fields, models

from ..limit.res_partner import FINANCE_GROUP
from .credit_payment_plan import LIVE, SIGNED


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_plan_count = fields.Integer(
        string="Payment Plans",
        compute="_compute_credit_plan_count",
        groups=FINANCE_GROUP,
    )

    credit_plan_order_rule = fields.Selection(
        [("prepaid", "Against payment in advance"), ("stop", "No orders")],
        string="Orders During the Plan",
        company_dependent=True,
        readonly=True,
        copy=False,
        groups=FINANCE_GROUP,
        help="The strictest word of the customer's signed plans on new orders.",
    )

    @api.model
    def _credit_guarded_names(self):
        return super()._credit_guarded_names() | {"credit_plan_order_rule"}

    @api.model
    def _credit_term_names(self):
        return super()._credit_term_names() + ["credit_plan_order_rule"]

    def _mark_plans_on_orders(self):
        """Bring `credit_plan_order_rule` up to date: the check reads it at no cost."""
        customers = self.sudo()
        plans = (
            self.env["credit.payment.plan"]
            .sudo()
            .search([("partner_id", "in", customers.ids), ("state", "in", SIGNED)])
        )
        by_customer = plans.grouped(lambda plan: (plan.partner_id, plan.company_id))
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        for company in companies:
            for customer in customers.with_company(company):
                own = by_customer.get((customer, company), plans.browse())
                rules = set(own.mapped("order_rule"))
                rule = next((r for r in ("stop", "prepaid") if r in rules), False)
                if customer.credit_plan_order_rule != rule:
                    customer.credit_plan_order_rule = rule

    def _compute_credit_plan_count(self):
        groups = self.env["credit.payment.plan"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("state", "in", LIVE),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.credit_plan_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_payment_plans(self):
        """Open the payment plans of the customer, ended ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_payment_plan_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action
