import json
from itertools import product

from odoo import http
from odoo.fields import Command
from odoo.tests import tagged

from .dispute_common import DisputeCommon
from .test_payment_plan import PNG
from .test_portal_credit import PortalCommon

ADDON = "odoo.addons.credit_management."
FINANCE = "asker collector manager"
# who gets what a route tells of the customer, and nobody else: a “portal” user of
# it, whoever has the “link”, the collector who has asked for it (“asker”), others
TABLE = {
    # of the companies that one works in
    "/credit/aged_balance/pdf": f"{FINANCE} foreigner",
    "/credit/aged_balance/xlsx": f"{FINANCE} foreigner",
    "/credit/dunning/letters": FINANCE,
    "/credit/incentive/<int:statement_id>/xlsx": "manager",
    "/credit/monthly-report/<int:request_id>/xlsx": "asker",
    "/credit/statement/<int:request_id>/<any(pdf, xlsx):extension>": "asker",
    "/my/dispute/<int:dispute_id>": f"portal link {FINANCE}",
    "/my/disputes": "portal",
    "/my/disputes/page/<int:page>": "portal",
    "/my/dunning/<int:notice_id>": f"portal link {FINANCE}",
    "/my/plan/<int:plan_id>": f"portal link {FINANCE}",
    "/my/plan/<int:plan_id>/pdf": f"portal link {FINANCE}",
    "/my/statement": "portal",
    # of the customer that one belongs to
    "/my/statement/<any(pdf, xlsx):extension>": f"portal stranger {FINANCE}",
    "/my/statement/dispute": "portal",
    "/my/statement/pay": "portal",
    "/my/statement/promise": "portal",
}
# they take what a customer says; who may is tested with what becomes of it
ANSWERS = {
    "/my/dispute/<int:dispute_id>/answer",
    "/my/dunning/<int:notice_id>/answer",
    "/my/plan/<int:plan_id>/accept",
    "/my/plan/<int:plan_id>/answer",
    "/my/statement/pay/transaction",
}
NO_IDS = ("abc", "-1", "0", "9" * 30)
NO_VALUES = ("-1", "9" * 30, "\0", "9999-12-31", "é" * 99, "[1]")


