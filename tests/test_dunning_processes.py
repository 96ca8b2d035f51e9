import os
import signal
import time
from datetime import date, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, sql_db
from odoo.fields import Command
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name

MODELS = "odoo.addons.credit_management.models.dunning"
CUSTOMERS = 12
BATCH = 3
# seconds after which something is wrong
PATIENCE = 60


@tagged("post_install", "-at_install")
class TestDunningProcesses(BaseCase):
    """Real processes share a run: one is killed, the others send each notice once."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        self.enterContext(patch(f"{MODELS}.credit_dunning_run.BATCH", BATCH))
        self.children = []
        self.created = []
        self.addCleanup(self._clean_up)
        self.addCleanup(self._kill_all)
        with self._transaction() as env:
            self._set_up(env)

    def _transaction(self):
        return _Transaction(self.registry)

    def _set_up(self, env):
        company = env.ref("base.main_company")
        if not company.chart_template:
            env["account.chart.template"].try_loading("generic_coa", company)
        self.previous_policy_id = company.credit_dunning_policy_id.id
        template = env["mail.template"].create(
            {
                "name": "Race",
                "model_id": env["ir.model"]._get_id("credit.dunning.notice"),
                "subject": "Race",
                "body_html": "<p>Please pay</p>",
            }
        )
        policy = env["credit.dunning.policy"].create(
            {
                "name": "Race",
                "skip_weekends": False,
                "skip_holidays": False,
                "level_ids": [
                    Command.create(
                        {
                            "name": "Race",
                            "days": 5,
                            "mail_template_id": template.id,
                            "channel_ids": [
                                Command.link(
                                    env.ref(
                                        "credit_management.credit_dunning_channel_email"
                                    ).id
                                )
                            ],
                        }
                    )
                ],
            }
        )
        partners = env["res.partner"].create(
            [
                {"name": f"Race {number}", "email": f"race{number}@race.example.com"}
                for number in range(CUSTOMERS)
            ]
        )
        partners.with_company(company).credit_dunning_policy_id = policy
        product = env["product.product"].create(
            {"name": "Race", "type": "service", "taxes_id": [Command.clear()]}
        )
        due = date.today() - timedelta(days=6)
        invoices = env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "invoice_date": due,
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [
                        Command.create({"product_id": product.id, "price_unit": 100})
                    ],
                }
                for partner in partners
            ]
        )
        invoices.action_post()
        self.created = [template, policy, partners, product, invoices]
        self.partner_ids = partners.ids
        # only these customers, whatever else the database holds
        run = env["credit.dunning.run"].create(
            {"company_id": company.id, "trigger": "manual"}
        )
        run._prepare()
        run.notice_ids.filtered(lambda n: n.partner_id not in partners).unlink()
        run.state = "running"
        self.run_id = run.id

    def _clean_up(self):
        with self._transaction() as env:
            env["credit.dunning.run"].browse(self.run_id).unlink()
            template, policy, partners, product, invoices = (
                records.with_env(env) for records in self.created
            )
            messages = env["mail.message"].search(
                [("model", "=", "res.partner"), ("res_id", "in", partners.ids)]
            )
            env["mail.mail"].search([("mail_message_id", "in", messages.ids)]).unlink()
            invoices.button_draft()
            invoices.with_context(force_delete=True).unlink()
            partners.unlink()
            policy.unlink()
            template.unlink()
            product.product_tmpl_id.unlink()

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
    # What is in the database
    # ------------------------------------------------------------------

    def _sent_count(self):
        with self._transaction() as env:
            return env["credit.dunning.run"].browse(self.run_id).sent_count

    def _assert_each_once(self):
        with self._transaction() as env:
            run = env["credit.dunning.run"].browse(self.run_id)
            self.assertEqual(set(run.notice_ids.mapped("state")), {"sent"})
            mails = env["mail.mail"].search([("res_id", "in", self.partner_ids),
                                             ("model", "=", "res.partner"),
                                             ("subject", "=", "Race")])  # fmt: skip
            self.assertEqual(sorted(mails.mapped("res_id")), sorted(self.partner_ids))
            items = run.notice_ids.line_ids.move_line_id
            self.assertEqual(len(items.filtered("dunning_level_id")), CUSTOMERS)

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


class _Transaction:
    """An environment of the system in a transaction of its own, then committed."""

    def __init__(self, registry):
        self.registry = registry

    def __enter__(self):
        self.cursor = self.registry.cursor()
        return api.Environment(
            self.cursor.__enter__(), SUPERUSER_ID, {"no_reset_password": True}
        )

    def __exit__(self, *error):
        return self.cursor.__exit__(*error)
