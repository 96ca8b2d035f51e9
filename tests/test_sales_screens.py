from ast import literal_eval

from lxml import etree, html

from odoo.fields import Command
from odoo.tests import Form, HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import CreditCommon

SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestSalesScreens(CreditCommon):
    """What the salesperson and the accountant see, as the server gives it."""

    def _form(self, user, xmlid="sale.view_order_form", view_type="form"):
        view = self.env.ref(xmlid)
        Order = self.env["sale.order"].with_user(user)
        return etree.fromstring(Order.get_view(view.id, view_type)["arch"])

    def test_both_confirm_buttons_hold_rather_than_raise(self):
        arch = self._form(self.salesperson)
        self.assertEqual(len(arch.xpath("//button[@name='action_confirm_or_hold']")), 2)
        self.assertFalse(arch.xpath("//button[@name='action_confirm']"))
        by_id = arch.xpath("//button[@id='action_confirm']")[0]
        self.assertEqual(by_id.get("name"), "action_confirm_or_hold")
        self.assertEqual(by_id.get("data-hotkey"), "q")

    def test_a_form_for_every_role_that_reads_orders(self):
        order = self._quotation(1500)
        for user in (
            self.salesperson,
            self.sales_manager,
            self.collector,
            self.accountant,
        ):
            with self.subTest(user=user.name):
                arch = self._form(user)
                self.assertTrue(arch.xpath("//field[@name='credit_panel']"))
                names = {node.get("name") for node in arch.xpath("//field")}
                mine = {name for name in names if name.startswith("credit_")}
                values = order.with_user(user).read(list(mine))[0]
                self.assertEqual(values["credit_light"], "over")

    def test_only_who_can_send_a_request_has_its_button(self):
        button = "//button[@name='action_open_release_request']"
        self.assertTrue(self._form(self.salesperson).xpath(button))
        self.assertFalse(self._form(self.collector).xpath(button))

    def test_a_quotation_being_typed_shows_its_light(self):
        with Form(self.env["sale.order"].with_user(self.salesperson)) as form:
            self.assertFalse(form.credit_light)
            form.partner_id = self.customer
            self.assertEqual(form.credit_light, "ok")
            with form.order_line.new() as line:
                line.product_id = self.service
                line.price_unit = 1000.01
            self.assertEqual(form.credit_light, "over")
            self.assertIn("0.01", form.credit_panel["headline"])

    def test_a_release_is_requested_only_where_something_stops_the_order(self):
        order = self._quotation(1500).with_user(self.salesperson)
        for mode, stopped in (("block", True), ("warn", False), ("none", False)):
            with self.subTest(mode=mode):
                self.customer.credit_blocking_mode = mode
                order.invalidate_recordset()
                self.assertEqual(order.credit_light, "over")
                self.assertEqual(order.credit_is_stopped, stopped)

    def test_odoo_s_own_banner_is_silent_on_orders(self):
        self.company.account_use_credit_limit = True
        order = self._quotation(5000)
        self.assertEqual(order.partner_credit_warning, "")
        self.assertEqual(order.with_user(self.salesperson).credit_light, "over")

    def test_the_reason_of_a_refusal_is_on_the_order(self):
        order = self._quotation(1500)
        order.with_user(self.salesperson).action_confirm_or_hold()
        order.credit_hold_ids.with_user(self.cfo).action_refuse("Two invoices are late")
        self.assertEqual(
            order.with_user(self.salesperson).credit_refusal_reason,
            "Two invoices are late",
        )
        order.with_user(self.salesperson).action_request_release("They were paid")
        self.assertFalse(order.with_user(self.salesperson).credit_refusal_reason)

    def test_the_filters_find_their_orders(self):
        held, refused, released, asked, clear = (
            self._quotation(1500 + number) for number in range(5)
        )
        (held | refused | released | asked).with_user(
            self.salesperson
        ).action_confirm_or_hold()
        refused.credit_hold_ids.with_user(self.cfo).action_refuse("No")
        released.credit_hold_ids.with_user(self.cfo).action_release()
        asked.credit_hold_ids.with_user(self.collector).action_ask_facts("Why?")
        arch = self._form(
            self.salesperson, "sale.sale_order_view_search_inherit_quotation", "search"
        )
        Order = self.env["sale.order"].with_user(self.salesperson)
        ours = held | refused | released | asked | clear
        for name, expected in {
            "credit_hold": held | asked,
            "credit_facts": asked,
            "credit_released": released,
            "credit_refused": refused,
        }.items():
            with self.subTest(filter=name):
                domain = arch.xpath(f"//filter[@name='{name}']")[0].get("domain")
                domain = domain.replace("uid", str(self.salesperson.id))
                found = Order.search(literal_eval(domain))
                self.assertEqual(found & ours, expected)

    def test_the_lights_of_a_list_take_a_constant_number_of_queries(self):
        def count(orders):
            orders.invalidate_recordset()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            orders.with_user(self.salesperson).mapped("credit_light")
            return self.env.cr.sql_log_count - before

        customers = [
            self._create_customer(f"Customer {number}", credit_limit=100.0)
            for number in range(8)
        ]
        orders = self.env["sale.order"].union(
            *(self._quotation(150, partner=customer) for customer in customers)
        )
        count(orders)
        self.assertEqual(count(orders), count(orders[:2]))


