from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.limit.res_partner_rights import MANAGER_GROUP


class CreditIncentivePrepare(models.TransientModel):
    """Asks for the period whose incentive statements are to be made."""

    _name = "credit.incentive.prepare"
    _description = "Prepare Incentive Statements"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company._credit_company(),
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._first_of_month() - relativedelta(months=1),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self._first_of_month() - relativedelta(days=1),
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Salespeople",
        domain="[('share', '=', False)]",
        help="Empty: all whose invoices brought cash.",
    )

    def _first_of_month(self):
        return fields.Date.context_today(self).replace(day=1)

    def action_prepare(self):
        """Make the drafts of the period and open them.

        :raises AccessError: the user is no credit manager
        :raises UserError: there is nothing to put on a statement
        """
        self.ensure_one()
        if not (self.env.su or self.env.user.has_group(MANAGER_GROUP)):
            raise AccessError(
                self.env._("Only a credit manager settles the incentive on cash.")
            )
        if self.date_from > self.date_to:
            raise UserError(self.env._("The period begins before it ends."))
        Statement = self.env["credit.incentive.statement"]
        if not self.env["credit.incentive.rule"]._rules(self.company_id):
            raise UserError(
                self.env._("Make a rule first: it tells who gets how much of the cash.")
            )
        drafts = Statement._prepare_period(
            self.company_id, self.date_from, self.date_to, self.user_ids or None
        )
        if not drafts:
            raise UserError(
                self.env._(
                    "Nothing to settle: no cash of this period is left that a rule"
                    " covers and no statement has."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_incentive_statement_action"
        )
        return {**action, "domain": [("id", "in", drafts.ids)], "context": {}}
