import math
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain

from .credit_dispute import ORIGINS

# who may open a dispute: finance, invoicing, and sales for their customers
OPENERS = (
    "credit_management.group_credit_user,sales_team.group_sale_salesman,"
    "account.group_account_invoice"
)

# those of them who do for whichever customer
OPENERS_FOR_ALL = (
    "credit_management.group_credit_user,account.group_account_invoice,"
    "sales_team.group_sale_salesman_all_leads"
)


class ContestedPart(NamedTuple):
    """A part of an open item that is contested.

    :param item: ``account.move.line``, a receivable item
    :param float amount: in the currency of the item
    :param invoice_line: ``account.move.line`` of the product that it is about
    """

    item: Any
    amount: float
    invoice_line: Any = None


class CreditDispute(models.Model):
    """How disputes are opened, and by whom."""

    _inherit = "credit.dispute"

    @api.model
    def action_open(
        self,
        parts,
        reason,
        description="",
        origin="customer",
        contact=None,
        order=None,
        attachments=None,
    ):
        """Open a dispute; its part of the items rests from dunning at once.

        Records may be given by their ids.

        :param list parts: :class:`ContestedPart`, or tuples of its values; of one
            customer, one company and one currency
        :param reason: ``credit.dispute.reason``
        :param str description: what the customer says
        :param str origin: a key of ``ORIGINS``
        :param contact: ``res.partner`` who contests, and gets the answer
        :param order: ``sale.order`` that it is about
        :param attachments: ``ir.attachment``, copied to the dispute
        :return: the dispute
        :raises AccessError: neither finance, invoicing nor the customer's salesperson
        :raises UserError: more than what is open and not contested yet, or
            items that do not go together
        """
        if not (self.env.su or self.env.user.has_groups(OPENERS)):
            raise AccessError(
                self.env._("Disputes are opened by sales, invoicing and finance.")
            )
        parts = self._as_parts(parts)
        attachments = self._as_records("ir.attachment", attachments)
        attachments.check_access("read")
        order = self._as_records("sale.order", order).sudo()
        if not all(self._may_contest(part.item, order) for part in parts):
            raise AccessError(
                self.env._(
                    "You have no access to this: another salesperson follows it."
                )
            )
        # salespeople have no access to the ledger
        dispute = self.sudo()._open(
            parts,
            self._as_records("credit.dispute.reason", reason).sudo(),
            description,
            origin,
            self._as_records("res.partner", contact).sudo(),
            order,
        )
        dispute = dispute.with_env(self.env)
        dispute.check_access("read")
        if attachments:
            dispute._attach(attachments)
        return dispute

    @api.model
    def _may_contest(self, item, order=None):
        """Tell whether the item is the user's to contest, whoever resolves it.

        Salespeople contest what they have sold, and what their customers owe.

        :param item: ``account.move.line``
        :param order: ``sale.order`` of the user; its own invoices may be contested
        """
        user = self.env.user.sudo()
        if user._is_superuser():
            return True
        item = item.sudo()
        if item.company_id._credit_company() not in user.company_ids.root_id:
            return False
        if user.has_groups(OPENERS_FOR_ALL):
            return True
        order = order.sudo() if order else self.env["sale.order"]
        sellers = item.move_id.invoice_user_id
        if order.user_id == user and item.move_id in order.invoice_ids:
            sellers |= user
        customer = item.partner_id.commercial_partner_id
        return user in sellers or customer.user_id <= user

    @api.model
    def _as_records(self, model, value):
        """Return records that remote callers give by their ids."""
        ids = getattr(value, "ids", value or ())
        ids = [ids] if isinstance(ids, int) else ids
        if not isinstance(ids, list | tuple):
            raise UserError(self.env._("This choice is unknown. Reload the page."))
        return self.env[model].browse(self._portal_id(id_) for id_ in ids)

    def _as_parts(self, parts):
        """Return the contested parts that a caller names, the records sudoed.

        :raises UserError: these are no parts of items
        :rtype: list[ContestedPart]
        """
        is_list = isinstance(parts, list | tuple)
        if not is_list or not all(
            isinstance(part, list | tuple) and len(part) in (2, 3) for part in parts
        ):
            raise UserError(self.env._("Choose the open items that are contested."))
        found = []
        for item, amount, *invoice_line in parts:
            item = self._as_records("account.move.line", item).sudo().exists()
            if len(item) != 1:
                raise UserError(self.env._("Choose the open items that are contested."))
            lines = self._as_records("account.move.line", (invoice_line or [None])[0])
            found.append(ContestedPart(item, amount, lines.sudo()))
        return found

    @api.model
    def _open(self, parts, reason, description, origin, contact=None, order=None):
        """Open a dispute. The callers have checked who asks."""
        items = self._checked_items(parts)
        customer = items.partner_id.commercial_partner_id
        company = items.company_id._credit_company()
        contact = contact or self.env["res.partner"]
        order = order or self.env["sale.order"]
        self._check_reason(reason)
        self._check_customer(customer, contact, order)
        if origin not in dict(ORIGINS):
            raise UserError(self.env._("Where does the dispute come from?"))
        self.env["credit.exposure.lock"]._take(customer, company)
        salesperson = (
            order.user_id or items.move_id.invoice_user_id[:1] or customer.user_id
        )
        dispute = self.with_context(mail_create_nolog=True).create(
            {
                "name": self.env["ir.sequence"].next_by_code("credit.dispute") or "/",
                "partner_id": customer.id,
                "company_id": company.id,
                "currency_id": items.currency_id.id,
                "reason_id": reason.id,
                "description": str(description or "").strip() or False,
                "origin": origin,
                "contact_id": contact.id,
                "order_id": order.id,
                "opened_by_id": self.env.uid,
                "opened_date": fields.Date.context_today(self),
                "salesperson_id": salesperson.id,
                "line_ids": [Command.create(self._line_values(part)) for part in parts],
                **self._assignment(reason, customer, company, salesperson),
            }
        )
        customer._watch_payments()
        dispute.line_ids._update_resting()
        dispute._check_within_residuals()
        dispute.message_subscribe((salesperson | self.env.user).partner_id.ids)
        dispute._announce()
        # it may leave the exposure, by the choice of the company
        customer._reevaluate_credit_holds()
        return dispute

    def _checked_items(self, parts):
        """Return the items, which must be contestable together.

        :raises UserError: not open, or of several customers or currencies
        """
        items = self.env["account.move.line"].concat(*(part.item for part in parts))
        items = items.exists()
        if not items or len(items) != len({part.item.id for part in parts}):
            raise UserError(self.env._("Choose the open items that are contested."))
        opened = items.filtered_domain(items._open_receivable_domain())
        if items - opened or any(item.amount_residual <= 0 for item in items):
            raise UserError(
                self.env._("Only what the customer still owes can be contested.")
            )
        if (
            len(items.partner_id.commercial_partner_id) != 1
            or len(items.currency_id) != 1
            or len({item.company_id._credit_company() for item in items}) != 1
        ):
            raise UserError(
                self.env._(
                    "A dispute is about one customer, one company and one currency."
                    " Open one for each."
                )
            )
        return items

    def _check_reason(self, reason):
        if len(reason) != 1 or not reason.exists() or not reason.active:
            raise UserError(self.env._("Choose the reason of the dispute."))

    def _check_customer(self, customer, contact, order):
        if contact.commercial_partner_id - customer or (
            order and order._credit_customer() != customer
        ):
            raise UserError(
                self.env._(
                    "The contact and the order belong to %s, who owes the invoices.",
                    customer.display_name,
                )
            )

    def _line_values(self, part):
        item, amount = part.item, part.amount
        currency = item.currency_id
        if not isinstance(amount, int | float) or not math.isfinite(amount):
            raise UserError(self.env._("A disputed amount is a number."))
        amount = currency.round(amount)
        if currency.compare_amounts(amount, 0.0) <= 0:
            raise UserError(
                self.env._(
                    "How much of %(document)s is contested? More than 0.",
                    document=item.move_id.name,
                )
            )
        residual = item.amount_residual_currency
        if currency.compare_amounts(amount, residual) > 0:
            raise UserError(
                self.env._(
                    "%(residual)s of %(document)s is open: no more can be contested.",
                    document=item.move_id.name,
                    residual=currency.format(residual),
                )
            )
        invoice_line = part.invoice_line
        if invoice_line and invoice_line.move_id != item.move_id:
            raise UserError(
                self.env._("A line of another invoice was chosen for %s.",
                           item.move_id.name)
            )  # fmt: skip
        rate = item.amount_residual / item.amount_residual_currency
        return {
            "move_line_id": item.id,
            "move_id": item.move_id.id,
            "invoice_line_id": invoice_line.id if invoice_line else False,
            "product_id": invoice_line.product_id.id if invoice_line else False,
            "name": item.move_id.name,
            "date_maturity": item.date_maturity,
            "amount": amount,
            "amount_company": item.company_id.currency_id.round(amount * rate),
        }

    def _check_within_residuals(self, is_reopening=False):
        """Check that what is contested of each item is still owed.

        :param bool is_reopening: the items may have been paid in part meanwhile:
            their contested part has fallen, and only other disputes count
        :raises UserError: more than the residual, all disputes together
        """
        own = {line.move_line_id: line.amount_resting for line in self.line_ids}
        free = self._free_amounts(self.line_ids.move_line_id, self)
        for item, amount in own.items():
            currency = item.currency_id
            residual = currency.round(item.amount_residual_currency)
            if currency.compare_amounts(amount, free[item]) <= 0:
                continue
            if is_reopening and currency.compare_amounts(free[item], residual) == 0:
                continue
            raise UserError(
                self.env._(
                    "%(document)s: %(residual)s is open, of which %(contested)s is"
                    " contested already. No more than the rest can be.",
                    document=item.move_id.name,
                    residual=currency.format(residual),
                    contested=currency.format(residual - free[item]),
                )
            )

    def _attach(self, attachments):
        """Copy documents to the dispute, and show them in its chatter."""
        self.ensure_one()
        copies = self.env["ir.attachment"].sudo().union(
            *(
                attachment.sudo().copy(
                    {"res_model": self._name, "res_id": self.id, "public": False}
                )
                for attachment in attachments
            )
        )  # fmt: skip
        self.sudo().message_post(
            body=self.env._("Documents"),
            attachment_ids=copies.ids,
            author_id=self.env.user.partner_id.id,
            subtype_xmlid="mail.mt_note",
        )

    # ------------------------------------------------------------------
    # What is still to be contested
    # ------------------------------------------------------------------

    @api.model
    def _contestable_items(self, customer, company):
        """Return the customer's open debits, the oldest first."""
        MoveLine = self.env["account.move.line"].sudo()
        return MoveLine.search(
            MoveLine._open_receivable_domain()
            & Domain("partner_id.commercial_partner_id", "=", customer.id)
            & Domain("company_id", "in", company._credit_company()._credit_branch_ids())
            & Domain("amount_residual", ">", 0),
            order="date_maturity, id",
        )

    @api.model
    def _free_amounts(self, items, but=()):
        """Return what of each item nobody contests yet, in its currency.

        :param but: ``credit.dispute`` that do not count
        :rtype: dict[account.move.line, float]
        """
        groups = (
            self.env["credit.dispute.line"]
            .sudo()
            ._read_group(
                Domain("move_line_id", "in", items.ids)
                & Domain("amount_resting", ">", 0)
                & Domain("dispute_id", "not in", [dispute.id for dispute in but]),
                ["move_line_id"],
                ["amount_resting:sum"],
            )
        )
        contested = {item.id: amount for item, amount in groups}
        return {
            item: max(
                item.currency_id.round(
                    item.amount_residual_currency - contested.get(item.id, 0.0)
                ),
                0.0,
            )
            for item in items
        }
