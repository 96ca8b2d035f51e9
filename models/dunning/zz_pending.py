"""What the people's part brings, until it is there."""

from odoo import fields, models

from ..limit.res_partner import finance_field


class QuietPeriod(models.Model):
    _name = "credit.quiet.period"
    _description = "Quiet Period"

    def _is_quiet(self, policy, country, date):
        return None


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_collector_id = finance_field(fields.Many2one, "res.users")
    credit_role_ids = fields.Many2many("credit.contact.role")

    def _ask_to_mend(self, customer, problem):
        return

    def _assign_collectors(self, company):
        return


class ResUsers(models.Model):
    _inherit = "res.users"

    credit_substitute_id = fields.Many2one("res.users")
    credit_absent_from = fields.Date()
    credit_absent_until = fields.Date()

    def _credit_acting(self, date=None):
        return self
