from odoo import fields, models

from odoo.addons.credit_management.models.dunning.credit_statement import (
    CUSTOMERS_PER_PDF,
)


class CreditStatementRequest(models.TransientModel):
    _inherit = "credit.statement.request"

    def _download(self, extension):
        # EXTENDS credit_management: few are downloaded at once
        if len(self.partner_ids) <= CUSTOMERS_PER_PDF:
            return super()._download(extension)
        self._check()
        Statement = self.env["credit.statement"]
        task = self.env["credit.task"]._ask(
            "statements",
            Statement._file_name(self.partner_ids, self.date, extension),
            {
                "partner_ids": self.partner_ids.ids,
                "company_id": self.company_id.id,
                "date": fields.Date.to_string(self.date),
                "extension": extension,
            },
        )
        return task._told()
