import logging
from datetime import timedelta

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

# the documents are not the module's: like any accounts, they outlive it
NAMESPACE = "__credit_demo__"


class CreditDemo(models.AbstractModel):
    """Gives a company customers, a ledger and orders in every situation.

    All of it comes about as in life, through the actions of the users it
    belongs to; only its dates are moved to the past. The tables next to this
    file tell who buys, owes and asks for what.
    """

    _name = "credit.demo"
    _description = "Credit Management Demonstration"

    @api.model
    def _load(self):
        """Load the demonstration into the main company, once.

        Nothing is loaded for a company without a chart of accounts: it can't
        invoice yet.
        """
        company = self.env.ref("base.main_company")
        if self._find("customer_a"):
            return
        if not self._can_invoice(company):
            _logger.info(
                "%s has no chart of accounts: no credit demonstration.", company.name
            )
            return
        # nobody receives a message of what was never true
        demo = self.with_context(
            lang="en_US", mail_notify_force_send=False
        ).with_company(company)
        last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        demo._load_company_life()
        self.env["mail.mail"].search(
            [("id", ">", last_mail), ("state", "=", "outgoing")]
        ).cancel()

    def _load_company_life(self):
        # as the installation will: it is not the first one to decide
        self.env.ref("base.user_admin").credit_authority_unlimited = True
        self._speak_french_to("sales2")
        self._create_products()
        self._create_customers()
        self._create_invoices()
        self._set_policies()
        self._organise_collection()
        self._organise_disputes()
        self._live_through_collection()
        self._create_orders_of_the_past()
        self._begin_to_control()
        self._grant_limits()
        self._set_special_terms()
        self._create_orders_of_today()
        self._create_holds()
        self._raise_alerts()
        self._look_at_disputes()
        self._begin_the_day_of_collection()
        self._set_targets()
        self._settle_incentives()
        self.env["credit.customer.exposure"]._refresh(self.env.company)

    @api.model
    def _can_invoice(self, company):
        journals = self.env["account.journal"].search([("company_id", "=", company.id)])
        return bool(company.chart_template) and {"sale", "bank"} <= set(
            journals.mapped("type")
        )

    def _speak_french_to(self, login):
        if self.env["res.lang"]._get_data(code="fr_FR"):
            self._user(login).lang = "fr_FR"

    def _begin_to_control(self):
        """Have the company follow the standard policy, its rules made sharper."""
        standard = self.env.ref("credit_management.credit_policy_standard")
        rules = {
            "days_overdue": {"severity": "block", "days": 45},
            "overdue_percent": {"severity": "warn", "percent": 50.0},
            "limit_missing": {"severity": "warn"},
            "review_due": {"severity": "warn"},
            "alert": {"severity": "warn"},
        }
        for rule in standard.rule_ids:
            rule.write(rules.get(rule.code, {}))
        self.env.company.write(
            {
                "credit_policy_id": standard.id,
                "credit_blocking_mode": "block",
                "credit_cost_of_funds": 6.0,
            }
        )

    # ------------------------------------------------------------------
    # Names and days
    # ------------------------------------------------------------------

    def _find(self, name):
        """Return a record of the demonstration, None when it is not there."""
        return self.env.ref(f"{NAMESPACE}.{name}", raise_if_not_found=False)

    def _remember(self, records):
        """Name records, so that they can be found again.

        :param dict records: by name
        """
        self.env["ir.model.data"]._update_xmlids(
            [
                {
                    "xml_id": f"{NAMESPACE}.{name}",
                    "record": record,
                    "noupdate": True,
                }
                for name, record in records.items()
            ]
        )

    def _user(self, login):
        return self.env.ref(f"credit_management.demo_user_{login}")

    def _as(self, login, records):
        """Return records as a user of the demonstration works with them."""
        return records.with_user(self._user(login))

    def _day(self, days):
        """Return the day that lies so many days from today."""
        return fields.Date.context_today(self) + timedelta(days=days)
