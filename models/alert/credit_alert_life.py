from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from .credit_alert import MEASURES

ACTIVITY = "credit_management.mail_activity_type_alert"


class CreditAlert(models.Model):
    """From the doubt to the answer."""

    _inherit = "credit.alert"

    def action_answer(self, measure, answer):
        """Answer alerts, and do what is said: whoever raised them is told.

        :param str measure: a key of ``MEASURES``; ``stop`` stops the customers,
            ``watch`` keeps the alerts in sight
        :param str answer: for whoever raised them
        :return: the action that opens the next step; for ``limit``, a change of limit
        :raises AccessError: the user is not a credit manager
        :raises UserError: answered already, no answer, or an unknown measure
        """
        self.env["res.partner"]._check_credit_manager()
        self.check_access("read")
        answer = answer.strip() if isinstance(answer, str) else ""
        if not answer:
            raise UserError(self.env._("Answer whoever raised the alert."))
        if measure not in [key for key, _label in MEASURES]:
            raise UserError(self.env._("Choose what is done about it."))
        self._check_state("open")
        if measure == "stop":
            for company, alerts in self.grouped("company_id").items():
                alerts._customers_of(company).action_credit_stop(answer)
        # users do not write answers, actions do
        self.sudo().write(
            {
                "state": "watched" if measure == "watch" else "answered",
                "measure": measure,
                "answer": answer,
                "answered_by_id": self.env.uid,
                "answered_on": fields.Datetime.now(),
            }
        )
        self._tell_answer()
        self._end_tasks()
        if measure == "limit" and len(self) == 1:
            return self._limit_action()
        return True

    def action_end_watch(self):
        """Stop watching the customers: the doubt has not come true, or is settled.

        :raises AccessError: the user is not a credit manager
        :raises UserError: the customer is not under watch
        """
        self.env["res.partner"]._check_credit_manager()
        self.check_access("read")
        self._check_state("watched")
        self.sudo().state = "answered"
        self._end_tasks()
        return True

    def action_withdraw(self):
        """Take back alerts that nobody has answered yet.

        :raises AccessError: someone else raised one of them
        :raises UserError: answered already
        """
        self.check_access("read")
        if any(alert.raised_by_id != self.env.user for alert in self):
            raise AccessError(self.env._("Only whoever raised an alert takes it back."))
        self._check_state("open")
        self.sudo().state = "withdrawn"
        self._end_tasks()
        return True

    def _customers_of(self, company):
        """Return the customers in the company that is in doubt, or a branch of it.

        Terms are by company, and the user may be working in another one.
        """
        mine = self.env.company | self.env.companies
        branches = mine.filtered(lambda each: each._credit_company() == company)
        return self.partner_id.with_company(branches[:1] or company)

    def _check_state(self, state):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for alert in self:
            if alert.state != state:
                raise UserError(
                    self.env._(
                        "The alert “%(alert)s” is: %(state)s.",
                        alert=alert.display_name,
                        state=labels[alert.state],
                    )
                )

    def _announce(self):
        """Put new alerts on the desks of the credit managers."""
        for alert in self.sudo():
            alert.message_subscribe(alert.raised_by_id.partner_id.ids)
            alert.partner_id._message_log(
                body=self.env._("Alert of %(user)s: %(reason)s",
                                user=alert.raised_by_id.name,
                                reason=alert.reason_id.name),
                author_id=alert.raised_by_id.partner_id.id,
            )  # fmt: skip
            managers = self.env["res.users"]._credit_deciders(
                alert.company_id, 0.0, 0.0, alert.raised_by_id
            )
            for manager in managers:
                alert.activity_schedule(
                    ACTIVITY,
                    user_id=manager.id,
                    date_deadline=fields.Date.context_today(self, alert.deadline),
                    summary=alert.display_name,
                )

    def _tell_answer(self):
        labels = dict(self._fields["measure"]._description_selection(self.env))
        for alert in self.sudo():
            body = self.env._(
                "%(answer)s (done: %(measure)s)",
                answer=alert.answer,
                measure=labels[alert.measure],
            )
            author = self.env.user.partner_id.id
            alert.message_post(
                body=body,
                author_id=author,
                partner_ids=alert.raised_by_id.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )
            if alert.order_id:
                alert.order_id._message_log(body=body, author_id=author)

    def _end_tasks(self):
        self.sudo().activity_unlink([ACTIVITY])
        # a rule may have stopped an order because of the doubt
        self.partner_id._reevaluate_credit_holds()

    def _limit_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_limit_change_action_request"
        )
        action["context"] = {
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
            "default_reason": self.display_name,
        }
        return action
