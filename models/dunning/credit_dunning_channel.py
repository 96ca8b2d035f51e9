from odoo import fields, models


class CreditDunningChannel(models.Model):
    """A way to reach a customer; a delivery goes out by its ``_send_<code>``.

    To add a channel, ship a record and the method on ``credit.dunning.delivery``.
    """

    _name = "credit.dunning.channel"
    _description = "Dunning Channel"
    _order = "sequence, id"

    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()

    _code_unique = models.UniqueIndex("(code)", "Each channel has a code of its own.")
