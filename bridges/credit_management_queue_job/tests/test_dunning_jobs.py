from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.credit_management.models.dunning import (
    credit_dunning_run,
    credit_dunning_sending,
)
from odoo.addons.queue_job.exception import RetryableJobError
from odoo.addons.queue_job.job import Job

from ..models import credit_dunning_run as credit_dunning_jobs
from .common import JobCommon

BATCH = 3
CUSTOMERS = 7


@tagged("post_install", "-at_install")
class TestDunningJobs(JobCommon):
    """A run is sent by jobs: each part of it once, whoever asks how often."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"]
        for number in range(CUSTOMERS):
            customer = cls._create_customer(f"Late{number} SA")
            cls._invoice(100, due=cls._today(days=-6), partner=customer)
            cls.customers += customer

    def setUp(self):
        super().setUp()
        for module in (credit_dunning_run, credit_dunning_jobs):
            self.enterContext(patch.object(module, "BATCH", BATCH))
        self.run_record = self._run()

    def _send(self, user=None):
        self._rpc(
            user or self.collector,
            *["credit.dunning.run", "action_send", self.run_record.ids],
        )

    def _cron(self, name="ir_cron_dunning_send"):
        cron = self.env.ref(f"credit_management.{name}")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _mails(self):
        return self.env["mail.mail"].search(
            [("model", "=", "res.partner"), ("res_id", "in", self.customers.ids)]
        )

    def _calls_of_the_cron(self):
        cron = self.env.ref("credit_management.ir_cron_dunning_send")
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])

    def _assert_sent_once(self):
        self.assertEqual(self.run_record.sent_count, CUSTOMERS)
        self.assertEqual(
            sorted(self._mails().mapped("res_id")), sorted(self.customers.ids)
        )

    # ------------------------------------------------------------------
    # Hand out
    # ------------------------------------------------------------------

    def test_many_reminders_are_left_to_jobs_of_the_one_who_asked(self):
        self._send()
        jobs = self._jobs(self.run_record)
        parts = {notice.id // BATCH for notice in self.run_record.notice_ids}
        self.assertEqual(len(jobs), len(parts))
        self.assertFalse(self._mails())
        self.assertEqual(jobs.user_id, self.collector)
        self.assertEqual(set(jobs.mapped("channel")), {"root.credit.mail"})
        self._work_off(jobs)
        self._assert_sent_once()

    def test_few_reminders_go_at_once(self):
        self.run_record.notice_ids[BATCH:].sudo().unlink()
        self._send()
        self.assertEqual(self.run_record.sent_count, BATCH)
        self.assertFalse(self._jobs(self.run_record))

    def test_what_waits_is_not_handed_out_again(self):
        self._send()
        jobs = self._jobs(self.run_record)
        self._send()
        self._cron()
        self.assertEqual(self._jobs(self.run_record), jobs)

    def test_scheduled_run_is_prepared_and_handed_out(self):
        self.run_record.sudo().unlink()
        self._cron("ir_cron_dunning")
        self.run_record = self.env["credit.dunning.run"].search(
            [("company_id", "=", self.company.id), ("state", "=", "running")]
        )
        self.assertEqual(self.run_record.ready_count, CUSTOMERS)
        self.assertFalse(self._mails())
        self._work_off(self._jobs(self.run_record))
        self._assert_sent_once()

    def test_last_job_has_the_run_closed(self):
        self._send()
        [*jobs, last] = self._jobs(self.run_record)
        before = self._calls_of_the_cron()
        for job in jobs:
            self._work_off(job)
        self.assertEqual(self._calls_of_the_cron(), before)
        self._work_off(last)
        self.assertEqual(len(self._calls_of_the_cron() - before), 1)
        self._cron()
        self.assertEqual(self.run_record.state, "done")

    def test_who_is_not_in_finance_hands_out_nothing(self):
        for user in (self.salesperson, self.accountant):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._send(user)
        self.assertFalse(self._jobs(self.run_record))

    def test_nobody_calls_jobs_or_makes_them_by_rpc(self):
        calls = [
            ("credit.dunning.run", "_job_send", self.run_record.ids, 0, 2**31),
            ("credit.dunning.run", "_enqueue", self.run_record.ids),
            ("queue.job", "create", {"uuid": "x", "state": "pending"}),
        ]
        for user in (self.collector, self.cfo):
            for call in calls:
                with self.subTest(call=call[1]), self.assertRaises(AccessError):
                    self._rpc(user, *call)

    def test_finance_sees_how_far_jobs_are_but_not_the_queue(self):
        self._send()
        jobs = self._jobs(self.run_record)
        self._work_off(jobs[0])
        seen = self.run_record.with_user(self.collector)
        self.assertEqual((seen.job_done_count, seen.job_count), (1, len(jobs)))
        self.assertEqual(seen.job_live_count, len(jobs) - 1)
        with self.assertRaises(AccessError):
            self._rpc(self.collector, "queue.job", "requeue", jobs.ids)
        with self.assertRaises(AccessError):
            self._rpc(self.collector, "queue.job", "read", jobs.ids, ["args"])
        action = seen.action_view_jobs()
        self.assertEqual(self.env["queue.job"].sudo().search(action["domain"]), jobs)

    # ------------------------------------------------------------------
    # The job
    # ------------------------------------------------------------------

    def test_what_is_paid_before_its_job_does_not_leave(self):
        self._send()
        paid = self.customers[0]
        self._register_payment(self.env["account.move"].search(
            [("partner_id", "=", paid.id)]))  # fmt: skip
        self._work_off(self._jobs(self.run_record))
        self.assertEqual(self._notice(self.run_record, paid).state, "held")
        self.assertEqual(self.run_record.sent_count, CUSTOMERS - 1)
        self.assertNotIn(paid.id, self._mails().mapped("res_id"))

    def test_job_done_anew_sends_nothing_twice(self):
        self._send()
        jobs = self._jobs(self.run_record)
        self._work_off(jobs)
        self._work_off(jobs)
        self._assert_sent_once()

    def test_one_customer_who_fails_does_not_hold_up_the_others(self):
        Notice = self.registry["credit.dunning.notice"]
        deliver, unlucky = Notice._deliver, self._notice(
            self.run_record, self.customers[2]
        )  # fmt: skip

        def fail_once(notice):
            if notice == unlucky:
                raise ValueError("no paper")
            return deliver(notice)

        self._send()
        sending = credit_dunning_sending.__name__
        with patch.object(Notice, "_deliver", fail_once), mute_logger(sending):
            self._work_off(self._jobs(self.run_record))
        self.assertEqual(self.run_record.sent_count, CUSTOMERS - 1)
        self.assertIn("no paper", unlucky.error)
        self._cron()
        self.assertFalse(self._jobs(self.run_record), "it waits before the next try")
        unlucky.sudo().retry_at = fields.Datetime.now() - timedelta(minutes=1)
        self._cron()
        self._work_off(self._jobs(self.run_record))
        self._assert_sent_once()

    def test_failed_part_waits_for_a_person(self):
        self._send()
        failed, *others = self._jobs(self.run_record)
        failed.state = "failed"
        for job in others:
            self._work_off(job)
        self._cron()
        self.assertFalse(self._jobs(self.run_record))
        self.assertEqual(self.run_record.job_failed_count, 1)
        self.assertEqual(self.run_record.state, "running")
        left = self.run_record.ready_count
        with patch.object(credit_dunning_run, "BATCH", left - 1):
            self._send()
        self.assertFalse(self.run_record.job_failed_count)
        self._work_off(self._jobs(self.run_record))
        self._assert_sent_once()

    def test_conflict_is_tried_again_after_a_while(self):
        self._send()
        record = self._jobs(self.run_record)[0]
        job = Job.load(self.env(user=1, su=True), record.uuid)
        conflict = psycopg2.errors.UniqueViolation("somebody else")
        Notice = self.registry["credit.dunning.notice"]
        with (
            patch.object(Notice, "_send", side_effect=conflict),
            self.assertRaises(RetryableJobError),
        ):
            job.perform()
        waits = []
        for job.retry in (1, 2, 3, 4, 5):
            waits.append(job._get_retry_seconds())
        self.assertEqual(waits, [10, 10, 60, 300, 300])

    def test_replaced_run_sends_nothing_more(self):
        self._send()
        jobs = self._jobs(self.run_record)
        self.run_record.sudo().state = "replaced"
        self._work_off(jobs)
        self.assertFalse(self._mails())

    def test_without_a_runner_the_scheduled_job_sends(self):
        self._send()
        jobs = self._jobs(self.run_record)
        self._cron()
        self.assertFalse(self._mails())
        long_ago = fields.Datetime.now() - timedelta(hours=2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = %s WHERE id IN %s",
            (long_ago, tuple(jobs.ids)),
        )
        self.env.invalidate_all()
        self._cron()
        self._assert_sent_once()
        self._work_off(jobs)
        self._assert_sent_once()
