from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted._reevaluate_credit_holds()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._reevaluate_credit_holds()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._reevaluate_credit_holds()
        return result

    def unlink(self):
        partners = self.commercial_partner_id
        result = super().unlink()
        partners._reevaluate_credit_holds()
        return result

    def _reevaluate_credit_holds(self):
        partners = self.commercial_partner_id | self.line_ids.partner_id
        partners._reevaluate_credit_holds()


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def reconcile(self):
        result = super().reconcile()
        self.partner_id._reevaluate_credit_holds()
        return result
