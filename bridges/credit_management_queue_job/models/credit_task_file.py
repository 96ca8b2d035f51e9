import io
from base64 import b64encode

from odoo import models
from odoo.fields import Command


class CreditTask(models.Model):
    """Tasks that end with a file: made by ``_file_<kind>``."""

    _inherit = "credit.task"

    def _job_make_file(self):
        """Make the file, with the rights that its user has by now."""
        if not self.exists():
            return
        name, content = getattr(self, f"_file_{self.kind}")()
        # nobody writes tasks by hand
        self.sudo().write({"file": b64encode(content), "file_name": name})
        self._tell(
            "success",
            self.env._("The file is ready: see Background Tasks."),
        )

    def _file_aged_balance(self):
        Aged = self.env["credit.aged.balance"]
        options = Aged._options(self.arguments)
        content = io.BytesIO()
        Aged._write_xlsx(options, content)
        return Aged._file_name(options, "xlsx"), content.getvalue()

    def _file_monthly_report(self):
        return self.env["credit.monthly.report"].create(self.arguments)._file()

    def _file_statements(self):
        asked = self.arguments
        request = self.env["credit.statement.request"].create(
            {
                "partner_ids": [Command.set(asked["partner_ids"])],
                "company_id": asked["company_id"],
                "date": asked["date"],
            }
        )
        return request._file(asked["extension"])
