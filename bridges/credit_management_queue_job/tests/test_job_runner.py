import os
import signal
import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.credit_management.tests.dunning_process_common import (
    DunningProcessCommon,
)

from ..models import credit_dunning_run
from .job_server import JobServer

BATCH = 6
# seconds after which something is wrong
PATIENCE = 90


@tagged("post_install", "-at_install", "-standard", "job_runner")
class TestJobRunner(DunningProcessCommon):
    """The real job runner sends a run; a worker is killed while it sends.

    It takes most of a minute: ``./dev/test job_runner/credit_management_queue_job``.
    """

    customers = 36

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(credit_dunning_run, "BATCH", BATCH))
        # before the run goes
        self.addCleanup(self._forget_jobs)

    def _forget_jobs(self):
        with self._transaction() as env:
            self._jobs(env).unlink()

    def _jobs(self, env):
        return env["queue.job"].search(
            [
                ("credit_owner_model", "=", "credit.dunning.run"),
                ("credit_owner_id", "=", self.run_id),
            ],
            order="id",
        )

    def _query(self, query):
        with self._transaction() as env:
            return env.execute_query(query)

    def _wait_for(self, server, what, condition):
        until = time.monotonic() + PATIENCE
        while not (found := condition()):
            if time.monotonic() > until or server.process.poll() is not None:
                self.fail(f"{what} does not happen.\n{server.last_words()}")
            time.sleep(0.2)
        return found

    @contextmanager
    def _stuck(self):
        """Hold the item of a notice: its job stops before it records what it sent."""
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """SELECT id FROM account_move_line
                        WHERE id IN (SELECT line.move_line_id
                                       FROM credit_dunning_notice_line line
                                       JOIN credit_dunning_notice notice
                                         ON notice.id = line.notice_id
                                      WHERE notice.run_id = %s
                                   ORDER BY notice.id DESC
                                      LIMIT 1)
                          FOR UPDATE""",
                    self.run_id,
                )
            )
            yield
            cr.rollback()

    def _stuck_worker(self):
        """Return the process that waits for the item, once all others are done."""
        states = self._query(
            SQL(
                """SELECT COUNT(*) FILTER (WHERE state <> 'done'),
                          MIN(worker_pid) FILTER (WHERE state = 'started')
                     FROM queue_job
                    WHERE credit_owner_id = %s
                      AND credit_owner_model = 'credit.dunning.run'""",
                self.run_id,
            )
        )
        waiting = self._query(
            SQL(
                """SELECT pid FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
            )
        )
        [(left, pid)] = states
        return pid if left == 1 and waiting else None

    def _all_done(self):
        with self._transaction() as env:
            jobs = self._jobs(env)
            # the runner looks for dead jobs when it hears of one, else every minute
            env.cr.execute("SELECT pg_notify('queue_job', %s)", (jobs[0].uuid,))
            return set(jobs.mapped("state")) == {"done"} and jobs.ids

    def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(self):
        with self._transaction() as env:
            env["credit.dunning.run"].browse(self.run_id)._send_ready()
            count = len(self._jobs(env))
        self.assertGreaterEqual(count, self.customers // BATCH)
        with JobServer(self.registry.db_name) as server:
            with self._stuck():
                worker = self._wait_for(server, "The last job", self._stuck_worker)
                os.kill(worker, signal.SIGKILL)
            self._wait_for(server, "The end of all jobs", self._all_done)
        with self._transaction() as env:
            jobs = self._jobs(env)
            self.assertEqual(len(jobs), count)
            again = jobs.filtered(lambda job: job.retry > 1)
            self.assertEqual(len(again), 1, "the job of the killed worker")
            env["credit.dunning.run"]._cron_send()
        self._assert_each_once()
        with self._transaction() as env:
            run = env["credit.dunning.run"].browse(self.run_id)
            self.assertEqual(run.state, "done")
