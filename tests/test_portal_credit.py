import json

from lxml import html

from odoo import http
from odoo.tests import HttpCase, tagged

from .test_payment_plan import PNG, PlanCommon

SCRIPT = "<script>alert('x')</script>"


class PortalCommon(PlanCommon, HttpCase):
    """A customer and a stranger who are logged in, each with an invoice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = cls._create_user("portal", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.customer
        cls.stranger = cls._create_user("stranger", "base.group_portal")
        cls.stranger.partner_id.parent_id = cls.uncontrolled
        cls.strange_invoice = cls._invoice(
            80, due=cls._today(days=-6), partner=cls.uncontrolled
        )
        cls.item = cls.invoice._dunning_items()
        cls.strange_item = cls.strange_invoice._dunning_items()

    def _login(self, user):
        self.authenticate(user.login, user.login)

    def _page(self, url):
        return html.fromstring(self.url_open(url).content)

    def _post(self, path, items=None, token=True, **data):
        data["item"] = [item.id for item in (items or self.item)]
        if token:
            data["csrf_token"] = http.Request.csrf_token(self)
        return self.url_open(f"/my/statement/{path}", data=data)

    def _text(self, response, css):
        page = html.fromstring(response.content)
        return " ".join(
            " ".join(node.text_content().split()) for node in page.find_class(css)
        )


@tagged("post_install", "-at_install")
class TestPortalCredit(PortalCommon):
    """What customers ask on their pages, and what they must not get."""

    def _promises(self):
        return self.env["credit.promise"].search(
            [("partner_id", "in", (self.customer + self.uncontrolled).ids)]
        )

    # ------------------------------------------------------------------
    # The statement
    # ------------------------------------------------------------------

    def test_the_statement_offers_requests_and_tells_what_is_set_aside(self):
        self._login(self.portal)
        page = self._page("/my/statement")
        boxes = page.xpath("//input[@type='checkbox'][@name='item']")
        self.assertEqual([box.get("value") for box in boxes], [str(self.item.id)])
        self.assertFalse(page.find_class("o_credit_promised"))
        self._post("promise", amount="60", date=str(self._today(days=5)))
        plan = self._running((40,))
        page = self._page("/my/statement")
        for css, words in [
            ("o_credit_promised", "60.00"),
            ("o_credit_planned", "40.00"),
            ("o_credit_promises", "60.00"),
            ("o_credit_plan", plan.name),
        ]:
            self.assertIn(words, page.find_class(css)[0].text_content())
        # an old statement is to be read
        old = self._page(f"/my/statement?date={self._today(days=-1)}")
        self.assertFalse(old.xpath("//input[@name='item']"))

    # ------------------------------------------------------------------
    # Promises
    # ------------------------------------------------------------------

    def test_a_customer_announces_a_payment(self):
        self._login(self.portal)
        form = self._page(f"/my/statement/promise?item={self.item.id}")
        self.assertEqual(form.xpath("//input[@name='amount']/@value"), ["100.0"])
        answer = self._post(
            "promise", amount="60", date=str(self._today(days=5)), note=SCRIPT
        )
        self.assertIn("noted", self._text(answer, "o_credit_message"))
        promise = self._promises()
        self.assertEqual((promise.amount, promise.state), (60, "open"))
        self.assertEqual(promise.contact_id, self.portal.partner_id)
        self.assertEqual(promise.note, SCRIPT)

    def test_hostile_promises(self):
        self._login(self.portal)
        day = str(self._today(days=5))
        for data in [
            {"amount": "-5", "date": day},
            {"amount": "0", "date": day},
            {"amount": "1e308", "date": day},
            {"amount": "nan", "date": day},
            {"amount": "inf", "date": day},
            {"amount": SCRIPT, "date": day},
            {"amount": "100.01", "date": day},
            {"amount": "", "date": day},
            {"amount": "50", "date": str(self._today(days=-1))},
            {"amount": "50", "date": "9999-12-31"},
            {"amount": "50", "date": SCRIPT},
            {"amount": "50", "date": ""},
            {"amount": "50"},
            {"date": day},
        ]:
            answer = self._post("promise", **data)
            self.assertEqual(answer.status_code, 200, data)
            self.assertTrue(self._text(answer, "o_credit_error"), data)
            self.assertNotIn(SCRIPT, answer.text)
        for items in [self.strange_item, self.item + self.strange_item]:
            answer = self._post("promise", items, amount="50", date=day)
            self.assertIn("Choose", self._text(answer, "o_credit_message"))
        for query in ["", "?item=0", "?item=abc", "?item=99999999999999999999",
                      f"?item={self.strange_item.id}"]:  # fmt: skip
            answer = self.url_open(f"/my/statement/promise{query}")
            self.assertIn("Choose", self._text(answer, "o_credit_message"))
        self.assertFalse(self._promises())

    def test_requests_of_others_are_not_taken(self):
        data = {"amount": "50", "date": str(self._today(days=5))}
        # nobody is logged in
        answer = self.url_open("/my/statement/promise", data={"item": self.item.id})
        self.assertNotIn("o_credit", answer.text)
        # no token of the form
        self._login(self.portal)
        self.assertEqual(self._post("promise", token=False, **data).status_code, 400)
        # another customer, another company, finance itself
        self._login(self.stranger)
        self._post("promise", **data)
        self.assertEqual(
            self.url_open("/my/statement/promise?company_id=999999").status_code, 404
        )
        self._login(self.collector)
        self._post("promise", **data)
        self.assertFalse(self._promises())

    def test_requests_sent_again_and_again_end(self):
        self.company.credit_promise_max_count = 99
        self._login(self.portal)
        for rank in range(7):
            answer = self._post(
                "promise", amount="1", date=str(self._today(days=5 + rank))
            )
        self.assertIn("get in touch", self._text(answer, "o_credit_error"))
        self.assertEqual(len(self._promises()), 5)
        # and stop the dunning of nothing else
        self.env.flush_all()
        notice = self._notice(self._run())
        self.assertEqual((notice.amount_net, notice.reason), (95, False))

    # ------------------------------------------------------------------
    # Plans
    # ------------------------------------------------------------------

    def _proposed(self, **vals):
        plan = self._plan(**vals)
        plan.action_propose()
        return plan

    def _sign(self, plan, access_token=None, name="Ann Dupont", signature=PNG):
        token = f"?access_token={access_token}" if access_token else ""
        answer = self.url_open(
            f"/my/plan/{plan.id}/accept{token}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"name": name, "signature": signature},
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()["result"]

    def test_a_plan_is_signed_with_its_link(self):
        plan = self._proposed()
        page = self.url_open(plan.get_portal_url())
        self.assertIn("portal.signature_form", page.text)
        self.assertIn("as of right", page.text)
        result = self._sign(plan, plan.access_token)
        self.assertTrue(result["force_refresh"])
        self.env.invalidate_all()
        self.assertEqual((plan.state, plan.signed_by), ("running", "Ann Dupont"))
        page = self.url_open(result["redirect_url"])
        self.assertIn("o_credit_plan_running", page.text)
        self.assertNotIn("portal.signature_form", page.text)
        # a second time is refused, with whatever name
        self.assertIn("error", self._sign(plan, plan.access_token, name="Bob"))
        self.assertEqual(plan.signed_by, "Ann Dupont")

    def test_a_plan_is_signed_by_nobody_else(self):
        plan = self._proposed()
        other = self._create_customer("Other SA")
        invoice = self._invoice(50, due=self._today(days=-3), partner=other)
        strange = self._proposed(
            amounts=(50,), items={invoice._dunning_items(): 50}, partner_id=other.id
        )

        def refused(**kwargs):
            self.assertIn("error", self._sign(plan, **kwargs), kwargs)
            self.env.invalidate_all()
            self.assertEqual(plan.state, "proposed")
            self.assertFalse(plan.signature)

        refused()
        refused(access_token="9" * 36)
        refused(access_token=strange.access_token)
        self._login(self.stranger)
        refused()
        self.assertNotIn("o_credit_plan_page", self.url_open(plan.access_url).text)
        # finance does not sign for the customer, even with the link
        self._login(self.collector)
        self.assertIn("o_credit_plan_page", self.url_open(plan.access_url).text)
        refused()
        refused(access_token=plan.access_token)
        # the customer itself needs no token
        self._login(self.portal)
        refused(name="")
        refused(name="A" * 1000)
        refused(signature="")
        refused(signature={"a": 1})
        refused(signature="PHN2Zz4=")
        self.assertTrue(self._sign(plan, name=SCRIPT)["force_refresh"])
        self.env.invalidate_all()
        self.assertEqual(plan.signed_by, SCRIPT)
        self.assertEqual(plan.message_ids[0].author_id, self.portal.partner_id)
        self.assertNotIn(SCRIPT, self.url_open(plan.access_url).text)

    def test_drafts_and_cancelled_plans_are_not_shown(self):
        plan = self._plan()
        self._login(self.portal)
        for method in [lambda: None, plan.action_cancel]:
            method()
            url = plan.get_portal_url()
            for address in (url, url.replace("?", "/pdf?")):
                self.assertNotIn("o_credit_plan_page", self.url_open(address).text)
            self.assertIn("error", self._sign(plan, plan.access_token))

    def test_a_customer_answers_a_proposal_but_not_for_ever(self):
        plan = self._proposed()
        self._login(self.portal)
        for _again in range(7):
            answer = self.url_open(
                f"/my/plan/{plan.id}/answer",
                data={
                    "answer": SCRIPT + "x" * 5000,
                    "csrf_token": http.Request.csrf_token(self),
                },
            )
        self.assertIn("o_credit_plan_answered", answer.text)
        said = plan.message_ids.filtered(
            lambda message: message.author_id == self.portal.partner_id
        )
        self.assertEqual(len(said), 5)
        self.assertNotIn("<script>", said[0].body)
        self.assertLess(len(said[0].body), 2200)

    def test_the_agreement_is_downloaded(self):
        plan = self._proposed()
        content = plan.with_context(force_report_rendering=True)._render_file()[0]
        self.assertTrue(content.startswith(b"%PDF"))
        answer = self.url_open(plan.get_portal_url(suffix="/pdf"))
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertNotIn(
            "Content-Disposition", self.url_open(f"/my/plan/{plan.id}/pdf").headers
        )

    def test_a_portal_user_reads_no_record(self):
        self._running()
        env = self.env(user=self.portal)
        for model in ("credit.payment.plan", "credit.payment.plan.line",
                      "credit.payment.plan.item", "credit.promise"):  # fmt: skip
            self.assertFalse(env[model].has_access("read"))
        self.assertFalse(env["credit.payment.plan.create"].has_access("create"))
