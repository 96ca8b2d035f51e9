from odoo import fields, models
from odoo.tools import format_date


class CreditDunningNotice(models.Model):
    _inherit = "credit.dunning.notice"

    def _receive_answer(self, text, partner=None):
        """Post what a customer answers on the page of a notice, and tell who asked.

        :param str text: as it was typed
        :param partner: the contact who answers, when known
        """
        self.ensure_one()
        recipients = self.delivery_ids.partner_id
        author = partner or recipients[:1] or self.partner_id
        # without a collector, the company's own address
        readers = self._answer_readers() or self.company_id.partner_id
        self = self.with_context(lang=self.user_id.lang or self.env.lang)
        self.partner_id.message_post(
            body=self.env._(
                "Answer to “%(level)s” of %(date)s, on its page: %(text)s",
                level=self.level_id.name,
                date=format_date(self.env, self.date),
                text=text,
            ),
            author_id=author.id,
            email_from=author.email_formatted or self.company_id.email_formatted,
            partner_ids=readers.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    def _answer_readers(self):
        """Return the contacts of those who read the customer's answers."""
        today = fields.Date.context_today(self)
        return self.user_id._credit_acting(today).partner_id


class ResPartner(models.Model):
    _inherit = "res.partner"

    def message_post(self, *, message_type="notification", partner_ids=None, **kwargs):
        """Let the answer to a reminder reach the collector, follower or not."""
        if message_type == "email" and (parent_id := kwargs.get("parent_id")):
            deliveries = (
                self.env["credit.dunning.delivery"]
                .sudo()
                .search([("mail_message_id", "=", parent_id)])
            )
            readers = deliveries.notice_id._answer_readers()
            partner_ids = list({*(partner_ids or ()), *readers.ids})
        return super().message_post(
            message_type=message_type, partner_ids=partner_ids, **kwargs
        )
