from odoo.exceptions import UserError
from odoo.http import request, route

from ..models.dispute.credit_dispute_portal import LARGEST_FILE, MOST_FILES
from .portal_credit import CreditRequestsPortal


class CreditDisputePortal(CreditRequestsPortal):
    """Contest invoices chosen on the statement."""

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
