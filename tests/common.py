from contextlib import contextmanager

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


class CreditCommon(AccountTestInvoicingCommon):
    """A company, a customer with a limit of 1,000 that blocks, a user per role.

    ``cls.env`` belongs to a user who may do all that the scene needs: accounts,
    sells, and decides on credit without a limit of authority. What depends on
    rights is done ``with_user`` of a role. All prices include a tax of 20 %, so
    that amounts are what the tests say.
    """

    @classmethod
    def default_env_context(cls):
        # chatter and tracking belong to what is tested
        return {"no_reset_password": True}

    @classmethod
    def get_default_groups(cls):
        return (
            super().get_default_groups()
            | cls.quick_ref("sales_team.group_sale_manager")
            | cls.quick_ref("credit_management.group_credit_manager")
        )

    @classmethod
    def _create_company(cls, **create_values):
        # dev/test has prepared those without wishes: charts of accounts take seconds
        name = create_values.get("name")
        prepared = cls.env["res.company"].search([("name", "=", name)])
        if not prepared:
            return super()._create_company(**create_values)
        if len(create_values) > 1:
            own_name = f"{name} to order"  # no two companies bear the same
            return super()._create_company(**{**create_values, "name": own_name})
        cls.env.user.company_ids = [Command.link(prepared.id)]
        return prepared

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.credit_authority_unlimited = True
        cls._set_up_users()
        cls._set_up_products()
        cls.customer = cls._create_customer(
            "Dupont SA", credit_limit=1000.0, credit_blocking_mode="block"
        )
        cls.uncontrolled = cls._create_customer("Nobody Minds Ltd")

    @classmethod
    def _set_up_users(cls):
        (
            cls.salesperson,
            cls.other_salesperson,
            cls.sales_manager,
            cls.collector,
            cls.manager,
            cls.cfo,
            cls.accountant,
        ) = cls._create_users(
            {
                "salesperson": "sales_team.group_sale_salesman",
                "other_salesperson": "sales_team.group_sale_salesman",
                "sales_manager": "sales_team.group_sale_manager",
                "collector": "credit_management.group_credit_user",
                "credit_manager": "credit_management.group_credit_manager",
                "cfo": "credit_management.group_credit_manager",
                "accountant": "account.group_account_manager",
            }
        )
        cls.manager.credit_authority_amount = 500.0
        cls.cfo.credit_authority_unlimited = True

    @classmethod
    def _set_up_products(cls):
        cls.sale_tax = cls.env["account.tax"].create(
            {
                "name": "20 % included",
                "amount": 20.0,
                "price_include_override": "tax_included",
                "type_tax_use": "sale",
            }
        )
        # invoiced as soon as it is ordered
        cls.service = cls._create_product(
            name="Advice",
            type="service",
            invoice_policy="order",
            taxes_id=[Command.set(cls.sale_tax.ids)],
        )
        # invoiced once it is delivered
        cls.goods = cls._create_product(
            name="Lamp",
            type="consu",
            invoice_policy="delivery",
            taxes_id=[Command.set(cls.sale_tax.ids)],
        )

    @classmethod
    def _create_user(cls, login, groups, **vals):
        return cls._create_users({login: groups}, **vals)

    @classmethod
    def _create_users(cls, groups_by_login, **vals):
        """Return new users, whose password is their login; at once, which is quicker.

        :param dict groups_by_login: comma separated xml ids
        """
        return cls.env["res.users"].create(
            [
                {
                    "login": f"credit_{login}",
                    "password": f"credit_{login}",
                    "name": login.replace("_", " ").capitalize(),
                    "email": f"{login}@credit.example.com",
                    "group_ids": [
                        Command.set(
                            [cls.env.ref(name).id for name in groups.split(",")]
                        )
                    ],
                    "company_id": cls.company.id,
                    "company_ids": [Command.set(cls.company.ids)],
                    **vals,
                }
                for login, groups in groups_by_login.items()
            ]
        )

    @classmethod
    def _create_customer(cls, name, **vals):
        """Return a new company, a customer without payment terms."""
        return cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "email": f"{name.split()[0].lower()}@customer.example.com",
                "property_payment_term_id": False,
                "invoice_sending_method": "manual",
                **vals,
            }
        )

    @classmethod
    def _policy(cls, blocking_mode="block", rules=None, **vals):
        """Return a policy where only the given rules are in force.

        :param dict rules: by code, a severity or the values of the rule
        """
        policy = cls.env["credit.policy"].create(
            {"name": "Policy of the test", "blocking_mode": blocking_mode, **vals}
        )
        rules = rules or {}
        for rule in policy.rule_ids:
            wanted = rules.get(rule.code, "none")
            rule.write({"severity": wanted} if isinstance(wanted, str) else wanted)
        return policy

    @contextmanager
    def _refused(self, exception, words):
        """Check that an action is refused, with a message that has the words.

        What it did until then is undone, which ``assertRaisesRegex`` is not.
        """
        with self.assertRaises(exception) as caught:
            yield
        self.assertRegex(str(caught.exception), words)

    @contextmanager
    def _undone(self):
        """Undo what the block does."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.rollback()
            savepoint.close(rollback=False)
            self.env.invalidate_all(flush=False)

    @classmethod
    def _today(cls, **shift):
        """Return today, or the day that is so far from it: ``days=-1``."""
        return fields.Date.context_today(cls.env["res.partner"]) + relativedelta(
            **shift
        )

    # ------------------------------------------------------------------
    # Orders
    # ------------------------------------------------------------------

    @classmethod
    def _quotation(cls, amount, partner=None, user=None, product=None, **vals):
        """Return a quotation of ``amount``, tax included, of the salesperson.

        :param product: ``cls.service`` by default
        :param vals: of the order; ``quantity`` shares the amount between units
        """
        quantity = vals.pop("quantity", 1.0)
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "user_id": (user or cls.salesperson).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.service).id,
                            "product_uom_qty": quantity,
                            "price_unit": amount / quantity,
                        }
                    )
                ],
                **vals,
            }
        )

    @classmethod
    def _order(cls, amount, **vals):
        """Return a confirmed order; see :meth:`_quotation`."""
        return cls._confirm(cls._quotation(amount, **vals))

    @classmethod
    def _confirm(cls, order):
        """Confirm an order, which must pass the check."""
        order.action_confirm()
        return order

    # ------------------------------------------------------------------
    # Accounting
    # ------------------------------------------------------------------

    @classmethod
    def _invoice(
        cls,
        amount,
        due=None,
        invoice_date=None,
        partner=None,
        currency=None,
        post=True,
        **vals,
    ):
        """Return an invoice of ``amount``, tax included, due in 30 days."""
        move_type = vals.pop("move_type", "out_invoice")
        invoice_date = invoice_date or min(cls._today(), due or cls._today())
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": invoice_date,
                "date": invoice_date,
                "invoice_payment_term_id": False,
                "invoice_date_due": due or invoice_date + relativedelta(days=30),
                "currency_id": (currency or cls.company.currency_id).id,
                "invoice_line_ids": [
                    Command.create({"product_id": cls.service.id, "price_unit": amount})
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def _credit_note(cls, amount, partner=None, **vals):
        """Return a credit note that no invoice has absorbed yet."""
        return cls._invoice(amount, partner=partner, move_type="out_refund", **vals)

    @classmethod
    def _pay(cls, target, amount=None, date=None):
        """Return the payment of an invoice, or of a customer on account.

        :param target: invoices, or a partner whose payment stays unallocated
        :param float amount: what is left to pay by default
        """
        if target._name == "account.move":
            vals = {"payment_date": date or cls._today()}
            if amount is not None:
                vals["amount"] = amount
            return (
                cls.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=target.ids)
                .create(vals)
                ._create_payments()
            )
        payment = cls.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": target.id,
                "amount": amount,
                "date": date or cls._today(),
                "journal_id": cls.company_data["default_journal_bank"].id,
                "payment_method_line_id": cls.inbound_payment_method_line.id,
            }
        )
        payment.action_post()
        return payment
