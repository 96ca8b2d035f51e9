from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.kpi import month_ends
from .credit_kpi_customer import FILTERS

# month ends looked back upon, today comes on top
MONTHS = 24
# balances of a date; over several dates their mean has a meaning, their sum has none
BALANCES = (
    "receivable",
    "receivable_gross",
    "unallocated",
    "not_due",
    "overdue",
    "sales",
)
# part, what is taken off it, and the whole that it is a share of
RATIOS = {
    "dso": ("receivable", None, "sales"),
    "bpdso": ("not_due", None, "sales"),
    "add": ("receivable", "not_due", "sales"),
    "overdue_rate": ("overdue", None, "receivable_gross"),
}


class CreditKpiAnalysis(models.Model):
    """The figures of each month end by what customers have in common.

    As for several companies at once, money is in the currency of the company that
    the user works in, and sales are those of the days of its DSO. Customers are
    grouped as they are now.
    """

    _name = "credit.kpi.analysis"
    _description = "Analysis of Figures"
    _auto = False
    _order = "date desc, id"
    _rec_name = "date"

    date = fields.Date(string="Month End", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    policy_id = fields.Many2one("credit.policy", string="Customer Type", readonly=True)
    salesperson_id = fields.Many2one("res.users", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    collector_id = fields.Many2one("res.users", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)

    receivable = fields.Monetary(
        readonly=True,
        aggregator="avg",
        help="Net of credits, as in the general ledger. Over several month ends: the"
        " mean of them.",
    )
    receivable_gross = fields.Monetary(
        string="Gross Receivable",
        readonly=True,
        aggregator="avg",
        help="Open invoices, before payments and credit notes not yet allocated.",
    )
    unallocated = fields.Monetary(readonly=True, aggregator="avg")
    not_due = fields.Monetary(readonly=True, aggregator="avg")
    overdue = fields.Monetary(readonly=True, aggregator="avg")
    sales_month = fields.Monetary(
        string="Sales of the Month",
        readonly=True,
        help="Invoices less credit notes, tax included.",
    )
    sales = fields.Monetary(
        string="Sales of the DSO's Period", readonly=True, aggregator="avg"
    )
    dso = fields.Float(
        string="DSO, Standard",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Receivable ÷ sales of the period × its days; empty without sales.",
    )
    bpdso = fields.Float(
        string="Best Possible DSO",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="The DSO if nothing were overdue; empty without sales.",
    )
    add = fields.Float(
        string="Average Days Delinquent",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="The DSO less the best possible one; empty without sales.",
    )
    overdue_rate = fields.Float(
        string="Overdue Rate (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Overdue ÷ gross receivable; empty where nothing is open.",
    )

    @property
    def _table_query(self):
        companies = self.env.companies.sudo().root_id
        rows = SQL(" UNION ALL ").join(map(self._company_query, companies))
        return SQL(
            """SELECT row_number() OVER (ORDER BY company_id, date, segment_id) AS id,
                      row.*, %s
                 FROM (%s) row""",
            SQL(", ").join(
                SQL("%s AS %s", self._ratio(name, SQL.identifier), SQL.identifier(name))
                for name in RATIOS
            ),
            rows,
        )

    def _main_company(self):
        return self.env.company.sudo()._credit_company()

    def _company_query(self, company):
        """Select the balances of a company, by date and segment of customers."""
        main = self._main_company()
        ends = month_ends(fields.Date.context_today(self), MONTHS + 2)
        periods = [end - timedelta(days=main.credit_dso_days) for end in ends]
        dates = sorted({*ends, *periods[:-1]})
        return SQL(
            """(WITH change AS MATERIALIZED (%(changes)s),
                     step AS (%(steps)s),
                     stock AS (%(stocks)s),
                     segment AS MATERIALIZED (SELECT DISTINCT segment_id, %(keys)s
                                                FROM (%(customers)s) customer)
                SELECT month.date, %(company)s AS company_id,
                       %(currency)s AS currency_id, stock.segment_id, %(keys)s,
                       month.rate * (stock.gross - stock.unallocated) AS receivable,
                       month.rate * stock.gross AS receivable_gross,
                       month.rate * stock.unallocated AS unallocated,
                       month.rate * (stock.gross - stock.overdue) AS not_due,
                       month.rate * stock.overdue AS overdue,
                       month.rate * (stock.sold - opening.sold) AS sales_month,
                       month.rate * (stock.sold - before.sold) AS sales
                  FROM (VALUES %(months)s)
                       month(date, day, opening, before, rate)
                  JOIN stock ON stock.day = month.day
                  JOIN stock opening ON opening.segment_id = stock.segment_id
                                    AND opening.day = month.opening
                  JOIN stock before ON before.segment_id = stock.segment_id
                                   AND before.day = month.before
             LEFT JOIN segment ON segment.segment_id = stock.segment_id)""",
            changes=self.env["credit.kpi.ledger"]._changes(
                company, dates, dimension="segment"
            ),
            steps=self._steps(len(dates)),
            stocks=self._stocks(len(dates)),
            keys=SQL(", ").join(SQL.identifier(f"{name}_id") for name in FILTERS),
            customers=self.env["credit.kpi.customer"]._segment_query(company),
            company=company.id,
            currency=main.currency_id.id,
            months=SQL(", ").join(
                SQL(
                    "(%s::date, %s, %s, %s, %s::numeric)",
                    end,
                    dates.index(end),
                    dates.index(before),
                    dates.index(period),
                    self._rate(company, end),
                )
                for end, before, period in zip(ends, ends[1:], periods, strict=False)
            ),
        )

    def _rate(self, company, date):
        main = self._main_company()
        return self.env["res.currency"]._get_conversion_rate(
            company.currency_id, main.currency_id, main, date
        )

    def _steps(self, count):
        """Select what each day adds to the balances; customers unknown are 0."""
        return SQL(
            """SELECT COALESCE(change.key, 0) AS segment_id, part.day,
                      SUM(part.gross) AS gross,
                      SUM(part.unallocated) AS unallocated,
                      SUM(part.overdue) AS overdue,
                      SUM(part.sold) AS sold
                 FROM change,
                      LATERAL (VALUES (shown, gross, unallocated, 0, 0),
                                      (overdue_in, 0, 0, gross, 0),
                                      (sold_in, 0, 0, 0, sold))
                              part(day, gross, unallocated, overdue, sold)
                WHERE part.day < %s
             GROUP BY 1, 2""",
            count,
        )

    def _stocks(self, count):
        """Select the balances of each segment on all the days."""
        return SQL(
            """SELECT segment_id, day,
                      SUM(COALESCE(gross, 0)) OVER until_day AS gross,
                      SUM(COALESCE(unallocated, 0)) OVER until_day AS unallocated,
                      SUM(COALESCE(overdue, 0)) OVER until_day AS overdue,
                      SUM(COALESCE(sold, 0)) OVER until_day AS sold
                 FROM (SELECT DISTINCT segment_id FROM step) present
           CROSS JOIN generate_series(0, %s - 1) day
            LEFT JOIN step USING (segment_id, day)
               WINDOW until_day AS (PARTITION BY segment_id ORDER BY day)""",
            count,
        )

    def _read_group_select(self, aggregate_spec, query):
        # the mean of balances over dates; a ratio of sums, never a mean of ratios
        name, _colon, aggregator = aggregate_spec.partition(":")
        if aggregator != "avg" or name not in (*BALANCES, *RATIOS):
            return super()._read_group_select(aggregate_spec, query)

        def total(column):
            return SQL("SUM(%s)", self._field_to_sql(self._table, column, query))

        if name in RATIOS:
            return self._ratio(name, total)
        dates = self._field_to_sql(self._table, "date", query)
        return SQL("%s / NULLIF(COUNT(DISTINCT %s), 0)", total(name), dates)

    def _ratio(self, name, column):
        """Return a ratio of columns; NULL where it has no meaning.

        :param column: function of a name that returns the SQL of an amount
        """
        part, less, whole = RATIOS[name]
        return SQL(
            "CASE WHEN %(whole)s > 0"
            " THEN (%(part)s - %(less)s) * %(factor)s / %(whole)s END",
            part=column(part),
            less=column(less) if less else SQL("0"),
            whole=column(whole),
            factor=self._main_company().credit_dso_days if whole == "sales" else 100,
        )

    def action_open_items(self):
        """Open the items that made up the receivable of a month end."""
        self.ensure_one()
        MoveLine = self.env["account.move.line"]
        MoveLine.check_access("read")
        view = self.env.ref("account.view_move_line_tree")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open on %s", format_date(self.env, self.date)),
            "res_model": "account.move.line",
            "views": [(view.id, "list"), (False, "form")],
            "domain": list(self._item_domain()),
            "context": {"create": False},
        }

    def _item_domain(self):
        """Return the domain of what was open on the date: reconciled later, or never.

        It names fields only, so that the client can keep it.
        """
        keys = {name: self[f"{name}_id"].id for name in FILTERS}
        return (
            Domain("account_id.account_type", "=", "asset_receivable")
            & Domain("parent_state", "=", "posted")
            & Domain("date", "<=", self.date)
            & (
                Domain("reconciled", "=", False)
                | Domain("matched_debit_ids.max_date", ">", self.date)
                | Domain("matched_credit_ids.max_date", ">", self.date)
            )
            & self.env["credit.kpi.customer"]._client_domain(self.company_id, keys)
        )
