from dataclasses import replace

from odoo import api, models


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.depends_context("lang")
    @api.depends("commercial_partner_id", "move_type", "state")
    def _compute_partner_credit_warning(self):
        # REPLACES account: the warning is about the exposure and the limit that
        # the orders are checked against
        self.partner_credit_warning = ""
        for move, case in self._credit_cases().items():
            if case.excess > 0:
                move.partner_credit_warning = self._credit_warning_text(case)

    def _build_credit_warning_message(self, record, *args, **kwargs):
        # REPLACES account: orders have their credit panel, invoices the above
        return ""

    def _credit_cases(self):
        """Return the case of each draft invoice that has a customer.

        A saved invoice is in the exposure already; what is being typed in a
        form changes it.

        :rtype: dict[account.move, CreditCase]
        """
        drafts = self.filtered(
            lambda move: (
                move.state == "draft"
                and move.move_type == "out_invoice"
                and move.commercial_partner_id
            )
        )
        cases = {}
        for company, moves in drafts.grouped(
            lambda move: move.company_id._credit_company()
        ).items():
            by_customer = self.env["credit.check"]._cases(
                moves.commercial_partner_id._origin, company
            )
            for move in moves:
                case = by_customer[move.commercial_partner_id.sudo()._origin]
                cases[move] = move._with_unsaved_amount(case)
        return cases

    def _with_unsaved_amount(self, case):
        """Return the case with the invoice as it is on the screen."""
        saved = self._origin
        if self == saved:
            return case
        amount = (self.tax_totals or {}).get("total_amount", 0.0)
        if saved.state == "draft" and saved.commercial_partner_id == case.customer:
            amount -= saved.amount_total_signed
        figures = case.figures
        return replace(
            case,
            figures=figures._replace(draft_invoices=figures.draft_invoices + amount),
        )

    def _credit_warning_text(self, case):
        """Say by how much the limit is exceeded, and what the exposure is made of."""
        Check = self.env["credit.check"]
        figures = {
            "customer": case.customer.display_name,
            "exposure": Check._money(case, case.exposure_after),
            "limit": Check._money(case, case.limit.ceiling),
            "excess": Check._money(case, case.excess),
        }
        if case.limit.mode == "prepaid":
            text = self.env._(
                "%(customer)s pays in advance: %(excess)s is not covered by a payment.",
                **figures,
            )
        else:
            text = self.env._(
                "%(customer)s is %(excess)s above its credit limit of %(limit)s:"
                " exposure of %(exposure)s, this invoice included.",
                **figures,
            )
        parts = [
            f"{component['label']} {Check._money(case, component['amount'])}"
            for component in Check._panel_components(case)
            if component["amount"]
        ]
        return "\n".join([text, "; ".join(parts)])
