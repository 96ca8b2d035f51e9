import datetime
from base64 import b64encode
from typing import NamedTuple

from odoo import api, fields, models

from ...tools.ageing import days_overdue
from ...tools.qr import qr_svg


class MessageItem(NamedTuple):
    """An item as the customer reads it, in the currency of the notice.

    :param str reference: the customer's own: purchase order, else nothing
    :param days: overdue; 0 until the due date
    :param amount: of the instalment when it was invoiced
    :param set_aside: part of what remains that is contested or promised
    :param str state: ``open``, ``under_way`` (a payment is) or ``paid``
    :param str url: page where the invoice is seen and paid; empty in a message
    """

    number: str
    reference: str
    date: datetime.date | None
    due: datetime.date
    days: int
    amount: float
    residual: float
    set_aside: float = 0.0
    state: str = "open"
    url: str = ""


class MessageTable(NamedTuple):
    """All that a notice asks for: what remains, less what does not count."""

    items: list
    currency: models.BaseModel
    total: float
    set_aside: float
    credits: float
    to_pay: float


class CreditDunningNotice(models.Model):
    """The parts of which the texts of messages are made."""

    _inherit = "credit.dunning.notice"

    items_table = fields.Html(
        compute="_compute_items_table",
        sanitize=False,
        help="What is due, item by item: for e-mails and letters.",
    )
    answer_block = fields.Html(
        compute="_compute_answer_block",
        sanitize=False,
        help="How to answer: a button in an e-mail, a code to scan in a letter.",
    )
    contact_block = fields.Html(
        compute="_compute_contact_block",
        sanitize=False,
        help="Who writes, and how to reach them.",
    )
    amount_text = fields.Char(
        compute="_compute_amount_text", help="What is to be paid, for text messages."
    )
    page_url = fields.Char(
        compute="_compute_page_url", help="The customer's page of the notice."
    )

    @api.depends_context("lang", "dunning_letter")
    @api.depends("line_ids.is_counted", "line_ids.amount_due", "amount_credits")
    def _compute_items_table(self):
        for notice in self:
            notice.items_table = notice._render_part(
                "dunning_items_table", table=notice._message_table()
            )

    @api.depends_context("lang", "dunning_letter")
    @api.depends("access_token")
    def _compute_answer_block(self):
        for notice in self:
            notice.answer_block = notice._render_part("dunning_answer_block")

    @api.depends_context("lang", "dunning_letter", "uid")
    @api.depends("user_id", "company_id")
    def _compute_contact_block(self):
        for notice in self:
            notice.contact_block = notice._render_part("dunning_contact_block")

    @api.depends_context("lang")
    @api.depends("amount_net", "currency_id")
    def _compute_amount_text(self):
        for notice in self:
            # other blanks than this one make text messages twice as long
            text = notice.currency_id.format(notice.amount_net)
            notice.amount_text = " ".join(text.split())

    @api.depends("access_token")
    def _compute_page_url(self):
        for notice in self:
            notice.page_url = notice.get_base_url() + notice.get_portal_url()

    def _render_part(self, template, **values):
        return self.env["ir.qweb"]._render(
            f"credit_management.{template}",
            {
                "notice": self,
                "company": self.company_id,
                "contact": self._contact(),
                "is_letter": bool(self.env.context.get("dunning_letter")),
                **values,
            },
        )

    def _page_code(self):
        """Return the address of the customer's page as a code to scan."""
        return f"data:image/svg+xml;base64,{b64encode(qr_svg(self.page_url)).decode()}"

    def _contact(self):
        """Return what a customer needs to reach the one who writes.

        :rtype: dict[str, str]
        """
        # a customer may not read users and their contacts
        author, company = self.sudo()._author(), self.sudo().company_id
        return {
            "name": author.name if author != company.partner_id else "",
            "company": company.name,
            "email": author.email or company.email or "",
            "phone": author.phone or company.phone or "",
        }

    # ------------------------------------------------------------------
    # Items
    # ------------------------------------------------------------------

    def _message_table(self):
        """Return what the notice asked for on its day.

        :rtype: MessageTable
        """
        return self._add_up(self._message_items(), self.amount_credits)

    def _current_table(self):
        """Return what is left of the notice today: some may have been paid since.

        :rtype: MessageTable
        """
        return self._add_up(self._current_items(), self._current_credits())

    def _add_up(self, items, credits):
        total = self.currency_id.round(sum(item.residual for item in items))
        set_aside = self.currency_id.round(sum(item.set_aside for item in items))
        due = self.currency_id.round(total - set_aside)
        # credits beyond what is due are no business of a reminder
        credits = min(credits, due)
        to_pay = self.currency_id.round(due - credits)
        return MessageTable(items, self.currency_id, total, set_aside, credits, to_pay)

    def _counted_lines(self):
        lines = self.line_ids.filtered("is_counted")
        lines = lines.sorted(lambda line: (line.date_maturity, line.id))
        # many notices are read one by one: their lines are read at once
        return lines.with_prefetch(self.line_ids._prefetch_ids)

    def _read_ahead(self):
        """Read at once what the messages say: each one is then rendered alone."""
        self.fetch(["access_token"])
        for line in self.line_ids:
            line._message_values()

    def _message_items(self):
        return [
            MessageItem(
                residual=line.amount_residual,
                set_aside=line.amount_residual - line.amount_due,
                days=max(line.days_overdue, 0),
                **line._message_values(),
            )
            for line in self._counted_lines()
        ]

    def _current_items(self):
        today = fields.Date.context_today(self)
        items = []
        for line in self._counted_lines():
            residual = line._current_residual()
            rested = line.amount_residual - line.amount_due
            items.append(
                MessageItem(
                    residual=residual,
                    set_aside=min(rested, residual),
                    days=days_overdue(line.date_maturity, today) if residual else 0,
                    state=line._current_state(residual),
                    url=line._invoice_url(),
                    **line._message_values(),
                )
            )
        return items

    def _current_credits(self):
        [statement] = self.env["credit.statement"]._statements(
            self.partner_id, self.company_id
        )
        return sum(
            account.credit_total
            for account in statement.accounts
            if account.currency == self.currency_id
        )


