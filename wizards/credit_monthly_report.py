from odoo import api, fields, models

from ..tools.kpi import month_end, month_ends


class CreditMonthlyReport(models.TransientModel):
    """Asks for the credit report of a month."""

    _name = "credit.monthly.report"
    _description = "Monthly Credit Report Request"

    month = fields.Date(
        required=True,
        default=lambda self: month_ends(fields.Date.context_today(self), 2)[1],
        help="Any day of the month. The report of this month is as of today.",
    )
    as_of = fields.Date(compute="_compute_as_of")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company._credit_company(),
    )
    company_domain_ids = fields.Many2many(
        "res.company", compute="_compute_company_domain_ids"
    )

    @api.depends("month")
    def _compute_as_of(self):
        today = fields.Date.context_today(self)
        for request in self:
            request.as_of = request.month and min(month_end(request.month), today)

    @api.depends_context("uid")
    def _compute_company_domain_ids(self):
        self.company_domain_ids = self.env.user.company_ids.root_id

    def action_export(self):
        """Download the report as a workbook."""
        self._check()
        return {
            "type": "ir.actions.act_url",
            "url": f"/credit/monthly-report/{self.id}/xlsx",
            "target": "download",
            "close": True,
        }

    def _check(self):
        self.ensure_one()
        self.env["credit.kpi"]._checked_companies(self.company_id)

    def _file(self):
        """Return the name and the content of the report.

        :rtype: tuple[str, bytes]
        """
        self._check()
        name = self.env._(
            "Credit report %(company)s %(date)s.xlsx",
            company=self.company_id.sudo().name,
            date=fields.Date.to_string(self.as_of),
        )
        content = self.env["credit.monthly.workbook"]._render_xlsx(
            self.company_id, self.as_of
        )
        return name, content
