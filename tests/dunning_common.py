from contextlib import contextmanager

from odoo.fields import Command

from odoo.addons.mail.tests.common import MockEmail

from .common import CreditCommon


class DunningCommon(MockEmail, CreditCommon):
    """A policy that the company follows, and ways to run it.

    Levels at 5, 15, 30 and 45 days by e-mail, all of them mandatory, a week
    between two messages at least, and no quiet days.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail_template = cls.env["mail.template"].create(
            {
                "name": "Reminder of the test",
                "model_id": cls.env["ir.model"]._get_id("credit.dunning.notice"),
                "subject": "Reminder {{ object.level_id.name }}",
                "body_html": "<p>Please pay <t t-out='object.amount_net'/>.</p>",
            }
        )
        cls.sms_template = cls.env["sms.template"].create(
            {
                "name": "SMS of the test",
                "model_id": cls.env["ir.model"]._get_id("credit.dunning.notice"),
                "body": "Please pay {{ object.amount_net }}",
            }
        )
        cls.channels = cls.env["credit.dunning.channel"].search([]).grouped("code")
        cls.dunning = cls._dunning_policy([5, 15, 30, 45])
        cls.company.credit_dunning_policy_id = cls.dunning

    @classmethod
    def _dunning_policy(cls, days, level=None, **vals):
        """Return a policy with levels on the given days.

        :param days: numbers of days, or dictionaries of the values of levels
        :param dict level: values of every level
        """
        return cls.env["credit.dunning.policy"].create(
            {
                "name": "Dunning of the test",
                "skip_weekends": False,
                "skip_holidays": False,
                "max_contacts_per_week": 0,
                "level_ids": [
                    Command.create(cls._level_vals(step, **(level or {})))
                    for step in days
                ],
                **vals,
            }
        )

    @classmethod
    def _level_vals(cls, step, **vals):
        step = step if isinstance(step, dict) else {"days": step}
        codes = {**vals, **step}.pop("channels", ["email"])
        return {
            "name": f"Level {step['days']}",
            "mail_template_id": cls.mail_template.id,
            "sms_template_id": cls.sms_template.id,
            "minimum_gap_days": 7,
            **{key: value for key, value in vals.items() if key != "channels"},
            **{key: value for key, value in step.items() if key != "channels"},
            "channel_ids": [Command.set([cls.channels[code].id for code in codes])],
        }

    @classmethod
    def _level(cls, days, policy=None):
        policy = policy or cls.dunning
        return policy.level_ids.filtered(lambda level: level.days == days)

    @classmethod
    def _run(cls, kind="dunning", company=None, **vals):
        """Return a prepared run: a preview of today."""
        run = (
            cls.env["credit.dunning.run"]
            .sudo()
            .create({"kind": kind, "company_id": (company or cls.company).id, **vals})
        )
        run._prepare()
        return run

    @classmethod
    def _notice(cls, run, partner=None, **values):
        """Return the notice of a customer in a run, empty when there is none."""
        return run.notice_ids.filtered(
            lambda notice: (
                notice.partner_id == (partner or cls.customer)
                and all(notice[name] == value for name, value in values.items())
            )
        )

    @classmethod
    def _send_all(cls, kind="dunning", **vals):
        """Run and send what needs no review; returns the run."""
        run = cls._run(kind, **vals)
        run._ready()._send()
        run._close()
        return run

    @contextmanager
    def _mail_server(self):
        """Send Odoo's queue of mails to the test server within the block."""
        with self.mock_mail_gateway():
            yield
            self.env["mail.mail"].sudo().process_email_queue()
            self._mails_sent = list(self._mails)

    def _mails_to(self, partner):
        """Return the mails sent to a contact within :meth:`_mail_server`."""
        return [
            mail
            for mail in self._mails_sent
            if any(partner.email in to for to in mail["email_to"])
        ]
