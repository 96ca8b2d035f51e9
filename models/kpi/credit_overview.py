from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ...tools.ageing import bucket_spans
from ...tools.arguments import HIGHEST_ID, read_count
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


class CreditOverview(models.AbstractModel):
    """What the overview shows: where the money is, and who can act.

    Filters are a dictionary: ``months`` shown, and ids by the names of FILTERS.
    """

    _name = "credit.overview"
    _description = "Credit Management Overview"

    @api.model
    @api.readonly
    def situation(self, filters=None, renew=False):
        """Return what is so today, for the companies that the user works in.

        Money is in the currency of the first company. Of a large ledger, what was
        computed within the hour is told again, and since when: ``computed_on``.

        :param dict filters: of the customers that count
        :param bool renew: compute it now
        :raises AccessError: the user is not in finance
        :rtype: dict
        """
        computed_on, situation = self._answer("situation", filters, renew)
        return {**situation, "computed_on": fields.Datetime.to_string(computed_on)}

    def _compute_situation(self, companies, filters):
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
    @api.readonly
    def history(self, filters=None, renew=False):
        """Return the curves: the figures at the end of each month, the oldest first.

        :param dict filters: of the customers that count, and ``months``
        :param bool renew: see :meth:`situation`
        :raises AccessError: the user is not in finance
        :rtype: dict
        """
        return self._answer("history", filters, renew)[1]

    def _compute_history(self, companies, filters):
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
    @api.readonly
    def expected(self, filters=None, renew=False):
        """Return what is expected in the weeks to come, by reason.

        Apart from the situation, which does not wait for it.

        :param dict filters: of the customers that count
        :param bool renew: see :meth:`situation`
        :raises AccessError: the user is not in finance
        :return: of each week a ``label``, and amounts by the names of EXPECTED
        :rtype: list[dict]
        """
        return self._answer("expected", filters, renew)[1]

    def _compute_expected(self, companies, filters):
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
    @api.readonly
    def choices(self):
        """Return what the filters offer: pairs of id and name, by filter.

        :raises AccessError: the user is not in finance
        :rtype: dict[str, list]
        """
        companies = self._companies()
        return self.env["credit.kpi.customer"]._choices(companies)

    # ------------------------------------------------------------------
    # Whose figures
    # ------------------------------------------------------------------

    def _companies(self):
        self.env["credit.kpi"]._checked_companies(self.env.companies)
        return self.env.companies.sudo().root_id

    def _months(self, filters):
        with self.env["credit.kpi"]._making_sense():
            months = self._read_filters(filters).get("months") or 13
            months = read_count(months, HIGHEST_ID, -HIGHEST_ID)
        return min(max(months, 2), LONGEST)

    def _keys(self, filters):
        """Return the ids asked for, by grouping; whatever else is sent is nothing."""
        with self.env["credit.kpi"]._making_sense():
            chosen = self._read_filters(filters)
            return {
                name: read_count(chosen[name], HIGHEST_ID, 1)
                for name in FILTERS
                if chosen.get(name)
            }

    def _read_filters(self, filters):
        if filters and not isinstance(filters, dict):
            raise ValueError(filters)
        return filters or {}

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
        pending = domain & Domain("state", "=", "pending")
        number, amount = self._total(companies, Hold, pending, "order_amount")
        since = fields.Datetime.now() - timedelta(days=PERIOD)
        decided = domain & Domain("decision_date", ">=", since)
        decided &= Domain("decided_by_id", "!=", False)
        [(decisions, hours)] = Hold._read_group(
            decided, [], ["__count", "hours_to_decide:avg"]
        )
        in_time = Hold.search_count(decided & Domain.custom(to_sql=_decided_in_time))
        refused = decided & Domain("decision", "=", "refused")
        _number, lost = self._total(companies, Hold, refused, "order_amount")
        return {
            "number": number,
            "amount": amount,
            "late": Hold.search_count(pending & Domain("is_late", "=", True)),
            "decisions": decisions,
            "hours": hours if decisions else None,
            "in_time": rate(in_time, decisions),
            "lost": lost,
        }

    def _total(self, companies, model, domain, name):
        """Return the number of documents, and the sum of an amount of theirs.

        :param str name: of a field in the currency of the company of each document
        :return: number and amount, in the currency of the first company
        """
        groups = model._read_group(domain, ["company_id"], ["__count", f"{name}:sum"])
        currency, today = companies[:1].currency_id, fields.Date.context_today(self)
        amounts = (
            company.currency_id._convert(amount, currency, companies[:1], today)
            for company, _count, amount in groups
        )
        return sum(count for _company, count, _amount in groups), sum(amounts, 0.0)

    def _disputes(self, companies, today, filters):
        """Return what is contested, and how long it lasts."""
        Dispute, domain = self._documents("credit.dispute", companies, filters)
        is_open = domain & Domain("state", "in", OPEN_DISPUTES)
        number, amount = self._total(companies, Dispute, is_open, "amount_company")
        since = today - timedelta(days=PERIOD - 1)
        _number, opened = self._total(
            companies,
            Dispute,
            domain & Domain("opened_date", ">=", since),
            "amount_company",
        )
        closed = Dispute.search_fetch(
            domain & Domain("closed_date", ">=", since), ["opened_date", "closed_date"]
        )
        return {
            "number": number,
            "amount": amount,
            "late": Dispute.search_count(is_open & Domain("deadline", "<", today)),
            "days": dispute_days(amount, opened, PERIOD),
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
