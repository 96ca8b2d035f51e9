from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...tools.dunning import NOTHING, Step, next_date, rungs


class CreditDunningPolicy(models.Model):
    """How one type of customer is reminded: which levels, when, how often."""

    _name = "credit.dunning.policy"
    _description = "Dunning Policy"
    _inherit = ["credit.policy.mixin"]

    level_ids = fields.One2many(
        "credit.dunning.level", "policy_id", string="Levels", copy=True
    )
    catch_up = fields.Boolean(
        tracking=True,
        help="An old debt starts at the level of its age. Otherwise it starts at the"
        " first mandatory level, however old it is.",
    )
    minimum_amount = fields.Monetary(
        string="Smallest Item",
        tracking=True,
        help="Items of less than this, in the currency of the company, are left out.",
    )
    grace_days = fields.Integer(
        string="Grace (days)",
        default=5,
        help="After a dispute or a promise has ended, the item waits for so long.",
    )
    skip_weekends = fields.Boolean(string="Quiet at Weekends", default=True)
    skip_holidays = fields.Boolean(
        string="Quiet on Public Holidays",
        default=True,
        help="Holidays of the customer's country, where they are known, and the quiet"
        " periods of the configuration.",
    )
    max_contacts_per_week = fields.Integer(
        string="Messages per Week at Most",
        default=2,
        help="To one customer, over seven days. 0: no limit.",
    )

    _values_positive = models.Constraint(
        "CHECK(minimum_amount >= 0 AND grace_days >= 0 AND max_contacts_per_week >= 0)",
        "Amounts, days and numbers of messages are 0 or more.",
    )

    @api.constrains("company_id")
    def _check_company_id(self):
        for policy in self.filtered("company_id"):
            users = (
                self.env["res.company"]
                .sudo()
                .search([("credit_dunning_policy_id", "=", policy.id)])
            )
            if users.root_id - policy.company_id.root_id:
                raise ValidationError(
                    self.env._(
                        "The dunning policy “%s” is used by another company.",
                        policy.name,
                    )
                )

    def copy_data(self, default=None):
        return [
            {**vals, "name": self.env._("%s (copy)", policy.name)}
            for policy, vals in zip(self, super().copy_data(default), strict=True)
        ]

    # levels clear the cache as well: they decide on the rungs
    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _steps(self, is_pre_reminder):
        """Return the steps of the policy: its pre-reminders or its levels.

        :rtype: list[Step]
        """
        self.ensure_one()
        return [
            Step(level.id, level.days, level.is_mandatory)
            for level in self.sudo().level_ids
            if level.is_pre_reminder == is_pre_reminder
        ]

    @api.model
    @ormcache("is_pre_reminder")
    def _rungs(self, is_pre_reminder):
        """Return the rungs of all the policies in use, by policy id.

        :rtype: dict[int, list[Rung]]
        """
        found = {
            policy.id: rungs(policy._steps(is_pre_reminder), policy.catch_up)
            for policy in self.sudo().search([])
        }
        return {policy_id: table for policy_id, table in found.items() if table}

    def _next_date(self, item, start):
        """Return the earliest day of the next step of an instalment, None without.

        :param item: ``account.move.line``
        :param date start: the earliest day possible
        """
        if not self:
            return None
        reached, due = item.dunning_level_id.days or NOTHING, item.date_maturity
        before = next_date(self._steps(True), reached, due, start, self.catch_up)
        if before and before < due:
            return before
        return next_date(self._steps(False), reached, due, start, self.catch_up)

    def _are_followed(self, company):
        """Tell whether a company reminds anybody by one of the policies."""
        if company.credit_dunning_policy_id in self:
            return True
        return any(
            self.env[model].with_company(company).search_count(domain, limit=1)
            for model, domain in [
                ("credit.policy", [("dunning_policy_id", "in", self.ids)]),
                ("res.partner", [("credit_dunning_policy_id", "in", self.ids)]),
                ("account.move", [("dunning_policy_id", "in", self.ids)]),
            ]
        )