@tagged("post_install", "-at_install")
class TestInvoiceBanner(CreditCommon):
    """The one warning on draft invoices: our exposure against our limit."""

    def _draft(self, amount, **vals):
        return self._invoice(amount, post=False, **vals)

    def test_a_draft_within_the_limit_is_silent(self):
        self.assertEqual(self._draft(1000).partner_credit_warning, "")

    def test_a_draft_counts_once(self):
        warning = self._draft(1000.01).partner_credit_warning
        self.assertIn("0.01 above its credit limit", warning)
        self.assertIn("1,000.01, this invoice included", warning)

    def test_accounting_is_warned_without_rights_of_credit_management(self):
        draft = self._draft(1000.01).with_user(self.accountant)
        draft.invalidate_recordset()
        self.assertIn("0.01 above", draft.partner_credit_warning)

    def test_the_warning_does_not_depend_on_odoo_s_own_setting(self):
        self.company.account_use_credit_limit = True
        self.assertEqual(self._draft(999).partner_credit_warning, "")
        self.assertIn("above", self._draft(2).partner_credit_warning)

    def test_the_breakdown_is_told_in_words(self):
        self._invoice(300, due=self._today(days=-3))
        self._invoice(200)
        self._order(400)
        warning = self._draft(500).partner_credit_warning
        for part in ("Overdue $\xa0300", "Not due $\xa0200", "Orders $\xa0400",
                     "Draft invoices $\xa0500"):  # fmt: skip
            self.assertIn(part, warning)

    def test_the_invoice_of_an_order_does_not_count_twice(self):
        order = self._order(900)
        invoice = order._create_invoices()
        self.assertEqual(invoice.partner_credit_warning, "")
        self._draft(101)
        invoice.invalidate_recordset()
        self.assertIn("1.00 above", invoice.partner_credit_warning)

    def test_the_effective_limit_counts(self):
        draft = self._draft(1500)
        self.assertTrue(draft.partner_credit_warning)
        self.env["credit.limit.change"]._grant(
            self.customer, self.company, 2000.0, "Season", self._today(days=5)
        )
        draft.invalidate_recordset()
        self.assertEqual(draft.partner_credit_warning, "")

    def test_a_prepaid_customer_reads_what_is_not_covered(self):
        self.customer.credit_limit_mode = "prepaid"
        self._pay(self.customer, 400)
        self.assertIn(
            "100.00 is not covered by a payment",
            self._draft(500).partner_credit_warning,
        )

    def test_what_is_typed_counts_before_it_is_saved(self):
        def warning(form):
            alert = form.alerts and form.alerts.get("account_partner_credit_warning")
            return alert["message"] if alert else ""

        Move = self.env["account.move"].with_context(default_move_type="out_invoice")
        with Form(Move) as form:
            form.partner_id = self.customer
            with form.invoice_line_ids.new() as line:
                line.product_id = self.service
                line.price_unit = 1200
            self.assertIn("200.00 above", warning(form))
        with Form(form.record) as form:
            self.assertIn("200.00 above", warning(form))
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 1300
            self.assertIn("300.00 above", warning(form))
            with form.invoice_line_ids.edit(0) as line:
                line.price_unit = 900
            self.assertFalse(warning(form))
            form.partner_id = self.uncontrolled
            self.assertFalse(warning(form))

    def test_other_documents_have_no_warning(self):
        posted = self._invoice(5000)
        bill = self._draft(5000, move_type="in_invoice")
        refund = self._draft(5000, move_type="out_refund")
        for move in (posted, bill, refund):
            self.assertEqual(move.partner_credit_warning, "")

    def test_many_drafts_take_a_constant_number_of_queries(self):
        drafts = self.env["account.move"].union(
            *(
                self._draft(
                    150, partner=self._create_customer(f"C{n}", credit_limit=100)
                )
                for n in range(6)
            )
        )

        def count(moves):
            moves.invalidate_recordset()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            moves.mapped("partner_credit_warning")
            return self.env.cr.sql_log_count - before

        count(drafts)
        self.assertEqual(count(drafts), count(drafts[:2]))


