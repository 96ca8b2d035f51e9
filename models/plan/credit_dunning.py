from odoo import api, models
from odoo.tools import SQL

from ..dunning.credit_dunning_selection import DUNNING


class CreditDunningSelection(models.AbstractModel):
    _inherit = "credit.dunning.selection"

    def _flush_sources(self):
        # EXTENDS dunning
        result = super()._flush_sources()
        self.env["credit.payment.plan"].flush_model(["called_on", "closed_on", "state"])
        self.env["credit.payment.plan.item"].flush_model()
        return result

    def _due(self, day, kind):
        # EXTENDS dunning: the rest of a broken plan is due at once
        due = super()._due(day, kind)
        if kind != DUNNING or not (called := self._called_items()):
            return due
        return SQL(
            """(%s OR account_move_line.date_maturity IS NOT NULL
                      AND account_move_line.id = ANY(%s))""",
            due,
            called,
        )

    def _level_age(self, day):
        # EXTENDS dunning: what a broken plan leaves goes to the formal notice,
        # however young it is
        age = super()._level_age(day)
        if not (called := self._called_items()):
            return age
        return SQL(
            """CASE WHEN line.line_id = ANY(%(called)s) THEN GREATEST(%(age)s, (
                   SELECT MAX(part.called_age + %(day)s::date - plan.called_on)
                     FROM credit_payment_plan_item part
                     JOIN credit_payment_plan plan ON plan.id = part.plan_id
                    WHERE part.move_line_id = line.line_id
                      AND part.called_age > 0
                      AND plan.state = 'defaulted'))
                   ELSE %(age)s END""",
            called=called,
            age=age,
            day=day,
        )

    def _called_items(self):
        """Return the ids of the items that broken plans leave: a few, mostly none.

        Their names do not hide from PostgreSQL how many items are due besides.
        """
        parts = self.env["credit.payment.plan.item"]._search(
            [("plan_id.state", "=", "defaulted"), ("called_age", ">", 0)]
        )
        rows = self.env.execute_query(parts.select("move_line_id"))
        return [line_id for (line_id,) in rows if line_id]

    def _obstacles(self, company, day):
        # EXTENDS dunning: instalments are chased, their items are not
        return [
            *super()._obstacles(company, day),
            self._items_in_plans(),
            self._items_of_ended_plans(day),
        ]

    def _items_in_plans(self):
        return SQL(
            """SELECT item.line_id, 'in_plan',
                      LEAST(part.amount - GREATEST(
                                part.residual_before - item.residual, 0),
                            item.residual)
                 FROM item
                 JOIN credit_payment_plan_item part ON part.move_line_id = item.line_id
                 JOIN credit_payment_plan plan ON plan.id = part.plan_id
                WHERE plan.state = 'running'
                  AND part.amount > GREATEST(part.residual_before - item.residual, 0)
            """
        )

    def _items_of_ended_plans(self, day):
        """A plan that was ended by agreement leaves a grace; a broken one does not."""
        return SQL(
            """SELECT item.line_id, 'grace', LEAST(part.amount, item.residual)
                 FROM item
                 JOIN credit_payment_plan_item part ON part.move_line_id = item.line_id
                 JOIN credit_payment_plan plan ON plan.id = part.plan_id
                 JOIN account_move move ON move.id = item.move_id
                 JOIN customer ON customer.partner_id = item.partner_id
                 JOIN credit_dunning_policy policy
                   ON policy.id = COALESCE(move.dunning_policy_id, customer.policy_id)
                WHERE plan.state = 'cancelled'
                  AND plan.signed_on IS NOT NULL
                  AND plan.called_on IS NULL
                  AND plan.closed_on + COALESCE(policy.grace_days, 0) > %(day)s""",
            day=day,
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    @api.model
    def _reasons(self):
        # EXTENDS dunning
        return {**super()._reasons(), "in_plan": self.env._("In a payment plan")}


class CreditStatement(models.AbstractModel):
    _inherit = "credit.statement"

    @api.model
    def _item_notes(self, lines, as_of):
        # EXTENDS dunning: the customer pays by instalments
        notes = super()._item_notes(lines, as_of)
        parts = (
            self.env["credit.payment.plan.item"]
            .sudo()
            .search(
                [("move_line_id", "in", lines.ids), ("plan_id.state", "=", "running")]
            )
        )
        for part in parts:
            left = part.amount - part.fall
            if part.currency_id.compare_amounts(left, 0.0) > 0:
                notes.setdefault(part.move_line_id.id, []).append(
                    self.env._(
                        "%(amount)s in the payment plan %(plan)s",
                        amount=part.currency_id.format(left),
                        plan=part.plan_id.name,
                    )
                )
        return notes
