from datetime import date, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase
from odoo.tests.common import get_db_name


class DunningProcessCommon(BaseCase):
    """A run that is committed, so that several processes can send it."""

    customers = 12

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        self.created = []
        self.addCleanup(self._clean_up)
        with self._transaction() as env:
            self._set_up(env)

    def _transaction(self):
        return Transaction(self.registry)

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
                for number in range(self.customers)
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
            self.assertEqual(len(items.filtered("dunning_level_id")), self.customers)


class Transaction:
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
