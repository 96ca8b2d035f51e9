from odoo import api, models


class CreditCheck(models.AbstractModel):
    """The exposure bar tells apart what of the order book has been delivered."""

    _inherit = "credit.check"

    @api.model
    def _load_panel_facts(self, cases):
        # EXTENDS credit_management
        result = super()._load_panel_facts(cases)
        cases = [case for case in cases if case.figures.order_book]
        companies = self.env["res.company"].union(*(case.company for case in cases))
        for company in companies:
            of_company = [case for case in cases if case.company == company]
            customers = self.env["res.partner"].union(*(c.customer for c in of_company))
            Exposure = self.env["credit.exposure"].sudo()
            delivered = Exposure._delivered_not_invoiced(customers, company)
            for case in of_company:
                case.facts["delivered"] = delivered.get(case.customer.id, 0.0)
        return result

    def _panel_components(self, case):
        # EXTENDS credit_management
        delivered = case.facts.get("delivered")
        if not delivered:
            return super()._panel_components(case)
        components = []
        for component in super()._panel_components(case):
            if component["key"] == "order_book":
                components.append(
                    {
                        "key": "delivered",
                        "label": self.env._("Delivered, not invoiced"),
                        "amount": delivered,
                    }
                )
                rest = case.currency.round(component["amount"] - delivered)
                label = self.env._("Orders to deliver")
                components.append({**component, "label": label, "amount": rest})
            else:
                components.append(component)
        return components
