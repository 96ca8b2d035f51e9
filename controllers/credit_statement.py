from werkzeug.exceptions import NotFound

from odoo.http import Controller, content_disposition, request, route

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def file_response(name, content):
    """Return the response that downloads a file.

    :param str name: ending with ``.pdf`` or ``.xlsx``
    """
    headers = [
        ("Content-Type", CONTENT_TYPES[name.rpartition(".")[2]]),
        ("Content-Length", len(content)),
        ("Content-Disposition", content_disposition(name)),
    ]
    return request.make_response(content, headers)


class CreditStatementController(Controller):
    @route(
        "/credit/statement/<int:request_id>/<any(pdf, xlsx):extension>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def credit_statement_file(self, request_id, extension):
        """Download what the user has asked for in the dialog."""
        asked = request.env["credit.statement.request"].search(
            [("id", "=", request_id), ("create_uid", "=", request.env.uid)]
        )
        if not asked:
            raise NotFound
        return file_response(*asked._file(extension))
