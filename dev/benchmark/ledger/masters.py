"""What the documents refer to: currencies, terms, products, the customer."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command

TERM_DAYS = 30
# Each kind of document has a template for each of these, and its copies this mixture.
CURRENCIES = ["EUR"] * 6 + ["USD", "GBP"]
MIXTURE = {"EUR": 0.9, "USD": 0.06, "GBP": 0.04}
RATES = {"USD": 1.08, "GBP": 0.86}


class Masters:
    """Makes the master data of one company."""

    def __init__(self, env):
        self.env = env
        self.company = env.company
        self._set_rates()
        self.pricelists = {
            name: self.env["product.pricelist"].create(
                {"name": f"Benchmark {name}", "currency_id": self.currency(name).id}
            )
            for name in set(CURRENCIES)
        }
        self.term = self._term(TERM_DAYS)
        self.instalments = self._term(30, 60)
        self.service = self._product("service", "order")
        self.goods = self._product("consu", "delivery")
        self.bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.customer = self._customer()

    def currency(self, name):
        return self.env.ref(f"base.{name}")

    def _set_rates(self):
        """One rate for all the past, another one from today on."""
        today = fields.Date.today()
        for name, rate in RATES.items():
            currency = self.currency(name)
            currency.active = True
            currency.rate_ids.unlink()
            self.env["res.currency.rate"].create(
                [
                    {
                        "currency_id": currency.id,
                        "company_id": self.company.id,
                        "name": day,
                        "rate": value,
                    }
                    for day, value in (
                        (today - timedelta(days=2000), rate),
                        (today, round(rate * 1.02, 4)),
                    )
                ]
            )

    def _term(self, *days):
        return self.env["account.payment.term"].create(
            {
                "name": f"Benchmark {days}",
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": 100 / len(days),
                            "nb_days": count,
                            "delay_type": "days_after",
                        }
                    )
                    for count in days
                ],
            }
        )

    def _product(self, kind, invoice_policy):
        return self.env["product.product"].create(
            {
                "name": f"Benchmark {kind}",
                "type": kind,
                "invoice_policy": invoice_policy,
                "list_price": 100.0,
            }
        )

    def _customer(self):
        """Make the customer: a company with two contacts."""
        return self.env["res.partner"].create(
            {
                "name": "Benchmark Customer",
                "is_company": True,
                "country_id": self.env.ref("base.fr").id,
                "email": "customer@example.com",
                "customer_rank": 1,
                "child_ids": [
                    Command.create({"name": "Accounting", "type": "invoice"}),
                    Command.create({"name": "Warehouse", "type": "delivery"}),
                ],
            }
        )

    @property
    def partners(self):
        return self.customer | self.customer.child_ids.sorted("id")
