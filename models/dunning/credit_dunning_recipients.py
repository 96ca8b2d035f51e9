from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from .address_book import EMAIL_PATTERN, AddressBook, Reach

ACCOUNTING = "accounting"
# never chosen in place of another channel: it costs, and it has legal effects
ONLY_WHEN_ASKED = {"registered"}
# a postal address alone is nobody to talk to
PERSONAL_CHANNELS = ("email", "sms", "phone")


class RecipientRequest(NamedTuple):
    """Whom to reach about one notice.

    :param customer: ``res.partner`` that owes: a commercial partner
    :param company: ``res.company`` that writes
    :param str role_code: role that is addressed; accounting when empty
    :param channel_codes: channels that the level wants, all of them
    :param contacts: ids of the contacts that stand on the invoices
    :param fallback_codes: channels that the level has words for, None: all of them
    """

    customer: object
    company: object
    role_code: str
    channel_codes: tuple
    contacts: tuple = ()
    fallback_codes: tuple | None = None


class Delivery(NamedTuple):
    """How a notice reaches a customer by one channel.

    :param str channel_code:
    :param partner: ``res.partner`` that receives it; empty with a problem
    :param str address: normalised e-mail, number (E.164 for a text message, else
        as people write it), postal address line by line; empty with a problem
    :param str problem: why nobody can be reached by the channel
    :param str mend: what is wrong with the contacts that should have received it
    """

    channel_code: str
    partner: object
    address: str
    problem: str = ""
    mend: str = ""


