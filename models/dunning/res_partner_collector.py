from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import split_every

from ..limit.res_partner import FINANCE_GROUP, finance_field

# customers looked at in one go
BATCH = 2000


class ResPartner(models.Model):
    """Each customer has a collector, by company; contacts have their company's."""

    _inherit = "res.partner"

    credit_collector_id = finance_field(
        fields.Many2one,
        "res.users",
        string="Collector",
        domain=lambda self: self.env["res.users"]._credit_collector_domain(),
        help="Who sees to what the customer owes.",
    )
    credit_acting_collector_id = fields.Many2one(
        "res.users",
        string="Acting Collector",
        compute="_compute_credit_acting_collector_id",
        search="_search_credit_acting_collector_id",
        compute_sudo=True,
        groups=FINANCE_GROUP,
        help="The collector, or the substitute during an absence.",
    )

    @api.depends_context("company", "tz")
    @api.depends("commercial_partner_id", "credit_collector_id")
    def _compute_credit_acting_collector_id(self):
        company = self.env.company._credit_company()
        for partner in self:
            customer = partner.commercial_partner_id.with_company(company)
            partner.credit_acting_collector_id = (
                customer.credit_collector_id._credit_acting(company=company)
            )

    @api.model
    def _search_credit_acting_collector_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields["credit_acting_collector_id"], "read")
        company = self.env.company._credit_company()
        today = fields.Date.context_today(self)
        wanted = set(value)
        Users = self.env["res.users"].sudo().with_context(active_test=False)
        owners = [
            user.id
            for user in Users.search(self.env["res.users"]._credit_collector_domain())
            if user._credit_acting(today, company).id in wanted
        ]
        customers = self.sudo().with_company(company).with_context(active_test=False)
        mine = Domain("credit_collector_id", "in", owners)
        if False in wanted:
            mine |= Domain("credit_collector_id", "=", False)
        return Domain("commercial_partner_id", "in", customers._search(mine))

    @api.constrains("credit_collector_id")
    def _check_credit_collector_id(self):
        for partner in self.sudo().filtered("credit_collector_id"):
            if partner != partner.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: choose the"
                        " collector of %(customer)s.",
                        contact=partner.display_name,
                        customer=partner.commercial_partner_id.display_name,
                    )
                )
            if not partner.credit_collector_id._is_credit_collector():
                raise UserError(
                    self.env._(
                        "%s does not belong to credit management: choose a collector.",
                        partner.credit_collector_id.name,
                    )
                )

    def write(self, vals):
        root = self.env.company._credit_company()
        if "credit_collector_id" not in vals or root == self.env.company:
            return super().write(vals)
        # the other values are those of the branch
        others = {k: v for k, v in vals.items() if k != "credit_collector_id"}
        collector = {"credit_collector_id": vals["credit_collector_id"]}
        result = self.write(others) if others else True
        return super(ResPartner, self.with_company(root)).write(collector) and result

    def action_assign_collector(self, user_id):
        """Give the customers to a collector, or to nobody.

        Collectors share the work among themselves, but write no other term of a
        customer: hence this method, and no general right to write customers.

        :param int user_id: of a user of credit management; empty: nobody
        :raises AccessError: the user is not in credit management, or may not see one
            of the customers
        :raises UserError: the one chosen does not belong to credit management
        """
        self._check_collector_rights()
        if user_id and not isinstance(user_id, int):
            raise UserError(self.env._("Choose one collector."))
        customers = self.commercial_partner_id
        customers.check_access("read")
        company = self.env.company._credit_company()
        customers.sudo().with_company(company).credit_collector_id = user_id or False
        return True

    # ------------------------------------------------------------------
    # By the rules
    # ------------------------------------------------------------------

    @api.model
    def _assign_collectors(self, company):
        """Give each customer with open items and no collector to one, by the rules.

        The first rule that fits decides. Customers of a collector who has been
        archived count as having none.

        :param company: ``res.company``; a branch stands for its root company
        :return: the customers that got a collector
        """
        company = company._credit_company()
        rules = self.env["credit.collector.rule"].sudo()._rules(company)
        assigned = self.browse()
        if not rules:
            return assigned
        for ids in split_every(BATCH, self._without_collector(company).ids):
            customers = self.sudo().with_company(company).browse(ids)
            overdue = self._overdue_of(customers, company, rules)
            for user, part in customers.grouped(
                lambda c, overdue=overdue: rules._collector_of(
                    c, overdue.get(c.id, 0.0)
                )
            ).items():
                if user:
                    # a rule's decision is no news for the chatter of thousands
                    part.with_context(tracking_disable=True).write(
                        {"credit_collector_id": user.id}
                    )
                    assigned |= part.with_env(self.env)
        return assigned

    @api.model
    def _without_collector(self, company):
        """Return the customers that owe something and that nobody sees to."""
        debtors = self.env["credit.dunning.recipients"]._debtors(company)
        return debtors.with_company(company).filtered(
            lambda customer: not customer.credit_collector_id.active
        )

    @api.model
    def _overdue_of(self, customers, company, rules):
        if not any(rules.mapped("minimum_overdue")):
            return {}
        figures = self.env["credit.exposure"].sudo()._figures(customers, company)
        return {partner_id: found.overdue for partner_id, found in figures.items()}
