from odoo import api, fields, models
from odoo.tools import SQL, format_date


class CreditDunningSelection(models.AbstractModel):
    _inherit = "credit.dunning.selection"

    def _flush_sources(self):
        # EXTENDS dunning
        result = super()._flush_sources()
        self.env["account.move"].flush_model(["dispute_id"])
        self.env["credit.dispute"].flush_model(["closed_date", "state"])
        self.env["credit.dispute.line"].flush_model(
            [
                "amount",
                "amount_accepted",
                "amount_resting",
                "dispute_id",
                "move_line_id",
            ]
        )
        return result

    def _obstacles(self, company, day):
        # EXTENDS dunning: only the contested part rests, and a while afterwards
        return super()._obstacles(company, day) + [
            self._disputed_parts(),
            self._grace_of_disputes(day),
        ]

    def _disputed_parts(self):
        return SQL(
            """SELECT item.line_id, 'disputed', LEAST(disputed.amount, item.residual)
                 FROM item
                 JOIN (%s) disputed ON disputed.line_id = item.line_id""",
            self.env["credit.dispute.line"]._resting_query(),
        )

    def _grace_of_disputes(self, day):
        """What was contested and is owed after all waits for the days of grace."""
        return SQL(
            """SELECT item.line_id, 'grace',
                      LEAST(SUM(line.amount - line.amount_accepted), item.residual)
                 FROM item
                 JOIN credit_dispute_line line ON line.move_line_id = item.line_id
                 JOIN credit_dispute dispute ON dispute.id = line.dispute_id
                 JOIN account_move move ON move.id = item.move_id
                 JOIN customer ON customer.partner_id = item.partner_id
                 JOIN credit_dunning_policy policy
                   ON policy.id = COALESCE(move.dunning_policy_id, customer.policy_id)
                WHERE dispute.state IN ('partly_accepted', 'rejected', 'withdrawn')
                  AND dispute.closed_date + policy.grace_days > %s
                  AND line.amount > line.amount_accepted
             GROUP BY item.line_id, item.residual""",
            day,
        )

    def _draft_credit_notes(self):
        # REPLACES dunning: of a dispute, only the accepted part rests
        return SQL(
            """SELECT item.line_id, 'draft_credit_note', NULL::numeric
                 FROM item
                 JOIN account_move refund ON refund.reversed_entry_id = item.move_id
                WHERE refund.state = 'draft'
                  AND refund.reversed_entry_id IS NOT NULL
                  AND refund.dispute_id IS NULL"""
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    dispute_count = fields.Integer(compute="_compute_dispute_count")

    def _compute_dispute_count(self):
        for notice in self:
            notice.dispute_count = len(notice._disputes())

    def _disputes(self):
        """Return the disputes about the items that the notice names."""
        return self.line_ids.move_id.dispute_line_ids.dispute_id

    def action_view_disputes(self):
        """Open the disputes about the items of the notice."""
        self.ensure_one()
        return self.env["credit.dispute"]._view_action(
            [("id", "in", self._disputes().ids)]
        )

    def action_dispute(self):
        """Contest items that the notice names."""
        self.ensure_one()
        return self.env["credit.dispute.open"]._start(
            self.partner_id, self.company_id, "call", moves=self.line_ids.move_id
        )

    @api.model
    def _reasons(self):
        # EXTENDS dunning
        return {**super()._reasons(), "disputed": self.env._("Disputed")}


class CreditStatement(models.AbstractModel):
    _inherit = "credit.statement"

    @api.model
    def _item_notes(self, lines, as_of):
        # EXTENDS dunning: what is contested is shown apart
        notes = super()._item_notes(lines, as_of)
        items = self.env["credit.dispute.line"].sudo().search_fetch(
            [("move_line_id", "in", lines.ids), ("amount_resting", ">", 0)],
            ["dispute_id", "move_line_id"],
        )  # fmt: skip
        open_amounts = items._open_amounts()
        for item in items:
            amount = open_amounts.get(item.id)
            if amount:
                notes.setdefault(item.move_line_id.id, []).append(
                    self.env._(
                        "%(amount)s disputed since %(date)s (%(dispute)s)",
                        amount=item.currency_id.format(amount),
                        date=format_date(self.env, item.dispute_id.opened_date),
                        dispute=item.dispute_id.name,
                    )
                )
        return notes
