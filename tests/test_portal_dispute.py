from odoo import http
from odoo.tests import tagged

from .test_portal_credit import SCRIPT, PortalCommon


@tagged("post_install", "-at_install")
class TestPortalDispute(PortalCommon):
    """What customers contest on their page, and what they must not get."""

    def _disputes(self):
        return self.env["credit.dispute"].search([])

    def test_a_customer_contests_an_invoice(self):
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        self._login(self.portal)
        self._page(f"/my/statement/dispute?item={self.item.id}")
        answer = self._post(
            "dispute",
            reason_id=reason.id,
            text=SCRIPT,
            **{f"amount_{self.item.id}": "30"},
        )
        self.assertIn("Thank you", self._text(answer, "o_credit_message"))
        dispute = self._disputes()
        self.assertEqual((dispute.amount, dispute.origin), (30, "portal"))
        self.assertNotIn(SCRIPT, answer.text)
        page = self._page("/my/statement")
        self.assertIn("30.00", page.find_class("o_credit_disputed")[0].text_content())

    def test_hostile_disputes(self):
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        self._login(self.portal)
        good = {
            "reason_id": reason.id,
            "text": "Broken",
            f"amount_{self.item.id}": "30",
        }
        for bad in [
            {f"amount_{self.item.id}": "-30"},
            {f"amount_{self.item.id}": "100.01"},
            {f"amount_{self.item.id}": "1e300"},
            {f"amount_{self.item.id}": ""},
            {"reason_id": "0"},
            {"reason_id": "999999"},
            {"reason_id": SCRIPT},
            {"text": " "},
            {"text": "x" * 5001},
        ]:
            answer = self._post("dispute", **{**good, **bad})
            self.assertTrue(self._text(answer, "o_credit_error"), bad)
            self.assertNotIn(SCRIPT, answer.text)
        answer = self._post(
            "dispute",
            self.strange_item,
            **good,
            **{f"amount_{self.strange_item.id}": "1"},
        )
        self.assertIn("Choose", self._text(answer, "o_credit_message"))
        self.assertFalse(self._disputes())

    def test_huge_and_many_files_are_refused(self):
        reason = self.env["credit.dispute.reason"].search([], limit=1)
        self._login(self.portal)
        data = {
            "item": self.item.id,
            "reason_id": reason.id,
            "text": "Broken",
            f"amount_{self.item.id}": "30",
            "csrf_token": http.Request.csrf_token(self),
        }
        for files in [
            [("files", ("big.bin", b"0" * (5 * 2**20 + 1)))],
            [("files", (f"{rank}.txt", b"text")) for rank in range(6)],
        ]:
            answer = self.url_open("/my/statement/dispute", data=data, files=files)
            self.assertTrue(self._text(answer, "o_credit_error"))
        self.assertFalse(self._disputes())
        files = [("files", ("../../photo.png", b"text"))]
        self.url_open("/my/statement/dispute", data=data, files=files)
        names = self._disputes().message_ids.attachment_ids.mapped("name")
        self.assertEqual(names, ["photo.png"])

    # ------------------------------------------------------------------
    # What becomes of it
    # ------------------------------------------------------------------

    def _contest(self, item=None, amount=30):
        reason = self.env.ref("credit_management.credit_dispute_reason_quality")
        return (
            self.env["credit.dispute"]
            .with_user(self.collector)
            .action_open([((item or self.item).id, amount)], reason, "Two are broken")
        )

    def test_a_customer_follows_its_disputes(self):
        dispute = self._contest()
        dispute.message_post(body="Between us", subtype_xmlid="mail.mt_note")
        dispute.message_post(
            body="Please send photos",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._login(self.portal)
        [row] = self._page("/my/disputes").find_class("o_credit_dispute")
        self.assertIn(dispute.name, row.text_content())
        page = self._page(f"/my/dispute/{dispute.id}")
        [content] = page.find_class("o_credit_dispute_page")
        text = content.text_content()
        for words in ("Two are broken", "30.00", self.invoice.name, "send photos"):
            self.assertIn(words, text)
        self.assertNotIn("Between us", text)
        Attachment = self.env["ir.attachment"].with_user(self.collector)
        proof = Attachment.create({"name": "proof.txt", "raw": b"Signed"})
        dispute.action_reject("It was signed for", proof)
        page = self._page(f"/my/dispute/{dispute.id}")
        answer = page.find_class("o_credit_dispute_answer")[0].text_content()
        self.assertIn("It was signed for", answer)
        [link] = page.xpath("//a[contains(., 'proof.txt')]/@href")
        self.authenticate(None, None)
        self.assertEqual(self.url_open(link).content, b"Signed")

    def test_the_link_of_the_answer_opens_the_page(self):
        dispute = self._contest()
        self.authenticate(None, None)
        self.assertEqual(dispute.access_url, f"/my/dispute/{dispute.id}")
        page = self.url_open(dispute.get_portal_url())
        self.assertIn("Two are broken", page.text)

    def test_nobody_else_reads_it(self):
        dispute = self._contest()
        theirs = self._contest(self.strange_item)
        dispute._portal_ensure_token()
        wrong = [
            f"/my/dispute/{dispute.id}",
            f"/my/dispute/{dispute.id}?access_token=",
            f"/my/dispute/{dispute.id}?access_token=wrong",
            f"/my/dispute/{dispute.id}?access_token={theirs._portal_ensure_token()}",
            f"/my/dispute/{2**31 - 1}?access_token={dispute.access_token}",
        ]
        for user in (None, self.stranger):
            self.authenticate(user and user.login, user and user.login)
            for url in wrong:
                with self.subTest(url, user=user and user.login):
                    page = self.url_open(url)
                    self.assertNotIn("Two are broken", page.text)
                    self.assertNotIn(dispute.name, page.text)
        self._login(self.stranger)
        page = self.url_open("/my/disputes")
        self.assertIn(theirs.name, page.text)
        self.assertNotIn(dispute.name, page.text)

    def test_a_customer_answers(self):
        dispute = self._contest()
        dispute.action_qualify()
        dispute.action_wait_customer()
        self._login(self.portal)
        data = {"csrf_token": http.Request.csrf_token(self), "answer": SCRIPT}
        url = f"/my/dispute/{dispute.id}/answer"
        self.assertNotIn(SCRIPT, self.url_open(url, data=data).text)
        self.env.invalidate_all()
        self.assertEqual(dispute.state, "in_progress")
        message = dispute.sudo()._portal_messages()[-1]
        self.assertEqual(message.author_id, self.portal.partner_id)
        self.assertIn("&lt;script&gt;", message.body)
        self._login(self.stranger)
        data["csrf_token"] = http.Request.csrf_token(self)
        self.url_open(url, data=data)
        self.env.invalidate_all()
        self.assertEqual(dispute.sudo()._portal_messages()[-1], message)
        self._login(self.portal)
        data["csrf_token"] = http.Request.csrf_token(self)
        for number in range(25):
            data["answer"] = f"Again {number}"
            self.url_open(url, data=data, allow_redirects=False)
        self.env.invalidate_all()
        self.assertEqual(len(dispute.sudo()._portal_messages()), 20)
