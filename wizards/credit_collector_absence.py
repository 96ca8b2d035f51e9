from odoo import api, fields, models


class CreditCollectorAbsence(models.TransientModel):
    """Note that a collector is away, and who acts instead."""

    _name = "credit.collector.absence"
    _description = "Absence of a Collector"

    user_id = fields.Many2one(
        "res.users",
        string="Collector",
        required=True,
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
    )
    substitute_id = fields.Many2one(
        "res.users",
        compute="_compute_absence",
        store=True,
        readonly=False,
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
    )
    date_from = fields.Date(
        string="From", compute="_compute_absence", store=True, readonly=False
    )
    date_until = fields.Date(
        string="Until", compute="_compute_absence", store=True, readonly=False
    )

    @api.depends("user_id")
    def _compute_absence(self):
        for absence in self:
            user = absence.user_id
            absence.substitute_id = user.credit_substitute_id
            absence.date_from = user.credit_absent_from or fields.Date.context_today(
                absence
            )
            absence.date_until = user.credit_absent_until

    def action_save(self):
        """Note the absence."""
        self.ensure_one()
        self.user_id._set_credit_absence(
            self.substitute_id, self.date_from, self.date_until
        )
        return {"type": "ir.actions.act_window_close"}

    def action_end(self):
        """Note that the collector is back; the substitute stays for the next time."""
        self.ensure_one()
        self.user_id._set_credit_absence(self.user_id.credit_substitute_id, False)
        return {"type": "ir.actions.act_window_close"}
