from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..check.credit_check import CreditFinding, worst_severity
from ..exposure.res_partner import FIGURES_GROUPS
from .errors import CreditHoldError

CREDIT_STATES = [
    ("clear", "Clear"),
    ("warning", "Warning"),
    ("hold", "On Hold"),
    ("released", "Released"),
    ("refused", "Refused"),
]
# what changes the amount of an order, or who answers for it
WATCHED_FIELDS = {
    "order_line", "partner_id", "partner_invoice_id", "currency_id", "pricelist_id",
    "company_id", "fiscal_position_id", "commitment_date", "payment_term_id",
}  # fmt: skip
# computed by Odoo; whoever writes them by hand hides exposure
COMPUTED_FIELDS = {
    "amount_total", "amount_untaxed", "amount_tax", "currency_rate", "transaction_ids",
    "credit_warning",
}  # fmt: skip


@dataclass(frozen=True)
class CreditVerdict:
    """What the gate says of one order.

    :param excess: of the exposure above the limit, orders before it included
    :param release: the decision of finance that lets it pass, if there is one
    """

    case: Any
    findings: tuple
    release: Any = None

    @property
    def is_stopped(self):
        return worst_severity(self.findings) == "block" and not self.release

    @property
    def excess(self):
        return max(self.case.excess, self.case.group_excess)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    credit_hold_ids = fields.One2many(
        "credit.hold",
        "order_id",
        string="Credit Holds",
        copy=False,
        groups="base.group_user",
    )
    credit_state = fields.Selection(
        CREDIT_STATES,
        compute="_compute_credit_state",
        search="_search_credit_state",
        compute_sudo=True,
        groups="base.group_user",
    )
    credit_hold_count = fields.Integer(
        compute="_compute_credit_state", compute_sudo=True, groups="base.group_user"
    )
    credit_awaiting_facts = fields.Boolean(
        compute="_compute_credit_state", compute_sudo=True, groups="base.group_user"
    )
    credit_warning = fields.Text(
        readonly=True,
        copy=False,
        groups=FIGURES_GROUPS,
        help="What was known against the order when it was confirmed all the same.",
    )

    @api.depends("credit_hold_ids.state", "credit_hold_ids.awaiting_facts",
                 "credit_warning")  # fmt: skip
    def _compute_credit_state(self):
        by_hold = {"pending": "hold", "released": "released", "refused": "refused"}
        for order in self:
            holds = order.credit_hold_ids.sorted("id")
            pending = holds.filtered(lambda hold: hold.state == "pending")
            current = pending or holds.filtered(lambda h: h.state != "cancelled")[-1:]
            order.credit_state = by_hold.get(
                current.state, "warning" if order.credit_warning else "clear"
            )
            order.credit_hold_count = len(holds)
            order.credit_awaiting_facts = pending.awaiting_facts

    @api.model
    def _search_credit_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        query = SQL(
            """(SELECT id FROM (
                SELECT sale_order.id,
                       CASE hold.state
                           WHEN 'pending' THEN 'hold'
                           WHEN 'released' THEN 'released'
                           WHEN 'refused' THEN 'refused'
                           ELSE CASE WHEN sale_order.credit_warning IS NULL
                                     THEN 'clear' ELSE 'warning' END
                       END AS credit_state
                  FROM sale_order
             LEFT JOIN LATERAL (
                       SELECT state
                         FROM credit_hold
                        WHERE order_id = sale_order.id AND state != 'cancelled'
                     ORDER BY state = 'pending' DESC, id DESC
                        LIMIT 1
                       ) hold ON TRUE
            ) states WHERE credit_state IN %s)""",
            tuple(value) or (None,),
        )
        self.env["credit.hold"].flush_model(["state", "order_id"])
        self.flush_model(["credit_warning"])
        return [("id", operator, query)]

    # ------------------------------------------------------------------
    # The gate
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered(lambda order: order.state == "sale")._credit_gate(counted=True)
        return orders

    def write(self, vals):
        self._check_credit_computed_fields(vals)
        if vals.get("state") == "sale":
            # whoever may not confirm learns nothing of the check, and holds nothing
            self.check_access("write")
            becoming = self.filtered(lambda order: order.state != "sale")
            vals = becoming._write_before_gate(vals)
            verdicts = becoming._credit_gate()
            result = super().write(vals)
            becoming._after_credit_gate(verdicts)
            return result
        if not (WATCHED_FIELDS & vals.keys()):
            result = super().write(vals)
        else:
            with self._credit_watch():
                result = super().write(vals)
        if vals.get("state") == "cancel":
            self._cancel_credit_holds()
        return result

    def _write_before_gate(self, vals):
        """Write what comes along with the state ``sale``; return what is left.

        The gate looks at the order as it will be confirmed.
        """
        before = {k: v for k, v in vals.items() if k not in ("state", "date_order")}
        if self and before:
            self.write(before)
            return {k: v for k, v in vals.items() if k not in before}
        return vals

    def _check_credit_computed_fields(self, vals):
        if not self.env.su and COMPUTED_FIELDS & vals.keys():
            raise AccessError(
                self.env._(
                    "Odoo computes these fields of an order, nobody writes them: %s.",
                    ", ".join(sorted(COMPUTED_FIELDS & vals.keys())),
                )
            )

    def _credit_gate(self, counted=False, grown=False):
        """Let the orders pass, or none of them: the only way to become confirmed.

        :param bool counted: the orders are in the order book already
        :param bool grown: they were confirmed before
        :return: the verdicts, by order
        :raises CreditHoldError: orders of the batch need a credit decision
        """
        verdicts = self._credit_verdicts(counted=counted)
        stopped = {
            order: verdict for order, verdict in verdicts.items() if verdict.is_stopped
        }
        if stopped:
            raise CreditHoldError(self._credit_hold_message(stopped, grown), stopped)
        return verdicts

    def _after_credit_gate(self, verdicts):
        """Log what was known of orders that passed, close holds without a cause."""
        for order in self.sudo():
            verdict = verdicts.get(order)
            if verdict and verdict.findings:
                order._log_credit_findings(verdict)
        pending = self.sudo().credit_hold_ids.filtered(lambda h: h.state == "pending")
        for hold in pending:
            hold._close("released", "automatic")
            hold.decided_by_id = False

    def _log_credit_findings(self, verdict):
        """Keep with the order the warnings that its confirmation accepts."""
        text = "\n".join(finding.message for finding in verdict.findings)
        self.credit_warning = text
        if verdict.release:
            text = self.env._(
                "Released by %(user)s: %(reasons)s",
                user=verdict.release.decided_by_id.name or "",
                reasons=text,
            )
        elif verdict.case.customer.credit_exempt:
            text = self.env._("Exempt from blocking, confirmed despite: %s", text)
        else:
            text = self.env._("Confirmed despite: %s", text)
        self.message_post(
            body=text,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    def _credit_verdicts(self, counted=False, all_pass=False, serialise=True):
        """Check the orders one after the other, the oldest request first.

        An order that passes counts against the next ones of its customer; one
        that is stopped does not.

        :param bool counted: the orders are in the order book already
        :param bool all_pass: count the stopped orders too, as if released
        :param bool serialise: the transaction takes its turn on the customers,
            before it decides; only what is merely shown can do without
        :rtype: dict[sale.order, CreditVerdict]
        """
        verdicts = {}
        orders = self.sudo().filtered(lambda order: order._credit_customer())
        for company, of_company in orders.grouped(
            lambda order: order.company_id._credit_company()
        ).items():
            verdicts |= of_company._credit_verdicts_in(
                company, counted, all_pass, serialise
            )
        return verdicts

    def _credit_verdicts_in(self, company, counted, all_pass, serialise):
        Check = self.env["credit.check"].with_company(company)
        customers = (
            self.env["res.partner"]
            .union(*(order._credit_customer() for order in self))
            .with_company(company)
        )
        controlled = customers.filtered(
            lambda c: (
                c.credit_stopped
                or c.credit_has_pending_hold
                or c._credit_blocking_mode() != "none"
            )
        )
        if not controlled:
            return {}
        if serialise:
            self.env["credit.exposure.lock"]._take(controlled, company)
        self.env["res.partner"].invalidate_model(
            self.env["res.partner"]._credit_figure_names(), flush=False
        )
        cases = Check._cases(controlled, company)
        amounts = self._credit_amounts()
        if counted:
            cases = self._without_orders(cases, amounts)
        verdicts, taken, taken_by_group = {}, {}, {}
        for order in self._by_age_of_request():
            customer = order._credit_customer().with_company(company)
            if customer not in controlled:
                continue
            case = self._next_case(
                cases[customer], amounts[order], taken, taken_by_group
            )
            findings = tuple(Check._findings(case))
            verdict = CreditVerdict(case, findings)
            if verdict.is_stopped:
                verdict = replace(verdict, release=order._credit_release(case))
            if kept := order._credit_kept_finding():
                verdict = CreditVerdict(case, (kept, *findings))
            verdicts[order] = verdict
            if all_pass or not verdict.is_stopped:
                group = customer._credit_group()
                taken[customer] = taken.get(customer, 0.0) + case.amount
                taken_by_group[group] = taken_by_group.get(group, 0.0) + case.amount
        return verdicts

    def _credit_kept_finding(self):
        """Return what stops an order that finance keeps, None for the others."""
        holds = self.credit_hold_ids
        if not any(hold.state == "pending" and hold.is_forced for hold in holds):
            return None
        return CreditFinding(
            "kept_by_finance",
            "block",
            self.env._("Finance keeps the order on hold until it decides."),
        )

    def _next_case(self, case, amount, taken, taken_by_group):
        """Return the case of an order that comes after those already taken."""
        figures = case.figures
        before = taken.get(case.customer, 0.0)
        return replace(
            case,
            figures=replace(figures, order_book=figures.order_book + before),
            group_exposure=case.group_exposure
            + taken_by_group.get(case.customer._credit_group(), 0.0),
            **amount,
        )

    def _without_orders(self, cases, amounts):
        """Take orders that are already in the order book out of the figures."""
        for order in self:
            customer = order._credit_customer().with_company(order.company_id.root_id)
            if customer in cases and not order._credit_is_postponed():
                case, amount = cases[customer], amounts[order]["amount"]
                figures = case.figures
                cases[customer] = replace(
                    case,
                    figures=replace(figures, order_book=figures.order_book - amount),
                    group_exposure=case.group_exposure - amount,
                )
        return cases

    def _by_age_of_request(self):
        """Return the orders, those whose hold has waited longest first."""

        def age(order):
            requests = order.credit_hold_ids.filtered(
                lambda hold: hold.state == "pending"
            )
            return (
                not requests,
                requests.request_date or order.create_date,
                order.id,
            )

        return self.sorted(age)

    def _credit_release(self, case):
        """Return the release that lets the order pass, None when there is none."""
        for hold in self.credit_hold_ids.sorted("decision_date", reverse=True):
            if hold._covers(case):
                return hold
        return None

    def _credit_hold_message(self, stopped, grown=False):
        """Say which orders are stopped, why, and what to do."""
        parts = []
        for order, verdict in stopped.items():
            parts.append(
                self.env._(
                    "%(order)s for %(customer)s needs a credit decision:\n%(reasons)s",
                    order=order.name,
                    customer=verdict.case.customer.display_name,
                    reasons="\n".join(
                        f"- {finding.message}" for finding in verdict.findings
                    ),
                )
            )
        parts.append(
            self.env._(
                "It was confirmed for less. Put what exceeds the limit on a new"
                " order, on which finance decides, or ask for a higher limit."
            )
            if grown
            else self.env._(
                "Confirm it from its form, or request its release: finance decides,"
                " and the order goes on by itself."
            )
        )
        return "\n\n".join(parts)

    # ------------------------------------------------------------------
    # Growth of confirmed orders
    # ------------------------------------------------------------------

    @contextmanager
    def _credit_watch(self):
        """Check the orders again when what is done meanwhile makes them grow.

        The outermost of nested operations decides, on their result: a line may
        grow while another one shrinks.
        """
        watched = self.env.cr.precommit.data.setdefault("credit_watched_orders", set())
        has_reader = not self.env.su
        orders = self.browse(set(self._origin.ids) - watched).sudo()
        before = orders._credit_watched_values()
        watched.update(orders.ids)
        try:
            yield
        finally:
            watched.difference_update(orders.ids)
        orders.exists()._after_credit_watch(before, has_reader)

    def _credit_watched_values(self):
        return {
            order.id: (
                order.state,
                order._credit_customer(),
                order.amount_total,
                order._credit_is_postponed(),
            )
            for order in self
        }

    def _after_credit_watch(self, before, has_reader):
        """Check what grew, release what waited for the room that is left.

        :param bool has_reader: a person reads the error; what automation adds (a
            carrier's cost, an expense) is a fact, that finance is told of
        """
        grown, held = self.browse(), self.browse()
        freed = self.env["res.partner"]
        for order in self:
            state, customer, amount, postponed = before[order.id]
            change = order.currency_id.compare_amounts(order.amount_total, amount)
            moved = order._credit_customer() != customer
            if state == order.state == "sale":
                if moved or change > 0 or postponed > order._credit_is_postponed():
                    grown |= order
                if moved or change < 0:
                    freed |= customer
            elif (moved or change) and order.credit_hold_ids:
                held |= order
        if grown and has_reader:
            grown._credit_gate(counted=True, grown=True)
        elif grown:
            grown._credit_log_growth()
        if freed:
            freed._reevaluate_credit_holds()
        if held:
            held._update_credit_holds()

    def _credit_log_growth(self):
        """Tell finance what automation added to confirmed orders above the limit."""
        for order, verdict in self._credit_verdicts(counted=True).items():
            if verdict.is_stopped:
                managers = self.env["res.users"]._credit_deciders(
                    verdict.case.company,
                    verdict.excess,
                    verdict.case.policy.authority_amount,
                    order.user_id,
                )
                order.message_post(
                    body=self.env._(
                        "The order grew after its confirmation: %s",
                        "\n".join(finding.message for finding in verdict.findings),
                    ),
                    partner_ids=managers[:1].partner_id.ids,
                    subtype_xmlid="mail.mt_note",
                )

    def _credit_customers(self):
        return self.env["res.partner"].union(
            *(order._credit_customer() for order in self)
        )

    def _update_credit_holds(self):
        """Bring the open holds of changed orders up to date, or release them."""
        pending = self.credit_hold_ids.filtered(lambda hold: hold.state == "pending")
        verdicts = pending.order_id._credit_verdicts()
        self.env["credit.hold"]._place(
            {
                order: verdict
                for order, verdict in verdicts.items()
                if verdict.is_stopped
            }
        )
        pending._reevaluate()

    # ------------------------------------------------------------------
    # Confirming
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Confirm, where orders that need a credit decision are parked or refused.

        :raises CreditHoldError: called by an internal user, who reads it;
            automation parks the orders on hold instead, and so does whoever
            asks for it in the context: a held order is no permission
        """
        has_reader = not self.env.su and self.env.user._is_internal()
        if has_reader and not self.env.context.get("credit_park"):
            return super().action_confirm()
        return self._credit_attempt(lambda orders: super().action_confirm())

    def _validate_order(self):
        # a signed or paid order that is on hold must not go through the whole
        # chain of confirmation, only to be parked at its end
        passing = self - self._credit_park_stopped(send_email=True)
        if not passing:
            return None
        return super(SaleOrder, passing)._validate_order()

    def action_confirm_or_hold(self):
        """Confirm the orders that pass, put the others on hold and say so.

        :return: an action of the client that tells what happened, or what
            confirming returns
        :raises AccessError: the user may not confirm these orders
        """
        self.check_access("write")
        confirmation = self._credit_attempt(lambda orders: orders.action_confirm())
        held = self.filtered(lambda order: order.sudo().credit_state == "hold")
        if not held:
            return confirmation
        return held._credit_hold_notification()

    def _credit_attempt(self, confirm):
        """Confirm; put the orders that are stopped on hold and confirm the rest."""
        rest = self
        try:
            with self.env.cr.savepoint():
                return confirm(self)
        except CreditHoldError as error:
            self.env["credit.hold"]._place(error.verdicts, confirm=True)
            rest -= self.browse(error.order_ids)
        if not rest or rest == self:
            return True
        return rest._credit_attempt(confirm)

    def _credit_park_stopped(self, send_email=False):
        """Put on hold the orders that the gate would stop; return them."""
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        stopped = {
            order: verdict
            for order, verdict in waiting._credit_verdicts().items()
            if verdict.is_stopped
        }
        self.env["credit.hold"].with_context(send_email=send_email)._place(
            stopped, confirm=True
        )
        return self.browse([order.id for order in stopped])

    def _credit_hold_notification(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("On credit hold"),
                "message": self.env._(
                    "%s: finance has been told. The order goes on by itself once it"
                    " is released.",
                    ", ".join(self.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_request_release(self, comment):
        """Ask finance to release the orders, with the facts it needs.

        :param str comment: why the order should pass
        :raises AccessError: the user may not write these orders
        :raises UserError: no facts, or nothing stops the orders
        """
        self.check_access("write")
        if not (comment or "").strip():
            raise UserError(self.env._("Say why finance should release the order."))
        waiting = self.filtered(lambda order: order.state in ("draft", "sent"))
        verdicts = waiting._credit_verdicts()
        stopped = {o: verdict for o, verdict in verdicts.items() if verdict.is_stopped}
        if not stopped:
            raise UserError(self.env._("Nothing stops this order: confirm it."))
        holds = self.env["credit.hold"]._place(stopped, comment=comment.strip())
        for hold in holds:
            hold.message_post(
                body=comment, author_id=self.env.user.partner_id.id,
            )  # fmt: skip
            hold.order_id.activity_unlink(
                ["credit_management.mail_activity_type_hold_facts"]
            )
        return True

    def action_open_release_request(self):
        """Open the dialog that asks for a release."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request Release"),
            "res_model": "credit.release.request",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def action_view_credit_holds(self):
        """Open the order's hold, or the list of them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_hold_action_all"
        )
        if len(self.credit_hold_ids) == 1:
            action.update(
                views=[(False, "form")], res_id=self.credit_hold_ids.id, domain=[]
            )
        else:
            action["domain"] = [("order_id", "=", self.id)]
        return action

    # ------------------------------------------------------------------
    # Side effects of other paths
    # ------------------------------------------------------------------

    def _cancel_credit_holds(self):
        pending = self.sudo().credit_hold_ids.filtered(lambda h: h.state == "pending")
        for hold in pending:
            hold._close("cancelled", "cancelled")
        self._credit_customers()._reevaluate_credit_holds()

    def _send_order_notification_mail(self, mail_template, allow_deferred_sending=True):
        # some modules send the confirmation after an order that was only parked
        is_parked = self.state != "sale" and self.sudo().credit_state == "hold"
        if is_parked and mail_template == self._get_confirmation_template():
            return None
        return super()._send_order_notification_mail(
            mail_template, allow_deferred_sending=allow_deferred_sending
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_credit_decision(self):
        if self.sudo().credit_hold_ids:
            raise UserError(
                self.env._("Credit decisions are kept: cancel the order instead.")
            )
