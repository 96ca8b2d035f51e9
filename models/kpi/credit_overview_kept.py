import json
from datetime import timedelta
from functools import partial

from psycopg2.errors import ReadOnlySqlTransaction

from odoo import api, fields, models
from odoo.tools import SQL

# journal items from which on the overview keeps what it shows
LARGE = 1_000_000
# for so long
FRESH = timedelta(hours=1)
# for so long after somebody asked, figures of all customers are renewed by themselves
RENEWED = timedelta(days=7)


class CreditOverviewKept(models.Model):
    """What the overview showed of a large ledger, shown again until it is too old.

    A row answers one question: which part, of which companies, for which customers, in
    which language. Nobody reads rows but the overview, which checks the rights first.
    """

    _name = "credit.overview.kept"
    _description = "Figures Kept for the Overview"
    _log_access = False

    question = fields.Char(required=True)
    figures = fields.Json()
    date = fields.Date(required=True, help="The day that the figures call today.")
    computed_on = fields.Datetime(required=True)
    asked_on = fields.Datetime(required=True, help="When somebody needed them last.")

    _question_unique = models.UniqueIndex("(question)")

    @api.model
    def _is_needed(self):
        """Tell whether the ledger is large, as PostgreSQL remembers it."""
        [[items]] = self.env.execute_query(
            SQL(
                "SELECT reltuples FROM pg_class"
                " WHERE oid = 'account_move_line'::regclass"
            )
        )
        return items >= LARGE

    @api.model
    def _question(self, part, companies, filters):
        """Return what is asked, as a text that is the same for the same question."""
        context = {name: self.env.context.get(name) for name in ("lang", "tz")}
        return json.dumps([part, companies.ids, context, filters], sort_keys=True)

    @api.model
    def _find(self, question):
        """Return the answer that is fresh enough, or an empty record."""
        return self.search(
            [
                ("question", "=", question),
                ("date", "=", fields.Date.context_today(self)),
                ("computed_on", ">=", fields.Datetime.now() - FRESH),
            ]
        )

    @api.model
    def _keep(self, question, figures, asked_on):
        """Keep an answer in the place of the one before; two at once are one."""
        self.env.cr.execute(
            SQL(
                """INSERT INTO credit_overview_kept
                               (question, figures, date, computed_on, asked_on)
                   VALUES (%s, %s, %s, %s, %s)
              ON CONFLICT (question) DO UPDATE
                      SET figures = EXCLUDED.figures,
                          date = EXCLUDED.date,
                          computed_on = EXCLUDED.computed_on,
                          asked_on = EXCLUDED.asked_on""",
                question,
                json.dumps(figures),
                fields.Date.context_today(self),
                fields.Datetime.now(),
                asked_on,
            )
        )
        self.invalidate_model()

    @api.model
    def _cron_renew(self):
        """Renew what was asked lately of all customers; forget the rest when old."""
        now = fields.Datetime.now()
        pieces = [
            (
                partial(row.with_prefetch()._renew_alone, now),
                f"Figures {row.id} of the overview",
            )
            for row in self.search([("asked_on", ">=", now - RENEWED)])
        ]
        forget = partial(self._forget, now - FRESH)
        self.env["ir.cron"]._credit_pieces(
            [*pieces, (forget, "Old figures of the overview")]
        )

    def _forget(self, before):
        """Drop the figures that were computed before a time."""
        self.search([("computed_on", "<", before)]).try_lock_for_update().unlink()

    def _renew_alone(self, since):
        """Compute the figures anew, unless another worker has since, or is at it."""
        for row in self.try_lock_for_update():
            part, company_ids, context, filters = json.loads(row.question)
            if row.computed_on >= since or set(filters) - {"months"}:
                continue
            overview = self.env["credit.overview"].with_context(
                **context, allowed_company_ids=company_ids
            )
            figures = overview._compute_part(part, overview._companies(), filters)
            self.with_context(**context)._keep(row.question, figures, row.asked_on)


class CreditOverview(models.AbstractModel):
    _inherit = "credit.overview"

    def _answer(self, part, filters, renew=False):
        """Return a part of the overview; of a large ledger, as it was a while ago.

        :param str part: “situation”, “history” or “expected”
        :param renew: compute it now, whatever is kept
        :raises AccessError: the user is not in finance
        :return: when it was computed, None for now; and the part
        """
        companies = self._companies()
        filters = self._checked_filters(filters)
        Kept = self.env["credit.overview.kept"].sudo()
        if not Kept._is_needed():
            return None, self._compute_part(part, companies, filters)
        question = Kept._question(part, companies, filters)
        if not renew and (kept := Kept._find(question)):
            return kept.computed_on, kept.figures
        if self.env.cr.readonly:
            # computed where it can be kept: Odoo asks again with a cursor that writes
            raise ReadOnlySqlTransaction("The overview keeps what it computes.")
        figures = self._compute_part(part, companies, filters)
        Kept._keep(question, figures, fields.Datetime.now())
        return fields.Datetime.now(), figures

    def _checked_filters(self, filters):
        """Return the filters that count, as they are kept."""
        return {"months": self._months(filters), **self._keys(filters)}

    def _compute_part(self, part, companies, filters):
        return getattr(self, f"_compute_{part}")(companies, filters)
