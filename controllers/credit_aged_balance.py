import json
import tempfile

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import wrap_file

from odoo.http import Controller, Response, content_disposition, request, route

from .credit_statement import CONTENT_TYPES, file_response


class CreditAgedBalanceController(Controller):
    @route("/credit/aged_balance/pdf", type="http", auth="user", methods=["POST"])
    def credit_aged_balance_pdf(self, options="{}"):
        """Download the aged balance as it is on the screen, as a PDF."""
        values = self._values(options)
        Aged = request.env["credit.aged.balance"]
        name = Aged._file_name(Aged._options(values), "pdf")
        return file_response(name, Aged._render_pdf(values))

    @route("/credit/aged_balance/xlsx", type="http", auth="user", methods=["POST"])
    def credit_aged_balance_xlsx(self, options="{}"):
        """Download the aged balance of all customers asked for, as a workbook."""
        Aged = request.env["credit.aged.balance"]
        asked = Aged._options(self._values(options))
        file = tempfile.TemporaryFile()  # noqa: SIM115, closed with the response
        Aged._write_xlsx(asked, file)
        headers = [
            ("Content-Type", CONTENT_TYPES["xlsx"]),
            ("Content-Length", file.tell()),
            (
                "Content-Disposition",
                content_disposition(Aged._file_name(asked, "xlsx")),
            ),
        ]
        file.seek(0)
        # sent in pieces: a large workbook is never in memory
        pieces = wrap_file(request.httprequest.environ, file)
        return Response(pieces, headers=headers, direct_passthrough=True)

    def _values(self, options):
        try:
            return json.loads(options)
        except ValueError:
            raise BadRequest from None
