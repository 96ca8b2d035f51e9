from odoo import api, models
from odoo.tools import SQL


class CreditExposure(models.AbstractModel):
    """The order book in two: delivered already, still to be delivered.

    Two sights on the same amount: the exposure counts it once.
    """

    _inherit = "credit.exposure"

    @api.model
    def _delivered_not_invoiced(self, partners, company):
        """Return the part of the customers' order books that they have got.

        :return: by id of commercial partner, in company currency
        :rtype: dict[int, float]
        """
        commercial_ids = tuple(partners.commercial_partner_id.ids)
        if not commercial_ids:
            return {}
        company = company._credit_company()
        self._flush_sources()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner.commercial_partner_id, %s::float
                     FROM (%s) rest
                     JOIN res_partner partner ON partner.id = rest.partner_invoice_id
                 GROUP BY partner.commercial_partner_id""",
                self._rounded(
                    SQL("SUM(%s)::numeric", self._delivered_part()), company.currency_id
                ),
                self._order_rests(company, commercial_ids),
            )
        )
        return dict(rows)

    @api.model
    def _open_amounts(self, orders):
        """Return what orders count for in the order book.

        :return: by id of order, what is not invoiced, and the delivered part of it;
            in company currency
        :rtype: dict[int, tuple[float, float]]
        """
        amounts = {}
        for company, of_company in orders.grouped(
            lambda order: order.company_id._credit_company()
        ).items():
            customers = of_company._credit_customers()
            if not customers:
                continue
            self._flush_sources()
            rows = self.env.execute_query(
                SQL(
                    """SELECT rest.order_id, %s::float, %s::float
                         FROM (%s) rest
                        WHERE rest.order_id IN %s""",
                    self._rounded(
                        SQL("(GREATEST(rest.amount, 0) / rest.currency_rate)::numeric"),
                        company.currency_id,
                    ),
                    self._rounded(
                        SQL("(%s)::numeric", self._delivered_part()),
                        company.currency_id,
                    ),
                    self._order_rests(company, tuple(customers.ids)),
                    tuple(of_company.ids),
                )
            )
            amounts |= {order_id: parts for order_id, *parts in rows}
        return amounts

    def _delivered_part(self):
        """A deposit pays first for what is still to be delivered."""
        return SQL(
            "LEAST(rest.delivered, GREATEST(rest.amount, 0)) / rest.currency_rate"
        )
