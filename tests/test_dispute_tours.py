from odoo.tests import HttpCase, tagged

from .dispute_common import DisputeCommon


@tagged("post_install", "-at_install")
class TestDisputeTours(DisputeCommon, HttpCase):
    """A dispute as each of those concerned lives it."""

    def test_tour_from_the_invoice_to_the_credit_note(self):
        invoice = self._overdue(100)
        self.start_tour(
            f"/odoo/account.move/{invoice.id}",
            "credit_dispute",
            login=self.collector.login,
        )
        dispute = invoice.dispute_ids
        self.assertEqual(dispute.state, "partly_accepted")
        self.assertEqual(dispute.amount, 40)
        self.assertEqual(dispute.credit_note_ids.amount_total, 25)
        self.assertTrue(dispute.cause_id)

    def test_tour_of_the_salesperson(self):
        dispute = self._dispute(self._overdue(100), 40)
        self.assertEqual(dispute.user_id, self.salesperson)
        self.start_tour(
            f"/odoo/credit.dispute/{dispute.id}",
            "credit_dispute_salesperson",
            login=self.salesperson.login,
        )
        self.assertEqual(dispute.answers, "The rebate was agreed in March")
        alert = self.env["credit.alert"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(alert.raised_by_id, self.salesperson)

    def test_tour_of_the_customer(self):
        portal = self._create_user("portal", "base.group_portal")
        portal.partner_id.parent_id = self.customer
        self._overdue(100)
        self.start_tour("/my/statement", "credit_dispute_portal", login=portal.login)
        dispute = self.env["credit.dispute"].search([("origin", "=", "portal")])
        self.assertEqual((dispute.amount, dispute.contact_id), (30, portal.partner_id))
