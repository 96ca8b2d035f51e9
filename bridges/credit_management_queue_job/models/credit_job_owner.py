from odoo import api, fields, models

# states of a job that is still to be done
LIVE = ("wait_dependencies", "pending", "enqueued", "started")


class CreditJobOwner(models.AbstractModel):
    """What jobs work off: it tells how far they are."""

    _name = "credit.job.owner"
    _description = "Owner of Jobs"

    job_count = fields.Integer(string="Jobs", compute="_compute_jobs")
    job_live_count = fields.Integer(string="Jobs Waiting", compute="_compute_jobs")
    job_done_count = fields.Integer(string="Jobs Done", compute="_compute_jobs")
    job_failed_count = fields.Integer(string="Jobs Failed", compute="_compute_jobs")
    job_note = fields.Char(string="Progress", compute="_compute_job_note")

    def _compute_jobs(self):
        groups = self._jobs()._read_group(
            self._jobs_domain(), ["credit_owner_id", "state"], ["__count"]
        )
        counts = {(owner_id, state): count for owner_id, state, count in groups}
        for owner in self:
            owner.job_live_count = sum(
                counts.get((owner.id, state), 0) for state in LIVE
            )
            owner.job_done_count = counts.get((owner.id, "done"), 0)
            owner.job_failed_count = counts.get((owner.id, "failed"), 0)
            owner.job_count = (
                owner.job_live_count + owner.job_done_count + owner.job_failed_count
            )

    @api.depends_context("lang")
    @api.depends("job_count", "job_done_count", "job_failed_count")
    def _compute_job_note(self):
        for owner in self:
            counts = {"done": owner.job_done_count, "count": owner.job_count}
            if failed := owner.job_failed_count:
                owner.job_note = self.env._(
                    "%(done)s of %(count)s jobs are done, %(failed)s failed.",
                    failed=failed,
                    **counts,
                )
            else:
                owner.job_note = self.env._(
                    "%(done)s of %(count)s jobs are done.", **counts
                )

    def action_view_jobs(self):
        """Open the jobs; those who manage the queue may read them."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "queue_job.action_queue_job"
        )
        return {**action, "domain": self._jobs_domain(), "context": {}}

    @api.model
    def _jobs(self):
        """Return the model of jobs: collectors see how many there are, no more."""
        return self.env["queue.job"].sudo()

    def _jobs_domain(self):
        return [
            ("credit_owner_model", "=", self._name),
            ("credit_owner_id", "in", self.ids),
        ]

    def _job_store_values(self, job):
        # EXTENDS queue_job
        return {
            **super()._job_store_values(job),
            "credit_owner_model": self._name,
            "credit_owner_id": self.id,
        }
