from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ...tools.ageing import BOUNDS, LAST_BOUND, MOST_BOUNDS, parse_bounds


class ResCompany(models.Model):
    _inherit = "res.company"

    credit_order_horizon_days = fields.Integer(
        string="Ignore Deliveries Beyond (days)",
        help="Confirmed orders promised after this many days stay out of the"
        " exposure. 0 counts every order.",
    )

    credit_ageing_bounds = fields.Char(
        string="Ages of Overdue Items (days)",
        default=",".join(map(str, BOUNDS)),
        required=True,
        help="The last day of each age, the last one open: “30,60,90” makes 1–30,"
        " 31–60, 61–90 and more than 90 days.",
    )

    _credit_order_horizon_days_positive = models.Constraint(
        "CHECK(credit_order_horizon_days >= 0)",
        "The horizon of deliveries is a number of days, 0 or more.",
    )

    @api.constrains("credit_ageing_bounds")
    def _check_credit_ageing_bounds(self):
        for company in self:
            try:
                parse_bounds(company.credit_ageing_bounds)
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "“%(text)s” names no ages of overdue items. Enter up to"
                        " %(most)s numbers of days in ascending order, %(last)s at"
                        " most, with commas between them: 30,60,90",
                        text=company.credit_ageing_bounds,
                        most=MOST_BOUNDS,
                        last=LAST_BOUND,
                    )
                ) from None

    def _credit_ageing_bounds(self):
        """Return the last day of each age of overdue items but the last age.

        :rtype: tuple[int]
        """
        return parse_bounds(self._credit_company().credit_ageing_bounds)

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
