from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# What is open on an entry without a due date is not zero: without this, the
# entries of all the other accounts would be in the index of open items.
IN_INDEX = (
    "({0}date_maturity IS NOT NULL OR {0}amount_residual <> 0"
    " OR {0}amount_residual_currency <> 0)"
)

# contacts that a query names
MOST_NAMED = 10000


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
        f" AND {IN_INDEX.format('')}"
    )

    @api.model
    def _open_receivable_domain(self, account_ids=None):
        """Return the domain of open receivable items: the only definition of them.

        Posted, on a receivable account, not fully reconciled; debits (invoices)
        and credits (credit notes, payments not yet applied) alike, so that the
        sum of ``amount_residual`` is the balance of the general ledger.

        :param account_ids: the receivable accounts, where they are known
        :rtype: Domain
        """
        return self._receivable_domain(account_ids) & Domain("reconciled", "=", False)

    @api.model
    def _receivable_domain(self, account_ids=None):
        """Return the domain of posted receivable items, paid ones too.

        :param account_ids: the receivable accounts, where they are known
        :rtype: Domain
        """
        if account_ids is None:
            on_account = Domain("account_id.account_type", "=", "asset_receivable")
        else:
            on_account = Domain("account_id", "in", account_ids)
        return on_account & Domain("parent_state", "=", "posted")

    @api.model
    def _open_receivable_query(self, company_ids, domain=Domain.TRUE, account_ids=None):
        """Return the query of the open receivable items of companies, to select from.

        Worded as the partial index has it: most entries neither fall due nor wait.

        :param company_ids: ids of ``res.company``, branches included
        :param account_ids: :meth:`_receivable_account_ids`, where a whole ledger is
            read: by their names PostgreSQL knows how many items to expect
        :rtype: odoo.tools.Query
        """
        query = self._search(
            self._open_receivable_domain(account_ids)
            & Domain("company_id", "in", company_ids)
            & domain,
            bypass_access=True,
            active_test=False,
        )
        query.add_where(SQL(IN_INDEX.format("account_move_line.")))
        return query

    @api.model
    def _items_of_contacts(self, condition):
        """Return the domain of the items of some contacts, named by their ids.

        PostgreSQL finds the items of a few thousand contacts by an index where it
        knows whom it looks for; of more, it had better read the ledger anyway.

        :param condition: domain of the contacts (``res.partner``), archived ones too
        :rtype: Domain
        """
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        contacts = Partner.search(condition, limit=MOST_NAMED + 1)
        if len(contacts) > MOST_NAMED:
            return Domain("partner_id", "any", condition)
        return Domain("partner_id", "in", contacts.ids)

    @api.model
    def _receivable_account_ids(self):
        """Return the ids of the receivable accounts, of all the companies.

        :rtype: list[int]
        """
        accounts = self.env["account.account"].sudo().with_context(active_test=False)
        return accounts.search([("account_type", "=", "asset_receivable")]).ids
