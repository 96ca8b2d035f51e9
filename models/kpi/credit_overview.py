from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.ageing import bucket_spans
from ...tools.kpi import concentration, dispute_days, month_ends, rate
from ..dispute.credit_dispute import OPEN as OPEN_DISPUTES
from .credit_kpi_customer import FILTERS

# months that the curves may go back
LONGEST = 36
TOP = 10
# weeks of cash to come, and why it is expected
WEEKS = 8
EXPECTED = ("usual", "late", "promised", "planned")
# days over which deciding, resolving and keeping one's word are measured
PERIOD = 90
PROMISE_ENDS = ("kept", "partially_kept", "broken")
SALE_TYPES = ("out_invoice", "out_refund", "out_receipt")
# where a customer keeps what the filters are about
CLIENT_PATHS = {
    "policy": "credit_policy_id",
    "salesperson": "user_id",
    "team": "user_id.sale_team_id",
    "collector": "credit_collector_id",
    "country": "country_id",
}


class CreditOverview(models.AbstractModel):
    """What the overview shows: where the money is, and who can act.

    Filters are a dictionary: ``months`` shown, and ids by the names of FILTERS.
    """

    _name = "credit.overview"
    _description = "Credit Management Overview"

    @api.model
    def situation(self, filters=None):
        """Return what is so today, for the companies that the user works in.

        Money is in the currency of the first company.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        :rtype: dict
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self._item_domain(companies, filters)
        figures = self.env["credit.kpi"]._figures(companies, today, domain)
        return {
            "date": fields.Date.to_string(today),
            "currency_id": companies[:1].currency_id.id,
            "company": ", ".join(companies.mapped("name")),
            "figures": figures,
            "ageing": self._ageing(figures),
            "top": self._top(companies, today, domain),
            "holds": self._holds(companies, filters),
            "disputes": self._disputes(companies, today, filters),
            "promises": self._promises(companies, today, filters),
        }

    @api.model
    def history(self, filters=None):
        """Return the curves: the figures at the end of each month, the oldest first.

        :param dict filters: of the customers that count, and ``months``
        :raises AccessError: the user is not in finance
        :rtype: dict
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        dates = month_ends(today, self._months(filters))[::-1]
        domain = self._item_domain(companies, filters)
        trends = self.env["credit.kpi"]._trends(companies, dates, domain).get(None, {})
        names = ("dso", "dso_countback", "bpdso", "overdue_rate", "cei")
        return {
            "dates": [fields.Date.to_string(date) for date in dates],
            "labels": [format_date(self.env, d, date_format="MMM yy") for d in dates],
            **{
                name: [trends[date][name] if trends else None for date in dates]
                for name in names
            },
            "targets": self._targets(companies, filters, dates, trends),
        }

    @api.model
    def expected(self, filters=None):
        """Return what is expected in the weeks to come, by reason.

        Apart from the situation, which does not wait for it.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        :return: of each week a ``label``, and amounts by the names of EXPECTED
        :rtype: list[dict]
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self._item_domain(companies, filters)
        weeks = self.env["credit.kpi.forecast"]._weeks(companies, today, WEEKS, domain)
        return [
            {
                "label": format_date(self.env, week["start"], date_format="d MMM"),
                **{name: week[name] for name in EXPECTED},
            }
            for week in weeks
        ]

    @api.model
    def choices(self):
        """Return what the filters offer: pairs of id and name, by filter.

        :raises AccessError: the user is not in finance
        :rtype: dict[str, list]
        """
        companies = self._companies()
        return self.env["credit.kpi.customer"]._choices(companies)

    # ------------------------------------------------------------------
    # What is behind a figure
    # ------------------------------------------------------------------

    @api.model
    def open_items(self, filters=None, bucket=None):
        """Open the items behind what is owed today.

        :param dict filters: of the customers that count
        :param bucket: “overdue”, or the rank of a column of the ageing, 0 for what is
            not due; None for all that is open
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self.env["account.move.line"]._open_receivable_domain()
        domain &= self._client_domain(companies, filters)
        if bucket is not None:
            domain &= Domain("amount_residual", ">", 0)
            domain &= self._due_domain(companies, today, bucket)
        return self._list(self.env._("Open Items"), "account.move.line", domain)

    @api.model
    def open_sales(self, filters=None):
        """Open the invoices and credit notes that the DSO compares with.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        since = today - timedelta(days=companies[:1].credit_dso_days - 1)
        domain = Domain("move_type", "in", SALE_TYPES) & Domain("state", "=", "posted")
        domain &= Domain("invoice_date", ">=", since)
        domain &= Domain("invoice_date", "<=", today)
        domain &= self._client_domain(companies, filters)
        return self._list(self.env._("Sales of the Period"), "account.move", domain)

    @api.model
    def open_payments(self, filters=None):
        """Open what came in, and was written off, since the month began.

        :param dict filters: of the customers that count
        :raises AccessError: the user is not in finance
        """
        companies = self._companies()
        today = fields.Date.context_today(self)
        domain = self.env["account.move.line"]._receivable_domain()
        domain &= Domain("display_type", "!=", "payment_term")
        domain &= Domain("date", ">=", today.replace(day=1))
        domain &= Domain("date", "<=", today)
        domain &= self._client_domain(companies, filters)
        name = self.env._("Collected This Month")
        return self._list(name, "account.move.line", domain)

    def _list(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {"create": False},
        }

    def _due_domain(self, companies, today, bucket):
        if bucket == "overdue":
            return Domain("date_maturity", "<", today)
        if not bucket:
            undated = Domain("date_maturity", "=", False)
            return undated | Domain("date_maturity", ">=", today)
        spans = bucket_spans(companies[:1]._credit_ageing_bounds())
        first, last = spans[min(int(bucket), len(spans)) - 1]
        domain = Domain("date_maturity", "<=", today - timedelta(days=first))
        if last:
            domain &= Domain("date_maturity", ">=", today - timedelta(days=last))
        return domain

    def _client_domain(self, companies, filters):
        """Return the domain of the customers that count, as a list can show it."""
        branches = [id for company in companies for id in company._credit_branch_ids()]
        domain = Domain("company_id", "in", branches)
        for name, key in self._keys(filters).items():
            path = f"partner_id.commercial_partner_id.{CLIENT_PATHS[name]}"
            chosen = Domain(path, "=", key)
            if name == "policy" and key in companies.credit_policy_id.ids:
                chosen |= Domain(path, "=", False)
            domain &= chosen
        return domain

    # ------------------------------------------------------------------
    # Whose figures
    # ------------------------------------------------------------------

    def _companies(self):
        self.env["credit.kpi"]._checked_companies(self.env.companies)
        return self.env.companies.sudo().root_id

    def _months(self, filters):
        months = int((filters or {}).get("months") or 13)
        return min(max(months, 2), LONGEST)

    def _keys(self, filters):
        """Return the ids asked for, by grouping; whatever else is sent is nothing."""
        chosen = filters or {}
        return {name: int(chosen[name]) for name in FILTERS if chosen.get(name)}

    def _item_domain(self, companies, filters):
        if keys := self._keys(filters):
            return self.env["credit.kpi.customer"]._items_of(companies, keys)
        return None

    def _documents(self, model, companies, filters):
        """Return the domain of documents about the customers that count."""
        domain = Domain("company_id", "in", companies.ids)
        if keys := self._keys(filters):
            Customer = self.env["credit.kpi.customer"]
            domain &= Customer._documents_of(companies, keys)
        return self.env[model].sudo(), domain

    # ------------------------------------------------------------------
    # Where it should be
    # ------------------------------------------------------------------

    def _targets(self, companies, filters, dates, trends):
        """Return the paths to the targets of exactly the customers that count.

        :param trends: figures by date
        """
        keys = self._keys(filters)
        if len(companies) > 1 or len(keys) > 1:
            return []
        domain = Domain("company_id", "=", companies.id)
        domain &= Domain("kpi", "in", ("dso", "overdue_rate"))
        scope = next(iter(keys), "company")
        domain &= Domain("scope", "=", scope)
        if keys:
            domain &= Domain(f"{scope}_id", "=", keys[scope])
        return [
            {
                "id": target.id,
                "kpi": target.kpi,
                "values": [
                    target._path_value(date) if date >= target.start_date else None
                    for date in dates
                ],
                **target._standing_in_words(dates[-1], trends.get(dates[-1])),
            }
            for target in self.env["credit.kpi.target"].search(domain)
        ]

    # ------------------------------------------------------------------
    # What is owed
    # ------------------------------------------------------------------

    def _ageing(self, figures):
        """Return the columns of the aged balance: label, amount, days, in order."""
        spans = bucket_spans(figures["bounds"])
        return [
            {"label": self.env._("Not due"), "amount": figures["not_due"], "first": 0},
            *(
                {
                    "label": f"{first}–{last}" if last else f"> {first - 1}",
                    "amount": amount,
                    "first": first,
                    "last": last,
                }
                for (first, last), amount in zip(spans, figures["buckets"], strict=True)
            ),
        ]

    def _top(self, companies, today, domain):
        """Return who owes most, and how concentrated the receivable is."""
        Kpi, Item = self.env["credit.kpi"], self.env["credit.kpi.item"]
        debts = Kpi._added(
            companies, today, lambda c: Item._debts(c, today, domain)
        )  # fmt: skip
        spread = concentration([debt.net for debt in debts.values()])
        largest = sorted(debts.items(), key=lambda pair: -pair[1].net)[:TOP]
        names = self.env["credit.kpi.customer"]._labels(
            "partner", [key for key, _debt in largest]
        )
        return {
            "customers": [
                {"id": key, "name": names[key], **debt._asdict()}
                for key, debt in largest
                if debt.net > 0
            ],
            "share": spread and spread.top(TOP),
            "effective_number": spread and spread.effective_number,
            "number": len([debt for debt in debts.values() if debt.net > 0]),
        }

    # ------------------------------------------------------------------
    # What stops it
    # ------------------------------------------------------------------

    def _holds(self, companies, filters):
        """Return what waits at the desk, and how fast it decides."""
        Hold, domain = self._documents("credit.hold", companies, filters)
        [(number, amount)] = Hold._read_group(
            domain & Domain("state", "=", "pending"),
            [],
            ["__count", "order_amount:sum"],
        )
        since = fields.Datetime.now() - timedelta(days=PERIOD)
        decided = domain & Domain("decision_date", ">=", since)
        decided &= Domain("decided_by_id", "!=", False)
        [(decisions, hours)] = Hold._read_group(
            decided, [], ["__count", "hours_to_decide:avg"]
        )
        in_time = Hold.search_count(decided & Domain.custom(to_sql=_decided_in_time))
        refused = decided & Domain("decision", "=", "refused")
        [(lost,)] = Hold._read_group(refused, [], ["order_amount:sum"])
        late = domain & Domain("state", "=", "pending") & Domain("is_late", "=", True)
        return {
            "number": number,
            "amount": amount or 0.0,
            "late": Hold.search_count(late),
            "decisions": decisions,
            "hours": hours if decisions else None,
            "in_time": rate(in_time, decisions),
            "lost": lost or 0.0,
        }

    def _disputes(self, companies, today, filters):
        """Return what is contested, and how long it lasts."""
        Dispute, domain = self._documents("credit.dispute", companies, filters)
        is_open = domain & Domain("state", "in", OPEN_DISPUTES)
        [(number, amount)] = Dispute._read_group(
            is_open, [], ["__count", "amount_company:sum"]
        )
        since = today - timedelta(days=PERIOD - 1)
        [(opened,)] = Dispute._read_group(
            domain & Domain("opened_date", ">=", since), [], ["amount_company:sum"]
        )
        closed = Dispute.search_fetch(
            domain & Domain("closed_date", ">=", since), ["opened_date", "closed_date"]
        )
        return {
            "number": number,
            "amount": amount or 0.0,
            "late": Dispute.search_count(is_open & Domain("deadline", "<", today)),
            "days": dispute_days(amount or 0.0, opened or 0.0, PERIOD),
            "resolved": len(closed),
            "resolution_days": (
                sum((d.closed_date - d.opened_date).days for d in closed) / len(closed)
                if closed
                else None
            ),
        }

    def _promises(self, companies, today, filters):
        """Return what is promised for the week to come, and how much was kept."""
        Promise, domain = self._documents("credit.promise", companies, filters)
        week = Domain("state", "=", "open")
        week &= Domain("date", "<=", today + timedelta(days=7))
        due = Promise._read_group(
            domain & week, ["currency_id"], ["__count", "amount:sum"]
        )
        ended = domain & Domain("closed_on", ">=", today - timedelta(days=PERIOD - 1))
        ended &= Domain("state", "in", PROMISE_ENDS)
        numbers = dict(Promise._read_group(ended, ["state"], ["__count"]))
        currency = companies[:1].currency_id
        return {
            "number": sum(count for _currency, count, _amount in due),
            "amount": sum(
                found._convert(amount, currency, companies[:1], today)
                for found, _count, amount in due
            ),
            "kept": rate(numbers.get("kept", 0), sum(numbers.values())),
            "ended": sum(numbers.values()),
        }


def _decided_in_time(model, alias, query):
    return SQL(
        "%s <= %s",
        model._field_to_sql(alias, "decision_date", query),
        model._field_to_sql(alias, "deadline", query),
    )
