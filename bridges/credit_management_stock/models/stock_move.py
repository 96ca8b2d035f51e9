from dataclasses import replace

from odoo import api, models

from odoo.addons.credit_management.models.hold.errors import CreditHoldError


class StockMove(models.Model):
    """The gate: goods leave for a customer, or wait for finance."""

    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered(lambda move: move.state == "done")._credit_gate()
        return moves

    def write(self, vals):
        if vals.get("state") == "done":
            self.filtered(lambda move: move.state != "done")._credit_gate()
        return super().write(vals)

    def _action_cancel(self):
        result = super()._action_cancel()
        cancelled = self.picking_id.filtered(lambda picking: picking.state == "cancel")
        cancelled._close_credit_holds("cancelled", "cancelled")
        return result

    def _credit_gate(self):
        """Let the goods leave: whatever the way, they pass here.

        :raises CreditHoldError: deliveries need a credit decision
        """
        deliveries = self._credit_deliveries()
        if not deliveries:
            return
        stopped = {
            document: verdict
            for document, verdict in deliveries._credit_verdicts().items()
            if verdict.is_stopped
        }
        if stopped:
            raise CreditHoldError(self._credit_hold_message(stopped), stopped)
        deliveries.picking_id._after_credit_gate()

    def _credit_hold_message(self, stopped):
        """Say which deliveries are stopped, why, and what to do."""
        parts = [
            self.env._(
                "The delivery %(delivery)s to %(customer)s needs a credit decision:"
                "\n%(reasons)s",
                delivery=document.display_name,
                customer=verdict.case.customer.display_name,
                reasons="\n".join(
                    f"- {reason}"
                    for reason in self.picking_id._credit_reasons(verdict.findings)
                ),
            )
            for document, verdict in stopped.items()
        ]
        parts.append(
            self.env._(
                "Validate it from its form, or request its release: finance decides."
            )
        )
        return "\n\n".join(parts)

    # ------------------------------------------------------------------
    # The delivery as the credit check sees it
    # ------------------------------------------------------------------

    def _credit_deliveries(self):
        """Return the moves by which goods leave for a customer.

        Returns are none, neither are receipts. The detailed lines count: they may
        come from, and lead, elsewhere than their move.
        """
        return self.filtered(
            lambda move: (
                any(
                    location.usage != "customer"
                    for location in move.location_id | move.move_line_ids.location_id
                )
                and any(
                    location.usage == "customer"
                    # to another company of the database, which has ordered
                    or move.sale_line_id
                    and location.usage == "transit"
                    and not location.company_id
                    for location in (
                        move.location_dest_id | move.move_line_ids.location_dest_id
                    )
                )
            )
        )

    def _credit_customer(self):
        """Return who answers for the goods: who is invoiced, else who gets them.

        The contact of a drop shipment is the vendor, its moves know the customer.
        """
        order = self.sale_line_id.order_id or self.picking_id.sale_id
        if order:
            return order._credit_customer()
        return (self.partner_id or self.picking_id.partner_id).commercial_partner_id

    def _credit_verdicts(self):
        """Return what finance's rules say, by transfer; by move without one.

        What is delivered is in the exposure already: deliveries do not count
        against one another.

        :rtype: dict[stock.picking | stock.move, CreditVerdict]
        """
        verdicts = {}
        for company, moves in (
            self.sudo()
            ._credit_deliveries()
            .grouped(lambda move: move.company_id._credit_company())
            .items()
        ):
            moves._credit_customers()._fetch_credit_terms(company)
            controlled = moves._credit_controlled(company)
            if not controlled:
                continue
            customers = controlled._credit_customers().with_company(company)
            customers.invalidate_model(customers._credit_figure_names(), flush=False)
            cases = customers.env["credit.check"]._cases(customers, company)
            for (document, customer), goods in controlled.grouped(
                lambda move: (move.picking_id or move, move._credit_customer())
            ).items():
                case = goods._credit_case(cases[customer])
                verdict = goods.picking_id._credit_verdict(case)
                if document not in verdicts or verdict.is_stopped:
                    verdicts[document] = verdict
        return verdicts

    def _credit_customers(self):
        return self.env["res.partner"].union(
            *(move._credit_customer() for move in self)
        )

    def _credit_controlled(self, company):
        """Return the moves that anything could stop."""

        def is_controlled(move):
            customer = move._credit_customer().with_company(company)
            return customer and (
                customer._credit_controls_deliveries()
                or move.picking_id._credit_kept_finding()
            )

        return self.filtered(is_controlled)

    def _credit_case(self, case):
        """Return the customer's case with these goods, all theirs.

        Goods that were ordered are in the exposure, others come on top.
        """
        values = self._credit_values()
        ordered = self.filtered("sale_line_id")
        looks_at_rules = case.customer._credit_delivery_control() == "blocked"
        return replace(
            case,
            blocking_mode=case.blocking_mode if looks_at_rules else "none",
            amount=case.currency.round(sum(values[move] for move in self - ordered)),
            order_total=case.currency.round(sum(values.values())),
            is_prepaid=looks_at_rules
            and self == ordered
            and ordered.sale_line_id.order_id._credit_are_paid(),
            asks_credit=True,
        )

    def _credit_values(self):
        """Return the worth of the goods, tax included, in company currency.

        At the price of their order, at today's rate; at their sales price
        without one.

        :rtype: dict[stock.move, float]
        """
        orders = self.sale_line_id.order_id
        rates = orders._credit_rates(self.company_id[:1]) if orders else {}
        values = {}
        for move in self:
            line = move.sale_line_id
            if line.product_uom_qty and line.product_id == move.product_id:
                order = line.order_id
                rate = rates[order.currency_id] or order.currency_rate or 1.0
                quantity = move.product_uom._compute_quantity(
                    move._credit_quantity(), line.product_uom_id, round=False
                )
                price = line.price_total / line.product_uom_qty
                values[move] = price * quantity / rate
            else:
                values[move] = move._credit_list_value()
        return values

    def _credit_quantity(self):
        """Return what leaves, or what should as long as nothing is ready."""
        return self.quantity or self.product_uom_qty

    def _credit_list_value(self):
        product = self.product_id.with_company(self.company_id)
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        quantity = self.product_uom._compute_quantity(
            self._credit_quantity(), product.uom_id, round=False
        )
        return taxes.compute_all(product.lst_price, quantity=quantity, product=product)[
            "total_included"
        ]
