from odoo import api, models
from odoo.fields import Domain


class AccountMoveLine(models.Model):
    _name = "account.move.line"
    _inherit = ["account.move.line", "credit.exposure.source"]

    # Open items are a small part of the ledger: exposure, dunning and ageing
    # are answered from this index alone. Entries on a receivable account may
    # lack a due date: few, but due money.
    _credit_open_item_idx = models.Index(
        "(company_id, account_id, partner_id, date_maturity)"
        " INCLUDE (amount_residual, amount_residual_currency, currency_id, move_id, id)"
        " WHERE reconciled IS NOT TRUE AND parent_state = 'posted'"
        " AND (date_maturity IS NOT NULL OR amount_residual <> 0)"
    )

    @api.model
    def _open_receivable_domain(self):
        """Return the domain of open receivable items: the only definition of them.

        Posted, on a receivable account, not fully reconciled; debits (invoices)
        and credits (credit notes, payments not yet applied) alike, so that the
        sum of ``amount_residual`` is the balance of the general ledger.

        :rtype: Domain
        """
        return self._receivable_domain() & Domain("reconciled", "=", False)

    @api.model
    def _open_receivable_query(self, company_ids):
        """Return the query of the open receivable items of companies, to select from.

        Worded as the partial index has it: most entries neither fall due nor wait.

        :param company_ids: ids of ``res.company``, branches included
        :rtype: odoo.tools.Query
        """
        query = self._search(
            self._open_receivable_domain() & Domain("company_id", "in", company_ids),
            bypass_access=True,
            active_test=False,
        )
        query.add_where(
            "(account_move_line.date_maturity IS NOT NULL"
            " OR account_move_line.amount_residual <> 0)"
        )
        return query

    @api.model
    def _receivable_domain(self):
        """Return the domain of posted receivable items, paid ones too.

        :rtype: Domain
        """
        return Domain("account_id.account_type", "=", "asset_receivable") & Domain(
            "parent_state", "=", "posted"
        )
