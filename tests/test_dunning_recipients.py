from odoo.fields import Command
from odoo.tests import tagged

from ..models.dunning.credit_dunning_recipients import RecipientRequest
from .common import CreditCommon


@tagged("post_install", "-at_install")
class TestDunningRecipients(CreditCommon):
    """Who receives a notice, by which channel, at which address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.france = cls.env.ref("base.fr")
        cls.roles = cls.env["credit.contact.role"].search([]).grouped("code")
        cls.debtor = cls._create_customer(
            "Martin SARL", country_id=cls.france.id, email=False
        )

    @classmethod
    def _contact(cls, name, *roles, **vals):
        return cls.env["res.partner"].create(
            {
                "name": name,
                "parent_id": cls.debtor.id,
                "country_id": cls.france.id,
                "credit_role_ids": [Command.link(cls.roles[r].id) for r in roles],
                **vals,
            }
        )

    def _request(self, *channels, role="accounting", customer=None, **more):
        return RecipientRequest(
            customer=customer or self.debtor,
            company=self.env.company,
            role_code=role,
            channel_codes=channels or ("email",),
            **more,
        )

    def _resolve(self, *channels, **request):
        Recipients = self.env["credit.dunning.recipients"]
        return Recipients._resolve([self._request(*channels, **request)])[0]

    def _usable(self, *channels, **request):
        return [
            (delivery.channel_code, delivery.partner, delivery.address)
            for delivery in self._resolve(*channels, **request)
            if not delivery.problem
        ]

    def test_the_role_is_addressed_then_the_others_in_their_order(self):
        other = self._contact("Zoe", email="zoe@martin.example.com")
        invoice = self._contact("Bills", type="invoice", email="b@martin.example.com")
        accounting = self._contact("Ann", "accounting", email="a@martin.example.com")
        director = self._contact("Dan", "director", email="d@martin.example.com")
        self.debtor.email = "office@martin.example.com"
        steps = [
            (director, {}),
            (accounting, {}),
            (invoice, {}),
            (other, {"contacts": (other.id,)}),
            (self.debtor, {}),
            (other, {}),
        ]
        for position, (expected, more) in enumerate(steps):
            with self.subTest(expected.name, position=position):
                found = self._usable(role="director", **more)
                self.assertEqual(found[0][1], expected)
            if not more:
                # nobody is at this address any more: the next one
                expected.email = False

    def test_accounting_comes_before_the_address_for_invoices(self):
        invoice = self._contact("Bills", type="invoice", email="b@martin.example.com")
        self.assertEqual(self._usable()[0][1], invoice)
        accounting = self._contact("Ann", "accounting", email="a@martin.example.com")
        self.assertEqual(self._usable()[0][1], accounting)

    def test_whoever_takes_the_parcels_is_not_written_to(self):
        self._contact("Dock", type="delivery", email="dock@martin.example.com")
        self.assertFalse(self._usable())
        problems = [delivery.problem for delivery in self._resolve()]
        self.assertEqual(problems, ["No contact has an e-mail address."])

    def test_archived_contacts_are_ignored(self):
        self._contact("Ann", "accounting", email="a@martin.example.com").active = False
        self.assertFalse(self._usable())

    def test_an_archived_customer_still_owes(self):
        self.debtor.email = "office@martin.example.com"
        self.debtor.active = False
        self.assertEqual(self._usable()[0][1], self.debtor)

    def test_contacts_of_another_company_are_ignored(self):
        other = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        ann = self._contact("Ann", "accounting", email="a@martin.example.com")
        ann.sudo().company_id = other
        self.assertFalse(self._usable())

    def test_subsidiaries_have_contacts_of_their_own(self):
        self._contact("Martin Sud", is_company=True, email="sud@martin.example.com")
        self.assertFalse(self._usable())

    def test_emails_are_normalised_and_checked(self):
        ann = self._contact("Ann", "accounting")
        for email, address in [
            ("Ann <ANN@Martin.example.com>", "ann@martin.example.com"),
            ("ann@martin, ann@martin.example.com", "ann@martin.example.com"),
            ("a@martin.example.com; b@martin.example.com", "a@martin.example.com"),
            ("ann@martin", None),
            ("ann martin.example.com", None),
            ("ann@@martin.example.com", None),
            ("ann@martin..example.com", None),
            ("", None),
        ]:
            with self.subTest(email):
                ann.email = email
                found = self._usable()
                self.assertEqual(found and found[0][2] or None, address)

    def test_a_wrong_email_is_told_and_another_contact_receives_it(self):
        self._contact("Ann", "accounting", email="ann@martin")
        self.debtor.email = "office@martin.example.com"
        [delivery] = self._resolve()
        self.assertEqual(delivery.address, "office@martin.example.com")
        self.assertEqual(delivery.mend, "“ann@martin” is no e-mail address.")
        self.assertFalse(delivery.problem)

    def test_an_address_that_came_back_is_not_used_again(self):
        ann = self._contact("Ann", "accounting", email="a@martin.example.com")
        ann.message_bounce = 1
        # the same address, entered a second time since
        self._contact("Ann D.", "accounting", email="A@Martin.example.com")
        [delivery] = self._resolve()
        self.assertEqual(
            delivery.problem, "Messages to a@martin.example.com come back."
        )
        ann.email = "ann@martin.example.com"
        self.assertEqual(ann.message_bounce, 0)
        self.assertEqual(self._usable()[0][2], "ann@martin.example.com")

    def test_blacklisted_addresses_are_not_used(self):
        self._contact("Ann", email="a@martin.example.com", phone="06 12 34 56 78")
        self.env["mail.blacklist"].sudo().create({"email": "A@martin.example.com"})
        self.env["phone.blacklist"].sudo().create({"number": "+33612345678"})
        self.assertEqual(
            [delivery.problem for delivery in self._resolve("email", "sms")[:2]],
            [
                "a@martin.example.com is on the blacklist of e-mails.",
                "+33 6 12 34 56 78 is on the blacklist of phone numbers.",
            ],
        )
        # who wants no text messages may be called
        self.assertEqual(self._usable("email", "sms")[0][0], "phone")

    def test_the_same_address_twice_is_one_delivery(self):
        first = self._contact("Ann", "accounting", email="a@martin.example.com")
        self._contact("Ann D.", "accounting", email="A@martin.example.com")
        self.assertEqual(
            self._usable("email", "email"),
            [("email", first, "a@martin.example.com")],
        )

    def test_text_messages_go_to_mobiles_only(self):
        self._contact("Ann", "accounting", phone="01 44 55 66 77")
        [problem, _phone] = self._resolve("sms")
        self.assertEqual(problem.problem, "+33 1 44 55 66 77 is not a mobile number.")
        self.assertFalse(problem.mend, "The number is right as it is")
        dan = self._contact("Dan", "director", phone="06 12 34 56 78")
        self.assertEqual(self._usable("sms"), [("sms", dan, "+33612345678")])

    def test_a_number_is_dialled_from_the_country_of_the_contact(self):
        belgium = self.env.ref("base.be").id
        ann = self._contact("Ann", type="other", phone="0475 12 34 56")
        ann.country_id = belgium
        self.assertEqual(self._usable("sms"), [("sms", ann, "+32475123456")])
        ann.country_id = False
        self.debtor.country_id = belgium
        self.assertEqual(self._usable("sms"), [("sms", ann, "+32475123456")])

    def test_a_letter_goes_to_the_person_at_the_customers_address(self):
        self.debtor.write({"street": "1 rue Haute", "zip": "44000", "city": "Nantes"})
        dan = self._contact("Dan", "director")
        dan.write({"street": False, "zip": False, "city": False, "country_id": False})
        [(_code, partner, address)] = self._usable("registered", role="director")
        self.assertEqual(partner, dan)
        self.assertEqual(
            address.splitlines(),
            ["Martin SARL", "Dan", "1 rue Haute", "44000 Nantes", "France"],
        )
        self.debtor.city = False
        self.assertFalse(self._usable("registered", role="director"))

    def test_another_channel_replaces_those_that_reach_nobody(self):
        self.debtor.write({"street": "1 rue Haute", "zip": "44000", "city": "Nantes"})
        self.assertEqual([code for code, *_ in self._usable("email")], ["letter"])
        self.debtor.phone = "01 44 55 66 77"
        self.assertEqual([code for code, *_ in self._usable("email")], ["phone"])
        self.assertEqual(self._usable("email", fallback_codes=()), [])
        found = self._usable("email", fallback_codes=("letter", "registered"))
        self.assertEqual([code for code, *_ in found], ["letter"])

    def test_all_the_channels_of_a_level_are_used(self):
        ann = self._contact(
            "Ann", "accounting", email="a@martin.example.com", phone="06 12 34 56 78"
        )
        self.assertEqual(
            self._usable("phone", "email"),
            [
                ("phone", ann, "+33 6 12 34 56 78"),
                ("email", ann, "a@martin.example.com"),
            ],
        )

    def test_a_problem_of_one_channel_is_told_beside_the_others(self):
        self._contact("Ann", "accounting", email="a@martin.example.com", phone="1234")
        email, sms = self._resolve("email", "sms")
        self.assertFalse(email.problem)
        self.assertEqual(sms.problem, "“1234” is no valid phone number.")
        self.assertEqual(sms.mend, sms.problem)
        self.assertFalse(sms.partner)

    def test_recipients_are_found_in_a_few_queries(self):
        customers = self.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "is_company": True,
                    "country_id": self.france.id,
                    "street": "1 rue Haute",
                    "city": "Nantes",
                    "child_ids": [
                        Command.create(
                            {
                                "name": f"Ann {number}",
                                "email": number % 2 and f"ann{number}@c.example.com",
                                "phone": "06 12 34 56 78",
                                "credit_role_ids": [
                                    Command.link(self.roles["accounting"].id)
                                ],
                            }
                        )
                    ],
                }
                for number in range(60)
            ]
        )
        Recipients = self.env["credit.dunning.recipients"]
        channels = ("email", "sms", "phone", "registered")
        requests = [self._request(*channels, customer=c) for c in customers]
        counts = []
        for size in (1, 2, 60):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = Recipients._resolve(requests[:size])
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(found), size)
        _warming_up, few, many = counts
        self.assertEqual(few, many)
        self.assertLessEqual(many, 14)