@tagged("post_install", "-at_install")
class TestRoutes(DisputeCommon, PortalCommon):
    """Each address that the module answers, tried as each visitor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other_company = cls.setup_other_company()["company"]
        cls.colleague, cls.employee = cls._create_users(
            {
                "colleague": "credit_management.group_credit_user",
                "employee": "base.group_user",
            }
        )
        cls.foreigner = cls._create_user(
            "foreigner",
            "credit_management.group_credit_manager",
            company_id=other_company.id,
            company_ids=[Command.set(other_company.ids)],
        )
        cls.visitors = {
            "nobody": None,
            "link": None,
            "portal": cls.portal,
            "stranger": cls.stranger,
            "employee": cls.employee,
            "salesperson": cls.salesperson,
            "asker": cls.collector,
            "collector": cls.colleague,
            "manager": cls.manager,
            "foreigner": cls.foreigner,
        }
        cls.customer.write(
            {
                "street": "1 Quai",
                "city": "Lyon",
                "zip": "69001",
                "user_id": cls.other_salesperson.id,
            }
        )
        cls.dispute = cls._dispute(cls.invoice, 10)
        cls.plan = cls._plan((20,))
        cls.plan.action_propose()
        cls.dunning.level_ids.channel_ids = cls.channels["letter"]
        cls.notice = cls._notice(cls._send_all())
        cls.letter = cls.notice.delivery_ids
        cls.letter.with_user(cls.collector).with_context(
            force_report_rendering=True
        ).action_print_letters()
        asking = {"partner_ids": [Command.set(cls.customer.ids)]}
        cls.documents = {
            "notice_id": cls.notice,
            "plan_id": cls.plan,
            "dispute_id": cls.dispute,
            "statement_id": cls.env["credit.incentive.statement"]
            .sudo()
            .create(
                {
                    "user_id": cls.salesperson.id,
                    "company_id": cls.company.id,
                    "date_from": cls._today(day=1),
                    "date_to": cls._today(),
                }
            ),
        }
        cls.requests = {
            "/credit/monthly-report/": cls.env["credit.monthly.report"]
            .with_user(cls.collector)
            .create({}),
            "/credit/statement/": cls.env["credit.statement.request"]
            .with_user(cls.collector)
            .create(asking),
        }

    # ------------------------------------------------------------------
    # Addresses
    # ------------------------------------------------------------------

    def _rules(self):
        """Return what routes requests to our controllers, by address."""
        return {
            rule.rule: rule
            for rule in self.env["ir.http"].routing_map().iter_rules()
            if rule.endpoint.func.__module__.startswith(ADDON)
            and ADDON + "controllers" in rule.endpoint.original_endpoint.__module__
        }

    def _url(self, address, **arguments):
        """Return an address with the ids of the scene, or other arguments."""
        values = {"page": 1, "extension": "xlsx"}
        values |= {name: record.id for name, record in self.documents.items()}
        for prefix, record in self.requests.items():
            if address.startswith(prefix):
                values["request_id"] = record.id
        values |= arguments
        for part in address.split("/"):
            if part.startswith("<"):
                name = part.strip("<>").rpartition(":")[2]
                address = address.replace(part, str(values[name]))
        return address

    def _arguments(self, address):
        return {
            "ids": str(self.letter.id),
            "item": self.item.id,
            "company_id": self.company.id,
        }

    def _ask(self, address, url, **arguments):
        """Send a request, as a form does where the address takes nothing else."""
        methods = self._rules()[address].methods
        if methods and "GET" not in methods:
            token = http.Request.csrf_token(self)
            return self.url_open(url, data={"csrf_token": token, **arguments})
        return self.url_open(url, params=arguments, allow_redirects=True)

    def _is_told(self, answer):
        """Tell whether an answer is a file, or a page about the customer."""
        if "Content-Disposition" in answer.headers:
            return True
        return answer.status_code == 200 and self.invoice.name in answer.text

    # ------------------------------------------------------------------
    # Tests
    # ------------------------------------------------------------------

    def test_every_address_is_in_the_table(self):
        self.assertEqual(set(self._rules()), TABLE.keys() | ANSWERS)

    def test_each_visitor_gets_what_the_table_says(self):
        told = {address: set() for address in TABLE}
        for visitor, user in self.visitors.items():
            login = user and user.login
            self.authenticate(login, login)
            for address in TABLE:
                arguments = self._arguments(address)
                if visitor == "link":
                    for name, document in self.documents.items():
                        if name in address and "access_token" in document._fields:
                            token = document._portal_ensure_token()
                            arguments["access_token"] = token
                answer = self._ask(address, self._url(address), **arguments)
                self.assertLess(answer.status_code, 500, address)
                if self._is_told(answer):
                    told[address].add(visitor)
        for address, visitors in TABLE.items():
            with self.subTest(address):
                self.assertEqual(told[address], set(visitors.split()))

    def test_links_open_their_own_document_alone(self):
        self.authenticate(None, None)
        pages = ("notice_id", "plan_id", "dispute_id")
        for address, other in product(TABLE, pages):
            own = next((name for name in pages if name in address), None)
            if own in (None, other):
                continue
            token = self.documents[other]._portal_ensure_token()
            with self.subTest(address, token=other):
                answer = self._ask(address, self._url(address), access_token=token)
                self.assertFalse(self._is_told(answer))

    def test_nonsense_is_no_error_of_ours(self):
        names = ("company_id", "date", "item", "ids", "options", "amount", "chosen")
        for prefix, user in (("/my/", self.portal), ("/credit/", self.collector)):
            self.authenticate(user.login, user.login)
            for address in TABLE:
                if not address.startswith(prefix):
                    continue
                for id_ in NO_IDS if "<int:" in address else ():
                    ids = dict.fromkeys([*self.documents, "request_id", "page"], id_)
                    with self.subTest(address, id=id_):
                        answer = self._ask(address, self._url(address, **ids))
                        self.assertLess(answer.status_code, 500)
                for value in NO_VALUES:
                    with self.subTest(address, value=value[:9]):
                        arguments = dict.fromkeys(names, value)
                        answer = self._ask(address, self._url(address), **arguments)
                        self.assertLess(answer.status_code, 500)

    def test_nonsense_is_no_link(self):
        self.authenticate(None, None)
        for address in TABLE:
            if not any(name in address for name in ("notice_id", "plan_id", "dispute")):
                continue
            for token in ("", "x", "é", "\0", "9" * 999):
                with self.subTest(address, token=token[:9]):
                    answer = self._ask(address, self._url(address), access_token=token)
                    self.assertLess(answer.status_code, 500)
                    self.assertFalse(self._is_told(answer))

    def test_answers_without_a_right_change_nothing(self):
        documents = (self.plan, self.dispute, self.notice)
        before = [document.state for document in documents]
        for user in (None, self.stranger, self.employee, self.foreigner):
            self.authenticate(user and user.login, user and user.login)
            for address in ANSWERS - {"/my/statement/pay/transaction"}:
                with self.subTest(address, user=user and user.login):
                    self._answer(address)
        self.env.invalidate_all()
        self.assertEqual([document.state for document in documents], before)
        for document in documents:
            said = " ".join(document.sudo().message_ids.mapped("body"))
            self.assertNotIn("We pay", said)

    def _answer(self, address):
        url = self._url(address)
        if address.endswith("/accept"):
            body = {"params": {"name": "We pay", "signature": PNG}}
            headers = {"Content-Type": "application/json"}
            answer = self.url_open(url, json.dumps(body), headers=headers)
        else:
            answer = self._ask(address, url, answer="We pay")
        self.assertLess(answer.status_code, 500)
