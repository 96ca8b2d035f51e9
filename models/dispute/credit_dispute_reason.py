from odoo import fields, models


class CreditDisputeReason(models.Model):
    """What a customer says: it decides who resolves the dispute, and by when."""

    _name = "credit.dispute.reason"
    _description = "Dispute Reason"
    _order = "sequence, id"

    code = fields.Char(required=True, copy=False)
    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    assign_to = fields.Selection(
        [
            ("salesperson", "The salesperson"),
            ("collector", "The collector"),
            ("team", "A team"),
            ("user", "A user"),
        ],
        string="Resolved By",
        required=True,
        default="collector",
    )
    team_id = fields.Many2one("credit.dispute.team", ondelete="restrict")
    user_id = fields.Many2one("res.users", domain="[('share', '=', False)]")
    deadline_days = fields.Integer(
        string="Deadline (working days)",
        default=5,
        help="Working days of the company between the opening and the deadline.",
    )
    questions = fields.Text(
        translate=True, help="What the resolver has to find out, one question by line."
    )

    _code_unique = models.UniqueIndex("(code)", "Each reason has a code of its own.")
    _deadline_positive = models.Constraint(
        "CHECK(deadline_days >= 0)", "A deadline is a number of days, 0 or more."
    )
    _team_given = models.Constraint(
        "CHECK(assign_to != 'team' OR team_id IS NOT NULL)",
        "Choose the team that resolves disputes of this reason.",
    )
    _user_given = models.Constraint(
        "CHECK(assign_to != 'user' OR user_id IS NOT NULL)",
        "Choose the user who resolves disputes of this reason.",
    )
