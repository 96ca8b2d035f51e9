"""The contacts of a batch of customers, and how each of them can be reached."""

import re
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import email_normalize_all

from ...tools.phone import parse_phones

# also understood by PostgreSQL, see `credit.dunning.recipients._unreachable`
EMAIL_PATTERN = r"^[^@[:space:],;<>]+@[^@[:space:],;<>.]+([.][^@[:space:],;<>.]+)+$"
_EMAIL = re.compile(EMAIL_PATTERN.replace("[:space:]", r"\s"))
CONTACT_FIELDS = [
    "active", "commercial_partner_id", "company_id", "name", "type", "email",
    "message_bounce", "phone", "street", "street2", "zip", "city", "state_id",
    "country_id", "credit_role_ids",
]  # fmt: skip


class Reach(NamedTuple):
    """How one contact can be reached by one channel.

    :param str address: empty when it cannot
    :param str problem: what is wrong with the address that the contact has
    :param bool is_fault: the contact should be mended; a number that is merely no
        mobile is right as it is
    """

    address: str = ""
    problem: str = ""
    is_fault: bool = True


class AddressBook:
    """Contacts of customers, read in a number of queries that does not grow.

    The reader's own rights do not count: a preview shows what a run would do.
    """

    def __init__(self, env, customers, companies):
        self.env = env
        self.companies = companies
        Partner = env["res.partner"].sudo().with_context(active_test=False)
        self.customers = Partner.browse(customers.ids)
        # an archived contact is no contact any more; an archived customer still owes
        self.contacts = Partner.search_fetch(
            Domain("commercial_partner_id", "in", self.customers.ids)
            & (Domain("active", "=", True) | Domain("id", "in", self.customers.ids)),
            CONTACT_FIELDS,
            order="id",
        )
        self._by_customer = defaultdict(list)
        for contact in self.contacts:
            self._by_customer[contact.commercial_partner_id.id].append(contact)

    def contacts_of(self, customer, company):
        """Return the contacts of a customer that a company may write to."""
        shared = (False, *company._credit_branch_ids())
        return [
            contact
            for contact in self._by_customer[customer.id]
            if contact.company_id.id in shared
        ]

    def phones(self, contact, company):
        """Return the valid numbers of a contact, dialled from its own country."""
        country = (
            contact.country_id
            or contact.commercial_partner_id.country_id
            or company.sudo().country_id
        )
        return parse_phones(contact.phone or "", country.code or "")

    def emails(self, contact):
        """Return the valid addresses of a contact, in their order."""
        return self._emails[contact.id]

    def is_blacklisted_email(self, email):
        """Tell whether somebody asked not to be written to."""
        return email in self._blacklisted_emails

    def is_blacklisted_phone(self, e164):
        """Tell whether somebody asked for no text messages."""
        return e164 in self._blacklisted_phones

    def has_bounced(self, contact, email):
        """Tell whether a message to the address came back, whoever bears it."""
        return (contact.commercial_partner_id.id, email) in self._bounced_emails

    def lines(self, contact):
        """Return the postal address of a contact, line by line, empty if incomplete.

        A person without an address of its own is reached at the customer's.
        """
        customer = contact.commercial_partner_id
        for place in (contact, customer):
            if place.street and place.city and (place.zip or place.country_id):
                break
        else:
            return []
        address = place._display_address(without_company=True).splitlines()
        names = dict.fromkeys([customer.name, contact.name])
        return [line.strip() for line in (*names, *address) if line and line.strip()]

    @cached_property
    def _emails(self):
        return {
            contact.id: [
                email
                for email in email_normalize_all(contact.email or "")
                if _EMAIL.match(email)
            ]
            for contact in self.contacts
        }

    @cached_property
    def _blacklisted_emails(self):
        emails = {email for found in self._emails.values() for email in found}
        blacklist = self.env["mail.blacklist"].sudo()
        found = blacklist.search_fetch([("email", "in", list(emails))], ["email"])
        return set(found.mapped("email"))

    @cached_property
    def _bounced_emails(self):
        return {
            (contact.commercial_partner_id.id, email)
            for contact in self.contacts
            if contact.message_bounce
            for email in self._emails[contact.id]
        }

    @cached_property
    def _blacklisted_phones(self):
        numbers = {
            phone.e164
            for contact in self.contacts
            for company in self.companies
            for phone in self.phones(contact, company)
        }
        blacklist = self.env["phone.blacklist"].sudo()
        found = blacklist.search_fetch([("number", "in", list(numbers))], ["number"])
        return set(found.mapped("number"))
