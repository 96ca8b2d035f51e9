from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.point_of_sale.tests.common import TestPoSCommon


@tagged("post_install", "-at_install")
class TestPosOrder(TestPoSCommon):
    def setUp(self):
        super().setUp()
        self.config = self.basic_config
        self.product = self.create_product("Lathe", self.categ_basic, 2000)
        self.customer.sudo().with_company(self.env.company).write(
            {"credit_limit": 1000, "credit_blocking_mode": "block"}
        )
        self.order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                "price_unit": 2000,
                            }
                        )
                    ],
                }
            )
        )
        self.open_new_session()

    @classmethod
    def setup_independent_company(cls, **kwargs):
        # dev/test has prepared a company by the name that Odoo's tests take
        return cls._create_company(name="Shop of the test", **kwargs)

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "sales_team.group_sale_salesman_all_leads"
        )

    def _settle(self):
        data = self.create_ui_order_data(
            [
                {
                    "product": self.product,
                    "quantity": 1,
                    "sale_order_origin_id": self.order.id,
                    "sale_order_line_id": self.order.order_line.id,
                }
            ],
            customer=self.customer,
        )
        synced = self.env["pos.order"].sync_from_ui([data])["pos.order"]
        return self.env["pos.order"].browse(synced[0]["id"])

    def test_receipt_is_kept_when_its_order_needs_a_credit_decision(self):
        self.assertFalse(self.env.su)
        receipt = self._settle()
        self.assertEqual(receipt.state, "paid")
        self.assertEqual(receipt.amount_paid, 2000)
        self.assertEqual(self.order.state, "draft")
        self.assertEqual(self.order.sudo().credit_hold_ids.state, "pending")

    def test_order_within_the_limit_is_confirmed_by_its_receipt(self):
        self.customer.sudo().with_company(self.env.company).credit_limit = 5000
        self._settle()
        self.assertEqual(self.order.state, "sale")
