import io
from base64 import b64decode
from unittest.mock import patch

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from odoo.addons.credit_management.tests.rights_common import public_methods, rights
from odoo.addons.queue_job.job import Job

from ..models import credit_task_mailing
from ..wizards import credit_statement_request, mail_compose_message
from .common import JobCommon


@tagged("post_install", "-at_install")
class TestTask(JobCommon):
    """Files and mailings are made by jobs, for the one who asked and nobody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.customer + cls.uncontrolled
        for customer in cls.customers:
            cls._invoice(100, due=cls._today(days=-6), partner=customer)
        cls.other_collector = cls._create_user(
            "other_collector", "credit_management.group_credit_user"
        )

    def setUp(self):
        super().setUp()
        for module, name, limit in (
            (credit_statement_request, "CUSTOMERS_PER_PDF", 1),
            (mail_compose_message, "PART", 1),
            (credit_task_mailing, "PART", 1),
        ):
            self.enterContext(patch.object(module, name, limit))

    def _task(self):
        return self.env["credit.task"].sudo().search([], limit=1)

    def _export(self, options=None, user=None):
        """Ask for the workbook of the aged balance; returns the task."""
        self._rpc(
            user or self.collector,
            *["credit.aged.balance", "action_export_later", options or {}],
        )
        return self._task()

    def _sheets(self, task):
        return load_workbook(io.BytesIO(b64decode(task.file))).sheetnames

    def _assert_told(self, task):
        message = (
            self.env["mail.message"]
            .sudo()
            .search([("model", "=", "credit.task"), ("res_id", "=", task.id)])
        )
        self.assertEqual(message.notified_partner_ids, self.collector.partner_id)

    def _request(self):
        return (
            self.env["credit.statement.request"]
            .with_user(self.collector)
            .create({"partner_ids": [Command.set(self.customers.ids)]})
        )

    # ------------------------------------------------------------------
    # Files
    # ------------------------------------------------------------------

    def test_aged_balance_is_made_by_a_job_of_the_one_who_asked(self):
        task = self._export({"dimension": "salesperson"})
        job = self._jobs(task)
        self.assertEqual(
            (job.user_id, job.channel), (self.collector, "root.credit.file")
        )
        self.assertEqual(task.state, "waiting")
        self._work_off(job)
        self.assertEqual(task.state, "done")
        self.assertEqual(self._sheets(task), ["Groups", "By Customer", "Items"])
        self._assert_told(task)

    def test_file_is_private_to_the_one_who_asked(self):
        task = self._export()
        self._work_off(self._jobs(task))
        file = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", "credit.task"), ("res_field", "=", "file")])
        )
        self.assertTrue(file)
        self.assertTrue(task.with_user(self.collector).file)
        self.assertTrue(file.with_user(self.collector).raw)
        for user in (self.other_collector, self.cfo, self.salesperson, self.accountant):
            with self.subTest(user.login):
                with self.assertRaises(AccessError):
                    self._rpc(user, "credit.task", "read", task.ids, ["file"])
                with self.assertRaises(AccessError):
                    self._rpc(user, "ir.attachment", "read", file.ids, ["raw"])

    def test_same_file_is_not_made_twice(self):
        task = self._export()
        self.assertEqual(self._export(), task)
        self.assertNotEqual(self._export({"only_overdue": True}), task)
        self.assertNotEqual(self._export(user=self.other_collector), task)
        self.assertEqual(len(self._jobs(task)), 1)
        self._work_off(self._jobs(task))
        self.assertNotEqual(self._export(), task, "it is made anew when it was done")

    def test_who_is_not_in_finance_asks_for_nothing(self):
        for user in (self.salesperson, self.sales_manager, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._export(user=user)
        with self.assertRaises(UserError):
            self._export({"dimension": "password"})
        self.assertFalse(self._task())

    def test_nobody_makes_or_changes_a_task_by_rpc(self):
        task = self._export()
        values = {"name": "x", "kind": "aged_balance", "arguments": {}}
        calls = [
            ("create", [values]),
            ("write", task.ids, values),
            ("unlink", task.ids),
            ("_ask", "aged_balance", "x", {}),
            ("_job_make_file", task.ids),
        ]
        for method, *args in calls:
            with self.subTest(method), self.assertRaises(AccessError):
                self._rpc(self.collector, "credit.task", method, *args)

    def test_public_methods_are_these(self):
        shown = {"action_view_jobs"}
        self.assertEqual(
            public_methods(self.registry, "credit_management_queue_job"),
            {
                "credit.aged.balance": {"action_export_later"},
                "credit.dunning.run": shown,
                "credit.job.owner": shown,
                "credit.task": shown,
            },
        )

    def test_rights_on_tasks(self):
        roles = {
            "employee": self._create_user("employee", "base.group_user"),
            "portal": self._portal_user(self.customer),
            "public": self.env.ref("base.public_user"),
            "salesperson": self.salesperson,
            "accountant": self.accountant,
            "collector": self.collector,
            "other_collector": self.other_collector,
            "manager": self.manager,
        }
        by_finance = dict.fromkeys(("collector", "other_collector", "manager"), "r")
        self.assertEqual(rights(self.env["credit.task"], roles), by_finance)
        self.assertEqual(rights(self._export(), roles), {"collector": "r"})

    def test_rights_are_those_of_the_moment_when_the_job_runs(self):
        task = self._export()
        self.collector.group_ids -= self.env.ref("credit_management.group_credit_user")
        with self.assertRaises(AccessError):
            self._work_off(self._jobs(task))
        self.assertFalse(task.file)

    def test_failure_is_told_with_its_reason(self):
        task = self._export()
        record = self._jobs(task)
        job = Job.load(self.env(user=1, su=True), record.uuid)
        job.set_failed(exc_message="No paper", exc_name="X", exc_info="X")
        job.store()
        job.on_fail({"exc_message": "No paper"})
        task.invalidate_recordset()
        self.assertEqual((task.state, task.error), ("failed", "No paper"))
        self._assert_told(task)

    def test_monthly_report_is_made_by_a_job(self):
        dialog = self.env["credit.monthly.report"].with_user(self.collector).create({})
        dialog.action_export()
        task = self._task()
        self._work_off(self._jobs(task))
        self.assertEqual(task.file_name, dialog._file()[0])
        self.assertEqual(len(self._sheets(task)), 7)

    def test_statements_of_many_customers_are_made_by_a_job(self):
        self._request().action_export()
        task = self._task()
        self._work_off(self._jobs(task))
        self.assertTrue(self._sheets(task))

    def test_statement_of_one_customer_is_downloaded_at_once(self):
        request = self._request()
        request.partner_ids = self.customer
        self.assertEqual(request.action_export()["type"], "ir.actions.act_url")
        self.assertFalse(self._task())

    # ------------------------------------------------------------------
    # Mailings
    # ------------------------------------------------------------------

    def _composer(self, user=None):
        action = self._request().action_send()
        Composer = self.env["mail.compose.message"].with_user(user or self.collector)
        with Form(Composer.with_context(**action["context"])) as form:
            form.subject = "Your account, {{ object.name }}"
        return form.save()

    def _mails(self):
        return self.env["mail.mail"].search(
            [("model", "=", "res.partner"), ("res_id", "in", self.customers.ids)],
            order="res_id",
        )

    def test_statements_are_sent_in_parts(self):
        self._composer().action_send_mail()
        task = self._task()
        jobs = self._jobs(task)
        self.assertEqual(len(jobs), len(self.customers))
        self.assertEqual(set(jobs.mapped("channel")), {"root.credit.mail"})
        self._work_off(jobs[0])
        self.assertEqual(len(self._mails()), 1)
        self.assertEqual(task.state, "waiting")
        self._work_off(jobs[1])
        self.assertEqual(task.state, "done")
        mails = self._mails()
        self.assertEqual(mails.mapped("res_id"), sorted(self.customers.ids))
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        for mail in mails:
            customer = self.env["res.partner"].browse(mail.res_id)
            self.assertEqual(mail.subject, f"Your account, {customer.name}")
            self.assertIn(customer.name, mail.attachment_ids.name)

    def test_same_mailing_is_not_sent_twice(self):
        composer = self._composer()
        composer.action_send_mail()
        jobs = self._jobs(self._task())
        composer.action_send_mail()
        self.assertEqual(self._jobs(self._task()), jobs)

    def test_who_is_not_in_finance_sends_no_statements(self):
        with self.assertRaises(AccessError):
            self._composer(self.salesperson).action_send_mail()
        self.assertFalse(self._task())

    def test_other_mailings_are_left_alone(self):
        composer = self._composer().with_context(credit_statement_company_id=False)
        composer.action_send_mail()
        self.assertFalse(self._task())
        self.assertEqual(len(self._mails()), len(self.customers))
