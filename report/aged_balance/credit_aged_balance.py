from contextlib import contextmanager
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...models.kpi.credit_kpi_customer import DIMENSIONS
from .options import read_options

# rows that are in memory at once while a file is written
CHUNK = 5000


class AgedLine(NamedTuple):
    """What customers owe: one group of them, or all.

    :param key: id of the group; None for customers without one, and for the total
    :param int customers: how many they are
    :param dict amounts: by column, in the currency of the report
    """

    key: int | None
    customers: int
    amounts: dict


class AgedCustomer(NamedTuple):
    """What one customer owes one company.

    :param dict groups: by dimension, the id of the group or None
    """

    company_id: int
    partner_id: int | None
    name: str | None
    ref: str | None
    groups: dict
    amounts: dict


class CreditAgedBalance(models.AbstractModel):
    """What customers owe by age as of any date, down to the single items.

    Each method asks the database a constant number of times, whatever the number of
    customers. Rights are checked where the options are made.
    """

    _name = "credit.aged.balance"
    _description = "Aged Balance"

    @api.model
    def _options(self, values=None):
        """Return what the user asks for, of the companies that they work in.

        :param dict values: sent by a client; see :class:`Options`
        :raises AccessError: the user is not in finance
        :raises UserError: the values make no sense
        :rtype: Options
        """
        companies = self.env["credit.kpi"]._checked_companies(self.env.companies)
        today = fields.Date.context_today(self)
        with self._making_sense():
            return read_options(companies, today, values or {})

    @contextmanager
    def _making_sense(self):
        """Tell whoever sends nonsense that it is."""
        try:
            yield
        except ValueError:
            raise UserError(
                self.env._("The aged balance cannot be shown this way: open it anew.")
            ) from None

    # ------------------------------------------------------------------
    # Lines: groups of customers
    # ------------------------------------------------------------------

    @api.model
    def _total_and_lines(self, options, limit=None):
        """Return the total of all groups, and the first of them, in one query.

        :param int limit: how many lines; None for all
        :rtype: tuple[AgedLine, list[AgedLine]]
        """
        rows = limit if limit is None else limit + 1
        total, *lines = self._read_lines(options, rows, with_total=True)
        return total, lines

    @api.model
    def _lines(self, options, offset=0, limit=None, within=None):
        """Return what customers owe by group, in the order asked for.

        :param tuple within: dimension and key of the group that is looked into
        :rtype: list[AgedLine]
        """
        return self._read_lines(options, limit, offset, within)

    def _read_lines(self, options, limit, offset=0, within=None, with_total=False):
        """Return the lines; the total comes first if it is wanted, even of nothing."""
        names = [SQL.identifier(name) for name in options.amounts]
        key = SQL.identifier(f"{options.dimension}_id")
        dimensions = {options.dimension, *(within or ())[:1]}
        rows = self.env.execute_query(
            SQL(
                """SELECT line.key, line.customers, %(amounts)s
                     FROM (SELECT %(key)s AS key,
                                  GROUPING(%(key)s) AS is_total,
                                  COUNT(%(counted)s) AS customers,
                                  %(sums)s
                             FROM (%(customers)s) customer
                         GROUP BY %(grouping)s) line
                  %(labels)s
                 ORDER BY line.is_total DESC, %(order)s NULLS LAST, line.key
                    LIMIT %(limit)s OFFSET %(offset)s""",
                amounts=SQL(", ").join(SQL("line.%s", name) for name in names),
                key=key,
                # a customer of several companies is one
                counted=SQL("DISTINCT COALESCE(partner_id, 0)")
                if len(options.companies) > 1
                else SQL("*"),
                sums=SQL(", ").join(
                    SQL("%s AS %s", self._rounded(options, SQL("SUM(%s)", name)), name)
                    for name in names
                ),
                customers=self._customers_query(options, within, dimensions),
                grouping=SQL("GROUPING SETS ((%s), ())", key) if with_total else key,
                labels=self._labels_join(options),
                order=self._ordering(options),
                limit=limit,
                offset=offset,
            )
        )
        return [
            AgedLine(group, customers, self._amounts(options, amounts))
            for group, customers, *amounts in rows
        ]

    def _rounded(self, options, amount):
        """Round an amount half up, in SQL; as a float, which is sorted sooner."""
        return SQL(
            "ROUND(COALESCE(%s, 0), %s)::float", amount, options.currency.decimal_places
        )

    def _amounts(self, options, values):
        return dict(zip(options.amounts, values, strict=True))

    def _labels_join(self, options):
        """Join the names of the groups, if they decide on the order."""
        if options.order != "name":
            return SQL()
        Model = self.env[DIMENSIONS[options.dimension]].sudo()
        query = Model._search(Domain.TRUE, bypass_access=True, active_test=False)
        field = "complete_name" if "complete_name" in Model._fields else "name"
        name = Model._field_to_sql(Model._table, field, query)
        return SQL(
            "LEFT JOIN (%s) label ON label.id = line.key",
            query.select(SQL.identifier(Model._table, "id"), SQL("%s AS name", name)),
        )

    def _ordering(self, options):
        is_name = options.order == "name"
        return SQL(
            "%s %s",
            SQL("label.name") if is_name else SQL.identifier("line", options.order),
            SQL("DESC") if options.descending else SQL("ASC"),
        )

    # ------------------------------------------------------------------
    # Customers
    # ------------------------------------------------------------------

    @api.model
    def _customers(self, options):
        """Yield what each customer owes each company, by name.

        The rows are read in chunks: what is in memory does not grow with the ledger.

        :rtype: Iterator[AgedCustomer]
        """
        dimensions = [name for name in DIMENSIONS if name != "partner"]
        self.env["res.partner"].flush_model(["complete_name", "ref"])
        query = SQL(
            """SELECT customer.company_id, customer.partner_id,
                      partner.complete_name, partner.ref, %(groups)s, %(amounts)s
                 FROM (%(customers)s) customer
            LEFT JOIN res_partner partner ON partner.id = customer.partner_id
             ORDER BY partner.complete_name NULLS LAST, customer.partner_id,
                      customer.company_id""",
            groups=SQL(", ").join(
                SQL.identifier("customer", f"{name}_id") for name in dimensions
            ),
            amounts=SQL(", ").join(
                self._rounded(options, SQL.identifier("customer", name))
                for name in options.amounts
            ),
            customers=self._customers_query(options, dimensions=dimensions),
        )
        for company_id, partner_id, name, ref, *values in self._stream(query):
            groups = dict(zip(dimensions, values, strict=False))
            amounts = self._amounts(options, values[len(dimensions) :])
            yield AgedCustomer(company_id, partner_id, name, ref, groups, amounts)

    def _stream(self, query):
        """Yield the rows of a query, of which the server sends some at a time."""
        cr = self.env.cr
        cr.execute(SQL("DECLARE credit_aged_balance NO SCROLL CURSOR FOR %s", query))
        while True:
            cr.execute(SQL("FETCH %s FROM credit_aged_balance", CHUNK))
            rows = cr.fetchall()
            yield from rows
            if len(rows) < CHUNK:
                break
        cr.execute("CLOSE credit_aged_balance")

    def _customers_query(self, options, within=None, dimensions=()):
        """Return the query of what each customer owes each company.

        :param tuple within: dimension and key of the only group that counts
        :param dimensions: whose keys are to be among the columns
        :return: columns ``company_id``, ``partner_id``, ``<dimension>_id``, and the
            amounts in the currency of the report, not rounded
        :rtype: SQL
        """
        return SQL(" UNION ALL ").join(
            self._company_customers_query(options, company, within, dimensions)
            for company in options.companies
        )

    def _company_customers_query(self, options, company, within=None, dimensions=()):
        grouped_by = sorted({*dimensions, *options.chosen} - {"partner"})
        position = self.env["credit.kpi.item"]._position_query(
            company, options.date, dimension="partner", bounds=options.bounds
        )
        return SQL(
            """SELECT %(company)s AS company_id, position.key AS partner_id, %(columns)s
                 FROM (%(position)s) position
                 %(grouping)s
                WHERE %(condition)s""",
            company=company.id,
            columns=SQL(", ").join(
                [
                    *(SQL.identifier("grouping", f"{name}_id") for name in grouped_by),
                    *self._amount_columns(options, company),
                ]
            ),
            position=position,
            grouping=SQL(
                "LEFT JOIN (%s) grouping ON grouping.partner_id = position.key",
                self.env["credit.kpi.customer"]._query(company),
            )
            if grouped_by
            else SQL(),
            condition=self._customers_condition(options, within),
        )

    def _amount_columns(self, options, company):
        """Return the amounts of a customer as the columns of the report."""
        rate = self._rate(options, company)
        expressions = {
            "not_due": SQL("(position.gross - COALESCE(position.overdue, 0))"),
            "unallocated": SQL("-position.unallocated"),
            "balance": SQL("(position.gross - position.unallocated)"),
        }
        for name in options.amounts:
            amount = expressions.get(name) or SQL.identifier("position", name)
            if rate != 1:
                amount = SQL("%s * %s::numeric", amount, rate)
            yield SQL("%s AS %s", amount, SQL.identifier(name))

    def _customers_condition(self, options, within):
        conditions = [
            SQL("%s IN %s", SQL.identifier("grouping", f"{name}_id"), ids)
            for name, ids in options.chosen.items()
        ]
        if options.search:
            conditions.append(SQL("position.key IN (%s)", self._found(options.search)))
        if options.only_overdue:
            conditions.append(SQL("position.overdue > 0"))
        if within:
            dimension, key = within
            column = SQL.identifier("grouping", f"{dimension}_id")
            conditions.append(SQL("%s IS NOT DISTINCT FROM %s", column, key))
        return SQL(" AND ").join(conditions) or SQL("TRUE")

    def _found(self, text):
        """Select the contacts that a text finds."""
        Partner = self.env["res.partner"].sudo()
        return Partner._search(
            Domain("display_name", "ilike", text), bypass_access=True, active_test=False
        ).select()

    def _rate(self, options, company):
        return self.env["res.currency"]._get_conversion_rate(
            company.currency_id, options.currency, options.companies[:1], options.date
        )
