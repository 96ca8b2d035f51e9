from odoo import fields, models


class QueueJob(models.Model):
    """A job knows the run or the task that it works for."""

    _inherit = "queue.job"

    credit_owner_model = fields.Char(readonly=True)
    credit_owner_id = fields.Many2oneReference(
        string="Credit Management Record",
        model_field="credit_owner_model",
        readonly=True,
    )

    _credit_owner_idx = models.Index(
        "(credit_owner_id, credit_owner_model) WHERE credit_owner_id IS NOT NULL"
    )
