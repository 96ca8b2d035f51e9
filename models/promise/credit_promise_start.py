from odoo import models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_promise(self):
        """Note what the customer promises of what is overdue.

        :raises AccessError: the user is not in finance
        """
        self.ensure_one()
        contact = self if self != self.commercial_partner_id else self.browse()
        self.env["res.partner"]._check_collector_rights()
        return self.env["credit.promise"]._start(
            self,
            self.env.company,
            self.env.company.currency_id,
            self.credit_overdue,
            contact_id=contact.id,
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_promise(self):
        """Note what the customer promises of the invoices.

        :raises AccessError: the user is not in finance
        :raises UserError: they are not open invoices of one customer and currency
        """
        self._check_one_debtor()
        action = self.env["credit.promise"]._start(
            self.commercial_partner_id,
            self.company_id[:1],
            self.currency_id,
            sum(self.mapped("amount_residual")),
        )
        action["context"]["credit_promise_move_ids"] = self.ids
        return action

    def _check_one_debtor(self):
        """Check that the invoices can be agreed upon together.

        :raises UserError: they are not open invoices of one customer and currency
        """
        if (
            any(
                move.state != "posted"
                or not move.is_sale_document()
                or not move.amount_residual
                for move in self
            )
            or len(self.commercial_partner_id) != 1
            or len(self.currency_id) != 1
            or len(self.company_id.root_id) != 1
        ):
            raise UserError(
                self.env._(
                    "Choose open invoices of one customer, one company and one"
                    " currency."
                )
            )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def action_promise(self):
        """Note what the customer promises of what the notice asks for.

        :raises AccessError: the user is not in finance
        """
        self.ensure_one()
        return self.env["credit.promise"]._start(
            self.partner_id,
            self.company_id,
            self.currency_id,
            self.amount_net,
        )


class CreditWorklist(models.Model):
    _inherit = "credit.worklist"

    def action_promise(self):
        """Note what the customer promises."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_promise()
