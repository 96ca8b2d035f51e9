import json
import tempfile

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import wrap_file

from odoo.http import Controller, Response, content_disposition, request, route

from ..tools.arguments import read_ids
from .credit_statement import CONTENT_TYPES, file_response


class CreditAgedBalanceController(Controller):
    @route("/credit/aged_balance/pdf", type="http", auth="user", methods=["POST"])
    def credit_aged_balance_pdf(self, options="{}"):
        """Download the aged balance as it is on the screen, as a PDF."""
        Aged, values = self._asked(options)
        name = Aged._file_name(Aged._options(values), "pdf")
        return file_response(name, Aged._render_pdf(values))

    @route(
        "/credit/aged_balance/xlsx",
        type="http",
        auth="user",
        methods=["POST"],
        readonly=True,
    )
    def credit_aged_balance_xlsx(self, options="{}"):
        """Download the aged balance of all customers asked for, as a workbook."""
        Aged, values = self._asked(options)
        asked = Aged._options(values)
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

    def _asked(self, options):
        """Return the aged balance in the companies of the screen, and its options.

        Without companies: all those that the user works in.
        """
        Aged = request.env["credit.aged.balance"]
        try:
            values = json.loads(options)
            if isinstance(values, dict) and "company_ids" in values:
                company_ids = list(read_ids(values.pop("company_ids")))
                Aged = Aged.with_context(allowed_company_ids=company_ids)
        except (ValueError, RecursionError):
            raise BadRequest from None
        return Aged, values
