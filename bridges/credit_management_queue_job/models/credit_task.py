import hashlib
import json

from odoo import api, fields, models


class CreditTask(models.Model):
    """What a user has asked for and jobs do: a large file, or a mailing.

    Only the actions that ask for it make one, and nobody but its user sees it.
    """

    _name = "credit.task"
    _description = "Background Task"
    _inherit = ["credit.job.owner"]
    _order = "id desc"

    name = fields.Char(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("aged_balance", "Aged balance"),
            ("monthly_report", "Monthly report"),
            ("statements", "Account statements"),
            ("mailing", "Mailing of statements"),
        ],
        required=True,
        readonly=True,
    )
    user_id = fields.Many2one(
        "res.users",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.user,
    )
    arguments = fields.Json(readonly=True)
    key = fields.Char(readonly=True, index=True, help="What is asked for, as a digest.")
    file = fields.Binary(readonly=True, attachment=True)
    file_name = fields.Char(readonly=True)
    state = fields.Selection(
        [("waiting", "Under way"), ("done", "Done"), ("failed", "Failed")],
        compute="_compute_state",
    )
    error = fields.Text(compute="_compute_error", help="What the job says.")

    @api.depends("job_live_count", "job_failed_count")
    def _compute_state(self):
        for task in self:
            if task.job_failed_count:
                task.state = "failed"
            else:
                task.state = "waiting" if task.job_live_count else "done"

    @api.depends("job_failed_count")
    def _compute_error(self):
        failed = self._jobs().search([*self._jobs_domain(), ("state", "=", "failed")])
        by_task = failed.grouped("credit_owner_id")
        for task in self:
            messages = by_task.get(task.id, self._jobs()).mapped("exc_message")
            task.error = "\n".join(dict.fromkeys(filter(None, messages))) or False

    # ------------------------------------------------------------------
    # Ask
    # ------------------------------------------------------------------

    @api.model
    def _ask(self, kind, name, arguments):
        """Return the task of the user for this, left to jobs.

        The caller has checked the rights; the jobs have those of the user. What is
        under way is not asked for twice.

        :param str kind: of the task
        :param str name: for its user
        :param dict arguments: what its jobs need to know, as JSON
        """
        key = self._key(kind, arguments)
        mine = self.search([("key", "=", key), ("user_id", "=", self.env.uid)])
        if under_way := mine.filtered(lambda task: task.state == "waiting")[:1]:
            return under_way
        values = {"name": name, "kind": kind, "arguments": arguments, "key": key}
        # nobody makes tasks by hand
        task = self.sudo().create(values).sudo(False)
        task._enqueue()
        return task

    def _key(self, kind, arguments):
        asked = [kind, arguments, self.env.uid, self.env.companies.ids, self.env.lang]
        content = json.dumps(asked, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def _enqueue(self):
        """Leave the task to one job; extend for a kind that is done in parts."""
        self.with_delay(
            identity_key=f"credit_task-{self.key}", description=self.name
        )._job_make_file()

    def _told(self):
        """Return the action that tells the user where to find the task."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "title": self.name,
                "message": self.env._("It is being prepared. You may go on: %s"),
                "links": [
                    {
                        "label": self.env._("Background Tasks"),
                        "url": f"/odoo/credit-tasks/{self.id}",
                    }
                ],
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def _tell(self, kind, message):
        """Tell the user, on the screen and in their inbox or by e-mail.

        :param str kind: of notification: ``success`` or ``danger``
        """
        self.user_id._bus_send(
            "simple_notification",
            {"type": kind, "title": self.name, "message": message, "sticky": True},
        )
        self.env["mail.thread"].sudo().message_notify(
            partner_ids=self.user_id.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
            subject=self.name,
            body=message,
            model=self._name,
            res_id=self.id,
            # the queue sends: a job done anew tells nothing twice
            force_send=False,
        )

    def _job_failed(self, **_failure):
        """Tell the user that a job has failed for good."""
        self._tell(
            "danger",
            self.env._("It failed: see Background Tasks for the reason."),
        )

    @api.autovacuum
    def _gc_tasks(self):
        """Forget tasks and their files when the queue forgets its jobs."""
        self.search([("create_date", "<", "-30d")]).unlink()