class CreditDunningNoticeLine(models.Model):
    _inherit = "credit.dunning.notice.line"

    instalment = fields.Char(compute="_compute_instalment")

    @api.depends("move_line_id")
    def _compute_instalment(self):
        ranks = self.env["credit.statement"]._instalment_ranks(self.move_line_id)
        for line in self:
            line.instalment = ranks.get(line.move_line_id.id, "")

    def _message_values(self):
        move, item = self.move_id, self.move_line_id
        return {
            "number": f"{self.name or move.name}{self.instalment}",
            "reference": move._customer_reference() if move else "",
            "date": move.invoice_date or item.date,
            "due": self.date_maturity,
            "amount": item.amount_currency if item else self.amount_residual,
        }

    def _current_residual(self):
        item = self.move_line_id
        if item.parent_state != "posted":
            return 0.0
        return max(item.amount_residual_currency, 0.0)

    def _current_state(self, residual):
        if self.currency_id.is_zero(residual):
            return "paid"
        move = self.move_id
        if move.payment_state == "in_payment" or any(
            transaction.state in ("pending", "authorized")
            for transaction in move.transaction_ids
        ):
            return "under_way"
        return "open"

    def _invoice_url(self):
        move = self.move_id
        if move.state != "posted" or not move.is_invoice():
            return ""
        return move.get_portal_url()


class AccountMove(models.Model):
    _inherit = "account.move"

    def _customer_reference(self):
        """Return the customer's own reference of an invoice: its purchase order."""
        if self.ref or not self.is_invoice():
            return self.ref or ""
        orders = self.invoice_line_ids.sale_line_ids.order_id
        references = orders.mapped("client_order_ref")
        return ", ".join(dict.fromkeys(filter(None, references)))