@tagged("post_install", "-at_install")
class TestPortalOrder(CreditCommon, HttpCase):
    """A customer signs an order that is over the limit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls._create_user("portal", "base.group_portal")
        cls.contact.partner_id.parent_id = cls.customer
        cls.order = cls._quotation(
            1500, partner=cls.contact.partner_id, require_signature=True
        )
        cls.order.require_payment = False
        cls.order.action_quotation_sent()

    def _page(self, query=""):
        return self._read(f"/my/orders/{self.order.id}{query}")

    def _quotations(self):
        return self._read("/my/quotes")

    def _read(self, url):
        """Return what the customer reads on a page."""
        self.authenticate("credit_portal", "credit_portal")
        return self._text(self.url_open(url).text)

    def _text(self, page):
        return " ".join(" ".join(html.fromstring(page).itertext()).split())

    def _sign(self):
        self.authenticate("credit_portal", "credit_portal")
        result = self.make_jsonrpc_request(
            f"/my/orders/{self.order.id}/accept",
            {"name": "Paul Dupont", "signature": SIGNATURE},
        )
        self.env.invalidate_all()
        return result

    def test_a_signature_is_kept_and_the_order_validated_later(self):
        page = self._page()
        self.assertIn("Accept & Sign", page)
        self.assertNotIn("being validated", page)

        result = self._sign()
        self.assertIn("sign_ok", result["redirect_url"])
        self.assertTrue(self.order.signature)
        self.assertEqual(self.order.state, "sent")
        hold = self.order.credit_hold_ids
        self.assertEqual((len(hold), hold.state), (1, "pending"))
        self.assertTrue(hold.confirm_on_release)

        page = self._page("?message=sign_ok")
        self.assertIn("Your order has been signed.", page)
        self.assertIn("Your order is being validated.", page)
        self.assertNotIn("Accept", page)
        self.assertNotIn("confirmed", page)
        self.assertIn("Being validated", self._quotations())

        hold.with_user(self.cfo).action_release()
        self.assertEqual(self.order.state, "sale")
        page = self._page("?message=sign_ok")
        self.assertIn("Your order has been confirmed.", page)
        self.assertNotIn("being validated", page)
        self.assertIn(self.order.name, self._read("/my/orders"))

    def test_the_customer_learns_nothing_about_credit(self):
        self._sign()
        hold = self.order.credit_hold_ids
        secrets = [hold.name, "redit hold", "redit limit", "exposure", "Exposure"]
        for state in ("pending", "refused"):
            with self.subTest(state=state):
                if state == "refused":
                    hold.with_user(self.cfo).action_refuse("They never pay")
                page = self._page() + self._quotations()
                for secret in [*secrets, "They never pay"]:
                    self.assertNotIn(secret, page)

    def test_a_refused_order_has_neutral_words_and_a_way_to_write(self):
        self._sign()
        self.order.credit_hold_ids.with_user(self.cfo).action_refuse("They never pay")
        page = self._page()
        self.assertIn("We cannot confirm this order as it stands.", page)
        self.assertNotIn("being validated", page)
        self.assertNotIn("Being validated", self._quotations())

    def test_an_order_does_not_expire_while_it_is_validated(self):
        self._sign()
        self.order.validity_date = self._today(days=-1)
        page = self._page() + self._quotations()
        self.assertNotIn("xpired", page)
        self.assertIn("being validated", page)

    def test_a_quotation_not_signed_yet_can_still_be_signed(self):
        # the salesperson confirmed it by telephone
        self.order.with_user(self.salesperson).action_confirm_or_hold()
        page = self._page()
        self.assertIn("Accept & Sign", page)
        self.assertNotIn("being validated", page)
        self._sign()
        self.assertEqual(len(self.order.credit_hold_ids), 1)
        self.assertIn("being validated", self._page())

    def test_an_order_to_pay_says_so_after_the_signature(self):
        self.order.write({"require_payment": True, "prepayment_percent": 1.0})
        self._sign()
        page = self._page("?message=sign_ok")
        self.assertIn("still needs to be paid", page)
        self.assertNotIn("being validated", page)
        self.assertFalse(self.order.credit_hold_ids)

    def test_a_visitor_with_the_link_signs_and_sees_the_same(self):
        self.authenticate(None, None)
        self.make_jsonrpc_request(
            self.order.get_portal_url(suffix="/accept"),
            {"name": "Paul Dupont", "signature": SIGNATURE},
        )
        self.env.invalidate_all()
        self.assertEqual(self.order.credit_state, "hold")
        page = self._text(self.url_open(self.order.get_portal_url()).text)
        self.assertIn("Your order is being validated.", page)

    def test_tour_of_the_signature(self):
        self.start_tour(
            f"/my/orders/{self.order.id}",
            "credit_portal_signature",
            login="credit_portal",
        )
        self.assertEqual(self.order.credit_state, "hold")


@tagged("post_install", "-at_install")
class TestSalespersonTour(CreditCommon, HttpCase):
    def test_tour_of_a_held_order(self):
        self._create_product(
            name="Chandelier",
            type="service",
            list_price=1500.0,
            taxes_id=[Command.set(self.sale_tax.ids)],
        )
        self.start_tour(
            "/odoo/sales/new", "credit_salesperson", login="credit_salesperson"
        )
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        hold = order.credit_hold_ids
        self.assertEqual((order.state, hold.state), ("draft", "pending"))
        self.assertEqual(hold.request_comment, "They pay on Friday")
        self.assertTrue(hold.confirm_on_release)


@tagged("post_install", "-at_install")
class TestOnlinePayment(CreditCommon, AccountPaymentCommon):
    """Payments as the provider's answer processes them, with their entries."""

    def _paid(self, order, amount, state="done"):
        """Return the post-processed transaction of an order."""
        tx = self._create_transaction(
            flow="redirect",
            amount=amount,
            currency_id=order.currency_id.id,
            partner_id=order.partner_id.id,
            sale_order_ids=[Command.set(order.ids)],
            reference=f"{order.name}-{amount}",
            state="draft" if state == "pending" else state,
        )
        with mute_logger("odoo.addons.sale.models.payment_transaction"):
            if state == "pending":
                tx._set_pending()
            tx._post_process()
        self.env.invalidate_all()
        return tx

    def _to_pay(self, amount, percent=1.0, **vals):
        order = self._quotation(
            amount, require_payment=True, prepayment_percent=percent, **vals
        )
        order.action_quotation_sent()
        return order

    def test_a_deposit_that_is_not_enough_is_kept_and_the_order_parked(self):
        order = self._to_pay(1500, percent=0.2)
        tx = self._paid(order, 300)
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.credit_state, "hold")
        hold = order.credit_hold_ids
        self.assertEqual(hold.excess, 200)
        self.assertTrue(tx.is_post_processed)
        self.assertTrue(tx.payment_id)
        self.assertIn(tx.payment_id.state, ("in_process", "paid"))
        self.assertEqual(order._credit_portal_state(), "validating")
        self.assertFalse(order._has_to_be_signed(), "a payment needs no signature")

        hold.with_user(self.cfo).action_release()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.customer.credit_exposure, 1200)

    def test_a_deposit_that_is_enough_confirms(self):
        order = self._to_pay(1500, percent=0.4)
        tx = self._paid(order, 600)
        self.assertEqual(order.state, "sale")
        self.assertTrue(tx.payment_id)
        self.assertEqual(self.customer.credit_exposure, 900)

    def test_the_rest_of_the_money_releases_a_parked_order(self):
        order = self._to_pay(1500, percent=0.2)
        self._paid(order, 300)
        self.assertEqual(order.credit_state, "hold")
        self._paid(order, 200)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.credit_hold_ids.state, "released")

    def test_a_fully_paid_order_passes_whatever_the_customer_owes(self):
        self._invoice(5000, due=self._today(days=-90))
        order = self._to_pay(1500)
        tx = self._paid(order, 1500)
        self.assertEqual(order.state, "sale")
        self.assertTrue(tx.is_post_processed)

    def test_the_paid_order_of_a_stopped_customer_is_parked(self):
        self.customer.action_credit_stop("Insolvency")
        order = self._to_pay(500)
        tx = self._paid(order, 500)
        self.assertEqual(order.state, "sent")
        self.assertEqual(order.credit_state, "hold")
        self.assertTrue(tx.payment_id)
        self.assertTrue(tx.is_post_processed)

    def test_a_pending_payment_pays_nothing_yet(self):
        order = self._to_pay(1500)
        tx = self._paid(order, 1500, state="pending")
        self.assertEqual(order.state, "sent")
        self.assertFalse(order.credit_hold_ids)
        self.assertFalse(tx.payment_id)

    def test_automatic_invoicing_leaves_a_parked_order_in_peace(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "sale.automatic_invoice", "True"
        )
        order = self._to_pay(1500, percent=0.2)
        tx = self._paid(order, 300)
        self.assertEqual(order.credit_state, "hold")
        self.assertTrue(tx.is_post_processed)
        self.assertTrue(tx.payment_id)
