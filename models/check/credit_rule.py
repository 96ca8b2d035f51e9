from odoo import fields, models
from odoo.tools import format_date, formatLang

SEVERITIES = [("none", "Ignore"), ("warn", "Warn"), ("block", "Block")]


class CreditRule(models.Model):
    """The catalogue of what can speak against an order.

    A rule is a record, whose ``code`` names the method ``_find_<code>`` that
    applies it: to add one, ship a record and write the method.
    """

    _name = "credit.rule"
    _description = "Credit Rule"
    _order = "sequence, id"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    description = fields.Text(translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    default_severity = fields.Selection(SEVERITIES, required=True, default="none")
    default_days = fields.Integer()
    default_amount = fields.Float()
    default_percent = fields.Float()
    uses_days = fields.Boolean()
    uses_amount = fields.Boolean()
    uses_percent = fields.Boolean()

    _code_unique = models.UniqueIndex("(code)", "Each rule has a code of its own.")

    def _find(self, case, setting):
        """Return what the rule says of a case, None when it is silent.

        Rules read the case only, they run no query: what they need is loaded
        for the batch by :meth:`credit.check._cases`.

        :param CreditCase case: customer, figures, limit and order
        :param RuleSetting setting: the rule's thresholds in the policy
        :rtype: str | None
        """
        return getattr(self, f"_find_{setting.code}")(case, setting)

    def _money(self, case, amount):
        return formatLang(self.env, amount, currency_obj=case.currency)

    def _find_customer_stopped(self, case, setting):
        if case.customer.credit_stopped:
            return self.env._(
                "Finance has stopped the customer: %s",
                case.customer.credit_stop_reason or "",
            )
        return None

    def _find_limit_exceeded(self, case, setting):
        if not case.limit.is_finite or not case.adds_exposure or case.excess <= 0:
            return None
        if case.limit.mode == "prepaid":
            return self.env._(
                "The customer pays in advance: %s is not covered by a payment.",
                self._money(case, case.excess),
            )
        return self.env._(
            "Exposure of %(exposure)s exceeds the limit of %(limit)s by %(excess)s.",
            exposure=self._money(case, case.exposure_after),
            limit=self._money(case, case.limit.ceiling),
            excess=self._money(case, case.excess),
        )

    def _find_group_limit_exceeded(self, case, setting):
        if case.group_excess <= 0 or not case.adds_exposure:
            return None
        return self.env._(
            "The group's exposure of %(exposure)s exceeds its limit of %(limit)s by"
            " %(excess)s.",
            exposure=self._money(case, case.group_exposure + case.amount),
            limit=self._money(case, case.group_limit),
            excess=self._money(case, case.group_excess),
        )

    def _find_limit_missing(self, case, setting):
        if case.limit.mode == "none" and case.adds_exposure:
            return self.env._("The customer has no credit limit, or it has expired.")
        return None

    def _find_days_overdue(self, case, setting):
        if case.net_overdue > 0 and case.overdue_days > setting.days:
            return self.env._(
                "The oldest unpaid item is %(days)s days overdue; %(accepted)s are"
                " accepted.",
                days=case.overdue_days,
                accepted=setting.days,
            )
        return None

    def _find_overdue_amount(self, case, setting):
        if case.currency.compare_amounts(case.net_overdue, setting.amount) > 0:
            return self.env._(
                "%(overdue)s is overdue; %(accepted)s is accepted.",
                overdue=self._money(case, case.net_overdue),
                accepted=self._money(case, setting.amount),
            )
        return None

    def _find_overdue_percent(self, case, setting):
        if not case.limit.is_finite or case.net_overdue <= 0:
            return None
        accepted = case.limit.ceiling * setting.percent / 100
        if case.currency.compare_amounts(case.net_overdue, accepted) > 0:
            return self.env._(
                "%(overdue)s is overdue, more than %(percent)s %% of the limit.",
                overdue=self._money(case, case.net_overdue),
                percent=f"{setting.percent:g}",
            )
        return None

    def _find_review_due(self, case, setting):
        review = case.customer.credit_review_date
        if review and (case.today - review).days > setting.days:
            return self.env._(
                "The limit was to be reviewed by %s.", format_date(self.env, review)
            )
        return None
