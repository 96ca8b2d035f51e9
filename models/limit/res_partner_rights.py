from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import formatLang

MANAGER_GROUP = "credit_management.group_credit_manager"


class ResPartner(models.Model):
    """Who sets the credit terms of a customer: credit managers, and nobody else."""

    _inherit = "res.partner"

    @api.model
    def _credit_guarded_names(self):
        """Return the fields that weaken or strengthen the check."""
        return {
            "credit_limit", "credit_limit_mode", "credit_blocking_mode",
            "credit_policy_id", "credit_group_limit", "credit_review_date",
            "credit_stopped", "credit_stop_reason", "credit_exempt",
            "credit_exempt_reason", "use_partner_credit_limit",
        }  # fmt: skip

    @api.model
    def _credit_stored_terms(self):
        return {n for n in self._credit_guarded_names() if self._fields[n].store}

    @api.model
    def default_get(self, fields):
        # neither a context nor a user's own default decides for finance; the
        # company's default stands for customers without a value of their own
        values = super().default_get(fields)
        if self.env.su:
            return values
        guarded = self._credit_guarded_names()
        return {name: value for name, value in values.items() if name not in guarded}

    @api.model_create_multi
    def create(self, vals_list):
        self._check_credit_moves(vals_list)
        guarded = self._credit_guarded_names()
        if any(vals[name] for vals in vals_list for name in guarded & vals.keys()):
            self._check_credit_manager()
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if vals.get("credit_limit"):
                partner._check_credit_raise(0.0, vals["credit_limit"])
            partner._complete_credit_terms(vals)
        return partners

    def _complete_credit_terms(self, vals):
        """Give a new customer its terms in the root company, and their history."""
        root = self.env.company._credit_company()
        terms = {
            name: vals[name] for name in self._credit_guarded_names() & vals.keys()
        }
        if terms and root != self.env.company:
            self.write(terms)
        elif vals.get("credit_limit"):
            self._log_credit_limit({self.sudo(): 0.0})

    def write(self, vals):
        self._check_credit_moves([vals])
        vals = self._without_unchanged_terms(vals)
        guarded = self._credit_guarded_names() & vals.keys()
        if not guarded:
            return super().write(vals)
        if not self._credit_copies_company(vals, guarded):
            self._check_credit_manager()
        root = self.env.company._credit_company()
        if root != self.env.company and guarded != vals.keys():
            # the other values are those of the branch
            self.write({k: v for k, v in vals.items() if k not in guarded})
            vals = {k: v for k, v in vals.items() if k in guarded}
        partners = self.with_company(root)
        before = {partner: partner.credit_limit for partner in partners.sudo()}
        result = super(ResPartner, partners).write(vals)
        self.env["credit.exposure.source"]._outdate_credit_figures()
        if "credit_limit" in vals:
            partners._log_credit_limit(before)
        return result

    def _without_unchanged_terms(self, vals):
        """Return the values to write, without the terms that all partners have.

        :raises AccessError: the user may not write these fields at all: whether
            they change is not theirs to know
        """
        customers = self.sudo().with_company(self.env.company._credit_company())
        unchanged = set()
        for name in self._credit_stored_terms() & vals.keys():
            field = self._fields[name]
            self._check_field_access(field, "write")
            if all(
                field.convert_to_write(customer[name], customer) == vals[name]
                for customer in customers
            ):
                unchanged.add(name)
        return {name: value for name, value in vals.items() if name not in unchanged}

    def _check_credit_manager(self):
        if self.env.su or self.env.user.has_group(MANAGER_GROUP):
            return
        raise AccessError(
            self.env._(
                "Only a credit manager sets the credit terms of a customer. Ask for"
                " a limit from the customer's “Credit” tab: finance decides."
            )
        )

    def _check_credit_moves(self, vals_list):
        """Check that nobody hides a customer behind another one.

        :raises AccessError: the company that answers is written by hand, or a
            subsidiary leaves the shared limit of its group
        """
        if self.env.su:
            return
        if any("commercial_partner_id" in vals for vals in vals_list):
            raise AccessError(
                self.env._("Odoo finds the company of a contact, nobody writes it.")
            )
        if not any({"parent_id", "is_company"} & vals.keys() for vals in vals_list):
            return
        company = self.env.company._credit_company()
        for partner in self.sudo().with_company(company):
            group = partner._credit_group()
            if (
                partner == partner.commercial_partner_id
                and group != partner
                and group.credit_group_limit
                and any(
                    vals.get("parent_id", partner.parent_id.id) != partner.parent_id.id
                    for vals in vals_list
                )
                and not self.env.user.has_group(MANAGER_GROUP)
            ):
                raise AccessError(
                    self.env._(
                        "%(customer)s shares the credit limit of %(group)s: only a"
                        " credit manager takes it out of the group.",
                        customer=partner.display_name,
                        group=group.display_name,
                    )
                )

    def _credit_copies_company(self, vals, guarded):
        """Tell whether contacts merely receive their company's limit.

        Odoo writes it with the rights of whoever creates the contact.
        """
        return guarded == {"credit_limit"} and all(
            partner.commercial_partner_id != partner
            and partner.commercial_partner_id.credit_limit == vals["credit_limit"]
            for partner in self.sudo()
        )

    def _log_credit_limit(self, before):
        """Record each permanent change of limit, whoever wrote it."""
        changed = self.filtered(
            lambda partner: (
                partner.commercial_partner_id == partner
                and partner.sudo().credit_limit != before[partner.sudo()]
            )
        )
        for partner in changed:
            partner._check_credit_raise(
                before[partner.sudo()], partner.sudo().credit_limit
            )
        self.env["credit.limit.change"]._record_direct(
            {partner: before[partner.sudo()] for partner in changed}
        )

    def _check_credit_raise(self, before, after):
        """Check the user's authority to raise a limit.

        :raises AccessError: the raise is above the user's authority
        """
        if self.env.su or after <= before:
            return
        company = self.env.company._credit_company()
        policy = self.sudo().with_company(company)._credit_policy()
        currency = company.currency_id
        if not self.env.user._has_credit_authority(
            after - before, currency, policy.authority_amount
        ):
            raise AccessError(
                self.env._(
                    "Raising the limit of %(customer)s by %(amount)s is above your"
                    " authority. Request the limit: a manager with a higher"
                    " authority approves it.",
                    customer=self.display_name,
                    amount=formatLang(self.env, after - before, currency_obj=currency),
                )
            )
