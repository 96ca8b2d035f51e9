from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditCollectorRule(models.Model):
    """Which customers a collector gets; the first rule that fits decides."""

    _name = "credit.collector.rule"
    _description = "Collector Assignment Rule"
    _order = "sequence, id"
    _rec_name = "user_id"

    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company._credit_company(),
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        required=True,
        ondelete="cascade",
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        help="Of the customer's salesperson. Empty: any team.",
    )
    country_ids = fields.Many2many(
        "res.country", string="Countries", help="Of the customer. Empty: any country."
    )
    policy_id = fields.Many2one(
        "credit.policy",
        string="Credit Policy",
        domain="[('company_id', 'in', (False, company_id))]",
        help="In force for the customer. Empty: any policy.",
    )
    minimum_overdue = fields.Monetary(
        string="Overdue From",
        help="Only customers with at least so much overdue. 0: any customer.",
    )

    _minimum_overdue_positive = models.Constraint(
        "CHECK(minimum_overdue >= 0)", "The overdue amount is 0 or more."
    )

    @api.constrains("user_id", "company_id")
    def _check_user_id(self):
        for rule in self:
            if not rule.user_id.sudo()._is_credit_collector():
                raise ValidationError(
                    self.env._(
                        "%s does not belong to credit management: choose a collector.",
                        rule.user_id.name,
                    )
                )
            if rule.company_id != rule.company_id._credit_company():
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch: its customers are those of %(root)s.",
                        branch=rule.company_id.name,
                        root=rule.company_id._credit_company().name,
                    )
                )

    def action_assign(self):
        """Apply the rules now to the customers that owe something.

        :raises AccessError: the user is not in credit management
        """
        self.env["res.partner"]._check_collector_rights()
        found = self.env["res.partner"]._assign_collectors(self.env.company)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if found else "info",
                "message": self.env._("%s customers got a collector.", len(found))
                if found
                else self.env._(
                    "No customer that owes something lacks a collector, or no rule"
                    " fits those that do."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _rules(self, company):
        """Return the rules of a company whose collector is there to work."""
        return self.search([("company_id", "=", company.id)]).filtered(
            lambda rule: (
                rule.user_id.active
                and company in rule.user_id.company_ids
                and rule.user_id._is_credit_collector()
            )
        )

    def _collector_of(self, customer, overdue):
        """Return the user whom the first rule that fits names, none without any.

        :param customer: ``res.partner`` in the company of the rules
        :param float overdue: in the currency of the company
        """
        for rule in self:
            if rule._fits(customer, overdue):
                return rule.user_id
        return self.env["res.users"]

    def _fits(self, customer, overdue):
        is_enough = self.currency_id.compare_amounts(overdue, self.minimum_overdue) >= 0
        return (
            (not self.minimum_overdue or is_enough)
            and (not self.team_id or customer.user_id.sale_team_id == self.team_id)
            and (not self.country_ids or customer.country_id in self.country_ids)
            and (not self.policy_id or customer._credit_policy() == self.policy_id)
        )
