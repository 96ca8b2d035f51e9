from odoo import fields, models

from ..limit.res_partner import FINANCE_GROUP

ENDED = ("kept", "partially_kept", "broken")


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_promise_ids = fields.One2many(
        "credit.promise", "partner_id", groups=FINANCE_GROUP
    )
    credit_promise_count = fields.Integer(
        string="Open Promises", compute="_compute_credit_promises", groups=FINANCE_GROUP
    )
    credit_promise_ended_count = fields.Integer(
        string="Ended Promises",
        compute="_compute_credit_promises",
        groups=FINANCE_GROUP,
        help="Kept, kept in part or broken: withdrawn ones do not count.",
    )
    credit_promise_kept_rate = fields.Float(
        string="Promises Kept (%)",
        compute="_compute_credit_promises",
        groups=FINANCE_GROUP,
        help="By number, of those that have ended. Empty: none has.",
    )
    credit_promise_kept_amount_rate = fields.Float(
        string="Promised Amounts Received (%)",
        compute="_compute_credit_promises",
        groups=FINANCE_GROUP,
    )

    def _compute_credit_promises(self):
        groups = self.env["credit.promise"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.root_id.id),
            ],
            ["partner_id", "state"],
            # promises may be in several currencies
            ["__count", "amount:sum_currency", "amount_received:sum_currency"],
        )
        found = {(partner, state): values for partner, state, *values in groups}
        nothing = (0, 0.0, 0.0)
        for partner in self:
            customer = partner.commercial_partner_id
            by_state = {state: found.get((customer, state), nothing) for state in ENDED}
            ended, promised, received = map(sum, zip(*by_state.values(), strict=True))
            kept = by_state["kept"][0]
            partner.credit_promise_count = found.get((customer, "open"), nothing)[0]
            partner.credit_promise_ended_count = ended
            partner.credit_promise_kept_rate = 100 * kept / ended if ended else 0.0
            partner.credit_promise_kept_amount_rate = (
                100 * received / promised if promised else 0.0
            )

    def action_view_promises(self):
        """Open the promises of the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_promise_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action
