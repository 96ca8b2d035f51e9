from odoo.fields import Command
from odoo.tests import tagged

from .test_portal_credit import PortalCommon


class PortalPaymentCommon(PortalCommon):
    """A way to pay, and an invoice that is not due yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.upcoming = cls._invoice(30, due=cls._today(days=9))
        cls.method = cls.env.ref("payment.payment_method_unknown")
        cls.provider = cls._provider()
        cls.method.active = True
        cls.inbound_payment_method_line.payment_provider_id = cls.provider
        cls.env.flush_all()

    @classmethod
    def _provider(cls, **vals):
        form = cls.env["ir.ui.view"].create(
            {
                "name": "Form",
                "type": "qweb",
                "arch": "<form action='/my/statement' method='get'/>",
            }
        )
        return cls.env["payment.provider"].create(
            {
                "name": "Cards",
                "code": "none",
                "state": "test",
                "is_published": True,
                "company_id": cls.company.id,
                "journal_id": cls.company_data["default_journal_bank"].id,
                "payment_method_ids": [Command.set(cls.method.ids)],
                "redirect_form_view_id": form.id,
                **vals,
            }
        )

    def _transactions(self):
        return self.env["payment.transaction"].search(
            [("provider_id", "=", self.provider.id)]
        )


@tagged("post_install", "-at_install")
class TestPortalPayment(PortalPaymentCommon):
    """Customers pay what they tick, and only what is theirs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contested = cls._invoice(70, due=cls._today(days=-4))
        cls.env["credit.dispute"].action_open(
            [(cls.contested._dunning_items().id, 20)],
            cls.env.ref("credit_management.credit_dispute_reason_price").id,
            "Too dear",
        )
        cls.env.flush_all()

    def _chosen(self, page):
        values = page.xpath("//input[@name='item'][@checked]/@value")
        return self.env["account.move.line"].browse(map(int, values)).move_id

    def _route(self, *invoices, page=None):
        query = "&".join(f"item={i._dunning_items().id}" for i in invoices)
        page = page or f"/my/statement/pay?{query}"
        return self._page(page).xpath("//form/@data-transaction-route")[0]

    def _pay_online(self, route, amount, **params):
        """Return what the server answers to Odoo's payment form."""
        answer = self.url_open(
            route,
            json={
                "jsonrpc": "2.0",
                "method": "call",
                "params": {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.method.id,
                    "token_id": None,
                    "amount": amount,
                    "flow": "redirect",
                    "tokenization_requested": False,
                    "landing_route": "https://evil.example.com",
                    "is_validation": False,
                    **params,
                },
            },
        )
        return answer.json()

    def test_what_is_overdue_and_not_contested_is_proposed(self):
        self._login(self.portal)
        statement = self._page("/my/statement")
        [link] = statement.find_class("o_credit_pay_overdue")
        page = self._page(link.get("href"))
        self.assertEqual(self._chosen(page), self.invoice)
        self.assertEqual(len(page.xpath("//input[@name='item']")), 3)
        self.assertIn(
            "100.00", page.find_class("o_credit_payment_total")[0].text_content()
        )
        # the customer chooses otherwise
        items = [i._dunning_items().id for i in (self.upcoming, self.contested)]
        page = self._page(f"/my/statement/pay?chosen=1&item={items[0]}&item={items[1]}")
        self.assertEqual(self._chosen(page), self.upcoming + self.contested)
        self.assertEqual(page.xpath("//form/@data-amount"), ["100.0"])

    def test_invoices_chosen_are_paid_together(self):
        self._login(self.portal)
        route = self._route(self.invoice, self.upcoming)
        result = self._pay_online(route, 130.0)["result"]
        transaction = self._transactions()
        self.assertEqual(transaction.reference, result["reference"])
        self.assertEqual(
            (transaction.amount, transaction.partner_id),
            (130, self.portal.partner_id),
        )
        self.assertTrue(transaction.landing_route.startswith("/my/statement"))
        transaction._set_done()
        transaction._post_process()
        self.assertEqual((self.invoice + self.upcoming).mapped("amount_residual"),
                         [0, 0])  # fmt: skip
        # they cannot be paid again
        self.assertIn("error", self._pay_online(route, 130.0))
        self.assertEqual(len(self._transactions()), 1)

    def test_a_later_instalment_is_paid_and_not_the_first_one(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50,
                                    "nb_days": days})
                    for days in (0, 30)
                ],
            }
        )  # fmt: skip
        invoice = self._invoice(
            200, invoice_date=self._today(days=-40), invoice_payment_term_id=term.id
        )
        first, second = invoice._dunning_items().sorted("date_maturity")
        self._login(self.portal)
        page = f"/my/statement/pay?item={second.id}&item={self.item.id}"
        self._pay_online(self._route(page=page), 200.0)
        transaction = self._transactions()
        transaction._set_done()
        transaction._post_process()
        self.assertEqual((first.amount_residual, second.amount_residual), (100, 0))
        self.assertEqual(self.invoice.amount_residual, 0)

    def test_the_amount_is_the_servers(self):
        self._login(self.portal)
        route = self._route(self.invoice)
        for amount in (1.0, -100.0, 99.99, 1e12, 0, None, "abc", "100.0", [100.0]):
            self.assertIn("error", self._pay_online(route, amount), amount)
        other = self._provider(state="disabled", is_published=False)
        for params in [
            {"partner_id": self.stranger.partner_id.id},
            {"currency_id": 1},
            {"custom_create_values": {"amount": 1}},
            {"reference_prefix": "MINE"},
            {"provider_id": other.id},
            {"provider_id": 0},
        ]:
            self.assertIn("error", self._pay_online(route, 100.0, **params), params)
        self.assertFalse(self._transactions())
        self._pay_online(route, 100.0, is_validation=True)
        self.assertEqual(self._transactions().operation, "online_redirect")

    def test_only_ones_own_open_invoices_are_paid(self):
        draft = self._invoice(10, post=False)
        own = "/my/statement/pay/transaction?item={}".format
        self._login(self.portal)
        for route in [
            own(self.strange_item.id),
            own(f"{self.item.id}&item={self.strange_item.id}"),
            own(draft._dunning_items().id),
            own(0),
            own("abc"),
            own("99999999999999999999"),
            "/my/statement/pay/transaction",
            own(f"{self.item.id}&company_id=999999"),
        ]:
            self.assertIn("error", self._pay_online(route, 100.0), route)
        page = self.url_open(f"/my/statement/pay?item={self.strange_item.id}")
        self.assertIn("Choose", self._text(page, "o_credit_message"))
        page = self._page("/my/statement/pay?chosen=1")
        self.assertFalse(self._chosen(page))
        self.assertFalse(page.xpath("//form/@data-transaction-route"))
        for user in (self.stranger, self.collector):
            self._login(user)
            answer = self._pay_online(own(self.item.id), 100.0)
            self.assertIn("error", answer, user.login)
        self.authenticate(None, None)
        self.assertIn("error", self._pay_online(own(self.item.id), 100.0))
        self.assertNotIn("o_credit_payment", self.url_open("/my/statement/pay").text)
        self.assertFalse(self._transactions())

    def test_nothing_is_paid_where_payment_is_off(self):
        def buttons():
            page = self._page("/my/statement")
            return page.find_class("o_credit_pay") + page.find_class(
                "o_credit_pay_overdue"
            )

        self._login(self.portal)
        self.assertEqual(len(buttons()), 2)
        self.provider.is_published = False
        self.assertFalse(buttons())
        self.provider.is_published = True
        self.env["ir.config_parameter"].set_param(
            "account_payment.enable_portal_payment", False
        )
        self.assertFalse(buttons())
        route = f"/my/statement/pay/transaction?item={self.item.id}"
        self.assertIn("error", self._pay_online(route, 100.0))
