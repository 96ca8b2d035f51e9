from urllib.parse import urlencode

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..models.dispute.credit_dispute import OPEN
from ..models.dispute.credit_dispute_portal import LARGEST_FILE, MOST_FILES
from .portal_credit import CreditRequestsPortal

BY_PAGE = 40
# of the customer, about one dispute
MOST_MESSAGES = 20


class CreditDisputePortal(CreditRequestsPortal):
    """Contest invoices chosen on the statement, and follow what becomes of it."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "credit_dispute_count" in counters:
            values["credit_dispute_count"] = (
                request.env["credit.dispute"]
                .sudo()
                .search_count(self._credit_dispute_domain())
            )
        return values

    def _credit_dispute_domain(self):
        """Return the domain of the disputes of the customer who is logged in."""
        user = request.env.user.sudo()
        if not user._is_portal():
            return Domain.FALSE
        return Domain("partner_id", "=", user.partner_id.commercial_partner_id.id) & (
            Domain("company_id", "in", user.company_ids.root_id.ids)
        )

    @route(
        ["/my/disputes", "/my/disputes/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_disputes(self, page=1, **kwargs):
        """List what the customer has contested, the newest first."""
        Dispute = request.env["credit.dispute"].sudo()
        domain = self._credit_dispute_domain()
        pager = portal_pager(
            url="/my/disputes",
            total=Dispute.search_count(domain),
            page=page,
            step=BY_PAGE,
        )
        disputes = Dispute.search(
            domain, order="id desc", limit=BY_PAGE, offset=pager["offset"]
        )
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="credit_disputes",
            pager=pager,
            disputes=[self._credit_dispute_values(dispute) for dispute in disputes],
        )
        return request.render("credit_management.portal_my_disputes", values)

    @route("/my/dispute/<int:dispute_id>", type="http", auth="public", website=True)
    def portal_my_dispute_page(
        self, dispute_id, access_token=None, answered=None, **kwargs
    ):
        """Show a dispute to who has its link, or is the customer."""
        try:
            dispute = self._credit_document("credit.dispute", dispute_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        dispute = dispute.sudo()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="credit_dispute",
            access_token=access_token,
            is_answered=bool(answered),
            company_name=dispute.company_id.name,
            customer_name=dispute.partner_id.name,
            dispute=self._credit_dispute_values(dispute),
            items=[
                {
                    "name": line.name,
                    "due": line.date_maturity,
                    "amount": line.amount,
                    "accepted": line.amount_accepted,
                }
                for line in dispute.line_ids
            ],
            messages=[
                self._credit_message_values(message)
                for message in dispute._portal_messages()
            ],
        )
        return request.render("credit_management.portal_my_dispute_page", values)

    @route(
        "/my/dispute/<int:dispute_id>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_my_dispute_answer(
        self, dispute_id, access_token=None, answer="", **kwargs
    ):
        """Hand over what the customer adds."""
        try:
            dispute = self._credit_document("credit.dispute", dispute_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        answer = self._credit_text(answer)
        user = request.env.user
        is_kept = (
            answer
            and not user._is_internal()
            and dispute.sudo()._receive_answer(
                answer, self._credit_own_partner(dispute.sudo()), MOST_MESSAGES
            )
        )
        query = {"answered": 1} if is_kept else {}
        if access_token:
            query["access_token"] = access_token
        return request.redirect(f"/my/dispute/{dispute_id}?{urlencode(query)}#answer")

    def _credit_dispute_values(self, dispute):
        """Return what a customer reads of a dispute: plain values."""
        return {
            "id": dispute.id,
            "url": dispute.access_url,
            "name": dispute.name,
            "documents": dispute.document_names,
            "reason": dispute.reason_id.name,
            "description": dispute.description,
            "state": dispute.state,
            "is_open": dispute.state in OPEN,
            "amount": dispute.amount,
            "accepted": dispute.amount_accepted,
            "currency": dispute.currency_id,
            "opened": dispute.opened_date,
            "closed": dispute.closed_date,
            "answer": dispute.closing_note,
        }

    def _credit_message_values(self, message):
        return {
            "author": message.author_id.name or message.email_from,
            "date": message.date,
            "body": message.body,
            "files": [
                {
                    "name": file.name,
                    "url": f"/web/content/{file.id}?access_token={token}&download=true",
                }
                for file in message.attachment_ids
                for token in file.generate_access_token()
            ],
        }

    @route(
        "/my/statement/dispute",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def portal_my_dispute(self, company_id=None, reason_id=None, text="", **kwargs):
        """Contest invoices chosen on the statement."""
        try:
            statement, account, chosen = self._credit_chosen(company_id)
        except UserError as error:
            return self._credit_back(company_id, error=error)
        values = self._credit_form_values(statement, account, chosen)
        values["reasons"] = [
            {"id": reason.id, "name": reason.name, "questions": reason.questions}
            for reason in request.env["credit.dispute.reason"].sudo().search([])
        ]
        values["most_files"] = MOST_FILES
        values["largest_file"] = LARGEST_FILE // 1024**2
        values["amounts"] = {item.line_id: item.residual for item in chosen}
        if request.httprequest.method == "POST":
            amounts = {
                item.line_id: kwargs.get(f"amount_{item.line_id}") for item in chosen
            }
            try:
                self._credit_dispute(amounts, reason_id, text)
            except UserError as error:
                values.update(
                    error=str(error), amounts=amounts, text=text, reason_id=reason_id
                )
            else:
                return self._credit_back(
                    company_id,
                    done=request.env._("Thank you: we look into it and answer you."),
                )
        return request.render("credit_management.portal_my_dispute", values)

    def _credit_dispute(self, amounts, reason_id, text):
        with request.env.cr.savepoint():
            request.env["credit.dispute"]._open_from_portal(
                request.env.user.sudo().partner_id,
                [(line_id, self._credit_amount(amounts[line_id]))
                 for line_id in amounts],
                reason_id,
                text,
                self._credit_files(),
            )  # fmt: skip

    def _credit_files(self):
        files = [
            file for file in request.httprequest.files.getlist("files") if file.filename
        ]
        # more than what is accepted is not even read
        return [
            (file.filename, file.read(LARGEST_FILE + 1))
            for file in files[: MOST_FILES + 1]
        ]
