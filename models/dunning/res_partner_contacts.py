from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import plaintext2html

from ..limit.res_partner import FINANCE_GROUP

MEND_ACTIVITY = "credit_management.mail_activity_type_mend_contact"


class ResPartner(models.Model):
    """Which contact does what, and whether anybody can be reached."""

    _inherit = "res.partner"

    credit_role_ids = fields.Many2many(
        "credit.contact.role",
        string="Roles",
        groups="base.group_user",
        help="What the contact does there. Reminders are addressed to a role.",
    )
    dunning_contact_usable = fields.Boolean(
        string="Usable Contact",
        compute="_compute_dunning_contact_usable",
        search="_search_dunning_contact_usable",
        compute_sudo=True,
        groups=FINANCE_GROUP,
        help="Not so for a customer that owes something, but has no contact that can be"
        " reached by e-mail, text message or phone.",
    )
    dunning_contact_problem = fields.Char(
        string="What Is Wrong",
        compute="_compute_dunning_contact_usable",
        compute_sudo=True,
        groups=FINANCE_GROUP,
    )

    @api.depends_context("company", "lang")
    @api.depends(
        "commercial_partner_id",
        "email",
        "phone",
        "message_bounce",
        "child_ids.active",
        "child_ids.email",
        "child_ids.phone",
        "child_ids.message_bounce",
    )
    def _compute_dunning_contact_usable(self):
        problems = self.env["credit.dunning.recipients"]._unreachable(
            self.env.company, self.commercial_partner_id
        )
        asked = {task.res_id: task.summary for task in self._mending_tasks()}
        for partner in self:
            problem = problems.get(partner._origin.id)
            partner.dunning_contact_usable = not problem
            partner.dunning_contact_problem = problem or asked.get(partner._origin.id)

    def _mending_tasks(self):
        """Return the open tasks to mend the contacts of these customers."""
        activity_type = self.env.ref(MEND_ACTIVITY, raise_if_not_found=False)
        return (
            self.env["mail.activity"]
            .sudo()
            .search(
                Domain(
                    "activity_type_id", "=", activity_type.id if activity_type else 0
                )
                & Domain("res_model", "=", self._name)
                & Domain("res_id", "in", self._origin.ids),
                order="id",
            )
        )

    @api.model
    def _search_dunning_contact_usable(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields["dunning_contact_usable"], "read")
        problems = self.env["credit.dunning.recipients"]._unreachable(self.env.company)
        domain = Domain.FALSE
        if True in value:
            domain |= Domain("id", "not in", list(problems))
        if False in value:
            domain |= Domain("id", "in", list(problems))
        return domain

    @api.model
    def _credit_figure_names(self):
        # who owes nothing any more needs no contact
        return super()._credit_figure_names() + [
            "dunning_contact_usable",
            "dunning_contact_problem",
        ]

    def write(self, vals):
        if "email" not in vals:
            return super().write(vals)
        bounced = {
            partner: partner.email_normalized
            for partner in self.sudo()
            if partner.message_bounce
        }
        result = super().write(vals)
        for partner, email in bounced.items():
            if partner.email_normalized != email:
                # what came back was sent to the other address
                partner.message_bounce = 0
        return result

    @api.model
    def _ask_to_mend(self, customer, problem):
        """Give the task to mend the contacts of a customer, once while it is open.

        It goes to the collector of the current company, or to the substitute; a
        customer without collector has an activity that belongs to nobody yet.

        :param customer: ``res.partner``
        :param str problem: what is wrong, in words
        """
        company = self.env.company._credit_company()
        customer = customer.commercial_partner_id.sudo().with_company(company)
        activity_type = self.env.ref(MEND_ACTIVITY)
        if activity := customer._mending_tasks()[:1]:
            if problem not in (activity.summary or ""):
                activity.write({"summary": problem, "note": plaintext2html(problem)})
            return
        collector = customer.credit_collector_id._credit_acting(company=company)
        self.env["mail.activity"].sudo().create(
            {
                "activity_type_id": activity_type.id,
                "res_model_id": self.env["ir.model"]._get_id(customer._name),
                "res_id": customer.id,
                "user_id": collector.id,
                "date_deadline": fields.Date.context_today(self),
                "summary": problem,
                "note": plaintext2html(problem),
            }
        )
