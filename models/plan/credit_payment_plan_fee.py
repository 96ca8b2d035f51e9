from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CreditPaymentPlan(models.Model):
    """The fee of a plan: agreed with it, spread over its instalments, and invoiced
    once it is signed."""

    _inherit = "credit.payment.plan"

    fee_amount = fields.Monetary(
        string="Fee",
        help="Taxes included. It is part of the instalments, and invoiced when the"
        " plan is signed.",
    )
    fee_move_id = fields.Many2one(
        "account.move",
        string="Invoice of the Fee",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )

    _fee_positive = models.Constraint(
        "CHECK(fee_amount >= 0)", "The fee of a plan is 0 or more."
    )

    @api.model
    def _fee_for(self, amount, currency, company, fee_type=None, percent=None):
        """Return the fee of a plan, by the choice of the company when none is given.

        :param float amount: what the plan pays of invoices, in ``currency``
        :param str fee_type: ``none``, ``fixed`` or ``percent``
        :param float percent: of the amount
        """
        company = company.sudo()
        fee_type = fee_type or company.credit_plan_fee_type
        if fee_type == "percent":
            if percent is None:
                percent = company.credit_plan_fee_percent
            return currency.round(amount * percent / 100)
        if fee_type == "fixed" and amount:
            return company.currency_id._convert(
                company.credit_plan_fee_amount,
                currency,
                company,
                fields.Date.context_today(self),
            )
        return 0.0

    def _charge_fee(self):
        """Invoice the fee of a plan that is being signed; its item joins the plan.

        A signature is not lost because an invoice cannot be made: the collector is
        asked to make it by hand.
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(self.fee_amount, 0.0) <= 0:
            return
        try:
            with self.env.cr.savepoint():
                self.fee_move_id = self._create_fee_invoice()
        except UserError as error:
            self._tell_fee(
                self.env._("The fee could not be invoiced: %s", error), is_task=True
            )
            return
        item = self.fee_move_id.line_ids.filtered(
            lambda line: line.display_type == "payment_term"
        )
        self.item_ids = [
            Command.create(
                {"move_line_id": item.id, "amount": self.fee_amount, "is_fee": True}
            )
        ]
        self.item_ids.filtered("is_fee").name = self.with_context(lang=self.lang).env._(
            "Fee"
        )
        if self.company_id.credit_plan_fee_invoicing == "posted":
            try:
                with self.env.cr.savepoint():
                    self.fee_move_id.action_post()
            except UserError as error:
                self._tell_fee(
                    self.env._("The invoice of the fee is a draft: %s", error),
                    is_task=True,
                )

    def _create_fee_invoice(self):
        """Return the draft invoice of the fee, whose total is the fee.

        :raises UserError: there is no product, or its taxes do not allow for it
        """
        company = self.company_id
        product = company._credit_plan_fee_product()
        if not product:
            raise UserError(
                self.env._("Choose the product of the fee in the settings.")
            )
        today = fields.Date.context_today(self)
        Move = self.env["account.move"].with_company(company)
        move = Move.with_context(lang=self.lang).create(
            {
                "move_type": "out_invoice",
                "credit_fee_kind": "plan",
                "partner_id": self.partner_id.address_get(["invoice"])["invoice"],
                "company_id": company.id,
                "currency_id": self.currency_id.id,
                "invoice_date": today,
                # it is paid with the instalments
                "invoice_date_due": self._in_order()[-1:].date,
                "invoice_payment_term_id": False,
                "invoice_user_id": False,
                "invoice_origin": self.name,
                "ref": self.name,
                "invoice_line_ids": [
                    Command.create(
                        {"product_id": product.id, "price_unit": self.fee_amount}
                    )
                ],
            }
        )
        if self.currency_id.compare_amounts(move.amount_total, self.fee_amount):
            self._include_taxes(move)
        if self.currency_id.compare_amounts(move.amount_total, self.fee_amount):
            raise UserError(
                self.env._(
                    "The taxes of “%(product)s” do not allow for a total of"
                    " %(amount)s.",
                    product=product.display_name,
                    amount=self.currency_id.format(self.fee_amount),
                )
            )
        return move

    def _include_taxes(self, move):
        """Bring the price of the fee to what gives its total, taxes included."""
        AccountTax = self.env["account.tax"]
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        [line] = AccountTax._prepare_down_payment_lines(
            base_lines=base_lines,
            company=move.company_id,
            amount_type="fixed",
            amount=self.fee_amount,
            computation_key=f"plan,{self.id}",
        )
        move.invoice_line_ids.write(
            {
                "price_unit": line["price_unit"],
                "extra_tax_data": AccountTax._export_base_line_extra_tax_data(line),
            }
        )

    def _drop_fee(self):
        """Cancel the invoice of the fee while it is a draft; else tell that it stays.

        :return: the plans whose fee stays owed
        """
        drafts = self.fee_move_id.filtered(lambda move: move.state == "draft")
        drafts.button_cancel()
        posted = self.filtered(lambda plan: plan.fee_move_id.state == "posted")
        for plan in posted:
            plan._tell_fee(
                self.env._(
                    "The invoice of the fee, %s, is left as it is: credit it if the"
                    " fee is waived.",
                    plan.fee_move_id.name,
                )
            )
        return posted

    def _tell_fee(self, text, is_task=False):
        self._message_log(body=text)
        if is_task:
            self._give_task("mail.mail_activity_data_todo", text)


class CreditPaymentPlanItem(models.Model):
    _inherit = "credit.payment.plan.item"

    is_fee = fields.Boolean(
        string="Fee", readonly=True, help="The fee of the plan, and no older debt."
    )
