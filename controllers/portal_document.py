from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal


class CreditDocumentPortal(CustomerPortal):
    """Documents that have a page: for who has the link, or is the customer."""

    def _credit_document(self, model, document_id, access_token):
        """Return a document, sudoed, if the visitor may see it.

        :raises AccessError: no valid token, and neither finance nor the customer
        :raises MissingError: no such document
        """
        if not (access_token or "").isascii():
            access_token = None  # Odoo fails to compare it
        try:
            return self._document_check_access(model, document_id, access_token)
        except AccessError:
            document = request.env[model].sudo().browse(document_id)
            if not self._credit_own_partner(document):
                raise
            return document

    def _credit_own_partner(self, document):
        """Return the visitor's contact if it belongs to the customer, else nothing."""
        user = request.env.user
        partner = user.sudo().partner_id
        if (
            user._is_portal()
            and partner.commercial_partner_id == document.partner_id
            and document.company_id in user.sudo().company_ids.root_id
        ):
            return partner
        return partner.browse()

    def _credit_is_finance(self):
        return request.env.user.has_group("credit_management.group_credit_user")
