from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# what figures are shown by, and the records that the keys are the ids of
DIMENSIONS = {
    "partner": "res.partner",
    "group": "res.partner",
    "policy": "credit.policy",
    "salesperson": "res.users",
    "team": "crm.team",
    "collector": "res.users",
    "country": "res.country",
}


# what figures can be narrowed down to, and what a segment of customers has in common
FILTERS = ("policy", "salesperson", "team", "collector", "country")
# where a customer keeps what the filters are about
CLIENT_PATHS = {
    "policy": "credit_policy_id",
    "salesperson": "user_id",
    "team": "user_id.sale_team_id",
    "collector": "credit_collector_id",
    "country": "country_id",
}


class CreditKpiCustomer(models.AbstractModel):
    """By whom and by what the figures of a customer are grouped.

    The salesperson and the team are the customer's: payments and credit notes
    have none of their own, and a figure that lacks them is no receivable.
    """

    _name = "credit.kpi.customer"
    _description = "Groupings of Customers for Figures"

    @api.model
    def _query(self, company):
        """Return the query of the groupings of each commercial partner.

        :param company: the root ``res.company``
        :return: columns ``partner_id`` and, for each other key of DIMENSIONS,
            the key followed by ``_id``
        :rtype: SQL
        """
        self._flush_sources()
        Partner = self.env["res.partner"].with_company(company).sudo()
        return SQL(
            """SELECT customer.id AS partner_id,
                      COALESCE(parent.commercial_partner_id, customer.id) AS group_id,
                      COALESCE(%(policy)s, %(default_policy)s::int) AS policy_id,
                      customer.user_id AS salesperson_id,
                      salesperson.sale_team_id AS team_id,
                      %(collector)s AS collector_id,
                      customer.country_id
                 FROM res_partner customer
            LEFT JOIN res_partner parent ON parent.id = customer.parent_id
            LEFT JOIN res_users salesperson ON salesperson.id = customer.user_id
                WHERE customer.commercial_partner_id = customer.id""",
            policy=Partner._field_to_sql("customer", "credit_policy_id"),
            default_policy=company.sudo().credit_policy_id.id or None,
            collector=Partner._field_to_sql("customer", "credit_collector_id"),
        )

    @api.model
    def _items_of(self, companies, keys):
        """Return the domain of the journal items of some customers.

        :param companies: root companies; a policy may differ by company
        :param dict keys: ids by grouping, all of which a customer is in
        :rtype: Domain
        """
        return Domain.OR(
            Domain("company_id", "in", company._credit_branch_ids())
            & Domain(
                "partner_id",
                "in",
                SQL(
                    """(SELECT contact.id
                          FROM res_partner contact
                         WHERE contact.commercial_partner_id IN (%s))""",
                    self._chosen(company, keys),
                ),
            )
            for company in companies
        )

    @api.model
    def _documents_of(self, companies, keys):
        """Return the domain of documents, of customers as in :meth:`_items_of`."""
        return Domain.OR(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", SQL("(%s)", self._chosen(company, keys)))
            for company in companies
        )

    @api.model
    def _client_domain(self, companies, keys):
        """Return the domain of the items or documents of some customers.

        As :meth:`_items_of`, but naming fields only, so that a list can keep it.

        :param dict keys: ids by grouping, False for customers without
        """
        branches = [id for company in companies for id in company._credit_branch_ids()]
        domain = Domain("company_id", "in", branches)
        for name, key in keys.items():
            path = f"partner_id.commercial_partner_id.{CLIENT_PATHS[name]}"
            chosen = Domain(path, "=", key)
            if name == "policy" and key in companies.sudo().credit_policy_id.ids:
                chosen |= Domain(path, "=", False)
            if name == "team" and not key:  # nor a salesperson
                chosen |= Domain("partner_id.commercial_partner_id.user_id", "=", False)
            domain &= chosen
        return domain

    def _chosen(self, company, keys):
        return SQL(
            "SELECT partner_id FROM (%s) customer WHERE %s",
            self._query(company),
            SQL(" AND ").join(
                SQL("%s = %s", SQL.identifier("customer", f"{name}_id"), key)
                for name, key in keys.items()
            ),
        )

    @api.model
    def _choices(self, companies):
        """Return what customers can be narrowed down to: ids and names, by filter.

        :rtype: dict[str, list[tuple]]
        """
        customers = SQL(" UNION ").join(
            SQL(
                "SELECT %s FROM (%s) customer",
                SQL(", ").join(SQL.identifier(f"{name}_id") for name in FILTERS),
                self._query(company),
            )
            for company in companies
        )
        rows = self.env.execute_query(customers)
        choices = {}
        for name, keys in zip(FILTERS, zip(*rows, strict=True), strict=False):
            labels = self._labels(name, set(keys) - {None})
            del labels[None]
            choices[name] = sorted(labels.items(), key=lambda choice: choice[1])
        return choices

    @api.model
    def _segment_query(self, company):
        """Return the query of the segment of each commercial partner.

        Customers of a segment have all of FILTERS in common.

        :return: columns of :meth:`_query` and ``segment_id``, from 1 on
        :rtype: SQL
        """
        return SQL(
            "SELECT *, dense_rank() OVER (ORDER BY %s) AS segment_id FROM (%s) grouped",
            SQL(", ").join(SQL.identifier(f"{name}_id") for name in FILTERS),
            self._query(company),
        )

    def _flush_sources(self):
        self.env["res.partner"].flush_model(
            [
                "commercial_partner_id",
                "country_id",
                "credit_collector_id",
                "credit_policy_id",
                "parent_id",
                "user_id",
            ]
        )
        self.env["res.users"].flush_model(["sale_team_id"])

    @api.model
    def _labels(self, dimension, keys):
        """Return how the keys of a grouping are called, those without any too.

        :param str dimension: one of DIMENSIONS
        :param keys: ids, None among them for “none”
        :rtype: dict[int | None, str]
        """
        records = self.env[DIMENSIONS[dimension]].sudo()
        found = records.with_context(active_test=False).browse(filter(None, keys))
        # stored, so that none of the many other fields of a contact is read
        name = "complete_name" if "complete_name" in found else "display_name"
        found.fetch([name])
        return {None: self.env._("None"), **{r.id: r[name] for r in found}}
