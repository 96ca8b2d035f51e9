from odoo import fields, models


class CreditCollectorAssignment(models.TransientModel):
    """Give customers to a collector."""

    _name = "credit.collector.assignment"
    _description = "Assign a Collector"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        required=True,
        default=lambda self: self._default_partners(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
        help="Empty: nobody, until the rules or a colleague assign the customers.",
    )

    def _default_partners(self):
        context = self.env.context
        if context.get("active_model") != "res.partner":
            return self.env["res.partner"]
        partners = self.env["res.partner"].browse(context.get("active_ids", []))
        return partners.commercial_partner_id

    def action_assign(self):
        """Give the customers to the collector that was chosen."""
        self.ensure_one()
        self.partner_ids.action_assign_collector(self.user_id.id)
        return {"type": "ir.actions.act_window_close"}
