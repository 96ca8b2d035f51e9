from odoo import fields, models


class CreditAlertReason(models.Model):
    """What makes a salesperson doubt a customer."""

    _name = "credit.alert.reason"
    _description = "Alert Reason"
    _order = "sequence, id"

    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()

    _code_unique = models.UniqueIndex("(code)", "Each reason has a code of its own.")
