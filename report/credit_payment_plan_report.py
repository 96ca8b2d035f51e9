from odoo import api, models


class CreditPaymentPlanReport(models.AbstractModel):
    """What the agreement shows."""

    _name = "report.credit_management.report_payment_plan"
    _description = "Payment Plan (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        plans = self.env["credit.payment.plan"].browse(docids)
        self.env["res.partner"]._check_collector_rights()
        plans.check_access("read")
        # companies, bank accounts and users are read for the collector
        plans = plans.sudo()
        Letter = self.env["report.credit_management.report_dunning_letter"]
        return {
            "doc_ids": plans.ids,
            "doc_model": plans._name,
            "docs": plans,
            "banks": self.env["credit.statement"]
            .sudo()
            ._bank_accounts(plans.company_id[:1]),
            "address_lines": Letter._address_lines,
        }
