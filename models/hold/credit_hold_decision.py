from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import formatLang, html_sanitize, is_html_empty


class CreditHold(models.Model):
    """The decisions of finance, with the rights they need."""

    _inherit = "credit.hold"

    def action_release(
        self,
        decision="once",
        comment="",
        limit_amount=None,
        limit_until=None,
        deposit=None,
        invoice_ids=(),
        **conditions,
    ):
        """Release orders; those that had been confirmed go on by themselves.

        :param str decision: ``once``, ``temporary`` (a limit until a day),
            ``permanent`` (a limit) or ``conditional`` (on a deposit, or on the
            payment of invoices: the hold stays open until then)
        :param str comment: why, kept with the hold
        :param float limit_amount: the new limit, in company currency
        :param limit_until: last day of a temporary limit
        :param float deposit: asked for, in company currency
        :param invoice_ids: ids of the invoices to be paid
        :param conditions: those of other rooms, see :meth:`_further_conditions`
        :raises AccessError: not a credit manager, the order's salesperson or
            requester, above the user's authority, superuser automation
        :raises UserError: already decided, or a wrong parameter
        """
        self._check_may_decide()
        decide = isinstance(decision, str) and {
            "once": self._release_once,
            "temporary": self._release_with_limit,
            "permanent": self._release_with_limit,
            "conditional": self._release_on_condition,
        }.get(decision)
        if not decide:
            raise self._no_decision(decision)
        decide(
            decision=decision,
            comment=comment,
            limit_amount=limit_amount,
            limit_until=fields.Date.to_date(limit_until),
            deposit=deposit,
            invoice_ids=invoice_ids,
            **conditions,
        )
        return True

    def action_refuse(self, reason="", message="", subject=""):
        """Refuse orders, and tell the customer.

        :param str reason: for the salesperson, kept with the hold
        :param str message: HTML for the customer; nothing is sent when empty
        :param str subject: of that message
        :raises AccessError: as in :meth:`action_release`, the authority apart
        :raises UserError: already decided, no reason, customer without e-mail
        """
        self._check_may_decide(needs_authority=False)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the order is refused."))
        for hold in self:
            hold._close("refused", "refused", comment=reason)
            hold._tell_sales(self.env._("Credit refused: %s", reason))
            if not is_html_empty(message):
                hold._write_to_customer(subject, message)
        return True

    def action_ask_facts(self, question):
        """Ask the salesperson for facts; the hold stays open.

        :raises AccessError: the user is no collector or credit manager
        :raises UserError: no question, or the hold is decided
        """
        if not self.env.user.has_group("credit_management.group_credit_user"):
            raise AccessError(self.env._("Finance asks, sales answers."))
        self._check_pending()
        if not (question or "").strip():
            raise UserError(self.env._("Write what you want to know."))
        for hold in self:
            hold.sudo().awaiting_facts = True
            hold._tell_sales(question, activity=True)
        return True

    def action_keep(self):
        """Keep the holds until finance decides, whatever happens to their cause.

        :raises AccessError: the user is no credit manager
        """
        self.env["res.partner"]._check_credit_manager()
        self._check_pending()
        self.sudo().is_forced = True
        return True

    def action_unkeep(self):
        """Let the holds be released by themselves again.

        :raises AccessError: the user is no credit manager
        """
        self.env["res.partner"]._check_credit_manager()
        self._check_pending()
        self.sudo().is_forced = False
        self.sudo()._reevaluate()
        return True

    # ------------------------------------------------------------------
    # Who may decide
    # ------------------------------------------------------------------

    def _check_may_decide(self, needs_authority=True):
        """Check that the user may decide on these holds, all of them.

        :raises AccessError: the user may not
        :raises UserError: a hold is already decided
        """
        self.check_access("read")
        user = self.env.user
        if user._is_superuser() or not user.has_group(
            "credit_management.group_credit_manager"
        ):
            raise AccessError(
                self.env._("A credit manager releases orders. Ask for the release.")
            )
        self._check_pending()
        for hold in self.sudo():
            if user in hold._excluded_deciders():
                raise AccessError(
                    self.env._(
                        "You sell %s, or asked for its release: another manager"
                        " decides.",
                        hold._document().name,
                    )
                )
        if needs_authority:
            self._check_authority()

    def _check_pending(self):
        self.check_access("read")
        for hold in self.sudo():
            if hold.state != "pending":
                raise UserError(
                    self.env._(
                        "%(hold)s was already decided by %(user)s: %(state)s.",
                        hold=hold.name,
                        user=hold.decided_by_id.name or self.env._("Odoo"),
                        state=dict(self._fields["state"]._description_selection(
                            self.env))[hold.state],
                    )
                )  # fmt: skip

    def _check_authority(self):
        """Check the authority for the excess as it is now, all the orders together."""
        orders = self.sudo().order_id | self._released_orders()
        for document, verdict in self._verdicts(orders, all_pass=True).items():
            case = verdict.case
            if not self.env.user._has_credit_authority(
                verdict.excess, case.currency, case.policy.authority_amount
            ):
                raise AccessError(
                    self.env._(
                        "%(order)s goes %(excess)s above the limit, more than your"
                        " authority. A manager with a higher authority decides.",
                        order=document.name,
                        excess=formatLang(
                            self.env, verdict.excess, currency_obj=case.currency
                        ),
                    )
                )

    def _released_orders(self):
        """Return the customers' orders released before and not confirmed yet.

        An authority is not to be split over several decisions.
        """
        of_orders = self.sudo().filtered("order_id")
        released = of_orders.search(
            [
                ("partner_id", "in", of_orders.partner_id.ids),
                ("company_id", "in", of_orders.company_id.ids),
                ("state", "=", "released"),
                ("decision", "!=", "automatic"),
                ("valid_until", ">", fields.Datetime.now()),
                ("order_id.state", "in", ("draft", "sent")),
            ]
        )
        return released.order_id

    def _verdicts_now(self, serialise=True):
        """Return the verdicts of the documents as if they were all released."""
        return self._verdicts(all_pass=True, serialise=serialise)

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def _release_once(self, decision, comment, **_others):
        for hold in self:
            hold._close("released", decision, comment=comment)
        self._continue_orders(comment)

    def _release_with_limit(
        self, decision, comment, limit_amount, limit_until, **_others
    ):
        if decision == "temporary" and not limit_until:
            raise UserError(self.env._("Until when does the temporary limit run?"))
        if limit_amount is None or limit_amount <= 0:
            raise UserError(self.env._("Enter the new limit, above 0."))
        self._check_limit_frees(limit_amount)
        # before the raise, which would release them as if by itself, and let
        # other orders take the room that is made for these
        self._release_once(decision, comment)
        for partner, holds in self.sudo().grouped("partner_id").items():
            self.env["credit.limit.change"]._grant(
                partner,
                holds.company_id[:1],
                limit_amount,
                comment or ", ".join(holds.mapped("name")),
                limit_until if decision == "temporary" else False,
            )

    def _check_limit_frees(self, limit_amount):
        for document, verdict in self._verdicts_now().items():
            case = verdict.case
            if case.currency.compare_amounts(limit_amount, case.exposure_after) < 0:
                raise UserError(
                    self.env._(
                        "A limit of %(limit)s does not free %(order)s, which brings"
                        " the exposure to %(exposure)s.",
                        limit=formatLang(
                            self.env, limit_amount, currency_obj=case.currency
                        ),
                        order=document.name,
                        exposure=formatLang(
                            self.env, case.exposure_after, currency_obj=case.currency
                        ),
                    )
                )

    def _release_on_condition(
        self,
        comment,
        deposit,
        invoice_ids,
        decision=None,
        limit_amount=None,
        limit_until=None,
        **conditions,
    ):
        invoices = self.env["account.move"].browse(invoice_ids).exists()
        further = self._further_conditions(conditions)
        if not deposit and not invoices and not further:
            raise UserError(
                self.env._("Which deposit, or the payment of which invoices?")
            )
        if deposit and deposit < 0:
            raise UserError(self.env._("A deposit is more than 0."))
        money = self.sudo()._money_received()
        for hold in self.sudo():
            if invoices.commercial_partner_id - hold.partner_id or any(
                move.state != "posted" or move.move_type != "out_invoice"
                for move in invoices
            ):
                raise UserError(
                    self.env._(
                        "Choose posted invoices of %s.", hold.partner_id.display_name
                    )
                )
            hold.write(
                {
                    "decision": "conditional",
                    "decided_by_id": self.env.uid,
                    "decision_date": fields.Datetime.now(),
                    "comment": comment,
                    "condition_deposit": deposit or 0.0,
                    "condition_baseline": money[hold],
                    "condition_move_ids": [fields.Command.set(invoices.ids)],
                    **further,
                    **hold._release_values(),
                }
            )
            hold.sudo(False)._tell_sales(hold._condition_text())
        self.sudo()._reevaluate()

    def _further_conditions(self, conditions):
        """Return the values of what else a release waits for.

        Extend to take a parameter of :meth:`action_release` out of ``conditions``,
        and with what :meth:`_is_condition_met` and :meth:`_condition_parts` say.

        :param dict conditions: what other rooms have not taken yet
        :raises UserError: no room knows a condition
        """
        if conditions:
            raise self._no_decision(", ".join(map(str, conditions)))
        return {}

    def _no_decision(self, name):
        return UserError(
            self.env._(
                "“%s” is no decision. Release once, with a temporary or permanent"
                " limit, or on condition; or refuse.",
                name,
            )
        )

    def _close(self, state, decision, comment=""):
        """Write a decision. Users cannot write a hold: rights were checked before."""
        self.ensure_one()
        hold = self.sudo()
        now = fields.Datetime.now()
        vals = {
            "state": state,
            "decision": decision,
            "decided_by_id": self.env.uid,
            "decision_date": now,
            "hours_to_decide": hold._working_hours_until(now),
            "awaiting_facts": False,
        }
        if comment:
            vals["comment"] = comment
        if state == "released":
            vals.update(hold._release_values())
        if decision == "conditional":
            # what was decided on, not what became of it
            vals["released_amount"] = hold.released_amount
        hold.write(vals)
        hold.activity_unlink(
            [
                "credit_management.mail_activity_type_hold",
                "credit_management.mail_activity_type_hold_facts",
            ]
        )

    def _release_values(self):
        policy = self.policy_id
        days = policy.release_validity_days if policy else 7
        document = self._document()
        return {
            "released_amount": document._credit_amounts()[document]["order_total"],
            "release_tolerance": policy.release_tolerance if policy else 5.0,
            "valid_until": fields.Datetime.now() + timedelta(days=days),
        }

    def _covers(self, case):
        """Tell whether the release still covers the order as it is now.

        Source: DOMAIN, "Credit check, hold, release": order <= released amount
        x (1 + tolerance) and age < validity. Finance's stop is stronger than a
        release that did not know of it.
        """
        self.ensure_one()
        if self.state != "released" or self.decision == "automatic":
            return False
        if self.partner_id != case.customer:
            return False
        if case.customer.credit_stopped and "customer_stopped" not in (
            self.rule_codes or ""
        ):
            return False
        return fields.Datetime.now() < self.valid_until and self._is_amount_covered(
            case
        )

    def _is_amount_covered(self, case):
        highest = self.released_amount * (1 + self.release_tolerance / 100)
        return case.currency.compare_amounts(case.order_total, highest) <= 0

    # ------------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------------

    def _continue_orders(self, comment=""):
        """Confirm the orders that had been confirmed, tell their salespeople."""
        for hold in self.sudo():
            order = hold.order_id
            if order.state not in ("draft", "sent") or not hold.confirm_on_release:
                text = self.env._("Released: the order can be confirmed. %s", comment)
                hold.sudo(False)._tell_sales(text, activity=True)
                continue
            try:
                with self.env.cr.savepoint():
                    hold._order_of_requester().action_confirm()
            except UserError as error:
                hold.sudo(False)._tell_sales(
                    self.env._(
                        "Released, but it could not be confirmed: %s Mend it, then"
                        " confirm it.",
                        error,
                    ),
                    activity=True,
                )
            else:
                hold.sudo(False)._tell_sales(
                    self.env._("Released and confirmed. %s", comment)
                )

    def _order_of_requester(self):
        """Return the order as whoever confirmed it: their name, their mails.

        A customer's signature or payment was processed with elevated rights,
        and so is the rest of it.
        """
        self.ensure_one()
        order = self.order_id.with_company(self.order_id.company_id)
        requester = self.requested_by_id
        if (
            requester.active
            and requester._is_internal()
            and not (requester._is_superuser())
        ):
            order = order.with_user(requester)
        if self.send_confirmation:
            order = order.with_context(send_email=True)
        return order

    def _tell_sales(self, text, activity=False):
        """Post on the document for its salesperson; as a task when they must act."""
        self.ensure_one()
        hold = self.sudo()
        told = hold._told_users().filtered(lambda user: user._is_internal())
        author = self.env.user.partner_id
        hold.message_post(body=text, author_id=author.id)
        hold._document().message_post(
            body=text,
            author_id=author.id,
            partner_ids=told.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
        for user in told if activity else ():
            hold._document().activity_schedule(
                hold._document()._credit_activity_type,
                user_id=user.id,
                summary=hold.name,
                note=text,
            )

    def _told_users(self):
        """Return whom finance answers: the salesperson, else whoever asked."""
        return self._document()._credit_seller() or self.requested_by_id

    def _write_to_customer(self, subject, message):
        self.ensure_one()
        document = self.sudo()._document()
        recipient = document._credit_addressee()
        if not recipient.email:
            raise UserError(
                self.env._(
                    "%s has no e-mail address: fill it in, or refuse without a message"
                    " to the customer.",
                    recipient.display_name,
                )
            )
        document.message_post(
            subject=subject or document.name,
            body=Markup(html_sanitize(message)),
            author_id=self.env.user.partner_id.id,
            email_from=self.env.user.email_formatted,
            partner_ids=recipient.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            email_layout_xmlid="mail.mail_notification_layout",
        )

    def _refusal_template(self):
        """Return the template of the message that a refusal proposes."""
        return self.env.ref("credit_management.mail_template_hold_refused")

    def _condition_text(self):
        """Say what the release waits for."""
        return self.env._(
            "Released as soon as we receive: %s.",
            self.env._(" and ").join(self._condition_parts()),
        )

    def _condition_parts(self):
        """Return what the release waits for, in words. Extend to add.

        :rtype: list[str]
        """
        self.ensure_one()
        parts = []
        if self.condition_deposit:
            parts.append(
                self.env._(
                    "a deposit of %s",
                    formatLang(
                        self.env, self.condition_deposit, currency_obj=self.currency_id
                    ),
                )
            )
        if self.condition_move_ids:
            parts.append(
                self.env._(
                    "the payment of %s",
                    ", ".join(self.sudo().condition_move_ids.mapped("name")),
                )
            )
        return parts
