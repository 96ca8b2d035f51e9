from odoo.tests import freeze_time, tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunning(DunningCommon):
    """Who is reminded of what, and when."""

    @freeze_time("2026-03-31")
    def test_the_demonstration_ledger_writes_to_a_and_b_only(self):
        a, b, c, d, e = (
            self._create_customer(f"{letter}{letter} SA") for letter in "ABCDE"
        )

        def invoice(partner, amount, date, due):
            return self._invoice(amount, due, date, partner)

        invoice(a, 24000, "2026-01-10", "2026-02-24")
        invoice(a, 12000, "2026-03-05", "2026-04-19")
        self._credit_note(1200, a, invoice_date="2026-03-12", due="2026-03-12")
        invoice(b, 9600, "2026-02-01", "2026-03-03")
        self._pay(b, 600, date="2026-03-28")
        promised = invoice(c, 3000, "2026-02-20", "2026-03-22")
        promised.action_pause_dunning("2026-04-05", "Promised for 5 April")
        invoice(d, 48000, "2026-03-20", "2026-05-19")
        legal = invoice(e, 4800, "2025-11-20", "2025-12-20")
        legal.action_hand_to_legal()

        run = self._run()

        self.assertEqual(self._notice(run, state="ready", partner=a).amount_net, 22800)
        self.assertEqual(self._notice(run, state="ready", partner=b).amount_net, 9000)
        self.assertEqual(self._notice(run, c).reason, "paused")
        self.assertEqual(self._notice(run, e).reason, "legal")
        self.assertFalse(self._notice(run, d))
        self.assertEqual(run.ready_count, 2)
        self.assertEqual(run.left_out_count, 2)

    def test_a_notice_is_sent_once(self):
        invoice = self._invoice(100, due=self._today(days=-6))
        with self._mail_server():
            run = self._send_all()
        notice = self._notice(run)
        self.assertEqual(notice.state, "sent", notice.error)
        self.assertEqual(invoice.dunning_level_id, self._level(5))
        self.assertEqual(len(self._mails_to(self.customer)), 1)
        second = self._send_all()
        self.assertFalse(self._notice(second))
