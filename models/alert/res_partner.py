from odoo import fields, models

from .credit_alert import LIVE

# who raises alerts, and who reads and answers them
ALERT_GROUPS = "credit_management.group_credit_user,sales_team.group_sale_salesman"


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_alert_count = fields.Integer(
        compute="_compute_credit_alert_count", groups=ALERT_GROUPS
    )

    def _compute_credit_alert_count(self):
        groups = self.env["credit.alert"]._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("state", "in", LIVE),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = dict(groups)
        for partner in self:
            partner.credit_alert_count = counts.get(partner.commercial_partner_id, 0)

    def action_credit_alert(self):
        """Raise an alert on the customer."""
        self.ensure_one()
        return self._credit_alert_action(
            {"default_partner_id": self._credit_customer().id}
        )

    def _credit_alert_action(self, context):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_alert_action_raise"
        )
        action["context"] = context
        return action

    def action_view_credit_alerts(self):
        """Open the alerts on the customer, answered ones too."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_alert_action_all"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"create": False}
        return action
