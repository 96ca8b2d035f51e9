from odoo import fields, models
from odoo.tools import ormcache


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_order_horizon_days = fields.Integer(
        string="Ignore Deliveries Beyond (days)",
        help="Confirmed orders promised after this many days stay out of the"
        " exposure. 0 counts every order.",
    )

    _credit_order_horizon_days_positive = models.Constraint(
        "CHECK(credit_order_horizon_days >= 0)",
        "The horizon of deliveries is a number of days, 0 or more.",
    )

    def _credit_company(self):
        """Return the company that grants credit: the root of a branch."""
        return self.sudo().root_id

    @ormcache("self.id")
    def _credit_branch_ids(self):
        """Return the ids of the company and its branches, archived ones too.

        Odoo empties the cache when a company is created and forbids to move
        one below another.

        :rtype: tuple[int]
        """
        companies = self.sudo().with_context(active_test=False)
        return tuple(companies.search([("id", "child_of", self.id)]).ids)
