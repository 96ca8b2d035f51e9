from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.dispute.credit_dispute import ORIGINS
from ..models.dispute.credit_dispute_opening import OPENERS, ContestedPart

# open items that one dialog shows
ITEMS = 200


class CreditDisputeOpen(models.TransientModel):
    """The dialog that opens a dispute: which items, how much of them, and why."""

    _name = "credit.dispute.open"
    _description = "Open a Dispute"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    origin = fields.Selection(ORIGINS, readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True)
    reason_id = fields.Many2one("credit.dispute.reason")
    questions = fields.Text(related="reason_id.questions")
    description = fields.Text(string="What the Customer Says")
    contact_id = fields.Many2one(
        "res.partner",
        domain="['|', ('id', '=', partner_id), ('parent_id', '=', partner_id)]",
        help="Who contests, and gets the answer.",
    )
    line_ids = fields.One2many("credit.dispute.open.line", "wizard_id")
    attachment_ids = fields.Many2many("ir.attachment", string="Documents")

    @api.model
    def _start(
        self,
        customer,
        company,
        origin,
        moves=None,
        order=None,
        contact=None,
        description=None,
    ):
        """Open the dialog on what a customer owes.

        :param moves: ``account.move``: only their items, contested in full
        :param order: ``sale.order``: only the items of its invoices
        :raises UserError: nothing is left to contest
        """
        Dispute = self.env["credit.dispute"]
        if not (self.env.su or self.env.user.has_groups(OPENERS)):
            Dispute.check_access("create")
        customer = customer.commercial_partner_id
        customer.check_access("read")
        items = Dispute._contestable_items(customer, company)
        if moves is not None:
            items = items.filtered(lambda item: item.move_id.id in moves.ids)
        items = items.filtered(lambda item: Dispute._may_contest(item, order))
        free = Dispute._free_amounts(items[:ITEMS])
        items = items.browse([item.id for item, amount in free.items() if amount])
        if not items:
            raise UserError(
                self.env._(
                    "Nothing is left to contest: %s owes nothing here that is not"
                    " contested already.",
                    customer.display_name,
                )
            )
        wizard = self.create(
            {
                "partner_id": customer.id,
                "company_id": company.id,
                "origin": origin,
                "order_id": order and order.id,
                "contact_id": contact and contact.id,
                "description": description,
                "line_ids": [
                    Command.create(
                        {
                            "move_line_id": item.id,
                            "amount": free[item] if moves is not None else 0.0,
                        }
                    )
                    for item in items
                ],
            }
        )
        return wizard._show()

    def _show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open a Dispute"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_apply(self):
        """Open the dispute, and show it.

        :raises AccessError: see :meth:`credit.dispute.action_open`
        :raises UserError: the same
        """
        self.ensure_one()
        lines = self.line_ids.filtered("amount")
        if not lines:
            raise UserError(self.env._("Enter how much of which invoice is contested."))
        dispute = self.env["credit.dispute"].action_open(
            [
                ContestedPart(
                    line.move_line_id, line.amount, line.invoice_line_id or None
                )
                for line in lines
            ],
            self.reason_id,
            description=self.description,
            origin=self.origin,
            contact=self.contact_id,
            order=self.order_id,
            attachments=self.attachment_ids,
        )
        return dispute.get_formview_action()


class CreditDisputeOpenLine(models.TransientModel):
    """An open item in the dialog."""

    _name = "credit.dispute.open.line"
    _description = "Item to Contest"

    wizard_id = fields.Many2one(
        "credit.dispute.open", required=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one("account.move.line", required=True, readonly=True)
    move_id = fields.Many2one(
        "account.move", compute="_compute_item", compute_sudo=True
    )
    name = fields.Char(string="Invoice", compute="_compute_item", compute_sudo=True)
    date_maturity = fields.Date(
        string="Due Date", compute="_compute_item", compute_sudo=True
    )
    currency_id = fields.Many2one(
        "res.currency", compute="_compute_item", compute_sudo=True
    )
    amount_free = fields.Monetary(
        string="Open",
        compute="_compute_item",
        compute_sudo=True,
        help="What is owed and not contested yet.",
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        string="About",
        domain="[('move_id', '=', move_id), ('display_type', '=', 'product')]",
        help="The line of the invoice that it is about. Empty: all of it.",
    )
    amount = fields.Monetary(string="Contested")

    @api.depends("move_line_id", "wizard_id.order_id")
    def _compute_item(self):
        Dispute = self.env["credit.dispute"]
        free = Dispute._free_amounts(self.move_line_id)
        for line in self:
            # a caller may name any item: others stay blank
            item = line.move_line_id.filtered(
                lambda item, line=line: Dispute._may_contest(
                    item, line.wizard_id.order_id
                )
            )
            line.move_id = item.move_id
            line.name = item.move_id.name
            line.date_maturity = item.date_maturity
            line.currency_id = item.currency_id
            line.amount_free = free.get(item, 0.0)

    @api.onchange("invoice_line_id")
    def _onchange_invoice_line_id(self):
        about = self.invoice_line_id.sudo()
        if about and about.move_id == self.move_id:
            self.amount = min(about.price_total, self.amount_free)

    def action_all(self):
        """Contest all that is open of the item."""
        for line in self:
            line.amount = line.amount_free
        return self.wizard_id._show()
