from datetime import timedelta

import pytz

from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _credit_working_hours_after(self, start, hours):
        """Return the time so many working hours after another one, in UTC.

        :param datetime start: in UTC
        :param float hours: by the company's calendar; of the clock without one
        :rtype: datetime
        """
        self.ensure_one()
        calendar = self.resource_calendar_id
        planned = calendar and calendar.plan_hours(
            hours, pytz.utc.localize(start), compute_leaves=True
        )
        if not planned:
            return start + timedelta(hours=hours)
        return planned.astimezone(pytz.utc).replace(tzinfo=None)
