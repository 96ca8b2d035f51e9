from odoo.exceptions import AccessError, MissingError
from odoo.http import request, route

from .portal_document import CreditDocumentPortal

ANSWER_LENGTH = 5000


class DunningPortal(CreditDocumentPortal):
    """The customer's page of a reminder: what is due as of now, pay, answer."""

    @route("/my/dunning/<int:notice_id>", type="http", auth="public", website=True)
    def portal_my_dunning(self, notice_id, access_token=None, answered=None, **kwargs):
        """Show a reminder to who has its link, or is logged in as the customer."""
        try:
            notice = self._dunning_notice(notice_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        values = self._prepare_portal_layout_values()
        values.update(self._dunning_values(notice, access_token))
        values["is_answered"] = bool(answered)
        return request.render("credit_management.portal_my_dunning", values)

    @route(
        "/my/dunning/<int:notice_id>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_my_dunning_answer(
        self, notice_id, access_token=None, answer="", **kwargs
    ):
        """Hand over what the customer answers."""
        try:
            notice = self._dunning_notice(notice_id, access_token)
        except (AccessError, MissingError):
            return request.redirect("/my")
        if answer := answer.strip()[:ANSWER_LENGTH]:
            notice._receive_answer(answer, self._credit_own_partner(notice))
        return request.redirect(
            notice.get_portal_url(
                query_string="&answered=1" if answer else "", anchor="answer"
            )
            if access_token
            else f"{notice.access_url}?answered={1 if answer else ''}#answer"
        )

    def _dunning_notice(self, notice_id, access_token):
        """Return the notice, sudoed, if the visitor may see it.

        :raises AccessError: no valid token, and neither finance nor the customer
        :raises MissingError: no such notice, or it has not been sent to anybody
        """
        notice = self._credit_document("credit.dunning.notice", notice_id, access_token)
        if notice.state != "sent" and not self._credit_is_finance():
            raise MissingError(request.env._("This reminder has not been sent."))
        return notice

    def _dunning_values(self, notice, access_token):
        """Return the values of the page; extend for what can be done about an item.

        Plain values: the page of a visitor without rights reads no record but the
        notice itself, which is sudoed.
        """
        table = notice._current_table()
        company = notice.company_id
        is_own = bool(self._credit_own_partner(notice))
        return {
            "page_name": "credit_dunning",
            "notice": notice,
            "notice_date": notice.date,
            "notice_name": notice.level_id.name,
            "is_pre_reminder": notice.kind == "pre_reminder",
            "access_token": access_token,
            "company_name": company.name,
            "customer_name": notice.partner_id.name,
            "contact": notice._contact(),
            "banks": notice._bank_accounts(),
            "table": table,
            "is_settled": all(item.state == "paid" for item in table.items),
            "statement_url": f"/my/statement?company_id={company.id}",
            "is_own": is_own,
        }
