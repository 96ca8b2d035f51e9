from odoo import api, fields, models

# what describes an aged balance, of all that a client may send
OPTIONS = (
    "dimension", "salesperson_ids", "policy_ids", "collector_ids", "search",
    "only_overdue", "order", "descending",
)  # fmt: skip


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def action_export_later(self, options=None):
        """Have a job make the workbook, and tell the user once it is there.

        :param dict options: see :meth:`report`
        :raises AccessError: the user is not in finance
        :raises UserError: the options make no sense
        """
        asked = self._options(options)
        date = fields.Date.to_string(asked.date)
        values = {name: options[name] for name in OPTIONS if name in (options or {})}
        task = self.env["credit.task"]._ask(
            *["aged_balance", self._file_name(asked, "xlsx")], {**values, "date": date}
        )
        return task._told()
