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
        help="Not so for a customer that owes something and that nobody can be reached"
        " at by e-mail, text message or phone.",
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
        for partner in self:
            problem = problems.get(partner.commercial_partner_id.id, "")
            partner.dunning_contact_usable = not problem
            partner.dunning_contact_problem = problem

    @api.model
    def _search_dunning_contact_usable(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._check_field_access(self._fields["dunning_contact_usable"], "read")
        problems = self.env["credit.dunning.recipients"]._unreachable(self.env.company)
        domain = Domain.FALSE
        if True in value:
            domain |= Domain("commercial_partner_id", "not in", list(problems))
        if False in value:
            domain |= Domain("commercial_partner_id", "in", list(problems))
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
        activities = self.env["mail.activity"].sudo()
        activity = activities.search(
            Domain("activity_type_id", "=", activity_type.id)
            & Domain("res_model", "=", customer._name)
            & Domain("res_id", "=", customer.id),
            limit=1,
        )
        if activity:
            if problem not in (activity.summary or ""):
                activity.write({"summary": problem, "note": plaintext2html(problem)})
            return
        collector = customer.credit_collector_id._credit_acting(company=company)
        activities.create(
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
