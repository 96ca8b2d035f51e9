from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.incentive import lateness_factor


class CreditIncentiveRule(models.Model):
    """What salespeople get of the cash that their invoices bring.

    The first rule that fits the salesperson on the day of the payment decides.
    """

    _name = "credit.incentive.rule"
    _description = "Incentive on Cash"
    _order = "sequence, id"

    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company._credit_company(),
        index=True,
    )
    rate = fields.Float(
        string="Rate (%)",
        digits=(16, 4),
        required=True,
        help="Of the cash received, taxes left out.",
    )
    step_ids = fields.One2many(
        "credit.incentive.step",
        "rule_id",
        string="Lateness",
        copy=True,
        default=lambda self: self._default_step_ids(),
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Salespeople",
        domain="[('share', '=', False)]",
        help="No salespeople and no teams: everybody.",
    )
    team_ids = fields.Many2many(
        "crm.team",
        string="Sales Teams",
        help="Their members, beside the salespeople named.",
    )
    date_from = fields.Date(
        string="From", help="First day of payments that count. Empty: any."
    )
    date_to = fields.Date(
        string="To", help="Last day of payments that count. Empty: any."
    )

    _rate_of_percent = models.Constraint(
        "CHECK(rate > 0 AND rate <= 100)", "The rate is a percentage, up to 100."
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_from <= date_to)", "The rule begins before it ends."
    )

    @api.model
    def _default_step_ids(self):
        return [
            fields.Command.create({"days": 10, "factor": 1.0}),
            fields.Command.create({"days": 60, "factor": 0.5}),
        ]

    @api.constrains("step_ids")
    def _check_step_ids(self):
        for rule in self:
            if not rule.step_ids:
                raise ValidationError(
                    self.env._(
                        "“%s” pays nothing: tell how late a payment may be.", rule.name
                    )
                )

    @api.constrains("company_id")
    def _check_company_id(self):
        for rule in self:
            root = rule.company_id._credit_company()
            if rule.company_id != root:
                raise ValidationError(
                    self.env._(
                        "%(branch)s is a branch: its customers are those of %(root)s.",
                        branch=rule.company_id.name,
                        root=root.name,
                    )
                )

    @api.model
    def _rules(self, company):
        """Return the rules of a company, the first to decide first."""
        return self.search([("company_id", "=", company.id)])

    def _rule_of(self, user, date):
        """Return the first rule that fits a salesperson on a day, none without any."""
        return next((rule for rule in self if rule._fits(user, date)), self.browse())

    def _fits(self, user, date):
        is_for_all = not self.user_ids and not self.team_ids
        return (
            (is_for_all or user in self.user_ids or user.sale_team_id in self.team_ids)
            and (not self.date_from or date >= self.date_from)
            and (not self.date_to or date <= self.date_to)
        )

    def _factor(self, days_late):
        """Return what is left of the incentive after so many days."""
        self.ensure_one()
        steps = [(step.days, step.factor) for step in self.step_ids]
        return lateness_factor(days_late, steps)


class CreditIncentiveStep(models.Model):
    """What is left of an incentive until a number of days late."""

    _name = "credit.incentive.step"
    _description = "Lateness in an Incentive on Cash"
    _order = "rule_id, days"

    rule_id = fields.Many2one(
        "credit.incentive.rule", required=True, index=True, ondelete="cascade"
    )
    days = fields.Integer(
        string="Until Days Late",
        required=True,
        help="Days after the due date, this one included.",
    )
    factor = fields.Float(
        required=True, default=1.0, help="1: the whole rate, 0.5: half of it."
    )

    _days_unique = models.Constraint(
        "UNIQUE(rule_id, days)", "A number of days stands once in a rule."
    )
    _factor_positive = models.Constraint(
        "CHECK(factor >= 0)", "A factor is 0 or more: late cash costs nothing."
    )
