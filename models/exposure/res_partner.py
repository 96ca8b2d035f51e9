import operator as operators

from odoo import api, fields, models
from odoo.fields import Domain

from .credit_exposure import ExposureFigures

# who may see what a customer owes; the figures themselves are computed with
# elevated rights, since salespeople have no access to the ledger
FIGURES_GROUPS = (
    "credit_management.group_credit_user,sales_team.group_sale_salesman,"
    "account.group_account_invoice,account.group_account_readonly"
)
COMPARISONS = {
    "<": operators.lt,
    "<=": operators.le,
    ">": operators.gt,
    ">=": operators.ge,
    "in": lambda value, accepted: value in accepted,
    "not in": lambda value, refused: value not in refused,
}


def exposure_field(label, **attributes):
    """Return a monetary field that `_compute_credit_exposure` fills."""
    return fields.Monetary(
        string=label,
        compute="_compute_credit_exposure",
        compute_sudo=True,
        currency_field="credit_currency_id",
        groups=FIGURES_GROUPS,
        **attributes,
    )


class ResPartner(models.Model):
    _inherit = "res.partner"

    credit_currency_id = fields.Many2one(
        "res.currency", compute="_compute_credit_currency_id"
    )
    credit_exposure = exposure_field(
        "Exposure",
        search="_search_credit_exposure",
        help="Receivable, order book and draft invoices: what the customer owes"
        " or will owe.",
    )
    credit_receivable = exposure_field(
        "Receivable",
        search="_search_credit_receivable",
        help="Open invoices less unallocated payments and credit notes.",
    )
    credit_overdue = exposure_field(
        "Overdue",
        search="_search_credit_overdue",
        help="Open invoices past their due date.",
    )
    credit_unallocated = exposure_field(
        "Unallocated",
        search="_search_credit_unallocated",
        help="Payments and credit notes not yet applied to an invoice.",
    )
    credit_order_book = exposure_field(
        "Order Book",
        search="_search_credit_order_book",
        help="Confirmed orders not yet invoiced, tax included.",
    )
    credit_draft_invoices = exposure_field(
        "Draft Invoices",
        search="_search_credit_draft_invoices",
        help="Draft invoices that do not come from an order.",
    )
    credit_oldest_overdue_days = fields.Integer(
        string="Oldest Overdue (days)",
        compute="_compute_credit_exposure",
        search="_search_credit_oldest_overdue_days",
        compute_sudo=True,
        groups=FIGURES_GROUPS,
    )

    @api.depends_context("company")
    def _compute_credit_currency_id(self):
        self.credit_currency_id = self.env.company.currency_id

    @api.depends_context("company", "tz")
    @api.depends("commercial_partner_id")
    def _compute_credit_exposure(self):
        figures = self.env["credit.exposure"]._figures(self, self.env.company)
        today = fields.Date.context_today(self)
        nothing = ExposureFigures()
        for partner in self:
            found = figures.get(partner.commercial_partner_id._origin.id, nothing)
            partner.credit_exposure = found.exposure
            partner.credit_receivable = found.receivable
            partner.credit_overdue = found.overdue
            partner.credit_unallocated = found.unallocated
            partner.credit_order_book = found.order_book
            partner.credit_draft_invoices = found.draft_invoices
            partner.credit_oldest_overdue_days = found.overdue_days(today)

    @api.model
    def _credit_figure_names(self):
        """Return the names of computed fields that show credit figures."""
        return [
            "credit_exposure", "credit_receivable", "credit_overdue",
            "credit_unallocated", "credit_order_book", "credit_draft_invoices",
            "credit_oldest_overdue_days",
        ]  # fmt: skip

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals or "is_company" in vals:
            # another company answers for the contact's orders
            self.env["credit.exposure.source"]._outdate_credit_figures()
        return result

    @api.model
    def _search_credit_exposure(self, operator, value):
        return self._search_credit_figure("exposure", operator, value)

    @api.model
    def _search_credit_receivable(self, operator, value):
        return self._search_credit_figure("receivable", operator, value)

    @api.model
    def _search_credit_overdue(self, operator, value):
        return self._search_credit_figure("overdue", operator, value)

    @api.model
    def _search_credit_unallocated(self, operator, value):
        return self._search_credit_figure("unallocated", operator, value)

    @api.model
    def _search_credit_order_book(self, operator, value):
        return self._search_credit_figure("order_book", operator, value)

    @api.model
    def _search_credit_draft_invoices(self, operator, value):
        return self._search_credit_figure("draft_invoices", operator, value)

    @api.model
    def _search_credit_oldest_overdue_days(self, operator, value):
        today = fields.Date.context_today(self)
        return self._search_by_figures(
            "credit_oldest_overdue_days",
            lambda figures: figures.overdue_days(today),
            operator,
            value,
        )

    @api.model
    def _search_credit_figure(self, name, operator, value):
        return self._search_by_figures(
            f"credit_{name}", operators.attrgetter(name), operator, value
        )

    @api.model
    def _search_by_figures(self, field_name, figure, operator, value):
        """Return the domain of the partners whose figure compares as asked.

        Customers without any open document are not in the query: they are
        matched as all the others when zero compares as asked.

        :raises AccessError: the user may not read the field, whose groups Odoo
            does not check when it has a search method
        """
        if operator not in COMPARISONS:
            return NotImplemented
        self._check_field_access(self._fields[field_name], "read")
        compare = COMPARISONS[operator]
        figures = self.env["credit.exposure"].sudo()._figures_of_all(self.env.company)
        zero_matches = compare(figure(ExposureFigures()), value)
        exceptions = [
            partner_id
            for partner_id, found in figures.items()
            if bool(compare(figure(found), value)) != zero_matches
        ]
        return Domain(
            "commercial_partner_id", "not in" if zero_matches else "in", exceptions
        )

    # ------------------------------------------------------------------
    # From a figure to its documents
    # ------------------------------------------------------------------

    def action_credit_receivable(self):
        """Open the items of the customer's receivable, the credits included."""
        return self._credit_items_action(
            self.env._("Receivable of %s", self._credit_customer().display_name),
            Domain.TRUE,
        )

    def action_credit_overdue(self):
        """Open the customer's overdue items."""
        return self._credit_items_action(
            self.env._("Overdue items of %s", self._credit_customer().display_name),
            Domain("amount_residual", ">", 0)
            & Domain("date_maturity", "<", fields.Date.context_today(self)),
        )

    def action_credit_unallocated(self):
        """Open the customer's payments and credit notes not yet applied."""
        return self._credit_items_action(
            self.env._(
                "Unallocated credits of %s", self._credit_customer().display_name
            ),
            Domain("amount_residual", "<", 0),
        )

    def action_credit_order_book(self):
        """Open the customer's confirmed orders that are not entirely invoiced."""
        customer = self._credit_customer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Order book of %s", customer.display_name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [
                ("state", "=", "sale"),
                ("partner_invoice_id.commercial_partner_id", "=", customer.id),
                ("company_id", "in", self._credit_branch_ids()),
                ("order_line", "any", self._credit_open_line_domain()),
            ],
        }

    def action_credit_draft_invoices(self):
        """Open the customer's draft invoices."""
        customer = self._credit_customer()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Draft invoices of %s", customer.display_name),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [
                ("state", "=", "draft"),
                ("move_type", "=", "out_invoice"),
                ("commercial_partner_id", "=", customer.id),
                ("company_id", "in", self._credit_branch_ids()),
            ],
        }

    def _credit_customer(self):
        """Return the customer that answers for the partner: its company."""
        self.ensure_one()
        return self.commercial_partner_id

    def _credit_branch_ids(self):
        return self.env.company._credit_company()._credit_branch_ids()

    def _credit_open_line_domain(self):
        return [("display_type", "=", False), ("invoice_status", "!=", "invoiced")]

    def _credit_items_action(self, name, domain):
        MoveLine = self.env["account.move.line"]
        MoveLine.check_access("read")
        view = self.env.ref("account.view_move_line_tree")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "account.move.line",
            "views": [(view.id, "list"), (False, "form")],
            "domain": list(
                MoveLine._open_receivable_domain()
                & Domain(
                    "partner_id.commercial_partner_id", "=", self._credit_customer().id
                )
                & Domain("company_id", "in", self._credit_branch_ids())
                & domain
            ),
            "context": {"create": False},
        }
