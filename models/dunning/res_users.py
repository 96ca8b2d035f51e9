from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from ..limit.res_partner import FINANCE_GROUP
from ..limit.res_partner_rights import MANAGER_GROUP

ABSENCE_FIELDS = ["credit_substitute_id", "credit_absent_from", "credit_absent_until"]
ABSENCE_GROUPS = f"{FINANCE_GROUP},base.group_erp_manager"


class ResUsers(models.Model):
    """A collector who is away has a substitute, who acts for the time."""

    _inherit = "res.users"

    credit_substitute_id = fields.Many2one(
        "res.users",
        string="Substitute",
        domain=lambda self: self._credit_collector_domain(),
        groups=ABSENCE_GROUPS,
        help="Sees to the user's customers during the absence.",
    )
    credit_absent_from = fields.Date(string="Absent From", groups=ABSENCE_GROUPS)
    credit_absent_until = fields.Date(
        string="Absent Until",
        groups=ABSENCE_GROUPS,
        help="The last day of the absence. Empty: until further notice.",
    )

    @property
    def SELF_READABLE_FIELDS(self):  # noqa: N802
        return super().SELF_READABLE_FIELDS + ABSENCE_FIELDS

    @property
    def SELF_WRITEABLE_FIELDS(self):  # noqa: N802
        return super().SELF_WRITEABLE_FIELDS + ABSENCE_FIELDS

    @api.model
    def _credit_collector_domain(self):
        """Return the domain of users who collect, as views can take it."""
        group = self.env.ref(FINANCE_GROUP, raise_if_not_found=False)
        return [
            ("share", "=", False),
            ("all_group_ids", "in", group.ids if group else []),
        ]

    @api.constrains(*ABSENCE_FIELDS)
    def _check_credit_absence(self):
        for user in self.sudo():
            if not any(user[name] for name in ABSENCE_FIELDS):
                continue
            if user.credit_absent_until and not user.credit_absent_from:
                raise ValidationError(
                    self.env._("Tell from when on %s is absent.", user.name)
                )
            if (
                user.credit_absent_until
                and user.credit_absent_until < user.credit_absent_from
            ):
                raise ValidationError(
                    self.env._("The absence of %s ends before it begins.", user.name)
                )
            for person in user | user.credit_substitute_id:
                if not person._is_credit_collector():
                    raise ValidationError(
                        self.env._(
                            "%s does not belong to credit management: choose a"
                            " collector.",
                            person.name,
                        )
                    )
            if user.credit_substitute_id == user:
                raise ValidationError(
                    self.env._("%s cannot stand in for themselves.", user.name)
                )

    def _is_credit_collector(self):
        """Tell whether the user may collect: an internal user of credit management."""
        self.ensure_one()
        return not self.share and self.has_group(FINANCE_GROUP)

    def _set_credit_absence(self, substitute, date_from, date_until=False):
        """Note the absence of collectors; no date ends it.

        :raises AccessError: neither a credit manager nor the one who is absent
        """
        is_manager = self.env.su or self.env.user.has_group(MANAGER_GROUP)
        if not is_manager and self != self.env.user:
            raise AccessError(
                self.env._("Only a credit manager notes the absence of somebody else.")
            )
        # credit managers do not administer users, they organise the collection
        self.sudo().write(
            {
                "credit_substitute_id": substitute.id,
                "credit_absent_from": date_from,
                "credit_absent_until": date_until,
            }
        )

    def _is_credit_absent(self, date):
        user = self.sudo()
        return not user.active or bool(
            user.credit_absent_from
            and user.credit_absent_from <= date
            and (not user.credit_absent_until or date <= user.credit_absent_until)
        )

    def _credit_acting(self, date=None, company=None):
        """Return who acts for a collector: themselves, or the substitute if absent.

        A substitute who is absent too, or has no access to the company, passes the
        work on. If nobody is there, it stays with the collector.

        :param date: today by default
        :param company: ``res.company`` whose customers it is about
        :return: a user; none for nobody, and for an archived user without substitute
        """
        if not self:
            return self
        self.ensure_one()
        date = date or fields.Date.context_today(self)
        seen, user = self.browse(), self
        while user and user not in seen:
            knows = not company or company in user.sudo().company_ids
            if knows and not user._is_credit_absent(date):
                return user
            seen |= user
            user = user.sudo().credit_substitute_id.with_env(self.env)
        return self.filtered(lambda owner: owner.sudo().active)
