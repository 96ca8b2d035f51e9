from odoo import api, models

# customers written to by one job
PART = 50


class CreditTask(models.Model):
    """Account statements sent to many customers: a job for each part of them."""

    _inherit = "credit.task"

    @api.model
    def _ask_mailing(self, composer, customers):
        """Leave what a composer would send to jobs.

        :param composer: ``mail.compose.message``, in the context of the statements
        :param customers: ``res.partner`` to write to
        :raises AccessError: the statements are not the user's to read
        """
        context = self._checked_context(customers)
        # the queue of mails sends: a job done anew sends nothing twice
        [values] = composer.copy_data({"res_ids": False, "force_send": False})
        return self._ask(
            "mailing",
            self.env._("Account statements to %s customers", len(customers)),
            {"composer": values, "context": context, "customer_ids": customers.ids},
        )

    def _checked_context(self, customers):
        """Return the context of the statements, which the user may read."""
        Statement = self.env["credit.statement"]
        company, as_of = Statement._asked_for()
        Statement._check_reader(customers, company)
        return Statement._context_for(company, as_of)

    def _enqueue(self):
        # EXTENDS credit_task
        if self.kind != "mailing":
            super()._enqueue()
            return
        for start in range(0, len(self.arguments["customer_ids"]), PART):
            self.with_delay(
                identity_key=f"credit_task-{self.key}-{start}",
                description=f"{self.name} ({start + 1}…)",
            )._job_send_statements(start)

    def _job_send_statements(self, start):
        """Write to a part of the customers, with the rights that the user has by now.

        :param int start: rank of the first one
        """
        if not self.exists():
            return
        asked = self.arguments
        part = asked["customer_ids"][start : start + PART]
        task = self.with_context(**asked["context"])
        task._checked_context(self.env["res.partner"].browse(part))
        composer = task.env["mail.compose.message"].create(
            {**asked["composer"], "res_ids": str(part)}
        )
        composer._action_send_mail()
