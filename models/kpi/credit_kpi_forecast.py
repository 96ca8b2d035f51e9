from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, get_lang

from ...tools.kpi import forecast_accuracy, rate

MOST_WEEKS = 104
PAST_WEEKS = 8
# the parts of what is expected in a week, and the reason each one goes by
PARTS = {"usual": "due", "late": "late", "promised": "promise", "planned": "plan"}
# where money comes in
LIQUIDITY_JOURNALS = ("bank", "cash", "credit")


class CreditKpiForecast(models.AbstractModel):
    """How much customers will pay, week by week, and how far such words were true.

    The week is that of the user's language. See `credit.kpi.expected` for the dates.
    """

    _name = "credit.kpi.forecast"
    _description = "Cash Forecast"

    @api.model
    @api.readonly
    def forecast(self, company, weeks=13):
        """Return what customers are expected to pay, from tomorrow on.

        - ``weeks``: the parts of each one, see :meth:`_weeks`; the first one has
          begun already, unless today is the last day of a week
        - ``later``: the same of all that follows
        - ``undated`` (so late that nobody knows), ``disputed``: without a date
        - ``credits_left``: what customers have beyond what they owe
        - ``receivable``: all of it together, the balance of the general ledger

        :param company: ``res.company`` or its id; several companies are added in
            the currency of the first one, at today's rates
        :param int weeks: from 1 to 104
        :raises AccessError: the user is not in finance, or not in the company
        :rtype: dict
        """
        companies = self.env["credit.kpi"]._checked_companies(company)
        if not isinstance(weeks, int) or not 1 <= weeks <= MOST_WEEKS:
            raise ValidationError(
                self.env._("A forecast is for 1 to %s weeks.", MOST_WEEKS)
            )
        today = fields.Date.context_today(self)
        return {
            **self._forecast(companies, today, weeks),
            "currency_id": companies[:1].currency_id.id,
            "date": today,
        }

    @api.model
    @api.readonly
    def accuracy(self, company):
        """Return what the forecasts of the last eight weeks were worth.

        Each one is made anew, as it would have been then: ask for it apart.

        - ``past``: the weeks, see :meth:`_past`
        - ``accuracy`` of them in percent, None where nothing came in

        :param company: as in :meth:`forecast`
        :raises AccessError: the user is not in finance, or not in the company
        :rtype: dict
        """
        companies = self.env["credit.kpi"]._checked_companies(company)
        past = self._past(companies, fields.Date.context_today(self))
        pairs = [(week["foreseen"], week["received"]) for week in past]
        return {"past": past, "accuracy": forecast_accuracy(pairs)}

    @api.model
    def _weeks(self, company, date, weeks, domain=None):
        """Return what is expected in each week, as was known on a date.

        :param company: root ``res.company``, one or several
        :param date: its own day and those before it count as past
        :param domain: of the receivable items (``account.move.line``) that count
        :return: of each week ``start`` and ``end``, then amounts: ``usual`` (due date
            and habit), ``late`` (later than the habit), ``promised``,
            ``planned``, ``credits`` to deduct, and ``expected``, what is left
        :rtype: list[dict]
        """
        return self._forecast(company, date, weeks, domain)["weeks"]

    def _forecast(self, companies, date, weeks, domain=None):
        """Return the weeks that follow a date, and what has no week, see `forecast`."""
        first = self._week_start(date + timedelta(days=1))
        sums = self.env["credit.kpi"]._added(
            companies, date, lambda c: self._sums(c, date, first, weeks, domain)
        )
        round_amount = companies[:1].currency_id.round

        def net(*key):
            amount, deducted = sums.get(key, (0, 0))
            return round_amount(amount - deducted)

        return {
            "weeks": [
                {
                    "start": first + timedelta(weeks=rank),
                    "end": first + timedelta(weeks=rank, days=6),
                    **self._parts(sums, rank, round_amount),
                }
                for rank in range(weeks)
            ],
            "later": self._parts(sums, weeks, round_amount),
            "undated": net(None, "undated"),
            "disputed": net(None, "disputed"),
            "credits_left": -net(None, "credit"),
            "receivable": round_amount(sum(a - d for a, d in sums.values())),
        }

    def _parts(self, sums, rank, round_amount):
        """Return what is expected in a week, by reason."""
        found = {name: sums.get((rank, basis), (0, 0)) for name, basis in PARTS.items()}
        credits = sum(deducted for _amount, deducted in found.values())
        expected = sum(amount for amount, _deducted in found.values()) - credits
        return {
            **{name: round_amount(amount) for name, (amount, _) in found.items()},
            "credits": round_amount(credits),
            "expected": round_amount(expected),
        }

    def _sums(self, company, date, first, weeks, domain):
        """Sum up what is expected, in one query.

        :param first: first day of the first week
        :return: by rank of the week (``weeks`` for what is later, None for what has
            no date) and basis: the amount, and the credits deducted from it
        :rtype: dict[tuple, tuple[float, float]]
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT CASE WHEN expected_on IS NOT NULL THEN
                              LEAST((expected_on - %(first)s::date) / 7, %(weeks)s) END,
                          basis, SUM(amount), SUM(deducted)
                     FROM (%(expected)s) expected
                 GROUP BY 1, 2""",
                first=first,
                weeks=weeks,
                expected=self.env["credit.kpi.expected"]._query(company, date, domain),
            )
        )
        return {
            (rank, basis): (float(amount), float(deducted))
            for rank, basis, amount, deducted in rows
        }

    def _week_start(self, day):
        first_weekday = int(get_lang(self.env).week_start)
        return day - timedelta(days=(day.isoweekday() - first_weekday) % 7)

    # ------------------------------------------------------------------
    # What earlier forecasts were worth
    # ------------------------------------------------------------------

    @api.model
    def _past(self, company, date, weeks=PAST_WEEKS, domain=None):
        """Compare what was foreseen at the beginning of each past week with the cash.

        :param company: root ``res.company``, one or several
        :param date: weeks that have ended on it count
        :return: the oldest first: ``start``, ``end``, ``foreseen`` the evening
            before, ``received``, and ``rate``, received in percent of foreseen
        :rtype: list[dict]
        """
        next_start = self._week_start(date + timedelta(days=1))
        starts = [next_start - timedelta(weeks=rank) for rank in range(weeks, 0, -1)]
        received = self.env["credit.kpi"]._added(
            company, date, lambda c: self._received(c, starts[0], weeks, domain)
        )
        past = []
        for rank, start in enumerate(starts):
            eve = start - timedelta(days=1)
            (week,) = self._weeks(company, eve, 1, domain)
            cash = company[:1].currency_id.round(received.get(rank, 0.0))
            past.append(
                {
                    "start": start,
                    "end": week["end"],
                    "foreseen": week["expected"],
                    "received": cash,
                    "rate": rate(cash, week["expected"]),
                }
            )
        return past

    def _received(self, company, first, weeks, domain):
        """Return the money that customers paid in each week, allocated or not.

        :rtype: dict[int, float]
        """
        items = self.env["credit.kpi.ledger"]._items(
            company,
            Domain("journal_id.type", "in", LIQUIDITY_JOURNALS)
            & Domain("date", ">=", first)
            & Domain("date", "<", first + timedelta(weeks=weeks))
            & Domain(domain or []),
            None,
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT (date - %s::date) / 7, -SUM(balance) FROM (%s) item GROUP BY 1",
                first,
                items,
            )
        )
        return {rank: float(amount) for rank, amount in rows}
