from odoo import api, models
from odoo.fields import Domain

from ..limit.res_partner import FINANCE_GROUP

SELLER_GROUP = "sales_team.group_sale_salesman"
LEADER_GROUP = "sales_team.group_sale_salesman_all_leads"
SALES_MANAGER_GROUP = "sales_team.group_sale_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    def _credit_sales_scope(self):
        """Return the salespeople whose customers the user follows.

        :return: users; None for all of them, nobody without a right to it
        """
        self.ensure_one()
        if self.has_group(FINANCE_GROUP) or self.has_group(SALES_MANAGER_GROUP):
            return None
        if self.has_group(LEADER_GROUP):
            teams = self.env["crm.team"].sudo()
            domain = ["|", ("user_id", "=", self.id), ("member_ids", "in", self.ids)]
            return self | teams.search(domain).member_ids.sudo(False)
        return self if self.has_group(SELLER_GROUP) else self.browse()

    @api.model
    def _credit_items_followed_by(self, users):
        """Return the domain of the journal items of the customers of salespeople.

        :param users: the salespeople; None for all items
        :rtype: Domain
        """
        if users is None:
            return Domain.TRUE
        return self.env["account.move.line"]._items_of_contacts(
            Domain("commercial_partner_id.user_id", "in", users.ids)
        )
