import io
import re

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools.pdf import PdfFileReader

from .test_dunning_messages import MessageCommon


@tagged("post_install", "-at_install")
class TestDunningLetters(MessageCommon, HttpCase):
    """The customer's page of a reminder, and the file of letters."""

    def _sent_notice(self, level="first", **vals):
        notice = self._notice_at(level, **vals)
        notice._send()
        self._delivery(notice)
        return notice

    def _portal_user(self, partner, login):
        return new_test_user(
            self.env,
            login=login,
            password=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

    # ------------------------------------------------------------------
    # Page
    # ------------------------------------------------------------------

    def test_the_link_of_the_message_opens_the_page(self):
        notice = self._sent_notice()
        [url] = set(
            re.findall(r'href="([^"]*/my/dunning/[^"]*)"', notice.delivery_ids.body)
        )
        page = self.url_open(url.replace("&amp;", "&"))
        self.assertIn("Invoices to pay", page.text)
        self.assertIn("1,200.00", page.text)
        self.assertIn(notice.line_ids.name, page.text)
        self.assertIn("collector@credit.example.com", page.text)
        invoice_url = notice.line_ids._invoice_url()
        self.assertIn(invoice_url.replace("&", "&amp;"), page.text)
        self.assertIn(notice.line_ids.name, self.url_open(invoice_url).text)

    def test_what_is_paid_meanwhile_is_shown_as_paid(self):
        notice = self._sent_notice()
        self._pay(notice.line_ids.move_id)
        page = self.url_open(notice.get_portal_url())
        self.assertIn("All of this is paid", page.text)
        self.assertIn("Paid, thank you", page.text)

    def test_what_is_paid_in_part_is_less_to_pay(self):
        notice = self._sent_notice()
        self._pay(notice.line_ids.move_id, 200)
        page = self.url_open(notice.get_portal_url())
        self.assertIn("1,000.00", page.text)

    def test_a_wrong_token_opens_nothing(self):
        notice = self._sent_notice()
        for query in ("", "?access_token=", "?access_token=wrong"):
            page = self.url_open(f"/my/dunning/{notice.id}{query}")
            self.assertNotIn(notice.line_ids.name, page.text)
            self.assertIn("/web/login", page.url)
        page = self.url_open(f"/my/dunning/0?access_token={notice.access_token}")
        self.assertIn("/web/login", page.url)

    def test_a_proposal_has_no_page(self):
        notice = self._notice_at("first")
        page = self.url_open(notice.get_portal_url())
        self.assertIn("/web/login", page.url)

    def test_a_customer_sees_its_own_notices_only(self):
        notice = self._sent_notice()
        self._portal_user(self.accountant_contact, "anne_portal")
        self._portal_user(
            self._create_customer("Stranger Ltd", email="s@x.example.com"),
            "stranger_portal",
        )
        self.authenticate("anne_portal", "anne_portal")
        page = self.url_open(f"/my/dunning/{notice.id}")
        self.assertIn(notice.line_ids.name, page.text)
        self.assertIn("/my/statement", page.text)
        self.authenticate("stranger_portal", "stranger_portal")
        page = self.url_open(f"/my/dunning/{notice.id}")
        self.assertNotIn(notice.line_ids.name, page.text)

    def test_an_answer_on_the_page_reaches_the_collector(self):
        notice = self._sent_notice()
        page = self.url_open(notice.get_portal_url())
        token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
        page = self.url_open(
            f"/my/dunning/{notice.id}/answer",
            data={
                "csrf_token": token,
                "access_token": notice.access_token,
                "answer": "We pay on <b>Friday</b>.",
            },
        )
        self.assertIn("your answer has been handed over", page.text)
        message = self.customer.message_ids[0]
        self.assertIn("We pay on &lt;b&gt;Friday&lt;/b&gt;.", message.body)
        self.assertEqual(message.author_id, self.accountant_contact)
        self.assertIn(self.collector.partner_id, message.notified_partner_ids)

    def test_nobody_answers_without_the_token(self):
        notice = self._sent_notice()
        before = self.customer.message_ids
        page = self.url_open(notice.get_portal_url())
        token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1]
        self.url_open(
            f"/my/dunning/{notice.id}/answer",
            data={"csrf_token": token, "access_token": "wrong", "answer": "Spam"},
        )
        self.assertEqual(self.customer.message_ids, before)

    # ------------------------------------------------------------------
    # File of letters
    # ------------------------------------------------------------------

    def test_the_letters_are_downloaded_behind_a_list(self):
        letter = self._sent_notice("formal_notice", before="buyer").delivery_ids
        self.collector.password = self.collector.login
        action = (
            letter.with_user(self.collector)
            .with_context(force_report_rendering=True)
            .action_print_letters()
        )
        # the statement is enclosed
        self.assertEqual(letter._page_count(), 2)
        self.authenticate(self.collector.login, self.collector.login)
        file = self.url_open(action["url"])
        self.assertEqual(file.headers["Content-Type"], "application/pdf")
        self.assertEqual(len(PdfFileReader(io.BytesIO(file.content)).pages), 3)

    def test_salespeople_download_no_letters(self):
        letter = self._sent_notice("formal_notice", before="buyer").delivery_ids
        letter.notice_id.level_id.attach_statement = False
        letter.with_user(self.collector).action_print_letters()
        self.salesperson.password = self.salesperson.login
        self.authenticate(self.salesperson.login, self.salesperson.login)
        for ids in (letter.id, "x", "0"):
            file = self.url_open(f"/credit/dunning/letters?ids={ids}")
            self.assertIn(file.status_code, (403, 404))
