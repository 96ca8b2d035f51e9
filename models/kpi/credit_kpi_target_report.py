import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...tools.kpi import month_ends

_logger = logging.getLogger(__name__)

# a month is reported on in its first days or not at all
FIRST_DAYS = 10


class CreditKpiTarget(models.Model):
    """Tells the owners once a month how their targets stand."""

    _inherit = "credit.kpi.target"

    reported_month = fields.Date(
        readonly=True, copy=False, help="End of the last month that the owner knows."
    )

    @api.model
    def _cron_report(self):
        """Write to the owners about the month that has ended, once for each target."""
        today = fields.Date.context_today(self)
        if today.day > FIRST_DAYS:
            return
        month = month_ends(today, 2)[1]
        domain = self._to_report_domain(month)
        self.env["ir.cron"]._credit_pieces(
            [
                (
                    partial(target.with_prefetch()._report_alone, month, domain),
                    f"Message about target {target.id}",
                )
                for target in self.search(domain)
            ]
        )

    def _report_alone(self, month, domain):
        """Write about the target, unless another worker has or is at it."""
        for target in self.try_lock_for_update().filtered_domain(domain):
            try:
                with self.env.cr.savepoint():
                    target._report(month)
            except UserError as error:
                _logger.warning("No message about target %s: %s", target.id, error)

    @api.model
    def _to_report_domain(self, month):
        """Return the domain of the targets that ran at the end of a month."""
        return (
            Domain("start_date", "<=", month)
            & Domain("target_date", ">", month_ends(month, 2)[1])
            & Domain("user_id.active", "=", True)
            & Domain("user_id.email", "!=", False)
            & (
                Domain("reported_month", "=", False)
                | Domain("reported_month", "<", month)
            )
        )

    def _report(self, month):
        """Write to the owner, in the owner's language."""
        self.reported_month = month
        template = self.env.ref("credit_management.mail_template_kpi_target")
        template.send_mail(self.id, email_layout_xmlid="mail.mail_notification_layout")
