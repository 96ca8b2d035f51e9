from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL


class CreditAgreement(models.AbstractModel):
    """What a customer has agreed to pay of its open items: a promise, a plan.

    It is noted by credit management, with its items, and its life writes the rest.
    """

    _name = "credit.agreement"
    _description = "Agreement with a Customer"
    _inherit = ["mail.thread", "mail.activity.mixin", "credit.exposure.source"]
    _mail_post_access = "read"
    # what is said of a new agreement, and of its parts by field: its life does the rest
    _noted_names = ("partner_id", "company_id", "currency_id", "contact_id", "user_id")
    _noted_parts = {}

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company.root_id
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    contact_id = fields.Many2one("res.partner", ondelete="restrict")
    user_id = fields.Many2one(
        "res.users", string="Collector", default=lambda self: self.env.user
    )
    closed_on = fields.Date(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        """Note agreements, which must fit the ledger.

        :raises AccessError: the user is not in finance
        :raises UserError: what is wrong with one of them
        """
        self.env["res.partner"]._check_collector_rights()
        self.check_access("create")
        vals_list = [self._as_noted(vals) for vals in vals_list]
        for vals in vals_list:
            self._complete(vals)
        # nobody writes items by themselves: they come with their agreement
        agreements = super(CreditAgreement, self.sudo()).create(vals_list)
        agreements = agreements.with_env(self.env)
        agreements.check_access("read")
        for agreement in agreements:
            agreement._check_contact()
            agreement._begin()
        return agreements

    @api.model
    def _as_noted(self, vals):
        """Return what a caller may say of a new agreement.

        The rest is dropped, and so are commands about the parts of other agreements.
        """
        noted = {name: vals[name] for name in self._noted_names if name in vals}
        for field, names in self._noted_parts.items():
            noted[field] = [
                Command.create({name: part[name] for name in names if name in part})
                for code, _id, part in filter(_is_creation, vals.get(field) or ())
            ]
        return noted

    def _complete(self, vals):
        """Bring the values of a new agreement to the customer and the root company."""
        defaults = self.default_get(["partner_id", "company_id", "currency_id"])
        for name, value in defaults.items():
            vals.setdefault(name, value)
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        vals["partner_id"] = partner.commercial_partner_id.id
        company = self.env["res.company"].browse(
            vals.get("company_id") or self.env.company.id
        )
        vals["company_id"] = company._credit_company().id

    def _begin(self):
        """Check a new agreement, and start its life; to be extended."""
        self.ensure_one()

    def _check_contact(self):
        contact = self.contact_id
        if contact and contact.commercial_partner_id != self.partner_id:
            raise ValidationError(
                self.env._("“%s” is not a contact of the customer.", contact.name)
            )

    def _check_state(self, *states):
        """Check that agreements are in one of the states.

        :raises UserError: one of them is not
        """
        if wrong := self.filtered(lambda agreement: agreement.state not in states):
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "“%(agreement)s” is: %(state)s.",
                    agreement=wrong[0].display_name,
                    state=labels[wrong[0].state],
                )
            )

    # ------------------------------------------------------------------
    # Payments on account
    # ------------------------------------------------------------------

    def _share_payments_on_account(self, missing):
        """Share the payments that nobody has matched yet between agreements.

        A payment is for the agreements that were made before it came.

        :param dict missing: what each agreement lacks, the first one is served first
        :return: what each one gets
        :rtype: dict[credit.agreement, float]
        """
        payments = self._payments_on_account() if missing else {}
        shared = dict.fromkeys(missing, 0.0)
        for agreement, rest in missing.items():
            key = (agreement.company_id, agreement.partner_id, agreement.currency_id)
            for payment in payments.get(key, ()):
                if payment["since"] >= agreement.create_date:
                    part = min(rest, payment["left"])
                    payment["left"] -= part
                    shared[agreement] += part
                    rest -= part
        return shared

    def _payments_on_account(self):
        """Return the customers' payments that nobody has matched yet, oldest first."""
        MoveLine = self.env["account.move.line"].sudo()
        items = MoveLine.search(
            MoveLine._open_receivable_domain()
            & Domain("partner_id.commercial_partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "child_of", self.company_id.ids)
            & Domain("amount_residual_currency", "<", 0)
            & Domain("move_id.move_type", "=", "entry"),
            order="date, id",
        )
        found = {}
        for item in items:
            customer = item.partner_id.commercial_partner_id
            key = (item.company_id.root_id, customer, item.currency_id)
            found.setdefault(key, []).append(
                {"since": item.create_date, "left": -item.amount_residual_currency}
            )
        return found


def _is_creation(command):
    """Tell whether a command creates a record, and does nothing else."""
    return (
        isinstance(command, list | tuple)
        and len(command) == 3
        and command[0] == Command.CREATE
        and isinstance(command[2], dict)
    )


class CreditAgreementItem(models.AbstractModel):
    """The part of an open item that an agreement pays."""

    _name = "credit.agreement.item"
    _description = "Item of an Agreement"
    # the field that leads to the agreement
    _agreement_name = ""

    # what the ledger drops, an agreement remembers
    move_line_id = fields.Many2one(
        "account.move.line", string="Item", index="btree_not_null", ondelete="set null"
    )
    move_id = fields.Many2one(
        "account.move", string="Invoice", index="btree_not_null", ondelete="set null"
    )
    name = fields.Char(string="Document")
    date_maturity = fields.Date(string="Due Date")
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary(required=True)
    residual_before = fields.Monetary(
        readonly=True, help="What was open when the agreement was made."
    )
    residual = fields.Monetary(
        string="Still Open", compute="_compute_residual", compute_sudo=True
    )
    fall = fields.Monetary(
        string="Paid",
        compute="_compute_residual",
        compute_sudo=True,
        help="What the item has fallen by since, at most its part in the agreement.",
    )

    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "The part of an item in an agreement is more than 0."
    )

    @api.depends(
        "move_id.state",
        "move_line_id.amount_residual_currency",
        "move_line_id.parent_state",
    )
    def _compute_residual(self):
        for part in self:
            item = part.move_line_id
            if (item.parent_state or part.move_id.state) == "draft":
                # an invoice that is being mended is owed as before
                residual = part.residual_before
            elif item.parent_state == "posted":
                residual = max(item.amount_residual_currency, 0.0)
            else:
                residual = 0.0
            part.residual = residual
            part.fall = min(max(part.residual_before - residual, 0.0), part.amount)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            item = self.env["account.move.line"].sudo().browse(vals.get("move_line_id"))
            vals["residual_before"] = item.amount_residual_currency
            vals["move_id"] = item.move_id.id
            vals["name"] = item.move_id.name
            vals["date_maturity"] = item.date_maturity
        return super().create(vals_list)

    @api.model
    def _left(self, residual):
        """Return what a ``line`` still announces: what was paid since is taken off.

        :param SQL residual: what is open of its item
        :rtype: SQL
        """
        return SQL(
            "GREATEST(line.amount - GREATEST(line.residual_before - %s, 0), 0)",
            residual,
        )

    def _check_items(self):
        """Check that agreements name open items of their customer, once each.

        :raises ValidationError: what is wrong with one of them
        """
        for agreement, parts in self.grouped(self._agreement_name).items():
            items = parts.sudo().move_line_id
            mine = items.filtered_domain(items._open_receivable_domain()).filtered(
                lambda item, agreement=agreement: (
                    item.partner_id.commercial_partner_id == agreement.partner_id
                    and item.currency_id == agreement.currency_id
                    and item.company_id.root_id == agreement.company_id
                    and item.amount_residual_currency > 0
                )
            )
            if not items or mine != items or len(items) != len(parts):
                raise ValidationError(
                    self.env._("Choose open items of the customer, each one once.")
                )
