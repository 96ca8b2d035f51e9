from odoo import api, fields, models


class CreditHold(models.Model):
    """The desk decides on deliveries too, by the same rights."""

    _inherit = "credit.hold"

    picking_id = fields.Many2one(
        "stock.picking",
        string="Delivery",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _one_document = models.Constraint(
        "CHECK((order_id IS NULL) != (picking_id IS NULL))",
        "An order or a delivery is on hold.",
    )
    _one_pending_delivery = models.UniqueIndex(
        "(picking_id) WHERE state = 'pending'", "This delivery is already on hold."
    )

    @api.depends("picking_id", "partner_id", "company_id")
    def _compute_credit_panel(self):
        # EXTENDS credit_management: a delivery adds nothing to its customer's panel
        deliveries = self.filtered("picking_id")
        for company, holds in deliveries.grouped("company_id").items():
            for hold in holds:
                hold.credit_panel = hold.partner_id.with_company(company).credit_panel
        return super(CreditHold, self - deliveries)._compute_credit_panel()

    def _document(self):
        # EXTENDS credit_management
        return self.picking_id or super()._document()

    def _verdicts(self, orders=None, **options):
        # EXTENDS credit_management
        verdicts = super()._verdicts(orders, **options)
        return verdicts | self.sudo().picking_id._credit_verdicts(**options)

    def _announced_reasons(self):
        # EXTENDS credit_management: the warehouse does not read what is owed
        if self.picking_id:
            return ", ".join(self.rule_ids.mapped("name"))
        return super()._announced_reasons()

    def _told_users(self):
        # EXTENDS credit_management: the warehouse keeps the goods meanwhile
        users = super()._told_users()
        return users | self.requested_by_id if self.picking_id else users

    def _continue_orders(self, comment=""):
        # EXTENDS credit_management: goods leave by the warehouse's hand only
        deliveries = self.filtered("picking_id")
        for hold in deliveries:
            text = self.env._("Released: the delivery can be validated. %s", comment)
            hold._tell_sales(text, activity=True)
        return super(CreditHold, self - deliveries)._continue_orders(comment)

    def _refusal_template(self):
        # EXTENDS credit_management
        if self.picking_id:
            return self.env.ref(
                "credit_management_stock.mail_template_delivery_refused"
            )
        return super()._refusal_template()
