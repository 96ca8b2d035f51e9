from odoo import models

from ..models.credit_task_mailing import PART


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    def action_send_mail(self):
        # EXTENDS mail: jobs send statements to many customers
        customers = self._statement_customers()
        if len(customers) <= PART:
            return super().action_send_mail()
        return self.env["credit.task"]._ask_mailing(self, customers)._told()

    def _statement_customers(self):
        """Return the customers that get their account statement."""
        customers = self.env["res.partner"]
        if (
            len(self) == 1
            and self.env.context.get("credit_statement_company_id")
            and self.model == customers._name
            and self.composition_mode == "mass_mail"
        ):
            customers = customers.browse(self._evaluate_res_ids())
        return customers