class CreditDunningRecipients(models.AbstractModel):
    """Who receives a notice, by which channel, at which address.

    A channel is a method ``_reach_<code>(contact, request, book)``, which returns a
    :class:`Reach`.
    """

    _name = "credit.dunning.recipients"
    _description = "Recipients of Dunning Notices"

    @api.model
    def _resolve(self, requests):
        """Return who receives what, in a number of queries that does not grow.

        One delivery per channel wanted, the problem of a channel that reaches nobody
        included. When none of them reaches anybody, the first other channel of the
        catalogue that does is added, a registered letter excepted. So a notice
        can go out as soon as one delivery has no problem.

        The recipient of a channel is the first contact with a usable address, in
        this order: the role that is addressed, accounting, Odoo's addresses for
        invoices, the contacts of the invoices, the customer itself, any other
        contact that is not merely a place of delivery.

        :param list[RecipientRequest] requests:
        :return: in the order of the requests
        :rtype: list[list[Delivery]]
        """
        requests = list(requests)
        customers = self.env["res.partner"].union(*(r.customer for r in requests))
        companies = self.env["res.company"].union(*(r.company for r in requests))
        book = AddressBook(self.env, customers, companies)
        fallbacks = self._fallback_codes()
        return [self._deliveries(request, book, fallbacks) for request in requests]

    def _deliveries(self, request, book, fallbacks):
        contacts = self._ranked_contacts(request, book)
        wanted = list(dict.fromkeys(request.channel_codes))
        deliveries = [self._delivery(c, contacts, request, book) for c in wanted]
        if any(not delivery.problem for delivery in deliveries):
            return deliveries
        for code in fallbacks:
            if code not in wanted and (
                request.fallback_codes is None or code in request.fallback_codes
            ):
                delivery = self._delivery(code, contacts, request, book)
                if not delivery.problem:
                    return [*deliveries, delivery]
        return deliveries

    @api.model
    def _fallback_codes(self):
        """Return the channels that may replace others, the first ones before."""
        channels = self.env["credit.dunning.channel"].sudo().search(Domain.TRUE)
        return [
            code
            for code in channels.mapped("code")
            if code not in ONLY_WHEN_ASKED and hasattr(self, f"_reach_{code}")
        ]

    def _ranked_contacts(self, request, book):
        """Return the contacts that may receive a notice, the best ones before."""
        ranked = [
            (rank, contact.id, contact)
            for contact in book.contacts_of(request.customer, request.company)
            if (rank := self._rank(contact, request)) is not None
        ]
        return [contact for _rank, _id, contact in sorted(ranked, key=lambda r: r[:2])]

    def _rank(self, contact, request):
        if (request.role_code or ACCOUNTING) in contact.roles:
            return 0
        if ACCOUNTING in contact.roles:
            return 1
        if contact.type == "invoice":
            return 2
        if contact.id in request.contacts:
            return 3
        if contact.id == request.customer.id:
            return 4
        # whoever takes the parcels does not talk about debts
        return 5 if contact.type != "delivery" else None

    def _delivery(self, code, contacts, request, book):
        reach_by = getattr(self, f"_reach_{code}")
        problems, faults = [], []
        for contact in contacts:
            reach = reach_by(contact, request, book)
            if reach.address and book.has_failed(contact, code, reach.address):
                problem = self.env._("%s has turned out to be wrong.", reach.address)
                reach = Reach("", problem)
            if reach.address:
                partner = self.env["res.partner"].browse(contact.id)
                mend = " ".join(dict.fromkeys(faults))
                return Delivery(code, partner, reach.address, "", mend)
            if reach.problem:
                problems.append(reach.problem)
                if reach.is_fault:
                    faults.append(reach.problem)
        nobody = self.env["res.partner"]
        problem = " ".join(dict.fromkeys(problems)) or self._lack(code)
        return Delivery(code, nobody, "", problem, " ".join(dict.fromkeys(faults)))

    def _lack(self, code):
        """Return what to say when no contact has any address for a channel."""
        return {
            "email": self.env._("No contact has an e-mail address."),
            "sms": self.env._("No contact has a mobile number."),
            "phone": self.env._("No contact has a phone number."),
            "letter": self.env._("The postal address is incomplete."),
            "registered": self.env._("The postal address is incomplete."),
        }.get(code) or self.env._("No contact can be reached by this channel.")

    # ------------------------------------------------------------------
    # Channels
    # ------------------------------------------------------------------

    def _reach_email(self, contact, request, book):
        problem = ""
        for email in book.emails(contact):
            if book.has_bounced(contact, email):
                reason = self.env._("Messages to %s come back.", email)
            elif book.is_blacklisted_email(email):
                reason = self.env._("%s is on the blacklist of e-mails.", email)
            else:
                return Reach(email)
            problem = problem or reason
        if contact.email.strip() and not problem:
            problem = self.env._("“%s” is no e-mail address.", contact.email.strip())
        return Reach("", problem)

    def _reach_sms(self, contact, request, book):
        phones = book.phones(contact, request.company)
        mobiles = [phone for phone in phones if phone.takes_sms]
        for phone in mobiles:
            if not book.is_blacklisted_phone(phone.e164):
                return Reach(phone.e164)
        if mobiles:
            return Reach(
                "",
                self.env._(
                    "%s is on the blacklist of phone numbers.",
                    mobiles[0].international,
                ),
            )
        if phones:
            landline = phones[0].international
            problem = self.env._("%s is not a mobile number.", landline)
            return Reach("", problem, is_fault=False)
        return self._reach_no_phone(contact)

    def _reach_phone(self, contact, request, book):
        phones = book.phones(contact, request.company)
        return (
            Reach(phones[0].international) if phones else self._reach_no_phone(contact)
        )

    def _reach_no_phone(self, contact):
        if not contact.phone.strip():
            return Reach()
        return Reach(
            "", self.env._("“%s” is no valid phone number.", contact.phone.strip())
        )

    def _reach_letter(self, contact, request, book):
        return Reach("\n".join(book.lines(contact)))

    def _reach_registered(self, contact, request, book):
        return self._reach_letter(contact, request, book)

    # ------------------------------------------------------------------
    # Customers that nobody can reach
    # ------------------------------------------------------------------

    @api.model
    def _unreachable(self, company, customers=None, batch=1000):
        """Return the customers that owe something and that nobody can be reached at.

        By e-mail, text message or phone, that is: a postal address is no contact.

        :param company: ``res.company``; a branch stands for its root company
        :param customers: ``res.partner``, all those that owe by default
        :return: what is wrong, by id of customer
        :rtype: dict[int, str]
        """
        company = company._credit_company()
        debtors = self._debtors(company, customers)
        doubtful = debtors - self._surely_reachable(company, debtors)
        found = {}
        for ids in split_every(batch, sorted(doubtful.ids)):
            part = self.env["res.partner"].sudo().browse(ids)
            book = AddressBook(self.env, part, company)
            for customer in part:
                if problem := self._why_unreachable(customer, company, book):
                    found[customer.id] = problem
        return found

    def _why_unreachable(self, customer, company, book):
        request = RecipientRequest(customer, company, ACCOUNTING, PERSONAL_CHANNELS)
        contacts = self._ranked_contacts(request, book)
        problems = []
        for code in PERSONAL_CHANNELS:
            delivery = self._delivery(code, contacts, request, book)
            if not delivery.problem:
                return ""
            # for want of a mobile, a phone would do
            if code != "sms" or delivery.mend:
                problems.append(delivery.problem)
        return " ".join(dict.fromkeys(problems))

    def _debtors(self, company, customers=None):
        """Return the customers with open items, of those given or of all."""
        MoveLine = self.env["account.move.line"].sudo()
        domain = (
            MoveLine._open_receivable_domain()
            & Domain("company_id", "in", company._credit_branch_ids())
            & Domain("amount_residual", ">", 0)
        )
        if customers is not None:
            contacts = Domain("partner_id.commercial_partner_id", "in", customers.ids)
            domain &= contacts
        lines = MoveLine._search(domain)
        Partner = self.env["res.partner"].sudo().with_context(active_test=False)
        partners = Partner.search_fetch(
            Domain("id", "in", lines.subselect("partner_id")),
            ["commercial_partner_id"],
            order="id",
        )
        return partners.commercial_partner_id

    def _surely_reachable(self, company, customers):
        """Return the customers with an e-mail that is plainly right.

        Most of them: it spares reading all the contacts of all the customers.
        """
        Partner = self.env["res.partner"]
        Partner.flush_model(
            ["active", "commercial_partner_id", "company_id", "email_normalized",
             "message_bounce", "type"]
        )  # fmt: skip
        self.env["mail.blacklist"].flush_model(["active", "email"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT contact.commercial_partner_id
                     FROM res_partner contact
                    WHERE contact.commercial_partner_id = ANY(%(customers)s)
                      AND contact.active
                      AND contact.type IS DISTINCT FROM 'delivery'
                      AND (contact.company_id IS NULL
                           OR contact.company_id IN %(companies)s)
                      AND contact.email_normalized ~ %(pattern)s
                      AND NOT EXISTS (
                          SELECT FROM mail_blacklist blacklist
                           WHERE blacklist.email = contact.email_normalized
                             AND blacklist.active)
                      AND NOT EXISTS (
                          SELECT FROM res_partner bounced
                           WHERE bounced.commercial_partner_id
                                 = contact.commercial_partner_id
                             AND bounced.email_normalized = contact.email_normalized
                             AND bounced.message_bounce > 0)""",
                customers=customers.ids,
                companies=company._credit_branch_ids(),
                pattern=EMAIL_PATTERN,
            )
        )
        return customers.browse(partner_id for (partner_id,) in rows)
