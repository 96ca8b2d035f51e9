import math

from odoo import api, models
from odoo.exceptions import UserError

from .credit_dispute import OPEN
from .credit_dispute_opening import ContestedPart

# what a visitor may send at once
LONGEST_TEXT = 5000
MOST_ITEMS = 50
MOST_FILES = 5
LARGEST_FILE = 5 * 1024 * 1024
LONGEST_FILE_NAME = 120
# open disputes of one customer that came from the portal
MOST_OPEN = 50


class CreditDispute(models.Model):
    """What customers contest themselves."""

    _inherit = "credit.dispute"

    @api.model
    def _open_from_portal(self, partner, items_amounts, reason, text, files=()):
        """Open a dispute on the word of a customer; all of it is checked.

        Only items of the customer's own company, no more than what is open of
        them: nothing else can be kept out of dunning.

        :param partner: ``res.partner`` who is logged in
        :param items_amounts: pairs of the id of an item (``account.move.line``)
            and the contested amount, in the currency of the item
        :param reason: id of a ``credit.dispute.reason``
        :param str text: plain text; markup is shown as it is written
        :param files: pairs of the name and the content, as ``bytes``
        :return: the dispute, with the rights of the system: show plain values
        :raises UserError: with what the customer is to change
        """
        customer = partner.sudo().commercial_partner_id
        parts = self._portal_parts(customer, items_amounts)
        reason = self.env["credit.dispute.reason"].sudo().browse(
            self._portal_id(reason)
        ).exists()  # fmt: skip
        text = self._portal_text(text)
        files = self._portal_files(files)
        Dispute = self.sudo()
        self._check_portal_number(customer)
        dispute = Dispute._open(parts, reason, text, "portal", contact=partner.sudo())
        if files:
            dispute.message_post(
                body=self.env._("Documents"),
                author_id=partner.id,
                attachments=files,
                subtype_xmlid="mail.mt_comment",
            )
        return dispute

    def _receive_answer(self, answer, author, most):
        # EXTENDS the page: the resolver is told, and goes on
        is_kept = super()._receive_answer(answer, author, most)
        if is_kept and self.state == "waiting_customer":
            self.state = "in_progress"
        if is_kept and self.user_id:
            self.message_notify(
                partner_ids=self.user_id.partner_id.ids,
                subject=self.env._("%s: the customer has answered", self.name),
                body=answer,
            )
        return is_kept

    def _portal_parts(self, customer, items_amounts):
        items_amounts = list(items_amounts or [])
        if not items_amounts or len(items_amounts) > MOST_ITEMS:
            raise UserError(
                self.env._("Choose the invoices that you contest, %s at most.",
                           MOST_ITEMS)
            )  # fmt: skip
        parts = []
        for item_id, amount in items_amounts:
            item_id = self._portal_id(item_id)
            item = self.env["account.move.line"].sudo().browse(item_id).exists()
            if (
                not item
                or item.partner_id.commercial_partner_id != customer
                or item.move_id.move_type not in ("out_invoice", "out_receipt")
            ):
                raise UserError(
                    self.env._("Choose the invoices that you contest among yours.")
                )
            parts.append(ContestedPart(item, self._portal_amount(amount)))
        return parts

    @api.model
    def _portal_id(self, value):
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            number = 0
        if isinstance(value, bool | float) or not 0 < number < 2**31:
            raise UserError(self.env._("This choice is unknown. Reload the page."))
        return number

    @api.model
    def _portal_amount(self, value):
        try:
            amount = float(value)
        except (TypeError, ValueError, OverflowError):
            amount = math.nan
        if isinstance(value, bool) or not math.isfinite(amount) or amount <= 0:
            raise UserError(self.env._("A contested amount is a number above 0."))
        return amount

    @api.model
    def _portal_text(self, text):
        text = (text or "").replace("\x00", "").strip()
        if not text:
            raise UserError(self.env._("Tell us what is wrong."))
        if len(text) > LONGEST_TEXT:
            raise UserError(
                self.env._("Tell it in %s characters at most.", LONGEST_TEXT)
            )
        return text

    @api.model
    def _portal_files(self, files):
        files = list(files or [])
        if len(files) > MOST_FILES:
            raise UserError(self.env._("Attach %s files at most.", MOST_FILES))
        checked = []
        for name, content in files:
            if len(content) > LARGEST_FILE:
                raise UserError(
                    self.env._(
                        "Each file may have %s MB at most.", LARGEST_FILE // 1024**2
                    )
                )
            name = str(name or "").replace("\\", "/").rsplit("/", 1)[-1]
            name = "".join(char for char in name if char.isprintable()).strip()
            checked.append((name[-LONGEST_FILE_NAME:] or "file", content))
        return checked

    @api.model
    def _check_portal_number(self, customer):
        number = self.sudo().search_count(
            [
                ("partner_id", "=", customer.id),
                ("origin", "=", "portal"),
                ("state", "in", OPEN),
            ],
            limit=MOST_OPEN,
        )
        if number >= MOST_OPEN:
            raise UserError(
                self.env._("You contest a lot already. Please get in touch with us.")
            )
