from odoo import fields, models


class CreditContactRole(models.Model):
    """What a contact does at the customer's: levels of dunning address a role."""

    _name = "credit.contact.role"
    _description = "Contact Role"
    _order = "sequence, name, id"

    code = fields.Char(
        required=True, copy=False, help="Technical name, which never changes."
    )
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()

    _code_unique = models.UniqueIndex("(code)", "Each role has a code of its own.")
