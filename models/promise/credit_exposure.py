from odoo import api, fields, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    _inherit = "credit.exposure"

    @api.model
    def _waiting_parts(self, company, commercial_ids):
        # EXTENDS dispute: what is promised, until the promise is checked
        return [
            *super()._waiting_parts(company, commercial_ids),
            self._promised_parts(company),
        ]

    def _promised_parts(self, company):
        self.env["credit.promise"].flush_model()
        self.env["credit.promise.line"].flush_model()
        return SQL(
            """SELECT line.move_line_id, %(left)s
                 FROM credit_promise promise
                 JOIN credit_promise_line line ON line.promise_id = promise.id
                 JOIN account_move_line item ON item.id = line.move_line_id
                WHERE promise.company_id = %(company)s
                  AND %(is_awaited)s""",
            left=self.env["credit.promise.line"]._left(
                SQL("item.amount_residual_currency")
            ),
            company=company.id,
            is_awaited=self.env["credit.promise"]._is_awaited(
                company, fields.Date.context_today(self)
            ),
        )
