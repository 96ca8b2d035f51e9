from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, tagged

from .dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestPromise(DunningCommon):
    """What customers announce, and what dunning and finance make of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._invoice(100, due=cls._today(days=-6))

    @classmethod
    def _promise(cls, amount, user=None, days=5, **vals):
        return (
            cls.env["credit.promise"]
            .with_user(user or cls.collector)
            .create(
                {
                    "partner_id": cls.customer.id,
                    "amount": amount,
                    "date": cls._today(days=days),
                    **vals,
                }
            )
        )

    def _check(self, **shift):
        with freeze_time(self._today(**shift)):
            Promise = self.env["credit.promise"].sudo()
            today = self._today()
            Promise._to_check(self.company, today)._check(today)

    def test_a_call_leads_to_the_promise_it_ended_with(self):
        self.customer.phone = "+33 1 99 00 20 01"
        call = self.customer.with_user(self.collector).action_call_about_overdue()
        dialog = self.env[call["res_model"]].with_user(self.collector)
        dialog = dialog.with_context(**call["context"]).create(
            {"result": "promise", "note": "On Friday"}
        )
        action = dialog.action_log()
        promises = self.env[action["res_model"]].with_user(self.collector)
        form = Form(promises.with_context(**action["context"]))
        form.date = self._today(days=3)
        promise = form.save()
        self.assertEqual((promise.amount, promise.state), (100, "open"))
        self.assertEqual(promise.line_ids.move_id, self.invoice)
        self.assertEqual(promise.note, "On Friday")

    def test_a_promise_starts_where_the_customer_is_seen(self):
        other = self._invoice(50, due=self._today(days=-3))
        self._send_all()
        self.env.flush_all()
        notice = self.env["credit.dunning.notice"].search([("state", "=", "sent")])
        row = self.env["credit.worklist"].search([])
        for record, amount, moves in [
            (self.customer, 150, self.invoice + other),
            (row, 150, self.invoice + other),
            (notice, 150, self.invoice + other),
            (other, 50, other),
            (self.invoice + other, 150, self.invoice + other),
        ]:
            action = record.with_user(self.collector).action_promise()
            promises = self.env["credit.promise"].with_user(self.collector)
            form = Form(promises.with_context(**action["context"]))
            form.date = self._today(days=3)
            promise = form.save()
            self.assertEqual((promise.amount, promise.line_ids.move_id),
                             (amount, moves))  # fmt: skip
            promise.action_withdraw()
            with self._refused(AccessError, "."):
                record.with_user(self.salesperson).action_promise()
        strange = self._invoice(50, partner=self.uncontrolled)
        with self._refused(UserError, "one customer"):
            (other + strange).action_promise()

    # ------------------------------------------------------------------
    # Kept or broken
    # ------------------------------------------------------------------

    def test_a_promise_is_kept_partially_kept_or_broken(self):
        for paid, expected in [(60, "kept"), (59.99, "partially_kept"), (0, "broken")]:
            partner = self._create_customer(f"P{expected} SA")
            invoice = self._invoice(100, due=self._today(days=-6), partner=partner)
            promise = self._promise(60, partner_id=partner.id)
            if paid:
                self._pay(invoice, paid)
            # on the day and within the tolerance of 2 days, nobody is blamed
            self._check(days=7)
            early = "kept" if expected == "kept" else "open"
            self.assertEqual(promise.state, early)
            self._check(days=8)
            self.assertEqual(promise.state, expected)
            self.assertEqual(promise.amount_received, paid)

    def test_a_broken_promise_gives_its_collector_a_task(self):
        promise = self._promise(60)
        self._check(days=8)
        self.assertEqual(promise.activity_ids.user_id, self.collector)
        self.assertIn("Broken promise", promise.activity_ids.summary)
        self._check(days=9)
        self.assertEqual(len(promise.activity_ids), 1)

    def test_money_on_account_keeps_a_promise(self):
        promise = self._promise(60)
        self._pay(self.customer, 60)
        self._check(days=8)
        self.assertEqual(promise.state, "kept")

    def test_a_credit_note_takes_its_part_off_and_is_no_payment(self):
        promise = self._promise(100)
        refund = self._credit_note(40)
        (self.invoice + refund).line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).reconcile()
        self._check(days=8)
        self.assertEqual((promise.state, promise.amount_received), ("broken", 0))
        other = self._promise(60, self.manager)
        self._pay(self.invoice, 60)
        self._check(days=1)
        self.assertEqual(other.state, "kept")

    def test_what_is_credited_or_cancelled_is_no_kept_promise(self):
        promise = self._promise(100)
        self.invoice.button_draft()
        self._check(days=1)
        self.assertEqual(promise.state, "open")
        self.invoice.button_cancel()
        self._check(days=1)
        self.assertEqual((promise.state, promise.amount_received), ("withdrawn", 0))
        self.assertEqual(promise.line_ids.move_id, self.invoice)

    def test_a_payment_taken_back_after_kept_is_seen(self):
        promise = self._promise(60)
        payment = self._pay(self.invoice, 60)
        self._check(days=8)
        self.assertEqual(promise.state, "kept")
        payment.move_id.line_ids.remove_move_reconcile()
        payment.action_draft()
        payment.action_cancel()
        self._check(days=9)
        self.assertEqual(promise.state, "broken")

    # ------------------------------------------------------------------
    # Dunning
    # ------------------------------------------------------------------

    def test_dunning_waits_for_the_promised_part_only(self):
        self._promise(60)
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.amount_net), ("ready", 40))
        self._pay(self.invoice, 60)
        self.assertEqual(self._notice(self._run()).amount_net, 40)

    def test_dunning_goes_on_after_the_promise_and_a_grace(self):
        self._send_all()
        self._promise(100, days=9)
        level = self._level(15)
        for days, reason in [(9, "promised"), (11, "promised"), (12, "grace"),
                             (16, "grace"), (17, False)]:  # fmt: skip
            self._check(days=days)
            with freeze_time(self._today(days=days)):
                notice = self._notice(self._run())
                self.assertEqual((notice.reason, notice.level_id), (reason, level))

    def test_a_promise_after_the_preview_holds_the_notice_back(self):
        run = self._run()
        self._promise(100)
        run._ready()._send()
        self.assertEqual(self._notice(run).state, "held")
        self.assertEqual(self._notice(run).reason, "promised")

    # ------------------------------------------------------------------
    # What can be promised
    # ------------------------------------------------------------------

    def test_the_oldest_items_are_promised_first(self):
        older = self._invoice(50, due=self._today(days=-20))
        promise = self._promise(120)
        self.assertEqual(promise.line_ids.move_id, older + self.invoice)
        self.assertEqual(promise.line_ids.mapped("amount"), [50, 70])

    def test_no_more_is_promised_than_is_open(self):
        with self._refused(UserError, "cannot be promised"):
            self._promise(100.01)
        self._promise(70)
        with self._refused(UserError, "cannot be promised"):
            self._promise(30.01)
        self.assertEqual(self._promise(30).amount, 30)

    def test_strange_promises_are_refused(self):
        stranger = self._invoice(80, partner=self.uncontrolled)
        item = stranger._dunning_items()
        for vals, exception, words in [
            ({"days": -1}, UserError, "today or later"),
            ({"contact_id": self.uncontrolled.id}, ValidationError, "not a contact"),
            (
                {
                    "amount": 80,
                    "line_ids": [
                        Command.create({"move_line_id": item.id, "amount": 80})
                    ],
                },
                ValidationError,
                "open items of the customer",
            ),
        ]:
            vals = {"amount": 50, **vals}
            with self._refused(exception, words):
                self._promise(vals.pop("amount"), **vals)

    def test_a_second_or_a_long_promise_asks_a_manager(self):
        self._promise(50)
        self._check(days=8)
        second = self._promise(50)
        self.assertEqual(second.state, "to_approve")
        # nothing waits for a promise that nobody has accepted
        self.assertNotEqual(self._notice(self._run()).reason, "promised")
        with self._refused(AccessError, "manager"):
            second.with_user(self.collector).action_approve()
        second.with_user(self.manager).action_approve()
        self.assertEqual(second.state, "open")
        late = self._promise(10, days=31)
        self.assertEqual(late.state, "to_approve")
        self.assertEqual(self._promise(5, self.manager, days=31).state, "open")

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_only_finance_notes_promises_and_nobody_rewrites_them(self):
        with self._refused(AccessError, "."):
            self._promise(50, self.salesperson)
        promise = self._promise(50, state="kept", amount_received=50)
        self.assertEqual((promise.state, promise.amount_received), ("open", 0))
        for values in ({"amount": 1}, {"state": "kept"}, {"date": "2099-01-01"}):
            with self._refused(AccessError, "."):
                promise.with_user(self.collector).write(values)
        promise.with_user(self.collector).action_withdraw()
        with self._refused(UserError, "Withdrawn"):
            promise.with_user(self.collector).action_withdraw()

    def test_a_customer_promises_on_its_page(self):
        Promise = self.env["credit.promise"]
        item = self.invoice._dunning_items()

        def promise(amount, contact=self.customer, items=item, days=3):
            return Promise._promise_from_portal(
                contact, self.company, items.ids, amount, self._today(days=days)
            )

        stranger = self._invoice(80, partner=self.uncontrolled)._dunning_items()
        for args in [
            {"amount": 200},
            {"amount": -5},
            {"amount": 0},
            {"amount": 50, "days": -1},
            {"amount": 50, "items": stranger},
            {"amount": 50, "contact": self.uncontrolled},
        ]:
            with self._refused(UserError, "."):
                promise(**args)
        first = promise(40)
        self.assertEqual((first.state, first.channel), ("open", "portal"))
        self.assertEqual(promise(40).state, "to_approve")

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_a_broken_promise_speaks_against_an_order(self):
        self.customer.credit_policy_id = self._policy(
            rules={"broken_promise": {"severity": "block", "days": 30}}
        )
        self.assertEqual(self.customer.credit_light, "ok")
        self._promise(60)
        self._check(days=8)
        with freeze_time(self._today(days=9)):
            self.env.invalidate_all()
            findings = self.env["credit.check"]._findings(
                self.env["credit.check"]._cases(self.customer, self.company)[
                    self.customer
                ]
            )
        self.assertEqual([f.code for f in findings], ["broken_promise"])

    def test_the_rate_of_kept_promises(self):
        invoice = self._invoice(300, due=self._today(days=-2))
        for amount in (50, 50):
            self._promise(amount, self.manager)
        self._pay(self.invoice)
        self._check(days=8)
        self._promise(
            100,
            line_ids=[
                Command.create(
                    {"move_line_id": invoice._dunning_items().id, "amount": 100}
                )
            ],
        )
        self._check(days=8)
        self.customer.invalidate_recordset()
        customer = self.customer.with_user(self.collector)
        self.assertAlmostEqual(customer.credit_promise_kept_rate, 200 / 3)
        self.assertEqual(customer.credit_promise_kept_amount_rate, 50)

    def test_the_rate_of_kept_amounts_is_of_one_currency(self):
        foreign = self.setup_other_currency("EUR", rates=[("2020-01-01", 0.5)])
        for currency, paid in ((None, False), (foreign, True)):
            invoice = self._invoice(100, due=self._today(days=-2), currency=currency)
            item = invoice._dunning_items()
            self._promise(
                100,
                currency_id=invoice.currency_id.id,
                line_ids=[Command.create({"move_line_id": item.id, "amount": 100})],
            )
            if paid:
                self._pay(invoice)
        self._check(days=8)
        customer = self.customer.with_user(self.collector)
        # 200 of 300: the foreign 100 are worth 200
        self.assertAlmostEqual(customer.credit_promise_kept_amount_rate, 200 / 3)

    def test_the_worklist_tells_of_promises(self):
        self._promise(60, days=0)
        self.env.flush_all()
        row = self.env["credit.worklist"].with_user(self.collector).search([])
        self.assertIn("promise due today", row.reason)
        self._check(days=3)
        self.env.flush_all()
        self.env.invalidate_all()
        row = self.env["credit.worklist"].with_user(self.collector).search([])
        self.assertIn("broke a promise", row.reason)
        self.assertEqual(row.priority, 100 * 6 * 1.5)
