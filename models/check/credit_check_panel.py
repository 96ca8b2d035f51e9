from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import formatLang

from ...tools.limit import NEAR_PERCENT
from ...tools.release_paths import Obstacle, OpenItem, release_paths

# the traffic light: green, orange, red, red by finance's own word, off
LIGHTS = [
    ("ok", "Within limit"),
    ("near", "Caution"),
    ("over", "Needs release"),
    ("stopped", "Stopped"),
    ("none", "No limit"),
]


class CreditCheck(models.AbstractModel):
    """How a check is shown: light, words, figures, ways out."""

    _inherit = "credit.check"

    @api.model
    def _light(self, case, findings):
        """Return the traffic light: ``ok``, ``near``, ``over``, ``stopped``, ``none``.

        Red when something would block or the limit is exceeded, orange when
        something warns or the limit is near.
        """
        severities = {finding.severity for finding in findings}
        if case.customer.credit_stopped:
            return "stopped"
        if "block" in severities or case.excess > 0:
            return "over"
        if "warn" in severities or self._is_near(case):
            return "near"
        return "ok" if case.limit.mode != "none" else "none"

    def _is_near(self, case):
        return case.limit.is_near(
            case.exposure_after,
            case.policy.near_percent if case.policy else NEAR_PERCENT,
        )

    @api.model
    def _load_panel_facts(self, cases):
        """Load what the panels of the cases show beyond the figures.

        Extend to fill the ``facts`` of all the cases at once; a decision never
        needs them.

        :param cases: iterable of :class:`CreditCase`
        """

    @api.model
    def _panel(self, case, findings, ways_out=()):
        """Return what the exposure bar shows, ready for the client.

        Amounts are in company currency.

        :rtype: dict
        """
        limit = case.limit
        labels = self.env["res.partner"]._credit_limit_source_labels()
        return {
            "currency_id": case.currency.id,
            "light": self._light(case, findings),
            "headline": self._headline(case, findings),
            "components": self._panel_components(case),
            "limit": limit.ceiling if limit.is_finite else None,
            "limit_mode": limit.mode,
            "limit_label": labels[limit.source],
            "limit_until": limit.valid_until and str(limit.valid_until),
            "exposure": case.figures.exposure,
            "exposure_after": case.exposure_after,
            "available": case.available,
            "findings": [finding._asdict() for finding in findings],
            "ways_out": [
                {"kind": path.kind, "message": self._path_message(case, path)}
                for path in ways_out
            ],
        }

    def _panel_components(self, case):
        figures = case.figures
        components = [
            ("overdue", self.env._("Overdue"), figures.overdue),
            ("not_due", self.env._("Not due"), figures.not_due),
            ("order_book", self.env._("Orders"), figures.order_book),
            ("draft_invoices", self.env._("Draft invoices"), figures.draft_invoices),
            (
                "unallocated",
                self.env._("Unallocated payments and credit notes"),
                -figures.unallocated,
            ),
        ]
        if case.adds_exposure:
            components.append(("this_order", self.env._("This order"), case.amount))
        return [
            {"key": key, "label": label, "amount": case.currency.round(amount)}
            for key, label, amount in components
        ]

    def _money(self, case, amount):
        return formatLang(self.env, amount, currency_obj=case.currency)

    def _headline(self, case, findings):
        figures = {
            "exposure": self._money(case, case.exposure_after),
            "limit": self._money(case, case.limit.ceiling),
            "excess": self._money(case, case.excess),
            "left": self._money(case, (case.available or 0.0) - case.amount),
        }
        if case.customer.credit_stopped:
            return self.env._("Finance has stopped this customer.")
        stated = [
            finding.message
            for finding in findings
            if finding.severity == "block" or finding.code == "limit_exceeded"
        ]
        if stated:
            return stated[0]
        if case.limit.mode == "none":
            return self.env._("Exposure %(exposure)s; no limit is set.", **figures)
        if case.limit.mode == "unlimited":
            return self.env._(
                "Exposure %(exposure)s; the customer has no upper limit.", **figures
            )
        if case.limit.mode == "prepaid":
            if case.excess > 0:
                return self.env._(
                    "This customer pays in advance; %(excess)s is not covered.",
                    **figures,
                )
            return self.env._("This customer pays in advance; all is covered.")
        if case.excess > 0:
            return self.env._(
                "Over the limit: exposure %(exposure)s, %(excess)s above the limit of"
                " %(limit)s.",
                **figures,
            )
        if self._is_near(case):
            return self.env._(
                "Near the limit: exposure %(exposure)s, %(left)s left of %(limit)s.",
                **figures,
            )
        return self.env._(
            "Within the limit: exposure %(exposure)s, %(left)s left of %(limit)s.",
            **figures,
        )

    # ------------------------------------------------------------------
    # Ways out
    # ------------------------------------------------------------------

    @api.model
    def _ways_out(self, case, findings):
        """Return what would let a held order pass; nothing for a stopped customer.

        :rtype: list[ReleasePath]
        """
        blocking = {f.code for f in findings if f.severity == "block"}
        if not blocking or not blocking <= self._codes_with_ways_out():
            return []
        settings = {s.code: s for s in case.policy._rule_settings()}
        late = settings.get("days_overdue") if "days_overdue" in blocking else None
        obstacle = Obstacle(
            excess=case.excess if "limit_exceeded" in blocking else 0.0,
            order_amount=case.amount,
            exposure_after=case.exposure_after,
            overdue_excess=self._overdue_excess(case, settings, blocking),
            late_before=late and case.today - timedelta(days=late.days),
            only_limit=blocking == {"limit_exceeded"},
        )
        return release_paths(obstacle, self._open_items(case), case.today)

    @api.model
    def _codes_with_ways_out(self):
        return {"limit_exceeded", "days_overdue", "overdue_amount", "overdue_percent"}

    def _overdue_excess(self, case, settings, blocking):
        """Return the overdue above the strictest threshold that is exceeded."""
        accepted = []
        if "overdue_amount" in blocking:
            accepted.append(settings["overdue_amount"].amount)
        if "overdue_percent" in blocking:
            percent = settings["overdue_percent"].percent
            accepted.append(case.limit.ceiling * percent / 100)
        return case.net_overdue - min(accepted) if accepted else 0.0

    def _open_items(self, case):
        MoveLine = self.env["account.move.line"].sudo()
        lines = MoveLine.search_fetch(
            MoveLine._open_receivable_domain()
            & Domain("partner_id.commercial_partner_id", "=", case.customer.id)
            & Domain("company_id", "in", case.company._credit_branch_ids())
            & Domain("amount_residual", ">", 0),
            ["move_name", "amount_residual", "date_maturity", "move_id"],
            order="date_maturity, id",
        )
        return [
            OpenItem(
                line.id, line.move_name or "/", line.amount_residual, line.date_maturity
            )
            for line in lines
        ]

    def _path_message(self, case, path):
        amount = self._money(case, path.amount)
        if path.kind == "payment":
            return self.env._(
                "Payment of %(invoices)s (%(amount)s)",
                invoices=", ".join(dict.fromkeys(item.name for item in path.items)),
                amount=amount,
            )
        if path.kind == "deposit":
            return self.env._("A deposit of %s", amount)
        if path.kind == "temporary_limit":
            return self.env._("A temporary limit of %s", amount)
        return self.env._("An order of %s only", amount)
