import base64
import binascii

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..limit.res_partner_rights import MANAGER_GROUP
from .credit_payment_plan import SIGNED

NAME_LENGTH = 100
# of the picture, as it comes from the browser
SIGNATURE_SIZE = 2**20
PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff")
REPORT = "credit_management.credit_payment_plan_report"


class CreditPaymentPlan(models.Model):
    """From the proposal to the signature, and to the end."""

    _inherit = "credit.payment.plan"

    def action_propose(self):
        """Send the plan to the customer, with the page where it is signed.

        Once more, when it has been sent already.

        :raises AccessError: the user is not in finance
        :raises UserError: no e-mail address, or the plan cannot be signed any more
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        self._check_state("draft", "proposed")
        template = self.env.ref("credit_management.mail_template_payment_plan_proposal")
        for plan in self.sudo():
            plan._check_signable()
            contact = plan._recipient()
            if not contact.email_normalized:
                raise UserError(
                    self.env._("“%s” has no e-mail address.", contact.display_name)
                )
            plan._portal_ensure_token()
            plan.state = "proposed"
            template.send_mail(
                plan.id, email_layout_xmlid="mail.mail_notification_layout"
            )
        return True

    def _check_signable(self):
        """Check that a plan is still what both sides would sign today.

        :raises UserError: too late, or its items have been paid, credited, contested
        """
        today = fields.Date.context_today(self)
        for plan in self:
            if plan.valid_until < today:
                raise UserError(
                    self.env._("This offer has expired. Ask for a new one.")
                )
            if plan._in_order()[:1].date < today:
                raise UserError(
                    self.env._("The first instalment is in the past. A new plan is"
                               " needed.")
                )  # fmt: skip
            items = plan.item_ids.move_line_id
            opened = items.filtered_domain(items._open_receivable_domain())
            if not opened or len(opened) != len(plan.item_ids):
                raise UserError(
                    self.env._("Invoices of this plan have been paid or changed"
                               " meanwhile. A new plan is needed.")
                )  # fmt: skip
            free = plan._free_amounts(items)
            if any(
                plan.currency_id.compare_amounts(
                    free[part.move_line_id] + part.fall, 0.0) < 0
                for part in plan.item_ids
            ):  # fmt: skip
                raise UserError(
                    self.env._("Invoices of this plan are contested meanwhile. A new"
                               " plan is needed.")
                )  # fmt: skip

    # ------------------------------------------------------------------
    # The signature
    # ------------------------------------------------------------------

    def _accept(self, name, signature, author=None):
        """Sign a proposed plan: it runs from now on.

        Everything comes from the outside; the caller has checked who signs.

        :param str name: who signs
        :param str signature: picture, as base64
        :param author: ``res.partner`` of the signer, the recipient when empty
        :raises UserError: what is wrong, in words for the customer
        """
        self.ensure_one()
        self._check_state("proposed")
        self._check_signable()
        name = " ".join(str(name or "").split())
        if not name or len(name) > NAME_LENGTH:
            raise UserError(self.env._("Enter your name."))
        self._sign(name, self._checked_signature(signature))
        self.flush_recordset()
        self._keep_signed(author or self._recipient())

    def _sign(self, name, signature):
        """Let a plan run: it takes the place of promises, and its fee is charged."""
        self._withdraw_promises()
        self._charge_fee()
        self.write(
            {
                "signed_by": name,
                "signed_on": fields.Datetime.now(),
                "signature": signature,
                "state": "running",
            }
        )

    def _checked_signature(self, signature):
        """Return a picture from the outside, which must be one."""
        if not isinstance(signature, str) or not signature:
            raise UserError(self.env._("Signature is missing."))
        try:
            picture = base64.b64decode(signature[: SIGNATURE_SIZE + 4], validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(self.env._("Invalid signature data.")) from error
        # not a drawing in XML, which could carry scripts
        if len(signature) > SIGNATURE_SIZE or not picture.startswith(PICTURES):
            raise UserError(self.env._("Invalid signature data."))
        return signature

    def _withdraw_promises(self):
        """The plan takes the place of what was promised for its items."""
        items = self.item_ids.filtered(
            lambda part: (
                part.currency_id.compare_amounts(part.amount, part.residual_before) >= 0
            )
        ).move_line_id
        lines = self.env["credit.promise.line"].search(
            [
                ("move_line_id", "in", items.ids),
                ("promise_id.state", "in", ("to_approve", "open")),
            ]
        )
        lines.promise_id.filtered(
            lambda promise: promise.line_ids.move_line_id <= items
        ).action_withdraw()

    def _keep_signed(self, author):
        """Keep the agreement as it was signed, and tell the collector."""
        content, extension = self._render_file()
        self.message_post(
            attachments=[(f"{self._file_name()}.{extension}", content)],
            author_id=author.id,
            body=self.env._("Payment plan signed by %s", self.signed_by),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _render_file(self):
        """Return the agreement in the language of the customer.

        :return: its content, and ``pdf``
        :rtype: tuple[bytes, str]
        """
        Report = self.env["ir.actions.report"].sudo()
        return Report._render_qweb_pdf(REPORT, self.ids)

    def _file_name(self):
        plan = self.with_context(lang=self.lang)
        return plan.env._("Payment plan %s", self.name).replace("/", "-")

    # ------------------------------------------------------------------
    # The end
    # ------------------------------------------------------------------

    def action_cancel(self):
        """End plans by agreement; those that run, by a manager only.

        Dunning goes on after the days of grace of the dunning policy.

        :raises AccessError: a plan runs, and the user is not a credit manager
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        self._check_state("draft", "proposed", *SIGNED)
        if any(plan.state in SIGNED for plan in self):
            self._check_manager()
        self.sudo()._close("cancelled")
        return self._tell_fee_left(self.sudo()._drop_fee())

    def _tell_fee_left(self, plans):
        """Return what tells the user which fees are still owed."""
        if not plans:
            return True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "The plan is ended. Its fee stays owed: credit %s if it is waived.",
                    ", ".join(plans.fee_move_id.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_cure(self):
        """Let broken plans run again: the missed instalments have been paid.

        :raises AccessError: the user is not a credit manager
        :raises UserError: an instalment is still missed
        """
        self._check_manager()
        self.check_access("read")
        self._check_state("defaulted")
        for plan in self.sudo():
            missed = plan.line_ids.filtered(lambda line: line.state == "missed")
            if missed:
                raise UserError(
                    self.env._(
                        "%(plan)s: %(amount)s of its instalments is still missing.",
                        plan=plan.name,
                        amount=plan.currency_id.format(
                            sum(missed.mapped("amount_residual"))
                        ),
                    )
                )
            plan.write({"state": "running", "called_on": False, "missed_since": False})
            plan._forget_tasks()
            plan._message_log(
                body=self.env._("All instalments up to today are paid: it runs again."),
                author_id=self.env.user.partner_id.id,
            )
        return True

    def _close(self, state):
        self.write(
            {
                "state": state,
                "closed_on": fields.Date.context_today(self),
                "missed_since": False,
            }
        )
        self._forget_tasks()
        # its word on orders ends with it
        self.partner_id._reevaluate_credit_holds()

    def _forget_tasks(self):
        self.activity_unlink(
            [
                "credit_management.mail_activity_type_plan_missed",
                "credit_management.mail_activity_type_plan_broken",
            ]
        )

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group(MANAGER_GROUP)):
            raise AccessError(
                self.env._("A credit manager decides on plans that were signed.")
            )

    def action_remind(self):
        """Remind customers of their missed instalments, by e-mail.

        :raises AccessError: the user is not in finance
        :raises UserError: nothing is missed, or no e-mail address
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("read")
        self._check_state(*SIGNED)
        template = self.env.ref("credit_management.mail_template_payment_plan_missed")
        for plan in self.sudo():
            if plan.currency_id.compare_amounts(plan.amount_due, 0.0) <= 0:
                raise UserError(self.env._("%s: nothing is due.", plan.name))
            contact = plan._recipient()
            if not contact.email_normalized:
                raise UserError(
                    self.env._("“%s” has no e-mail address.", contact.display_name)
                )
            plan._portal_ensure_token()
            template.send_mail(
                plan.id, email_layout_xmlid="mail.mail_notification_layout"
            )
        return True

    def action_print(self):
        """Print the agreement."""
        return self.env.ref(REPORT).report_action(self)

    def _reopen(self):
        """A payment was taken back after the end: the plans go on."""
        if self:
            broken = self.filtered("called_on")
            broken.write({"state": "defaulted", "closed_on": False})
            (self - broken).write({"state": "running", "closed_on": False})
            body = self.env._("A payment was taken back: the plan is open again.")
            self._message_log_batch(dict.fromkeys(self.ids, body))
