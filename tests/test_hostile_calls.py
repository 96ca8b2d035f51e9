from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .dispute_common import DisputeCommon
from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestHostileCalls(GateCommon, DisputeCommon):
    """What is made with elevated rights is not the caller's to fill in.

    Neither by values or commands beside those that are asked for, nor by defaults
    in the context, which any caller can send.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls._overdue(100)
        cls.item = cls._item(cls.invoice)

    def _create(self, model, vals, user=None, **context):
        """Create a record by RPC; return it, with the rights of the scene."""
        id_ = self._rpc(user or self.collector, model, "create", vals, context=context)
        self.env.invalidate_all()
        return self.env[model].browse(id_).sudo()

    def _alert(self):
        """Return the alert of a salesperson about the customer."""
        reason = self.env.ref("credit_management.credit_alert_reason_rumour")
        return self._create(
            "credit.alert",
            {
                "partner_id": self.customer.id,
                "reason_id": reason.id,
                "description": "They are closing.",
            },
            self.salesperson,
        )

    def _promise_vals(self, amount, **vals):
        return {
            "partner_id": self.customer.id,
            "amount": amount,
            "date": str(self._today(days=5)),
            **vals,
        }

    def _plan_vals(self, amount, **vals):
        day = str(self._today(days=10))
        return {
            "partner_id": self.customer.id,
            "item_ids": [[0, 0, {"move_line_id": self.item.id, "amount": amount}]],
            "line_ids": [[0, 0, {"date": day, "amount": amount}]],
            **vals,
        }

    # ------------------------------------------------------------------
    # Defaults in the context
    # ------------------------------------------------------------------

    def test_a_context_decides_no_dispute(self):
        found = self._rpc(
            self.salesperson,
            "credit.dispute",
            "action_open",
            [[self.item.id, 40]],
            self.reason.id,
            context={
                "default_state": "accepted",
                "default_amount_accepted": 40,
                "default_closing_note": "Yes",
                "default_credit_note_ids": [[4, self.invoice.id]],
            },
        )
        self.env.invalidate_all()
        dispute = self.env["credit.dispute"].browse(getattr(found, "ids", found))
        self.assertEqual((dispute.state, dispute.closing_note), ("new", False))
        self.assertEqual((dispute.amount, dispute.amount_accepted), (40, 0))
        self.assertFalse(dispute.credit_note_ids)

    def test_a_context_signs_no_plan_and_keeps_no_promise(self):
        plan = self._create(
            "credit.payment.plan",
            self._plan_vals(60),
            default_state="running",
            default_signed_by="Nobody",
            default_fee_move_id=self.invoice.id,
        )
        self.assertEqual((plan.state, plan.signed_by), ("draft", False))
        self.assertFalse(plan.fee_move_id)
        promise = self._create(
            "credit.promise",
            self._promise_vals(40),
            default_state="kept",
            default_amount_received=40,
        )
        self.assertEqual((promise.state, promise.amount_received), ("open", 0))

    # ------------------------------------------------------------------
    # Values and commands
    # ------------------------------------------------------------------

    def test_a_new_agreement_leaves_other_records_alone(self):
        plan = self._create("credit.payment.plan", self._plan_vals(60))
        draft = self._invoice(30, post=False)
        theirs = plan.line_ids.ids[0]
        for commands in (
            [[1, theirs, {"amount": 1}]],
            [[2, theirs]],
            [[4, theirs]],
            [[6, 0, [theirs]]],
        ):
            with self.subTest(commands):
                day = str(self._today(days=12))
                self._create(
                    "credit.payment.plan",
                    self._plan_vals(
                        1,
                        line_ids=[*commands, [0, 0, {"date": day, "amount": 1}]],
                        fee_move_id=draft.id,
                        message_ids=[[2, plan.message_ids.ids[0]]],
                    ),
                )
                self.assertEqual(plan.line_ids.mapped("amount"), [60])
                self.assertTrue(plan.message_ids)
        others = self.env["credit.payment.plan"].search([("id", "!=", plan.id)])
        self.assertEqual(len(others), 4)
        for other in others:
            self._rpc(self.collector, "credit.payment.plan", "action_cancel", other.ids)
        self.assertEqual(draft.state, "draft")

    def test_a_new_promise_leaves_other_promises_alone(self):
        promise = self._create("credit.promise", self._promise_vals(40))
        line_id = promise.line_ids.id
        self._create(
            "credit.promise",
            self._promise_vals(10, line_ids=[[1, line_id, {"amount": 1}]]),
        )
        self._create("credit.promise", self._promise_vals(10, line_ids=[[2, line_id]]))
        self.assertEqual(promise.line_ids.amount, 40)

    # ------------------------------------------------------------------
    # Disputes
    # ------------------------------------------------------------------

    def test_whoever_resolves_it_contests_for_their_customers_only(self):
        # a reason that, without a collector, makes the opener its resolver
        self.reason.assign_to = "collector"
        self.customer.credit_collector_id = False
        other = self._overdue(100, invoice_user_id=self.other_salesperson.id)
        self.customer.user_id = self.other_salesperson
        own = self._quotation(10)
        for order in (None, own.id):
            with self.subTest(order=order), self.assertRaises(AccessError):
                self._rpc(
                    self.salesperson,
                    "credit.dispute",
                    "action_open",
                    [[self._item(other).id, 40]],
                    self.reason.id,
                    order=order,
                )
        self.assertEqual(self.env["credit.dispute"].search_count([]), 0)
        sold = self._overdue(50, invoice_user_id=self.salesperson.id)
        self._dispute(sold, 5, self.salesperson)
        self.customer.user_id = self.salesperson
        self._dispute(other, 5, self.salesperson)

    def test_a_dialog_tells_nothing_of_what_others_sold(self):
        self.customer.user_id = self.other_salesperson
        other = self._overdue(100, invoice_user_id=self.other_salesperson.id)
        own = self._overdue(70, invoice_user_id=self.salesperson.id)
        company = self.setup_other_company()["company"]
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        names = ["name", "amount_free", "date_maturity"]
        for user, invoice, seen in [
            (self.salesperson, other, False),
            (self.salesperson, own, True),
            (self.other_salesperson, other, True),
            (self.collector, other, True),
            (stranger, other, False),
        ]:
            wizard = self._create(
                "credit.dispute.open",
                {"line_ids": [[0, 0, {"move_line_id": self._item(invoice).id}]]},
                user,
            )
            [line] = self._rpc(
                user, "credit.dispute.open.line", "read", wizard.line_ids.ids, names
            )
            with self.subTest(user.login, invoice=invoice.name):
                self.assertEqual(line["name"], seen and invoice.name)
                self.assertEqual(line["amount_free"], seen * invoice.amount_residual)
        action = self._rpc(
            self.salesperson, "res.partner", "action_dispute", self.customer.ids
        )
        wizard = self.env["credit.dispute.open"].browse(action["res_id"]).sudo()
        self.assertEqual(wizard.line_ids.move_line_id.move_id, self.invoice + own)

    def test_dialogs_of_another_company_stay_shut(self):
        dispute = self._dispute(self.invoice, 40)
        alert = self._alert()
        company = self.setup_other_company()["company"]
        stranger = self._create_user(
            "stranger",
            "credit_management.group_credit_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for model, vals, name in [
            ("credit.dispute.decide", {"dispute_id": dispute.id}, "document_names"),
            (
                "credit.alert.answer",
                {"alert_id": alert.id, "measure": "nothing", "answer": "No"},
                "description",
            ),
        ]:
            with self.subTest(model), self.assertRaises(AccessError):
                wizard = self._create(model, vals, stranger)
                self._rpc(stranger, model, "read", wizard.ids, [name])

    def test_nonsense_is_refused_in_words(self):
        dispute = self._dispute(self.invoice, 40)
        for name, args in [
            ("action_open", ["x", self.reason.id]),
            ("action_open", [[7], self.reason.id]),
            ("action_open", [[[[self.item.id, self.item.id], 4]], self.reason.id]),
            ("action_open", [[["x", 4]], self.reason.id]),
            ("action_open", [[[self.item.id, "4"]], self.reason.id]),
            ("action_open", [[[self.item.id, 4]], "x"]),
            ("action_open", [[[self.item.id, 4]], {"id": 1}]),
            ("action_accept", [dispute.ids, "x"]),
            ("action_accept", [dispute.ids, float("nan")]),
            ("action_accept", [dispute.ids, None, None, 7]),
            ("action_accept", [dispute.ids, None, None, [[1, 2, 3]]]),
            ("action_accept", [dispute.ids, None, None, [["x", 2]]]),
            ("action_reject", [dispute.ids, []]),
            ("action_reject", [dispute.ids, "No", "x"]),
            ("action_reopen", [dispute.ids, {}]),
        ]:
            with self.subTest(name, args=args), self.assertRaises(UserError):
                self._rpc(self.collector, "credit.dispute", name, *args)
        self.assertEqual(dispute.state, "new")

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------

    def test_an_alert_stops_the_customer_where_it_was_raised(self):
        other = self.env["res.company"].create({"name": "Other SA"})
        both = self.company | other
        self.manager.company_ids = [Command.set(both.ids)]
        alert = self._alert()
        self._rpc(
            self.manager,
            "credit.alert",
            "action_answer",
            alert.ids,
            "stop",
            "We stop.",
            context={"allowed_company_ids": [other.id, self.company.id]},
        )
        self.env.invalidate_all()
        self.assertTrue(self.customer.with_company(self.company).credit_stopped)
        self.assertFalse(self.customer.with_company(other).credit_stopped)
