from odoo import fields, models

PROCESSES = [
    ("order", "Order entry"),
    ("pricing", "Pricing"),
    ("preparation", "Preparation"),
    ("delivery", "Delivery"),
    ("quality", "Quality"),
    ("invoicing", "Invoicing"),
    ("master_data", "Customer data"),
    ("payment", "Payment"),
    ("customer", "The customer"),
]


class CreditDisputeCause(models.Model):
    """Why it came to the dispute: what there is to learn, whatever was said."""

    _name = "credit.dispute.cause"
    _description = "Root Cause of Disputes"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    process = fields.Selection(PROCESSES, required=True, default="invoicing")
    is_preventable = fields.Boolean(string="Preventable", default=True)
    department = fields.Char(string="Responsible Department", translate=True)
    control = fields.Selection(
        [("none", "None"), ("po_number", "PO number mandatory")],
        required=True,
        default="none",
        help="What can be demanded of the customer's orders so that it does not"
        " happen again.",
    )
