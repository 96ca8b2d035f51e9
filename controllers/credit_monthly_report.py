from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from .credit_statement import file_response


class CreditMonthlyReportController(Controller):
    @route(
        "/credit/monthly-report/<int:request_id>/xlsx",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def credit_monthly_report_file(self, request_id):
        """Download the report that the user has asked for in the dialog."""
        asked = request.env["credit.monthly.report"].search(
            [("id", "=", request_id), ("create_uid", "=", request.env.uid)]
        )
        if not asked:
            raise NotFound
        return file_response(*asked._file())
