from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from .credit_payment_plan import SIGNED


class CreditPaymentPlan(models.Model):
    """The plans, compared with what has come in."""

    _inherit = "credit.payment.plan"

    @api.model
    def _cron_check(self):
        """Compare the plans with the ledger, every day; a second run changes
        nothing."""
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self.env["ir.cron"]._credit_pieces(
            [
                (
                    partial(self._check_of, company),
                    f"Payment plans of company {company.id}",
                )
                for company in companies
            ]
        )

    def _check_of(self, company):
        signed = self.search(
            Domain("company_id", "=", company.id) & Domain("state", "in", SIGNED)
        )
        signed._check(fields.Date.context_today(self))

    def _check(self, today):
        """Complete what is paid, tell what is missed, end what is broken."""
        paid = self._paid()
        paid._complete_plans()
        plans = self - paid
        late = plans.line_ids.filtered(
            lambda line: line.date < today and line.state != "settled"
        )
        late_by_plan = late.grouped("plan_id")
        for plan in plans:
            since = min(
                late_by_plan.get(plan, late.browse()).mapped("date"), default=None
            )
            if (since or False) != plan.missed_since:
                plan.missed_since = since
        running = plans.filtered(lambda plan: plan.state == "running")
        late.filtered(lambda line: line.plan_id in running)._tell_missed()
        (running - late.plan_id).activity_unlink(
            ["credit_management.mail_activity_type_plan_missed"]
        )
        running.filtered(
            lambda plan: (
                plan.missed_since
                and plan.missed_since + timedelta(days=plan.grace_days) < today
            )
        )._default(today)

    def _paid(self):
        """Return the plans of which the ledger has nothing open any more."""
        return self.filtered(
            lambda plan: all(
                plan.currency_id.compare_amounts(part.fall, part.amount) >= 0
                for part in plan.item_ids
            )
        )

    def _complete_plans(self):
        if self:
            self._close("completed")
            body = self.env._("All of it is paid: the plan is completed.")
            self._message_log_batch(dict.fromkeys(self.ids, body))

    def _default(self, today):
        """End plans that were not kept: all that is left is due at once."""
        self.write({"state": "defaulted", "called_on": today})
        self.activity_unlink(["credit_management.mail_activity_type_plan_missed"])
        for company, plans in self.grouped("company_id").items():
            plans._call_in(company)
        for plan in self:
            rest = plan.currency_id.format(plan.amount_residual)
            plan._message_log(
                body=self.env._(
                    "Not kept: %s is due at once, and goes to the formal notice.", rest
                )
            )
            plan._give_task(
                "credit_management.mail_activity_type_plan_broken",
                self.env._(
                    "%(customer)s: payment plan broken, %(amount)s due at once",
                    customer=plan.partner_id.name,
                    amount=rest,
                ),
            )

    def _give_task(self, activity_type, summary):
        company = self.company_id
        collector = self.partner_id.with_company(company).credit_collector_id
        owner = (self.user_id or collector)._credit_acting(company=company)
        self.activity_schedule(
            activity_type, summary=summary, user_id=(owner or self.env.user).id
        )

    def _call_in(self, company):
        """Bring the open items to the step before the formal notice.

        The next run then proposes it, whatever the age of the items: see
        :meth:`credit.dunning.selection._level_age`.
        """
        policies = self.env["credit.dunning.selection"]._customer_policies(
            company, self.partner_id
        )
        for part in self.item_ids.filtered("move_line_id"):
            policy = part.move_id.dunning_policy_id or policies[part.plan_id.partner_id]
            formal = policy._formal_notice()
            part.called_age = formal.days
            if formal:
                part._set_level_before(formal, policy)


class CreditPaymentPlanLine(models.Model):
    _inherit = "credit.payment.plan.line"

    def _tell_missed(self):
        """Give the collector a task for each missed instalment, once."""
        news = self.filtered(lambda line: not line.is_told)
        news.is_told = True
        for line in news:
            line.plan_id._give_task(
                "credit_management.mail_activity_type_plan_missed",
                self.env._(
                    "%(customer)s: instalment of %(amount)s missed since %(date)s",
                    customer=line.partner_id.name,
                    amount=line.currency_id.format(line.amount_residual),
                    date=format_date(self.env, line.date),
                ),
            )


class CreditPaymentPlanItem(models.Model):
    _inherit = "credit.payment.plan.item"

    def _set_level_before(self, formal, policy):
        levels = policy.level_ids.filtered(
            lambda level: not level.is_pre_reminder and level.days < formal.days
        ).sorted("days")
        before = levels[-1:]
        # nothing was sent at that level: there is no date from which to wait
        values = {"dunning_level_id": before.id, "dunning_level_date": False}
        self.move_line_id._set_dunning_level(before, values)
        highest = self.move_id.line_ids.dunning_level_id.sorted("days")[-1:]
        self.move_id.dunning_level_id = highest
        self.move_id._dunning_log(
            self.env._(
                "Payment plan %(plan)s was not kept: “%(level)s” comes next.",
                plan=self.plan_id.name,
                level=formal.name,
            )
        )


class CreditDunningPolicy(models.Model):
    _inherit = "credit.dunning.policy"

    def _formal_notice(self):
        """Return the level of the formal notice; else the last mandatory one.

        :rtype: credit.dunning.level
        """
        levels = self.sudo().level_ids.filtered(
            lambda level: not level.is_pre_reminder
        ).sorted("days")  # fmt: skip
        return (
            levels.filtered("proposes_formal_notice")[:1]
            or levels.filtered("is_mandatory")[-1:]
            or levels[-1:]
        )
