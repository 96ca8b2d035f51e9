from functools import partial

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from .credit_exposure import ExposureFigures

# up to so many rows, the list is recomputed each time it is opened
REFRESH_AT_ONCE = 5000
# customers that are in memory at once
BATCH = 20000


class CreditCustomerExposure(models.Model):
    """The exposures of all customers, as of the last refresh.

    A list of 100 000 customers that sorts, sums and groups by exposure needs
    stored figures. They are for reading only: every decision computes anew.
    """

    _name = "credit.customer.exposure"
    _description = "Customer Exposure"
    _order = "exposure desc, id"
    _rec_name = "partner_id"
    _log_access = False

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    refreshed_at = fields.Datetime(readonly=True)
    receivable = fields.Monetary(readonly=True)
    overdue = fields.Monetary(readonly=True)
    unallocated = fields.Monetary(readonly=True)
    order_book = fields.Monetary(readonly=True)
    draft_invoices = fields.Monetary(readonly=True)
    left_out = fields.Monetary(string="Left Out of the Exposure", readonly=True)
    exposure = fields.Monetary(readonly=True)
    oldest_due = fields.Date(string="Oldest Due Date", readonly=True)

    # a constraint, not an index: merging contacts then drops the second row
    _partner_unique = models.Constraint(
        "UNIQUE(company_id, partner_id)", "A customer has one row by company."
    )
    _exposure_idx = models.Index("(company_id, exposure DESC, id)")
    _overdue_idx = models.Index("(company_id, overdue DESC, id)")
    _oldest_due_idx = models.Index("(company_id, oldest_due, id)")

    @api.model
    def action_open(self):
        """Open the list of exposures, refreshed first where that takes no time."""
        self.check_access("read")
        if self.sudo().search_count([], limit=REFRESH_AT_ONCE) < REFRESH_AT_ONCE:
            self._refresh(self.env.companies)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "credit_management.credit_customer_exposure_action"
        )

    def action_refresh(self):
        """Refresh the figures of the companies that the user works in."""
        self.check_access("read")
        self._refresh(self.env.companies)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_customer(self):
        """Open the customer's form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    @api.model
    def _cron_refresh(self):
        """Refresh the list, one transaction per company."""
        companies = self.env["res.company"].search([("parent_id", "=", False)])
        self.env["ir.cron"]._credit_pieces(
            [
                (partial(self._refresh, company), f"Exposures of company {company.id}")
                for company in companies
            ]
        )

    @api.model
    def _refresh(self, companies):
        """Compute the exposures of all the customers of some companies anew."""
        for company in companies.sudo().root_id:
            self.sudo()._refresh_company(company.with_company(company))

    def _refresh_company(self, company):
        figures = self.env["credit.exposure"]._figures_of_all(company)
        self.env.cr.execute(
            SQL(
                "DELETE FROM credit_customer_exposure WHERE company_id = %s", company.id
            )
        )
        for batch in split_every(BATCH, figures.items()):
            self._insert(self._snapshot_columns(company, dict(batch)))
        self.invalidate_model(flush=False)

    def _snapshot_columns(self, company, figures):
        """Return what to store of a batch of customers. Extend to add columns.

        :param figures: :class:`ExposureFigures` by id of commercial partner
        :return: by name of field, the values in the order of the customers
        :rtype: dict[str, list]
        """
        amounts = zip(*figures.values(), strict=True)
        return {
            "partner_id": list(figures),
            "company_id": [company.id] * len(figures),
            "refreshed_at": [fields.Datetime.now()] * len(figures),
            "exposure": [found.exposure for found in figures.values()],
            **dict(zip(ExposureFigures._fields, map(list, amounts), strict=True)),
        }

    def _sql_type(self, name):
        return SQL.identifier(self._fields[name].column_type[0])

    def _insert(self, columns):
        """Insert rows in one statement: creating 100 000 records takes too long.

        A row that someone else inserts meanwhile is a conflict, which is retried.
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO credit_customer_exposure (%s) SELECT * FROM unnest(%s)"
                " ON CONFLICT DO NOTHING",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(
                    SQL("%s::%s[]", values, self._sql_type(name))
                    for name, values in columns.items()
                ),
            )
        )
