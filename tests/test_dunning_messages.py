from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .dunning_common import DunningCommon


class MessageCommon(DunningCommon):
    """A customer with an accountant and a buyer, followed by the shipped policy."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls._shipped("business")
        cls.company.credit_dunning_policy_id = cls.policy
        cls.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "credit.example.com", "catchall_alias": "answers"}
        )
        cls.policy.skip_weekends = cls.policy.skip_holidays = False
        cls.company.partner_id.write({"email": "us@credit.example.com", "city": "Lyon"})
        cls.customer.credit_collector_id = cls.collector
        cls.customer.write(
            {
                "street": "1 rue de la Paix",
                "zip": "75002",
                "city": "Paris",
                "country_id": cls.env.ref("base.fr").id,
                "user_id": cls.salesperson.id,
            }
        )
        cls.accountant_contact = cls._contact("Anne Compte", "accounting")
        cls.buyer = cls._contact("Bob Achat", "buyer")
        cls.director = cls._contact("Chantal Chef", "director")

    @classmethod
    def _shipped(cls, name):
        return cls.env.ref(f"credit_management.credit_dunning_policy_{name}")

    @classmethod
    def _shipped_level(cls, name, policy="business"):
        return cls.env.ref(f"credit_management.credit_dunning_level_{policy}_{name}")

    @classmethod
    def _contact(cls, name, role):
        role = cls.env.ref(f"credit_management.credit_contact_role_{role}")
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": cls.customer.id,
                "type": "contact",
                "email": f"{name.split()[0].lower()}@customer.example.com",
                "phone": "+33 6 12 34 56 78",
                "credit_role_ids": [Command.set(role.ids)],
            }
        )

    @classmethod
    def _old_invoice(cls, days, amount=1200, **vals):
        return cls._invoice(amount, cls._today(days=-days), **vals)

    @classmethod
    def _reached(cls, invoice, level):
        """Pretend that an invoice has reached a level long ago."""
        values = {
            "dunning_level_id": level.id,
            "dunning_level_date": cls._today(days=-20),
        }
        invoice.sudo()._dunning_items().write({**values})
        invoice.sudo().write(values)

    def _notice_at(self, level, before=None, policy="business", **vals):
        """Return the proposal of a level to the customer."""
        level = self._shipped_level(level, policy)
        invoice = self._old_invoice(level.days, **vals)
        if before:
            self._reached(invoice, self._shipped_level(before, policy))
        kind = "pre_reminder" if level.days < 0 else "dunning"
        notice = self._notice(self._run(kind), partner=self.customer)
        self.assertEqual(notice.level_id, level, notice.reason)
        return notice

    def _delivery(self, notice):
        self.assertEqual(notice.state, "sent", notice.error)
        return notice.delivery_ids


@tagged("post_install", "-at_install")
class TestDunningMessages(MessageCommon):
    """What is written, to whom, and where the answers arrive."""

    def _send(self, notice):
        with self._mail_server():
            notice._send()
        delivery = self._delivery(notice)
        # Odoo tells salespeople about their invoices
        self._mails_sent = [
            mail for mail in self._mails_sent if mail["subject"] == delivery.subject
        ]
        return delivery

    def test_the_first_reminder_goes_to_the_accountant_alone(self):
        self.customer.message_subscribe(
            (self.buyer + self.salesperson.partner_id + self.director).ids
        )
        notice = self._notice_at("first")
        delivery = self._send(notice)
        self.assertEqual(delivery.partner_id, self.accountant_contact)
        self.assertEqual(
            len(self._mails_sent),
            1,
            [(m["email_to"], m["subject"]) for m in self._mails_sent],
        )
        [mail] = self._mails_sent
        self.assertEqual(
            mail["email_to"], ['"Anne Compte" <anne@customer.example.com>']
        )
        self.assertFalse(mail["email_cc"])
        self.assertIn("collector@credit.example.com", mail["email_from"])

    def test_the_mail_and_its_message_remain_as_a_proof(self):
        delivery = self._send(self._notice_at("first"))
        message = delivery.mail_message_id
        self.assertEqual(
            (message.model, message.res_id), ("res.partner", self.customer.id)
        )
        self.assertFalse(message.mail_ids.auto_delete)
        self.assertEqual(message.mail_ids.state, "sent")
        self.assertIn("To pay", delivery.body)

    def _settle(self):
        self.env["credit.dunning.delivery"].sudo()._settle()

    def _learn(self, delivery, status, failure_type=False):
        """Have Odoo's mail note what became of a message, and dunning learn it."""
        delivery.mail_message_id.notification_ids.filtered(
            lambda found: found.res_partner_id == delivery.partner_id
        ).write({"notification_status": status, "failure_type": failure_type})
        self._settle()

    def test_a_message_that_left_is_sent(self):
        delivery = self._send(self._notice_at("first"))
        self.assertEqual(delivery.state, "queued")
        self._settle()
        self.assertEqual(delivery.state, "sent")
        self.assertFalse(delivery.failure)

    def test_a_message_that_waits_stays_on_its_way(self):
        delivery = self._send(self._notice_at("first"))
        self._learn(delivery, "ready")
        self.assertEqual(delivery.state, "queued")

    def test_a_message_that_bounced_does_not_count(self):
        """Even when it had left: a contact to mend, and the level is undone."""
        notice = self._notice_at("first")
        delivery = self._send(notice)
        self._settle()
        item = notice.line_ids.move_line_id
        self.assertEqual(item.dunning_level_id, notice.level_id)
        self._learn(delivery, "bounce", "mail_bounce")
        self.assertEqual((delivery.state, delivery.is_contact_fault), ("failed", True))
        self.assertEqual((notice.state, notice.reason), ("failed", "no_contact"))
        self.assertFalse(item.dunning_level_id)
        task = self.env.ref("credit_management.mail_activity_type_mend_contact")
        self.assertEqual(self.customer.activity_ids.activity_type_id, task)
        # it was learnt: asked again, nothing is undone twice
        self._settle()
        self.assertEqual(len(self.customer.activity_ids), 1)

    def test_a_failure_of_our_mail_server_is_not_the_fault_of_the_contact(self):
        notice = self._notice_at("first")
        delivery = self._send(notice)
        self._learn(delivery, "exception", "mail_smtp")
        self.assertEqual((delivery.state, delivery.is_contact_fault), ("failed", False))
        self.assertEqual((notice.state, notice.reason), ("failed", False))
        self.assertFalse(self.customer.activity_ids)

    def test_what_became_of_messages_is_learnt_at_a_constant_cost(self):
        delivery = self._send(self._notice_at("first"))
        self._settle()
        self.assertEqual(delivery.state, "sent")
        self.env.invalidate_all()
        # of what arrived long ago nothing is read
        with self.assertQueryCount(1):
            self._settle()

    def test_the_salesperson_gets_a_copy_of_the_message_to_the_buyer(self):
        notice = self._notice_at("buyer", before="first")
        self._send(notice)
        recipients = [to for mail in self._mails_sent for to in mail["email_to"]]
        self.assertEqual(len(recipients), 2, recipients)
        self.assertIn("bob@", " ".join(recipients))
        self.assertIn("salesperson@", " ".join(recipients))

    def test_the_message_names_all_that_is_due(self):
        first = self._old_invoice(20, 700, ref="PO-4711")
        self._pay(first, 200)
        self._old_invoice(2, 300)
        self._credit_note(100, due=self._today(days=-1))
        run = self._run()
        notice = self._notice(run, state="ready")
        text = html2plaintext(notice.items_table)
        self.assertIn(first.name, text)
        self.assertIn("PO-4711", text)
        table = notice._message_table()
        self.assertEqual([item.residual for item in table.items], [500, 300])
        self.assertEqual([item.amount for item in table.items], [700, 300])
        self.assertEqual([item.days for item in table.items], [20, 2])
        self.assertEqual((table.total, table.credits, table.to_pay), (800, 100, 700))
        self.assertEqual(table.to_pay, notice.amount_net)
        self.assertIn("Your payments and credit notes not yet allocated", text)

    def test_the_purchase_order_comes_from_the_order_when_the_invoice_has_none(self):
        order = self._order(100, client_order_ref="PO-9")
        invoice = order._create_invoices()
        invoice.ref = False
        self.assertEqual(invoice._customer_reference(), "PO-9")

    def test_items_in_instalments_are_told_apart(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "In two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (10, 20)
                ],
            }
        )
        invoice = self._invoice(
            1000, invoice_date=self._today(days=-30), invoice_payment_term_id=term.id
        )
        notice = self._notice(self._run(), state="ready")
        self.assertEqual(
            [(item.number, item.amount) for item in notice._message_table().items],
            [(f"{invoice.name} (1/2)", 500), (f"{invoice.name} (2/2)", 500)],
        )

    def test_each_one_is_written_to_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.accountant_contact.lang = "fr_FR"
        template = self._shipped_level("first").mail_template_id
        template.with_context(lang="fr_FR").subject = "Rappel"
        delivery = self._send(self._notice_at("first"))
        self.assertEqual(delivery.subject, "Rappel")
        due = self._today(days=-3)
        self.assertIn(due.strftime("%d/%m/%Y"), html2plaintext(delivery.body))

    def test_every_text_renders_on_every_channel(self):
        notice = self._notice_at("first")
        model = self.env["ir.model"]._get_id("credit.dunning.notice")
        templates = self.env["mail.template"].search([("model_id", "=", model)])
        for template in templates - self.mail_template:
            with self.subTest(template.name):
                self.assertFalse(template.use_default_to)
                body = template._render_field("body_html", notice.ids)[notice.id]
                text = html2plaintext(body)
                self.assertIn(notice.line_ids.name, text)
                self.assertRegex(text, "[Tt]hank")
                self.assertIn(notice.access_token, body)
                self.assertTrue(
                    template._render_field("subject", notice.ids)[notice.id]
                )
        texts = self.env["sms.template"].search([("model_id", "=", model)])
        for template in texts - self.sms_template:
            with self.subTest(template.name):
                body = template._render_field("body", notice.ids)[notice.id]
                self.assertIn("1,200.00", body)
                self.assertIn(f"/my/dunning/{notice.id}?access_token=", body)
                self.assertNotIn("\xa0", body)

    def test_no_legal_step_is_named_before_the_formal_notice(self):
        notice = self._notice_at("first")
        for name in (
            "statement",
            "first",
            "second",
            "buyer",
            "director",
            "key_process",
        ):
            template = self.env.ref(f"credit_management.mail_template_dunning_{name}")
            body = template._render_field("body_html", notice.ids)[notice.id]
            self.assertNotRegex(
                html2plaintext(body).lower(), "court|legal|interest|40 €"
            )

    def test_the_formal_notice_states_what_the_law_adds(self):
        self.company.country_id = self.env.ref("base.fr")
        template = self.env.ref("credit_management.mail_template_dunning_formal_notice")
        notice = self._notice_at("first")
        text = html2plaintext(
            template._render_field("body_html", notice.ids)[notice.id]
        )
        for words in ("L441-10", "D441-5", "40 €", "ten percentage points", "1,200.00"):
            self.assertIn(words, text)
        self.company.country_id = self.env.ref("base.be")
        text = html2plaintext(
            template._render_field("body_html", notice.ids)[notice.id]
        )
        self.assertNotIn("L441-10", text)
        self.assertIn("40 €", text)

    def test_the_answer_lands_on_the_customer_and_reaches_the_collector(self):
        delivery = self._send(self._notice_at("first"))
        [mail] = self._mails_sent
        with self.mock_mail_gateway():
            self.format_and_process(
                self._reply_template(),
                '"Anne Compte" <anne@customer.example.com>',
                mail["reply_to"],
                subject=f"Re: {delivery.subject}",
                target_model="res.partner",
                extra=f"In-Reply-To:\r\n\t{delivery.mail_message_id.message_id}\n",
            )
            self.env["mail.mail"].sudo().process_email_queue()
        answer = self.customer.message_ids.filtered(lambda m: m.message_type == "email")
        self.assertEqual(answer.author_id, self.accountant_contact)
        self.assertIn("paid on Friday", answer.body)
        self.assertIn(self.collector.partner_id, answer.notified_partner_ids)

    def test_a_substitute_reads_the_answers(self):
        notice = self._notice_at("first")
        self.collector.write(
            {
                "credit_substitute_id": self.manager.id,
                "credit_absent_from": self._today(days=-1),
                "credit_absent_until": self._today(days=1),
            }
        )
        self.assertEqual(notice._answer_readers(), self.manager.partner_id)

    def test_the_statement_is_enclosed_before_the_due_date(self):
        self._old_invoice(-7, 2000)
        run = self._run("pre_reminder")
        notice = self._notice(run, state="ready")
        self.assertEqual(notice.level_id, self._shipped_level("statement"))
        text = html2plaintext(notice.items_table)
        self.assertNotIn("Days overdue", text)
        delivery = self._send(notice)
        self.assertEqual(
            delivery.mail_message_id.attachment_ids.mapped("name"),
            [f"Account statement Dupont SA {notice.date}.pdf"],
        )

    def test_nobody_follows_the_shipped_policies_by_themselves(self):
        new = self.env["res.company"].create({"name": "Newcomer"})
        self.assertFalse(new.credit_dunning_policy_id)
        for name in ("business", "key_account", "small"):
            policy = self._shipped(name)
            self.assertFalse(policy.company_id)
            self.assertFalse(
                self.env["credit.policy"].search(
                    [("dunning_policy_id", "=", policy.id)]
                )
            )

    def test_consumers_get_mails_and_text_messages_only(self):
        codes = self._shipped("small").level_ids.channel_ids.mapped("code")
        self.assertLessEqual(set(codes), {"email", "sms"})

    # ------------------------------------------------------------------
    # Letters
    # ------------------------------------------------------------------

    def _formal_notice(self):
        notice = self._notice_at("formal_notice", before="buyer")
        self.assertEqual(notice.state, "review")
        notice.level_id.attach_statement = False
        notice._send()
        return self._delivery(notice)

    def test_a_letter_waits_to_be_printed_and_is_sent_then(self):
        letter = self._formal_notice()
        self.assertEqual((letter.code, letter.state), ("registered", "todo"))
        self.assertFalse(letter.sent_date)
        self.assertNotIn("See, pay or answer", letter.body)
        self.assertIn("data:image/svg", letter.body)
        action = letter.with_user(self.collector).action_print_letters()
        self.assertEqual(action["url"], f"/credit/dunning/letters?ids={letter.id}")
        self.assertEqual(letter.state, "sent")
        self.assertTrue(letter.sent_date)
        self.assertTrue(letter.attachment_id.raw.startswith(b"%PDF"))
        self.assertIn(letter.attachment_id, self.customer.message_ids.attachment_ids)

    def test_a_letter_is_printed_again_as_it_was(self):
        letter = self._formal_notice()
        letter.with_user(self.collector).action_print_letters()
        attachment, date = letter.attachment_id, letter.sent_date
        letter.with_user(self.collector).action_print_letters()
        self.assertEqual((letter.attachment_id, letter.sent_date), (attachment, date))

    def test_number_and_receipt_of_a_registered_letter_are_recorded(self):
        letter = self._formal_notice()
        letter.with_user(self.collector).action_print_letters()
        letter.with_user(self.collector).registered_number = "2C 123 456 7890 1"
        letter.with_user(self.collector).received_date = self._today()
        self.assertEqual(letter.state, "received")

    def test_only_finance_prints_letters(self):
        letter = self._formal_notice()
        for user in (self.salesperson, self.accountant):
            with self.assertRaises(AccessError):
                letter.with_user(user).action_print_letters()
        self.assertFalse(letter.attachment_id)

    def test_only_letters_are_printed(self):
        delivery = self._send(self._notice_at("first"))
        with self._refused(UserError, "Choose letters"):
            delivery.with_user(self.collector).action_print_letters()

    def test_a_letter_that_is_only_proposed_is_not_printed(self):
        notice = self._notice_at("formal_notice", before="buyer")
        with self._refused(UserError, "not written yet"):
            notice.delivery_ids.with_user(self.collector).action_print_letters()

    @freeze_time("2026-03-31")
    def test_the_page_of_the_letter(self):
        letter = self._formal_notice()
        html, _format = self.env["ir.actions.report"]._render_qweb_html(
            "credit_management.credit_dunning_letter_report", letter.ids
        )
        text = html2plaintext(html.decode())
        for words in (
            "Registered letter",
            "Chantal Chef",
            "75002",
            "Lyon, March 31, 2026",
            "Formal notice to pay",
            letter.notice_id.line_ids.name,
        ):
            self.assertIn(words, text)

    def _reply_template(self):
        return """Return-Path: <anne@customer.example.com>
To: {to}
Cc: {cc}
From: {email_from}
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"
Date: Thu, 27 Dec 2026 16:27:45 +0100
Message-ID: {msg_id}
{extra}

It will be paid on Friday.
"""
