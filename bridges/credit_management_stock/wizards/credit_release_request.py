from odoo import api, fields, models


class CreditReleaseRequest(models.TransientModel):
    _inherit = "credit.release.request"

    order_id = fields.Many2one(required=False)
    picking_id = fields.Many2one("stock.picking", string="Delivery", readonly=True)

    @api.depends("picking_id")
    def _compute_credit_panel(self):
        # EXTENDS credit_management: the warehouse does not see what is owed
        deliveries = self.filtered("picking_id")
        deliveries.credit_panel = False
        return super(CreditReleaseRequest, self - deliveries)._compute_credit_panel()

    def action_send(self):
        # EXTENDS credit_management
        if not self.picking_id:
            return super().action_send()
        self.picking_id.action_request_release(self.comment)
        return {"type": "ir.actions.act_window_close"}
