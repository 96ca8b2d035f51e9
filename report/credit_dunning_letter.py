from odoo import api, fields, models


class CreditDunningLetterReport(models.AbstractModel):
    """What a letter shows."""

    _name = "report.credit_management.report_dunning_letter"
    _description = "Dunning Letter (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        letters = self.env["credit.dunning.delivery"].browse(docids)
        letters.notice_id._check_collector()
        return {
            "doc_ids": letters.ids,
            "doc_model": letters._name,
            # customers, their users and companies are read for the collector
            "docs": letters.sudo(),
            "address_lines": self._address_lines,
        }

    def _address_lines(self, partner):
        """Return the lines of a postal address without the name, none of them empty."""
        address = partner._display_address(without_company=True)
        return [line.strip() for line in address.splitlines() if line.strip()]


class CreditDunningLetterCoverReport(models.AbstractModel):
    """What the list on top of a batch of letters shows."""

    _name = "report.credit_management.report_dunning_letter_cover"
    _description = "List of Dunning Letters (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        letters = self.env["credit.dunning.delivery"].browse(docids)
        letters.notice_id._check_collector()
        letters = letters.sudo()
        return {
            "doc_ids": letters.ids,
            "doc_model": letters._name,
            "docs": letters,
            "now": fields.Datetime.now(),
            "registered_count": len(
                letters.filtered(lambda letter: letter.code == "registered")
            ),
            "totals": letters._totals_by_currency(),
        }
