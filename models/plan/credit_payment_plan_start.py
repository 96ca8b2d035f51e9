from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_payment_plan(self):
        """Agree on instalments for what the customer owes.

        :raises AccessError: the user is not in finance
        """
        self.ensure_one()
        contact = self if self != self.commercial_partner_id else None
        return self.env["credit.payment.plan.create"]._start(
            self, self.env.company, contact=contact
        )


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_payment_plan(self):
        """Agree on instalments for the invoices.

        :raises AccessError: the user is not in finance
        :raises UserError: they are not open invoices of one customer and currency
        """
        self._check_one_debtor()
        return self.env["credit.payment.plan.create"]._start(
            self.commercial_partner_id, self.company_id[:1], moves=self
        )


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def action_payment_plan(self):
        """Agree on instalments for what the customer owes.

        :raises AccessError: the user is not in finance
        """
        self.ensure_one()
        return self.env["credit.payment.plan.create"]._start(
            self.partner_id, self.company_id
        )


class CreditWorklist(models.Model):
    _inherit = "credit.worklist"

    def action_payment_plan(self):
        """Agree on instalments for what the customer owes."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_payment_plan()
