from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_promise_tolerance_days = fields.Integer(
        string="Tolerance of Promises (days)",
        default=2,
        help="A promise is checked so many days after its date.",
    )
    credit_promise_max_days = fields.Integer(
        string="Longest Promise (days)",
        default=30,
        help="A manager approves promises for later than that. 0: any date.",
    )
    credit_promise_max_count = fields.Integer(
        string="Promises by Item",
        default=1,
        help="A manager approves further promises for the same item.",
    )

    _credit_promise_values_positive = models.Constraint(
        "CHECK(credit_promise_tolerance_days >= 0 AND credit_promise_max_days >= 0"
        " AND credit_promise_max_count >= 0)",
        "Days and numbers of promises are 0 or more.",
    )


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    credit_promise_tolerance_days = fields.Integer(
        related="company_id.credit_promise_tolerance_days", readonly=False
    )
    credit_promise_max_days = fields.Integer(
        related="company_id.credit_promise_max_days", readonly=False
    )
    credit_promise_max_count = fields.Integer(
        related="company_id.credit_promise_max_count", readonly=False
    )
