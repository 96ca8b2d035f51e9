from itertools import cycle
from operator import attrgetter

from odoo import models
from odoo.fields import Command
from odoo.tools import groupby

from .customers import (
    CONTACTS,
    CUSTOMERS,
    EXEMPT,
    GRANTED,
    GROUP_LIMITS,
    LEDGER_CUSTOMERS,
    LIMIT_REQUESTS,
    MOBILES,
    STOPPED,
    TEMPORARY_LIMITS,
    UNLIMITED,
    UNREACHABLE,
    LimitRequest,
    TemporaryLimit,
)

# numbers that the French regulator keeps for fiction, by region
FICTION = {
    "1": "1 99 00",
    "2": "2 61 91",
    "3": "3 53 01",
    "4": "4 65 71",
    "5": "5 36 49",
}
REGIONS = {
    "1": ("75",),
    "2": ("14", "29", "35", "37", "44", "45", "56", "76"),
    "3": ("21", "39", "51", "57", "59", "67", "68"),
    "5": ("17", "31", "33", "86"),
}


def phone(zip_code, rank):
    """Return a number of the customer's region that nobody answers."""
    region = next((r for r, areas in REGIONS.items() if zip_code[:2] in areas), "4")
    return f"+33 {FICTION[region]} {rank // 100:02} {rank % 100:02}"


class CreditDemo(models.AbstractModel):
    """The customers, their limits and their terms."""

    _inherit = "credit.demo"

    def _create_customers(self):
        customers = (*LEDGER_CUSTOMERS, *CUSTOMERS)
        for children in (False, True):  # groups come before their subsidiaries
            batch = [c for c in customers if bool(c.parent) == children]
            partners = self._create_quietly(
                "res.partner",
                [self._customer_values(c, customers.index(c)) for c in batch],
            )
            self._register_customers(batch, partners)
        contacts = self._create_quietly(
            "res.partner", [self._contact_values(contact) for contact in CONTACTS]
        )
        self._register_customers(CONTACTS, contacts)

    def _create_quietly(self, model, vals_list):
        """Create documents of the past, without a message for each of them."""
        Model = self.env[model].with_context(tracking_disable=True)
        return Model.create(vals_list).with_context(tracking_disable=False)

    def _register_customers(self, rows, partners):
        self._remember(
            {
                f"customer_{row.key}": partner
                for row, partner in zip(rows, partners, strict=True)
            }
        )

    def _find_customer(self, key):
        return self._find(f"customer_{key}").with_env(self.env)

    def _seller(self, row):
        """Return the login of the one who sells to the customer of a row."""
        return self._find_customer(row.customer).user_id.login

    def _customer_values(self, customer, rank):
        is_unreachable = customer.key in UNREACHABLE
        number = MOBILES.get(customer.key) or phone(customer.zip, rank)
        seller = self._user(customer.seller)
        return {
            "name": customer.name,
            "is_company": True,
            "parent_id": customer.parent and self._find_customer(customer.parent).id,
            "street": customer.street,
            "zip": customer.zip,
            "city": customer.city,
            "country_id": self.env.ref("base.fr").id,
            "email": not is_unreachable
            and f"{customer.key.replace('_', '-')}@example.com",
            "phone": not is_unreachable and number,
            # whoever sells in French writes in French
            "lang": seller.lang,
            "user_id": seller.id,
            "customer_rank": 1,
            "property_payment_term_id": False,
        }

    def _contact_values(self, contact):
        company = self._find_customer(contact.company)
        roles = self.env["credit.contact.role"].search([("code", "=", contact.role)])
        return {
            "name": contact.name,
            "parent_id": company.id,
            "type": contact.type,
            "function": contact.function,
            "email": f"{contact.key.replace('_', '.')}@example.com",
            "phone": contact.phone,
            "lang": company.lang,
            "user_id": company.user_id.id,
            "credit_role_ids": [Command.set(roles.ids)],
        }

    # ------------------------------------------------------------------
    # Limits
    # ------------------------------------------------------------------

    def _grant_limits(self):
        """Have the CFO approve the limits that the salespeople asked for."""
        customers = [c for c in (*LEDGER_CUSTOMERS, *CUSTOMERS) if c.limit]
        # of that time, no news is left
        then = self.with_context(mail_activity_quick_update=True)
        changes = then._request_limits(
            [LimitRequest(c.key, c.limit, "Account opened") for c in customers]
        )
        self._as("cfo", changes).action_approve()
        for customer, change, days in zip(customers, changes, cycle(GRANTED)):
            days = customer.granted or days
            self._move_approval(change, days)
            change.partner_id.credit_review_date = self._day(days + 365)
        then._grant_temporary_limits()
        self._request_limits(LIMIT_REQUESTS)

    def _set_policies(self):
        for customer in filter(attrgetter("policy"), CUSTOMERS):
            policy = self.env.ref(f"credit_management.credit_policy_{customer.policy}")
            partner = self._find_customer(customer.key)
            self._as("cfo", partner).credit_policy_id = policy
        for key, amount in GROUP_LIMITS.items():
            self._as("cfo", self._find_customer(key)).credit_group_limit = amount
        for key in UNLIMITED:
            self._as("cfo", self._find_customer(key)).credit_limit_mode = "unlimited"

    def _request_limits(self, rows):
        """Have the salespeople ask for limits; return the requests, as the rows."""
        requests = {}
        for seller, asked in groupby(rows, self._seller):
            changes = self.env["credit.limit.change"].with_user(self._user(seller))
            created = changes.create([self._request_values(row) for row in asked])
            requests.update(zip(asked, created, strict=True))
        return self.env["credit.limit.change"].union(*(requests[row] for row in rows))

    def _request_values(self, row):
        values = {
            "partner_id": self._find_customer(row.customer).id,
            "amount": row.amount,
            "reason": row.reason,
        }
        if isinstance(row, TemporaryLimit):
            values["date_to"] = self._day(max(row.last_day, 0))
        return values

    def _grant_temporary_limits(self):
        """Grant higher limits for some days, past ones too: those have ended."""
        changes = self._request_limits(TEMPORARY_LIMITS)
        self._as("credit", changes).action_approve()
        for limit, change in zip(TEMPORARY_LIMITS, changes, strict=True):
            self._move_approval(
                change, limit.first_day, date_to=self._day(limit.last_day)
            )

    def _move_approval(self, change, days, **vals):
        """Make it look as if a limit had been granted on another day."""
        day = self._day(days)
        change.write({"date_from": day, "approval_date": day, **vals})

    def _set_special_terms(self):
        for key, reason in STOPPED.items():
            self._as("cfo", self._find_customer(key)).action_credit_stop(reason)
        for key, reason in EXEMPT.items():
            self._as("cfo", self._find_customer(key)).write(
                {"credit_exempt": True, "credit_exempt_reason": reason}
            )
