from odoo.addons.credit_management.tests.dunning_common import DunningCommon
from odoo.addons.credit_management.tests.gate_common import GateCommon
from odoo.addons.queue_job.job import Job


class JobCommon(GateCommon, DunningCommon):
    """Jobs that are enqueued for real, and worked off on the spot."""

    def _jobs(self, owner, state="pending"):
        """Return the jobs of a run or a task, the first one first."""
        return (
            self.env["queue.job"]
            .sudo()
            .search(
                [
                    ("credit_owner_model", "=", owner._name),
                    ("credit_owner_id", "=", owner.id),
                    ("state", "=", state),
                ],
                order="id",
            )
        )

    def _work_off(self, jobs):
        """Do jobs as a worker does, from what the database holds of them."""
        self.env.flush_all()
        self.env.invalidate_all()
        for uuid in jobs.mapped("uuid"):
            job = Job.load(self.env(user=1, su=True, context={}), uuid)
            job.set_started()
            job.store()
            job.perform()
            job.set_done()
            job.store()
        self.env.flush_all()
        self.env.invalidate_all()
