from odoo import api, models


class CreditIncentiveReport(models.AbstractModel):
    """What the page of an incentive statement shows."""

    _name = "report.credit_management.report_incentive"
    _description = "Incentive Statement (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        statements = self.env["credit.incentive.statement"].browse(docids)
        statements.check_access("read")
        # invoices and rules are read for the salesperson
        return {
            "doc_ids": statements.ids,
            "doc_model": statements._name,
            "docs": statements.sudo(),
        }
