from odoo.tests import tagged

from .dunning_common import DunningCommon


class DisputeCommon(DunningCommon):
    """An overdue invoice of the customer, and ways to contest it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("credit_management.credit_dispute_reason_price")
        cls.cause = cls.env.ref("credit_management.credit_dispute_cause_price")
        cls.customer.credit_blocking_mode = "none"
        cls.customer.user_id = cls.salesperson

    @classmethod
    def _item(cls, invoice):
        return invoice._dunning_items()[:1]

    @classmethod
    def _dispute(cls, invoice, amount=None, user=None, **vals):
        """Return a dispute of an invoice, of all of it by default."""
        item = cls._item(invoice)
        if amount is None:
            amount = item.amount_residual_currency
        return (
            cls.env["credit.dispute"]
            .with_user(user or cls.collector)
            .action_open([(item, amount)], vals.pop("reason", cls.reason), **vals)
        )


@tagged("post_install", "-at_install")
class TestDispute(DisputeCommon):
    """What is contested: opened, decided on, out of dunning."""

    def test_the_contested_part_leaves_dunning_and_the_rest_stays(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        self._dispute(invoice, 40)
        notice = self._notice(self._run())
        self.assertEqual(notice.state, "ready")
        self.assertEqual(notice.amount_due, 60)
        self.assertEqual(notice.line_ids.amount_due, 60)

    def test_all_of_it_contested_is_left_out(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        self._dispute(invoice)
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.reason), ("left_out", "disputed"))

    def test_accepting_makes_a_credit_note_of_exactly_the_amount(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        dispute = self._dispute(invoice, 33.33)
        dispute.action_accept(cause=self.cause)
        self.assertEqual(dispute.state, "accepted")
        self.assertEqual(dispute.cause_id, self.cause)
        credit_note = dispute.credit_note_ids
        self.assertEqual(credit_note.state, "draft")
        self.assertEqual(credit_note.amount_total, 33.33)
        self.assertEqual(credit_note.reversed_entry_id, invoice)
        # until it is posted, the accepted part rests
        self.assertEqual(self._notice(self._run()).amount_due, 66.67)
        credit_note.with_env(self.env).action_post()
        self.assertEqual(invoice.amount_residual, 66.67)
        self.assertEqual(self._notice(self._run()).amount_due, 66.67)
