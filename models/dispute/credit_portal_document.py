from odoo import models


class CreditPortalDocument(models.AbstractModel):
    """A document that its customer reads, and answers, on a page of its own."""

    _name = "credit.portal.document"
    _description = "Document on the Customer's Page"
    _inherit = ["mail.thread", "portal.mixin"]

    def _recipient(self):
        """Return who gets the document: a contact, else the customer."""
        self.ensure_one()
        return self.contact_id or self.partner_id

    def _mail_get_partners(self, introspect_fields=False):
        # EXTENDS mail: the link in an e-mail is for whom it was written to
        return {document.id: document._recipient() for document in self}

    def _receive_answer(self, answer, author, most):
        """Keep what the customer answers, as plain text.

        :param author: ``res.partner`` of who answers, the recipient when empty
        :param int most: answers to one document; further ones are dropped
        :return: whether it was kept
        """
        self.ensure_one()
        author = author or self._recipient()
        customers = author | self.partner_id.child_ids | self.partner_id
        earlier = self.env["mail.message"].search_count(
            [
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "=", "comment"),
                ("author_id", "in", customers.ids),
            ],
            limit=most,
        )
        if earlier >= most:
            return False
        self.message_post(
            body=answer,
            author_id=author.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        return True

    def _portal_messages(self):
        """Return the messages that the customer may read, the oldest first.

        :rtype: mail.message
        """
        self.ensure_one()
        return self.website_message_ids.filtered(
            lambda message: (
                not message.is_internal
                and message.subtype_id
                and not message.subtype_id.internal
            )
        ).sorted("id")
