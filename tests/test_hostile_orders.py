from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.hold.errors import CreditHoldError
from .gate_common import GateCommon


@tagged("post_install", "-at_install")
class TestHostileOrders(GateCommon):
    """Orders made so that they seem worth less, or someone else's affair."""

    def _create(self, line, user=None, **vals):
        vals = {"partner_id": self.customer.id, **vals}
        vals["order_line"] = [Command.create({"product_id": self.service.id, **line})]
        order_id = self._rpc(user or self.salesperson, "sale.order", "create", vals)
        return self.env["sale.order"].browse(order_id)

    def _salesperson_of(self, *companies):
        companies = self.env["res.company"].union(*companies)
        return self._create_user(
            "traveller",
            "sales_team.group_sale_manager",
            company_ids=[Command.set(companies.ids)],
        )

    def _amounts_beside(self, price, quantity, amount):
        """Return what Odoo keeps with a line whose amount is not that of its price."""
        amounts = {"base_amount_currency": amount, "tax_amount_currency": 0.0}
        amounts |= {"base_amount": amount, "tax_amount": 0.0}
        return {
            "currency_id": self.company.currency_id.id,
            "price_unit": price,
            "quantity": quantity,
            "discount": 0.0,
            "rate": 1.0,
            "manual_total_excluded_currency": amount,
            "manual_total_excluded": amount,
            "manual_tax_amounts": {str(self.sale_tax.id): amounts},
        }

    # ------------------------------------------------------------------
    # What an order is worth
    # ------------------------------------------------------------------

    def test_minus_by_minus_is_owed_too(self):
        for expected in (600, 1200):
            order = self._create({"product_uom_qty": -1, "price_unit": -600})
            self.assertEqual(order.amount_total, 600)
            try:
                self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
            except CreditHoldError:
                self.assertEqual(expected, 1200)
        self.assertEqual(self.customer.credit_exposure, 600)

    def test_amount_of_a_line_is_that_of_its_price(self):
        beside = self._amounts_beside(5000.0, 2.0, 1.0)
        line = {"product_uom_qty": 2, "price_unit": 5000}
        with self.assertRaises(AccessError):
            self._create({**line, "extra_tax_data": beside})
        # they wait for the price that they belong to
        order = self._create(
            {"product_uom_qty": 1, "price_unit": 5, "extra_tax_data": beside}
        )
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        for vals in (line, {"extra_tax_data": False}):
            with self.subTest(vals), self.assertRaises(AccessError):
                self._rpc(
                    *[self.salesperson, "sale.order.line", "write"],
                    *[order.order_line.ids, vals],
                )
        self.env.invalidate_all()
        self.assertEqual(order.amount_total, 5)

    def test_discount_on_the_whole_order_keeps_its_cents(self):
        self.company.sale_discount_product_id = self.service
        order = self._quotation(333.33)
        order.order_line = [
            Command.create({"product_id": self.service.id, "price_unit": 99.97}),
            Command.create(
                {"product_id": self.goods.id, "price_unit": 7.77, "tax_ids": []}
            ),
        ]
        wizard = self.env["sale.order.discount"].with_user(self.salesperson)
        wizard = wizard.create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.0333,
            }
        )
        total = order.amount_total
        wizard.action_apply_discount()
        self.assertAlmostEqual(order.amount_total, total * (1 - 0.0333), delta=0.02)

    def test_status_of_invoicing_is_not_written(self):
        order = self._order(900)
        with self.assertRaises(AccessError):
            self._rpc(
                *[self.salesperson, "sale.order", "write", order.ids],
                {"invoice_status": "invoiced"},
            )

    # ------------------------------------------------------------------
    # To whom it is owed
    # ------------------------------------------------------------------

    def test_confirmed_order_does_not_change_currency_unchecked(self):
        yen = self.setup_other_currency("JPY", rates=[("2020-01-01", 160.0)])
        prices = self.env["product.pricelist"].create(
            {"name": "Yen", "currency_id": yen.id}
        )
        order = self._quotation(10000, pricelist_id=prices.id)
        self._rpc(self.salesperson, "sale.order", "action_confirm", order.ids)
        with self.assertRaises(CreditHoldError):
            self._rpc(
                *[self.salesperson, "sale.order", "write", order.ids],
                {"currency_id": self.company.currency_id.id},
            )
        self.env.invalidate_all()
        self.assertEqual(self.customer.credit_exposure, 62.5)

    def test_confirmed_order_does_not_change_company_unchecked(self):
        other = self.env["res.company"].create({"name": "Easy SA"})
        user = self._salesperson_of(self.company, other)
        context = {"allowed_company_ids": [other.id, self.company.id]}
        line = {"product_id": self.service.id, "price_unit": 5000.0, "tax_ids": []}
        order_id = self._rpc(
            *[user, "sale.order", "create"],
            {"partner_id": self.customer.id, "order_line": [Command.create(line)]},
            context=context,
        )
        self._rpc(user, "sale.order", "action_confirm", [order_id], context=context)
        with self.assertRaises(CreditHoldError):
            self._rpc(
                *[user, "sale.order", "write", [order_id]],
                {"company_id": self.company.id, "team_id": False},
                context=context,
            )

    # ------------------------------------------------------------------
    # What a form tells
    # ------------------------------------------------------------------

    def test_a_form_tells_nothing_of_companies_that_are_not_the_users(self):
        other = self.setup_other_company()["company"]
        self.customer.with_company(other).sudo().credit_limit = 777.0
        traveller = self._salesperson_of(self.company, other)
        for user, company, is_told in [
            (self.salesperson, self.company, True),
            (self.salesperson, other, False),
            (traveller, other, True),
        ]:
            values = self._rpc(
                *[user, "sale.order", "onchange", []],
                {
                    "partner_id": self.customer.id,
                    "partner_invoice_id": self.customer.id,
                    "company_id": company.id,
                    "currency_id": self.company.currency_id.id,
                    "order_line": [],
                    "state": "draft",
                    "amount_total": 3.0,
                },
                ["partner_id"],
                {"order_line": {}, "credit_panel": {}, "credit_light": {}},
            )["value"]
            with self.subTest(user.login, company=company.name):
                self.assertEqual("credit_panel" in values, is_told)
