from odoo import api, fields, models
from odoo.tools import SQL


class CreditExposureSource(models.AbstractModel):
    _inherit = "credit.exposure.source"

    @api.model
    def _outdate_credit_figures(self):
        # EXTENDS exposure: what is contested falls with what is owed
        result = super()._outdate_credit_figures()
        for model in ("credit.dispute", "credit.dispute.line"):
            self.env[model].invalidate_model(["amount_open"], flush=False)
        return result


class CreditExposure(models.AbstractModel):
    """What is contested: left out of the exposure where the company chose so."""

    _inherit = "credit.exposure"

    @api.model
    def _credit_exposure_components(self, company, commercial_ids):
        # EXTENDS exposure
        components = super()._credit_exposure_components(company, commercial_ids)
        if company.sudo().credit_exclude_disputed:
            components.append(
                SQL(
                    "SELECT partner_id, NULL, NULL, NULL, NULL, NULL, amount, NULL"
                    " FROM (%s) disputed",
                    self._disputed_amounts(company, commercial_ids),
                )
            )
        return components

    def _disputed_amounts(self, company, commercial_ids):
        """Select what is contested of the open items, by invoiced party.

        In the currency of the company; a payment lowers it with the residual.
        """
        self._flush_items()
        return SQL(
            """SELECT item.partner_id,
                      SUM(LEAST(disputed.amount, item.amount_residual_currency)
                          * item.amount_residual / item.amount_residual_currency)
                          AS amount
                 FROM (%(resting)s) disputed
                 JOIN account_move_line item ON item.id = disputed.line_id
                WHERE %(is_owed)s
             GROUP BY item.partner_id""",
            resting=self.env["credit.dispute.line"]._resting_query(),
            is_owed=self._is_owed(company, commercial_ids),
        )

    def _waiting_amounts(self, company, commercial_ids):
        """Select what of the open items is not to be chased now, by invoiced party.

        What is contested does not count here. In the currency of the company; an
        item that waits for several reasons counts once.
        """
        self._flush_items()
        return SQL(
            """SELECT item.partner_id,
                      SUM(LEAST(waiting.amount,
                                GREATEST(item.amount_residual_currency
                                         - COALESCE(disputed.amount, 0), 0))
                          * item.amount_residual / item.amount_residual_currency)
                          AS amount
                 FROM (SELECT part.line_id, SUM(part.amount) AS amount
                         FROM (%(parts)s) part (line_id, amount)
                     GROUP BY part.line_id) waiting
                 JOIN account_move_line item ON item.id = waiting.line_id
            LEFT JOIN (%(resting)s) disputed ON disputed.line_id = item.id
                WHERE %(is_owed)s
             GROUP BY item.partner_id""",
            parts=SQL(" UNION ALL ").join(self._waiting_parts(company, commercial_ids)),
            resting=self.env["credit.dispute.line"]._resting_query(),
            is_owed=self._is_owed(company, commercial_ids),
        )

    @api.model
    def _waiting_parts(self, company, commercial_ids):
        """Return the selects of what of open items is not to be chased now.

        Columns: the id of the item, and the amount in its currency. Extend to add
        what is promised, or in a running plan. They may name items of other
        companies and customers, and what has been paid: it is left out.

        :param company: the root ``res.company``
        :param commercial_ids: tuple of ids, or None for all the customers
        :rtype: list[SQL]
        """
        return [SQL("SELECT NULL::int, NULL::numeric WHERE FALSE")]

    def _flush_items(self):
        self.env["account.move.line"].flush_model(
            ["amount_residual", "amount_residual_currency", "company_id",
             "parent_state", "partner_id", "reconciled"]
        )  # fmt: skip

    def _is_owed(self, company, commercial_ids):
        """Return the condition that an ``item`` is an open debit of the customers."""
        return SQL(
            """item.parent_state = 'posted'
                  AND item.reconciled IS NOT TRUE
                  AND item.amount_residual_currency > 0
                  AND item.company_id IN %(companies)s
                  AND %(of_customers)s""",
            companies=company._credit_branch_ids(),
            of_customers=self._invoiced_to("item.partner_id", commercial_ids),
        )

    @api.model
    def _disputed_by_customer(self, company, partners=None):
        """Return what customers contest, in the currency of the company, in one query.

        :param company: ``res.company``; a branch stands for its root
        :param partners: ``res.partner``, or None for all of them
        :return: by id of commercial partner; only of those who contest something
        :rtype: dict[int, float]
        """
        return self._by_customer(self._disputed_query(company, partners))

    @api.model
    def _disputed_query(self, company, partners=None):
        """Return the query of :meth:`_disputed_by_customer`.

        :return: columns ``partner_id`` and ``value``
        :rtype: SQL
        """
        return self._by_customer_query(self._disputed_amounts, company, partners)

    @api.model
    def _waiting_by_customer(self, company, partners=None):
        """Return what customers owe, do not contest, and still are not chased for.

        :return: as :meth:`_disputed_by_customer`
        """
        query = self._by_customer_query(self._waiting_amounts, company, partners)
        return self._by_customer(query)

    def _by_customer(self, query):
        return dict(self.env.execute_query(query))

    def _by_customer_query(self, amounts, company, partners):
        """Sum amounts by customer.

        :param amounts: the method that selects them by invoiced party
        """
        company = company._credit_company()
        commercial_ids = None
        if partners is not None:
            # of nobody: nothing
            commercial_ids = tuple(partners.commercial_partner_id.ids) or (0,)
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        return SQL(
            """SELECT partner.commercial_partner_id AS partner_id, %s::float AS value
                 FROM (%s) part
                 JOIN res_partner partner ON partner.id = part.partner_id
             GROUP BY partner.commercial_partner_id""",
            self._rounded(SQL("SUM(part.amount)"), company.currency_id),
            amounts(company, commercial_ids),
        )


class CreditCustomerExposure(models.Model):
    _inherit = "credit.customer.exposure"

    disputed = fields.Monetary(readonly=True)
    clean_balance = fields.Monetary(
        readonly=True, help="What is owed, less what is contested."
    )
    actionable_balance = fields.Monetary(
        readonly=True,
        help="What can be chased now: the clean balance, less what is promised or in a"
        " running plan.",
    )

    @api.model
    def _snapshot_columns(self, company, figures):
        # EXTENDS exposure
        columns = super()._snapshot_columns(company, figures)
        Exposure = self.env["credit.exposure"].sudo()
        partners = self.env["res.partner"].browse(figures)
        disputed = Exposure._disputed_by_customer(company, partners)
        waiting = Exposure._waiting_by_customer(company, partners)
        columns["disputed"] = [disputed.get(id_, 0.0) for id_ in figures]
        columns["clean_balance"] = [
            round(found.receivable - disputed.get(id_, 0.0), 6)
            for id_, found in figures.items()
        ]
        columns["actionable_balance"] = [
            round(clean - waiting.get(id_, 0.0), 6)
            for id_, clean in zip(figures, columns["clean_balance"], strict=True)
        ]
        return columns


class CreditCheck(models.AbstractModel):
    _inherit = "credit.check"

    def _panel_components(self, case):
        # EXTENDS check
        components = super()._panel_components(case)
        if case.figures.left_out:
            components.append(
                {
                    "key": "left_out",
                    "label": self.env._("Disputed, left out"),
                    "amount": case.currency.round(-case.figures.left_out),
                }
            )
        return components
