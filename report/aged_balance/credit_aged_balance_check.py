from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL


class LedgerCheck(NamedTuple):
    """The balance of all customers next to that of the general ledger."""

    balance: float
    ledger: float
    difference: float


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def _check(self, options, total):
        """Compare what all customers owe with the general ledger.

        :param AgedLine total: of the lines that the options ask for
        :return: in the currency of the report
        :rtype: LedgerCheck
        """
        if options.is_filtered:
            total, _lines = self._total_and_lines(options.unfiltered(), limit=0)
        currency = options.currency
        balance, ledger = total.amounts["balance"], self._ledger_balance(options)
        return LedgerCheck(balance, ledger, currency.round(balance - ledger))

    def _ledger_balance(self, options):
        """Return the balance of the receivable accounts in the general ledger.

        It shares nothing with the items: neither residuals nor reconciliations.
        """
        self.env["account.account"].flush_model(["account_type"])
        self.env["account.move.line"].flush_model(
            ["account_id", "balance", "company_id", "date", "parent_state"]
        )
        roots = {
            branch_id: company
            for company in options.companies
            for branch_id in company._credit_branch_ids()
        }
        rows = self.env.execute_query(
            SQL(
                """SELECT line.company_id, SUM(line.balance)
                     FROM account_move_line line
                     JOIN account_account account ON account.id = line.account_id
                    WHERE account.account_type = 'asset_receivable'
                      AND line.parent_state = 'posted'
                      AND line.company_id IN %s
                      AND line.date <= %s
                 GROUP BY line.company_id""",
                tuple(roots),
                options.date,
            )
        )
        return options.currency.round(
            sum(
                float(balance) * self._rate(options, roots[company_id])
                for company_id, balance in rows
            )
        )
