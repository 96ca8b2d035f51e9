from datetime import timedelta

from odoo import fields, models

from odoo.addons.credit_management.models.dunning.credit_dunning_run import (
    BATCH,
    CONFLICTS,
)
from odoo.addons.queue_job.exception import RetryableJobError

from .credit_job_owner import LIVE

# after which nobody seems to take jobs
PATIENCE = timedelta(hours=1)


class CreditDunningRun(models.Model):
    """Jobs send the notices of a run, each of them a part of it."""

    _name = "credit.dunning.run"
    _inherit = ["credit.dunning.run", "credit.job.owner"]

    # ------------------------------------------------------------------
    # Hand out
    # ------------------------------------------------------------------

    def _send_later(self):
        # OVERRIDES credit_management: jobs start at once, also for what has failed
        for run in self:
            failed = [*run._jobs_domain(), ("state", "=", "failed")]
            run._jobs().search(failed).button_cancelled()
            run._enqueue()

    def _send_ready(self):
        # EXTENDS credit_management: the scheduled job hands out, jobs send
        if self._jobs_stand_still():
            return super()._send_ready()
        try:
            # what has failed waits for a person
            self._enqueue(but=(*LIVE, "failed"))
            self._close()
            self.env.flush_all()
        except CONFLICTS:
            # another worker hands it out, or closes it
            self.env.cr.rollback()
        return bool(self.env["ir.cron"]._commit_progress())

    def _enqueue(self, but=LIVE):
        """Leave what is ready to jobs, one by part.

        A part is made of neighbouring ids, whatever is left of them: asked again, the
        same parts come out, and those that have a job get no other.

        :param but: states of the job of a part that needs no other
        """
        self.ensure_one()
        taken = set(
            self._jobs()
            .search([*self._jobs_domain(), ("state", "in", but)])
            .mapped("identity_key")
        )
        for part in sorted({notice_id // BATCH for notice_id in self._ready().ids}):
            key = f"credit_dunning_run-{self.id}-{part}"
            if key not in taken:
                self.with_delay(
                    identity_key=key,
                    description=self.env._(
                        "%(run)s, part %(part)s", run=self.name, part=part
                    ),
                )._job_send(part * BATCH, (part + 1) * BATCH)

    def _jobs_stand_still(self):
        """Tell whether jobs of the run wait and nobody has taken any job for long."""
        since = fields.Datetime.now() - PATIENCE
        waiting = [
            *self._jobs_domain(),
            ("state", "=", "pending"),
            ("date_created", "<", since),
        ]
        Job = self._jobs()
        return bool(Job.search(waiting, limit=1)) and not Job.search(
            [("date_enqueued", ">=", since)], limit=1
        )

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    def _job_send(self, first, end):
        """Send what is ready of a part, as the scheduled job would.

        All of it in the transaction of the job: killed, it is done anew as a whole.

        :param int first: lowest id of the part
        :param int end: lowest id beyond it
        :raises RetryableJobError: another worker is at the same notices
        """
        if self.exists().state != "running":
            return
        ready = self.env["credit.dunning.notice"].search(
            [*self._ready_domain(), ("id", ">=", first), ("id", "<", end)], order="id"
        )
        try:
            ready._send()
            self.env.flush_all()
        except CONFLICTS as error:
            raise RetryableJobError(str(error)) from error
        self._end_with_last_job()

    def _end_with_last_job(self):
        """Call the scheduled job once no other job is to start: it closes the run."""
        to_start = [*self._jobs_domain(), ("state", "in", ("pending", "enqueued"))]
        if not self._jobs().search(to_start, limit=1):
            self.env.ref("credit_management.ir_cron_dunning_send")._trigger()
