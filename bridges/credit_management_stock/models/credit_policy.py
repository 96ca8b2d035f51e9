from odoo import fields, models


class CreditPolicy(models.Model):
    _inherit = "credit.policy"

    delivery_control = fields.Selection(
        [
            ("none", "Never held"),
            ("stopped", "Held when the customer is stopped"),
            ("blocked", "Held when the rules block"),
        ],
        string="Deliveries",
        required=True,
        default="stopped",
        tracking=True,
        help="A delivery that is held waits for finance before the goods leave."
        " Receipts and returns are never held.",
    )
