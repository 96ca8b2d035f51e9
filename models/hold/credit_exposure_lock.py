from odoo import api, fields, models
from odoo.tools import SQL


class CreditExposureLock(models.Model):
    """A row by customer and company, written by whoever commits to more exposure.

    Odoo's transactions read a snapshot: a lock alone lets the second of two
    confirmations decide on figures without the first. Writing the same row
    makes the second one fail to serialise; Odoo then runs it again, and it
    sees the first.
    """

    _name = "credit.exposure.lock"
    _description = "Serialisation of Credit Checks"
    _log_access = False

    partner_id = fields.Many2one("res.partner", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    turn = fields.Integer(default=0)

    # a constraint, not an index: merging contacts then drops the second row
    _partner_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer has one row by company."
    )

    @api.model
    def _take(self, customers, company):
        """Serialise this transaction with the others on the same customers.

        :raises psycopg2.errors.SerializationFailure: another one came first;
            Odoo's ``retrying`` runs the request again
        """
        rows = [SQL("(%s, %s, 1)", id_, company.id) for id_ in sorted(customers.ids)]
        if rows:
            self.env.cr.execute(
                SQL(
                    """INSERT INTO credit_exposure_lock (partner_id, company_id, turn)
                       VALUES %s
                  ON CONFLICT (partner_id, company_id)
                    DO UPDATE SET turn = credit_exposure_lock.turn + 1""",
                    SQL(", ").join(rows),
                )
            )
