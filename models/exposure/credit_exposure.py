from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL


class ExposureFigures(NamedTuple):
    """What one customer owes or will owe to one company, in its currency.

    :param float receivable: open receivable items, credits deducted: the
        balance in the general ledger
    :param float overdue: part of the debits that is past its due date
    :param float unallocated: payments and credit notes not yet applied (>= 0)
    :param float order_book: confirmed orders that no posted invoice bills yet
    :param float draft_invoices: draft invoices that no order announced
    :param float left_out: part of the receivable that the company has chosen to
        leave out of the exposure (>= 0)
    :param oldest_due: due date of the oldest overdue item
    """

    receivable: float = 0.0
    overdue: float = 0.0
    unallocated: float = 0.0
    order_book: float = 0.0
    draft_invoices: float = 0.0
    left_out: float = 0.0
    oldest_due: date | None = None

    # the components are rounded to the currency: their sums lose only the dust
    # of binary fractions, so that amounts compare as they read

    @property
    def exposure(self):
        counted = self.receivable - self.left_out
        return round(counted + self.order_book + self.draft_invoices, 6)

    @property
    def not_due(self):
        return round(self.receivable - self.overdue + self.unallocated, 6)

    def overdue_days(self, today):
        """Return the days since the oldest overdue item fell due, or 0."""
        return (today - self.oldest_due).days if self.oldest_due else 0


class CreditExposure(models.AbstractModel):
    """The exposure of customers: one query, used by every screen and check.

    Each part of the exposure has a file of its own, which says how to read it.
    """

    _name = "credit.exposure"
    _description = "Credit Exposure"

    @api.model
    def _figures(self, partners, company):
        """Return the exposure of customers towards a company, in one query.

        :param partners: ``res.partner``; contacts answer for their company
        :param company: ``res.company``; a branch stands for its root company
        :return: figures by id of commercial partner; customers without any
            open document are left out
        :rtype: dict[int, ExposureFigures]
        """
        commercial_ids = tuple(partners.commercial_partner_id.ids)
        if not commercial_ids:
            return {}
        return self._figures_of(company, commercial_ids)

    @api.model
    def _figures_of_all(self, company):
        """Return the exposure of every customer, as :meth:`_figures` does."""
        return self._figures_of(company, None)

    def _figures_of(self, company, commercial_ids):
        company = company._credit_company()
        rows = self.env.execute_query(self._query(company, commercial_ids))
        return {row[0]: ExposureFigures._make(row[1:]) for row in rows}

    @api.model
    def _query(self, company, commercial_ids=None):
        """Return the query of exposures: a row by customer, whatever their number.

        :param company: the root ``res.company``
        :param commercial_ids: tuple of ids, or None for all the customers
        :return: columns ``partner_id`` and those of :class:`ExposureFigures`
        :rtype: SQL
        """
        self._flush_sources()
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id,
                      %s,
                      MIN(component.oldest_due) AS oldest_due
                 FROM (%s) component
                 JOIN res_partner partner ON partner.id = component.partner_id
             GROUP BY partner.commercial_partner_id""",
            self._rounded_sums(company),
            SQL(" UNION ALL ").join(
                self._credit_exposure_components(company, commercial_ids)
            ),
        )

    def _rounded_sums(self, company):
        """Sum the amounts; in SQL, since there may be 100 000 customers to round."""
        names = (
            "receivable", "overdue", "unallocated", "order_book", "draft_invoices",
            "left_out",
        )  # fmt: skip
        return SQL(", ").join(
            SQL(
                "%s::float AS %s",
                self._rounded(
                    SQL("COALESCE(SUM(component.%s), 0)", SQL.identifier(name)),
                    company.currency_id,
                ),
                SQL.identifier(name),
            )
            for name in names
        )

    def _rounded(self, amount, currency):
        if currency.rounding == 10**-currency.decimal_places:
            return SQL("ROUND(%s, %s)", amount, currency.decimal_places)
        unit = SQL("%s::numeric", currency.rounding)
        return SQL("(ROUND(%s / %s) * %s)", amount, unit, unit)

    @api.model
    def _credit_exposure_components(self, company, commercial_ids):
        """Return the selects whose union makes the exposure.

        Each select has the columns ``partner_id`` (the invoiced party) and
        those of :class:`ExposureFigures`, NULL where it has nothing to say.
        Extend to add, or to deduct, a part of the exposure.

        :param company: the root ``res.company``
        :param commercial_ids: tuple of ids, or None for all the customers
        :rtype: list[SQL]
        """
        return [
            self._open_items(company, commercial_ids),
            self._order_book(company, commercial_ids),
            self._draft_invoices(company, commercial_ids),
        ]

    def _flush_sources(self):
        """Bring to the database what the components read."""
        self.env["res.partner"].flush_model(["commercial_partner_id"])

    def _invoiced_to(self, column, commercial_ids):
        """Return the condition that the invoiced party belongs to the customers.

        Their ids are an array, that an index is asked for: else the planner
        prefers to read the documents of all customers.
        """
        column = SQL(column)
        if commercial_ids is None:
            return SQL("%s IS NOT NULL", column)
        return SQL(
            "%s = ANY(ARRAY("
            "SELECT id FROM res_partner WHERE commercial_partner_id IN %s))",
            column,
            commercial_ids,
        )

    # ------------------------------------------------------------------
    # Rates of today
    # ------------------------------------------------------------------

    @api.model
    def _today_rates(self, company, currencies):
        """Return the units of each currency for one of the company's, today.

        :return: by ``res.currency``; those without any rate are left out
        """
        self.env["res.currency.rate"].flush_model(["company_id", "name", "rate"])
        rows = self.env.execute_query(
            SQL(
                """SELECT today.currency_id, (today.rate / %s)::float
                     FROM (%s) today
                    WHERE today.currency_id IN %s""",
                self._company_rate(company),
                self._rates(company),
                tuple(currencies.ids),
            )
        )
        Currency = self.env["res.currency"]
        return {Currency.browse(currency_id): rate for currency_id, rate in rows}

    def _rates(self, company):
        """Select today's rate of each currency, as Odoo chooses it."""
        return SQL(
            """SELECT DISTINCT ON (currency_id) currency_id, rate
                 FROM res_currency_rate
                WHERE name <= %s AND (company_id IS NULL OR company_id = %s)
             ORDER BY currency_id, company_id, name DESC""",
            fields.Date.context_today(self),
            company.id,
        )

    def _company_rate(self, company):
        return SQL(
            """COALESCE((
                SELECT own.rate FROM (%s) own WHERE own.currency_id = %s
            ), 1)""",
            self._rates(company),
            company.currency_id.id,
        )
