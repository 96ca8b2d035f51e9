from werkzeug.exceptions import NotFound

from odoo.http import Controller, request, route

from .credit_statement import file_response


class CreditIncentiveController(Controller):
    @route(
        "/credit/incentive/<int:statement_id>/xlsx",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def credit_incentive_file(self, statement_id):
        """Download a statement that the user may read as a workbook."""
        statement = request.env["credit.incentive.statement"].search(
            [("id", "=", statement_id)]
        )
        if not statement:
            raise NotFound
        return file_response(f"{statement._file_name()}.xlsx", statement._render_xlsx())
