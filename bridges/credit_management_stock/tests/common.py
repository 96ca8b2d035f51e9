from odoo.addons.credit_management.tests.gate_common import GateCommon


class DeliveryCommon(GateCommon):
    """A warehouse with goods, and someone who works there."""

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("stock.group_stock_manager")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls._warehouse()
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.goods.is_storable = True
        cls._fill_stock(cls.goods, 1000)
        cls.packer = cls._create_user("packer", "stock.group_stock_user")

    @classmethod
    def _warehouse(cls):
        """Return the company's; one that is older than warehouses has none."""
        company = cls.company
        found = cls.env["stock.warehouse"].search(
            [("company_id", "=", company.id)], limit=1
        )
        return found or found.create(
            {"name": company.name, "code": "GOODS", "company_id": company.id}
        )

    @classmethod
    def _fill_stock(cls, product, quantity, **vals):
        cls.env["stock.quant"]._update_available_quantity(
            product, cls.warehouse.lot_stock_id, quantity, **vals
        )

    @classmethod
    def _stop(cls, customer=None, reason="Insolvent"):
        (customer or cls.customer).write(
            {"credit_stopped": True, "credit_stop_reason": reason}
        )

    def _to_deliver(self, amount=500.0, quantity=5.0, **vals):
        """Return the delivery of a confirmed order, ready to leave."""
        order = self._order(amount, quantity=quantity, product=self.goods, **vals)
        picking = order.picking_ids
        picking.action_assign()
        return picking

    def _manual_delivery(self, partner=None, quantity=5.0, source=None, **vals):
        """Return a delivery that nobody ordered."""
        source = source or self.warehouse.lot_stock_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "partner_id": (partner or self.customer).id,
                "location_id": source.id,
                "location_dest_id": self.customers.id,
                **vals,
            }
        )
        self.env["stock.move"].create(
            {
                "picking_id": picking.id,
                "product_id": self.goods.id,
                "product_uom_qty": quantity,
                "location_id": source.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def _validate(self, pickings, user=None, **context):
        """Press Validate as the warehouse does."""
        result = self._rpc(
            *[user or self.packer, "stock.picking", "button_validate", pickings.ids],
            context={"skip_backorder": True, **context},
        )
        self.env.invalidate_all()
        return result

    def _ship(self, picking):
        """Validate a delivery that must pass."""
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking
