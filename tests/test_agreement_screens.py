from odoo.tests import HttpCase, tagged

from .test_payment_plan import PlanCommon
from .test_portal_payment import PortalPaymentCommon


@tagged("post_install", "-at_install")
class TestAgreementTour(PlanCommon, HttpCase):
    """A collector proposes a plan."""

    def test_a_collector_proposes_a_plan(self):
        self.start_tour(
            f"/odoo/res.partner/{self.customer.id}",
            "credit_payment_plan",
            login=self.collector.login,
        )
        plan = self.env["credit.payment.plan"].search([])
        self.assertEqual((plan.state, plan.amount), ("proposed", 100))


@tagged("post_install", "-at_install")
class TestPortalTours(PortalPaymentCommon):
    """Customers sign, announce and pay, as a browser shows it."""

    def _tour(self, name):
        self.start_tour("/my/statement", name, login=self.portal.login)

    def test_a_customer_signs_a_plan(self):
        plan = self._plan()
        plan.action_propose()
        self._tour("credit_plan_signature")
        self.assertEqual((plan.state, plan.signed_by), ("running", "Ann Dupont"))

    def test_a_customer_announces_a_payment(self):
        self._tour("credit_portal_promise")
        promise = self.env["credit.promise"].search([])
        self.assertEqual((promise.amount, promise.state), (60, "open"))

    def test_a_customer_pays_what_it_ticks(self):
        self._tour("credit_portal_payment")
        self.assertEqual(self._transactions().amount, 130)
