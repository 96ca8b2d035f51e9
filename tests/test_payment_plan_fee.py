from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .test_payment_plan import PNG, PlanCommon


@tagged("post_install", "-at_install")
class TestPaymentPlanFee(PlanCommon):
    """The fee of a plan: agreed, spread, invoiced; never by default."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls.invoice._dunning_items()

    def _with_fee(self, **vals):
        """Return a draft plan of 100 with a fee of 5."""
        return self._plan((35, 35, 35), items={self.item: 100}, fee_amount=5, **vals)

    def _sign(self, plan):
        plan.action_propose()
        plan.sudo()._accept("Ann Dupont", PNG)
        return plan.with_env(self.env)

    def _wizard(self):
        action = self.customer.with_user(self.collector).action_payment_plan()
        wizards = self.env["credit.payment.plan.create"]
        return wizards.with_user(self.collector).browse(action["res_id"])

    def test_there_is_no_fee_unless_the_company_wants_one(self):
        wizard = self._wizard()
        self.assertEqual((wizard.fee_type, wizard.fee_amount), ("none", 0))
        plan = self._sign(self._plan())
        self.assertFalse(plan.fee_move_id)
        self.assertEqual(plan.amount, 100)

    def test_the_settings_of_the_company_are_proposed(self):
        self.company.write(
            {
                "credit_plan_fee_type": "percent",
                "credit_plan_fee_percent": 2.5,
                "credit_plan_grace_days": 9,
                "credit_plan_valid_days": 3,
            }
        )
        wizard = self._wizard()
        self.assertEqual((wizard.amount, wizard.fee_amount, wizard.total),
                         (100, 2.5, 102.5))  # fmt: skip
        self.assertEqual(wizard.grace_days, 9)
        self.assertEqual(wizard.valid_until, self._today(days=3))
        self.assertEqual(wizard.schedule_ids.mapped("amount"), [34.16, 34.16, 34.18])
        with Form(wizard) as form:
            form.fee_type = "fixed"
            self.assertEqual(form.fee_amount, 0)
            form.fee_amount = 7.01
        self.assertEqual(sum(wizard.schedule_ids.mapped("amount")), 107.01)
        plan = self.env["credit.payment.plan"].browse(wizard.action_apply()["res_id"])
        self.assertEqual(
            (plan.amount, plan.amount_invoices, plan.fee_amount), (107.01, 100, 7.01)
        )
        self.assertEqual((plan.grace_days, plan.valid_until),
                         (9, self._today(days=3)))  # fmt: skip

    def test_the_instalments_pay_the_fee_as_well(self):
        with self._refused(UserError, "fee"):
            self._plan((40, 30, 30), items={self.item: 100}, fee_amount=5)

    def test_the_fee_is_a_draft_invoice_once_signed(self):
        plan = self._with_fee()
        plan.action_propose()
        self.assertFalse(plan.fee_move_id)
        plan.sudo()._accept("Ann Dupont", PNG)
        move = plan.fee_move_id.with_env(self.env)
        self.assertEqual((move.state, move.amount_total), ("draft", 5))
        self.assertEqual((move.credit_fee_kind, move.ref), ("plan", plan.name))
        self.assertEqual((plan.amount, plan.amount_residual), (105, 105))
        # the invoices alone do not pay all of it
        self._pay(self.invoice)
        self.env.invalidate_all()
        self.assertEqual((plan.state, plan.amount_residual), ("running", 5))
        self.assertEqual(plan.line_ids.mapped("state"),
                         ["settled", "settled", "upcoming"])  # fmt: skip
        move.action_post()
        self._pay(move)
        self.assertEqual(plan.state, "completed")

    def test_the_fee_is_posted_where_the_company_wants_it(self):
        self.company.credit_plan_fee_invoicing = "posted"
        plan = self._sign(self._with_fee())
        self.assertEqual(plan.fee_move_id.state, "posted")
        self.assertEqual(plan.item_ids.mapped("is_fee"), [False, True])
        # what is in a plan is not chased
        notice = self._notice(self._run())
        self.assertEqual((notice.state, notice.reason), ("left_out", "in_plan"))

    def test_taxes_are_included_to_the_cent(self):
        self.company.credit_plan_fee_invoicing = "posted"
        tax = self.sale_tax.copy(
            {"name": "20 % added", "price_include_override": "tax_excluded"}
        )
        self.company.credit_plan_fee_product_id = self._create_product(
            type="service", taxes_id=[Command.set(tax.ids)]
        )
        for fee in (5, 9.99, 0.01, 33.33):
            partner = self._create_customer(f"Fee {fee} SA")
            invoice = self._invoice(100, due=self._today(days=-6), partner=partner)
            plan = self._plan(
                (100 + fee,),
                items={invoice._dunning_items(): 100},
                partner_id=partner.id,
                fee_amount=fee,
            )
            self._sign(plan)
            self.assertEqual(plan.fee_move_id.amount_total, fee)
            self.assertAlmostEqual(plan.amount_residual, 100 + fee, 6)

    def test_a_signature_is_not_lost_where_the_fee_cannot_be_invoiced(self):
        self.env.ref("credit_management.product_payment_plan_fee").unlink()
        plan = self._sign(self._with_fee())
        self.assertEqual(plan.state, "running")
        self.assertFalse(plan.fee_move_id)
        self.assertEqual(plan.activity_ids.user_id, self.collector)

    def test_the_fee_of_a_plan_that_ends_is_dropped_or_told(self):
        plan = self._sign(self._with_fee())
        self.assertIs(plan.with_user(self.manager).action_cancel(), True)
        self.assertEqual(plan.fee_move_id.state, "cancel")
        self.company.credit_plan_fee_invoicing = "posted"
        plan = self._sign(self._with_fee())
        told = plan.with_user(self.manager).action_cancel()
        self.assertIn(plan.fee_move_id.name, told["params"]["message"])
        self.assertEqual(plan.fee_move_id.state, "posted")

    def test_a_fee_that_is_credited_is_owed_no_more(self):
        self.company.credit_plan_fee_invoicing = "posted"
        plan = self._sign(self._with_fee())
        reversal = plan.fee_move_id._reverse_moves(cancel=True)
        self.assertEqual(reversal.credit_fee_kind, "plan")
        self.env.invalidate_all()
        self.assertEqual(plan.amount_residual, 100)
        self._pay(self.invoice)
        self.assertEqual(plan.state, "completed")

    def test_the_fee_is_shown_to_who_signs(self):
        plan = self._with_fee()
        with self._mail_server():
            plan.action_propose()
        [mail] = self._mails_to(self.customer)
        self.assertIn("5.00", mail["body"])
        html = (
            self.env["ir.actions.report"]
            .sudo()
            ._render_qweb_html(
                "credit_management.credit_payment_plan_report", plan.ids
            )[0]
            .decode()
        )
        self.assertIn("a fee of", html)
