from odoo import api, fields, models


class CreditReleaseRequest(models.TransientModel):
    """Asks the salesperson for the facts that finance needs."""

    _name = "credit.release.request"
    _description = "Request for Release"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    credit_panel = fields.Json(compute="_compute_credit_panel")
    comment = fields.Text(string="Facts for Finance", required=True)

    @api.depends("order_id")
    def _compute_credit_panel(self):
        self.order_id.check_access("read")
        for request in self:
            request.credit_panel = request.order_id.credit_panel

    def action_send(self):
        """Send the request to finance."""
        self.ensure_one()
        self.order_id.action_request_release(self.comment)
        return {"type": "ir.actions.act_window_close"}
