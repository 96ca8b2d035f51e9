import os
import signal
import time
from unittest.mock import patch

from odoo import sql_db
from odoo.tests import tagged

from .dunning_process_common import DunningProcessCommon

MODELS = "odoo.addons.credit_management.models.dunning"
BATCH = 3
# seconds after which something is wrong
PATIENCE = 60


@tagged("post_install", "-at_install")
class TestDunningProcesses(DunningProcessCommon):
    """Real processes share a run: one is killed, the others send each notice once."""

    def setUp(self):
        super().setUp()
        self.enterContext(patch(f"{MODELS}.credit_dunning_run.BATCH", BATCH))
        self.children = []
        self.addCleanup(self._kill_all)

    # ------------------------------------------------------------------
    # Processes
    # ------------------------------------------------------------------

    def _child(self, dies_at=None, pauses=0.0):
        """Start a process that sends the run; returns its id.

        :param int dies_at: the message that it never finishes
        :param float pauses: seconds by message, so that others take part
        """
        pid = os.fork()
        if pid:
            self.children.append(pid)
            return pid
        code = 1
        try:
            # the parent's connections are the parent's: never closed here
            registry = self.registry
            self._inherited = sql_db._Pool, sql_db._Pool_readonly, registry._db
            sql_db._Pool = sql_db._Pool_readonly = None
            registry._db = sql_db.db_connect(registry.db_name)
            self._send_as_child(dies_at, pauses)
            code = 0
        finally:
            os._exit(code)

    def _send_as_child(self, dies_at, pauses):
        from odoo.addons.credit_management.models.dunning import credit_dunning_sending

        Notice = credit_dunning_sending.CreditDunningNotice
        deliver, sent = Notice._deliver, []

        def counted_deliver(notice):
            result = deliver(notice)
            sent.append(notice.id)
            time.sleep(pauses)
            if dies_at and len(sent) == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        with patch.object(Notice, "_deliver", counted_deliver):
            self._send()

    def _send(self):
        with self._transaction() as env:
            run = env["credit.dunning.run"].browse(self.run_id)
            run._send_ready()

    def _wait(self, pid):
        """Wait for a process; returns the signal that killed it, or 0."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                self.children.remove(pid)
                if os.WIFSIGNALED(status):
                    return os.WTERMSIG(status)
                self.assertEqual(os.WEXITSTATUS(status), 0, "the process failed")
                return 0
            time.sleep(0.05)
        self.fail("The process does not come to an end.")

    def _kill_all(self):
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    # ------------------------------------------------------------------
    # The tests
    # ------------------------------------------------------------------

    def test_a_process_killed_in_the_middle_is_resumed_without_a_loss(self):
        killed = self._wait(self._child(dies_at=BATCH + 2))
        self.assertEqual(killed, signal.SIGKILL)
        # the batch it was at is undone as a whole
        self.assertEqual(self._sent_count(), BATCH)
        self._send()
        self._assert_each_once()
        with self._transaction() as env:
            self.assertEqual(
                env["credit.dunning.run"].browse(self.run_id).state, "done"
            )

    def test_two_processes_share_a_run(self):
        children = [self._child(pauses=0.05) for _number in range(2)]
        for pid in children:
            self._wait(pid)
        self._send()
        self._assert_each_once()
