from odoo import api, fields, models
from odoo.exceptions import UserError


class CreditStatementRequest(models.TransientModel):
    """Asks for the account statements of customers as of a date."""

    _name = "credit.statement.request"
    _description = "Account Statement"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    date = fields.Date(
        string="As of",
        required=True,
        default=fields.Date.context_today,
        help="Invoices, payments and reconciliations dated later are left out.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company._credit_company(),
    )
    company_domain_ids = fields.Many2many(
        "res.company", compute="_compute_company_domain_ids"
    )

    @api.depends_context("uid")
    def _compute_company_domain_ids(self):
        self.company_domain_ids = self.env.user.company_ids.root_id

    def action_print(self):
        """Download the statements as one PDF."""
        return self._download("pdf")

    def action_export(self):
        """Download the statements as a workbook."""
        return self._download("xlsx")

    def action_send(self):
        """Write to the customers, with the statement of each one attached."""
        self._check()
        customers = self.partner_ids.commercial_partner_id
        template = self.env.ref("credit_management.mail_template_statement")
        context = {
            "default_model": "res.partner",
            "default_res_ids": customers.ids,
            "default_template_id": template.id,
            "default_composition_mode": "comment"
            if len(customers) == 1
            else "mass_mail",
            "default_email_layout_xmlid": "mail.mail_notification_layout",
            **self.env["credit.statement"]._context_for(self.company_id, self.date),
        }
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send Account Statement"),
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def _download(self, extension):
        self._check()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit/statement/{self.id}/{extension}",
            "target": "download",
            "close": True,
        }

    def _check(self):
        self.ensure_one()
        self.env["credit.statement"]._check_reader(self.partner_ids, self.company_id)
        if not self.partner_ids:
            raise UserError(self.env._("Choose the customers first."))

    def _file(self, extension):
        """Return the name and the content of the file asked for.

        :param str extension: ``pdf`` or ``xlsx``
        :rtype: tuple[str, bytes]
        """
        self._check()
        Statement = self.env["credit.statement"]
        args = (self.partner_ids, self.company_id, self.date)
        return (
            Statement._file_name(self.partner_ids, self.date, extension),
            Statement._render_pdf(*args)
            if extension == "pdf"
            else Statement._render_xlsx(*args),
        )
