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
