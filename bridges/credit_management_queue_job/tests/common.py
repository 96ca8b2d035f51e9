from odoo.service.model import call_kw

from odoo.addons.credit_management.tests.dunning_common import DunningCommon
from odoo.addons.queue_job.job import Job


class JobCommon(DunningCommon):
    """Jobs that are enqueued for real, and worked off on the spot."""

    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call a public method as the web client of a user does."""
        self.env.invalidate_all()
        env = self.env(user=user.id, context={}, su=False)
        if context:
            kwargs["context"] = context
        return call_kw(env[model], method, list(args), kwargs)

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
