"""The contacts of a batch of customers, and how each of them can be reached."""

import re
from collections import defaultdict
from functools import cached_property
from typing import NamedTuple

from odoo.tools import SQL, email_normalize_all

from ...tools.phone import parse_phones

# also understood by PostgreSQL, see `credit.dunning.recipients._unreachable`
EMAIL_PATTERN = r"^[^@[:space:],;<>]+@[^@[:space:],;<>.]+([.][^@[:space:],;<>.]+)+$"
_EMAIL = re.compile(EMAIL_PATTERN.replace("[:space:]", r"\s"))
CONTACT_FIELDS = [
    "active", "commercial_partner_id", "company_id", "country_id", "credit_role_ids",
    "email", "email_normalized", "message_bounce", "phone", "type",
]  # fmt: skip


class Contact(NamedTuple):
    """What decides whether, and how, a contact can be written to.

    :param int customer_id: its commercial partner
    :param int company_id: the company that it is reserved to, None for all of them
    :param int country_id: its own country, else that of its customer
    :param str email: as typed; several addresses at worst
    :param str email_normalized: the first address, as Odoo reads it
    :param list[str] roles: codes of its roles
    """

    id: int
    customer_id: int
    company_id: int | None
    type: str
    country_id: int | None
    email: str
    email_normalized: str
    has_bounced: bool
    phone: str
    roles: list


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
        self.contacts = [Contact._make(row) for row in self._read(customers)]
        self._by_customer = defaultdict(list)
        for contact in self.contacts:
            self._by_customer[contact.customer_id].append(contact)

    def _read(self, customers):
        """Read the contacts: as rows, since there may be 100 000 of them.

        An archived contact is no contact any more; an archived customer still owes.
        """
        self.env["res.partner"].flush_model(CONTACT_FIELDS)
        self.env["credit.contact.role"].flush_model(["code"])
        return self.env.execute_query(
            SQL(
                """SELECT contact.id, contact.commercial_partner_id,
                          contact.company_id, contact.type,
                          COALESCE(contact.country_id, customer.country_id),
                          COALESCE(contact.email, ''),
                          COALESCE(contact.email_normalized, ''),
                          contact.message_bounce > 0,
                          COALESCE(contact.phone, ''),
                          ARRAY(SELECT role.code
                                  FROM credit_contact_role_res_partner_rel rel
                                  JOIN credit_contact_role role
                                    ON role.id = rel.credit_contact_role_id
                                 WHERE rel.res_partner_id = contact.id)
                     FROM res_partner contact
                     JOIN res_partner customer
                       ON customer.id = contact.commercial_partner_id
                    WHERE contact.commercial_partner_id = ANY(%(customers)s)
                      AND (contact.active OR contact.id = ANY(%(customers)s))
                 ORDER BY contact.id""",
                customers=customers.ids,
            )
        )

    @cached_property
    def partners(self):
        """Return the contacts as ``res.partner``, whoever may read them."""
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        partners = Partner.browse(contact.id for contact in self.contacts)
        return {partner.id: partner for partner in partners}

    def contacts_of(self, customer, company):
        """Return the contacts of a customer that a company may write to."""
        shared = (None, *company._credit_branch_ids())
        return [
            contact
            for contact in self._by_customer[customer.id]
            if contact.company_id in shared
        ]

    def phones(self, contact, company):
        """Return the valid numbers of a contact, dialled from its own country."""
        country = self.env["res.country"].sudo().browse(contact.country_id or [])
        country = country or company.sudo().country_id
        return parse_phones(contact.phone, country.code or "")

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
        return (contact.customer_id, email) in self._bounced_emails

    def has_failed(self, contact, channel_code, address):
        """Tell whether the address of the contact has turned out to be wrong."""
        return (contact.id, channel_code, address) in self._failed_addresses

    def lines(self, contact):
        """Return the postal address of a contact, line by line, empty if incomplete.

        A person without an address of its own is reached at the customer's.
        """
        person = self.partners[contact.id]
        customer = person.commercial_partner_id
        for place in (person, customer):
            if place.street and place.city and (place.zip or place.country_id):
                break
        else:
            return []
        address = place._display_address(without_company=True).splitlines()
        names = dict.fromkeys([customer.name, person.name])
        return [line.strip() for line in (*names, *address) if line and line.strip()]

    @cached_property
    def _emails(self):
        return {
            contact.id: [
                email for email in self._addresses(contact) if _EMAIL.match(email)
            ]
            for contact in self.contacts
        }

    def _addresses(self, contact):
        if contact.email.count("@") == 1:
            return [contact.email_normalized]
        return email_normalize_all(contact.email)

    @cached_property
    def _blacklisted_emails(self):
        emails = {email for found in self._emails.values() for email in found}
        blacklist = self.env["mail.blacklist"].sudo()
        found = blacklist.search_fetch([("email", "in", list(emails))], ["email"])
        return set(found.mapped("email"))

    @cached_property
    def _bounced_emails(self):
        return {
            (contact.customer_id, email)
            for contact in self.contacts
            if contact.has_bounced
            for email in self._emails[contact.id]
        }

    @cached_property
    def _failed_addresses(self):
        deliveries = (
            self.env["credit.dunning.delivery"]
            .sudo()
            .search_fetch(
                [
                    ("is_contact_fault", "=", True),
                    ("partner_id", "in", [contact.id for contact in self.contacts]),
                ],
                ["partner_id", "code", "address"],
            )
        )
        return {(d.partner_id.id, d.code, d.address) for d in deliveries}

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
