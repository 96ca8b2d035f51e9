from odoo import api, fields, models

from ..exposure.res_partner import FIGURES_GROUPS
from .credit_check_panel import LIGHTS


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_panel = fields.Json(
        string="Credit",
        compute="_compute_credit_panel",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )
    credit_light = fields.Selection(
        LIGHTS,
        string="Credit Status",
        compute="_compute_credit_panel",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )

    @api.depends_context("company", "lang")
    @api.depends("credit_limit_mode_effective", "credit_stopped", "credit_exempt",
                 "credit_blocking_mode_effective", "credit_limit_effective",
                 "credit_review_date")  # fmt: skip
    def _compute_credit_panel(self):
        Check = self.env["credit.check"]
        saved = self.filtered(lambda partner: partner._origin)
        cases = Check._cases(saved._origin, self.env.company)
        Check._load_panel_facts(cases.values())
        for partner in self:
            case = cases.get(partner._origin.commercial_partner_id)
            findings = Check._findings(case) if case else []
            partner.credit_panel = case and Check._panel(case, findings)
            partner.credit_light = case and Check._light(case, findings)

    @api.model
    def _credit_figure_names(self):
        return super()._credit_figure_names() + ["credit_panel", "credit_light"]
