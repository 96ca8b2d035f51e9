from odoo import api, fields, models

# lines that wkhtmltopdf prints in a reasonable time; the workbook has all
MOST_LINES = 1000


class CreditAgedBalanceReport(models.AbstractModel):
    """What the printed aged balance shows."""

    _name = "report.credit_management.report_aged_balance"
    _description = "Aged Balance (PDF)"

    @api.model
    def _get_report_values(self, docids, data=None):
        Aged = self.env["credit.aged.balance"]
        options = Aged._options((data or {}).get("options"))
        total, lines = Aged._total_and_lines(options, MOST_LINES + 1)
        shown = lines[:MOST_LINES]
        [dimension] = [
            found["label"]
            for found in Aged._dimension_labels()
            if found["name"] == options.dimension
        ]
        return {
            "doc_ids": [],
            "doc_model": "credit.aged.balance",
            "options": options,
            "dimension": dimension,
            "columns": Aged._column_labels(options),
            "labels": Aged._labels(options.dimension, [line.key for line in shown]),
            "lines": shown,
            "is_cut": len(lines) > len(shown),
            "total": total,
            "check": Aged._check(options, total),
            "filters": Aged._filter_names(options),
        }


class CreditAgedBalance(models.AbstractModel):
    _inherit = "credit.aged.balance"

    @api.model
    def _render_pdf(self, options):
        """Return the aged balance as a PDF.

        :param dict options: as a client sends them
        :rtype: bytes
        """
        return self.env["ir.actions.report"]._render_qweb_pdf(
            "credit_management.credit_aged_balance_report", data={"options": options}
        )[0]

    @api.model
    def _file_name(self, options, extension):
        name = self.env._(
            "Aged balance %(date)s", date=fields.Date.to_string(options.date)
        )
        return f"{name.replace('/', '-')}.{extension}"

    @api.model
    def _filter_names(self, options):
        """Return in words what the customers were narrowed down by."""
        labels = {found["name"]: found["label"] for found in self._dimension_labels()}
        names = [
            f"{labels[name]}: {', '.join(found[key] for key in ids if key in found)}"
            for name, ids in options.chosen.items()
            for found in [self._labels(name, ids)]
        ]
        if options.search:
            names.append(self.env._("Search: %s", options.search))
        if options.only_overdue:
            names.append(self.env._("Only customers with overdue items"))
        return names
