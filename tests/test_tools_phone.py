from datetime import date
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools import quiet_days
from ..tools.phone import (
    FIXED,
    FIXED_OR_MOBILE,
    MOBILE,
    OTHER,
    parse_phone,
    parse_phones,
)


@tagged("post_install", "-at_install")
class TestPhone(BaseCase):
    def test_numbers_are_understood_as_people_type_them(self):
        for text, country, e164, kind in [
            ("06 12 34 56 78", "FR", "+33612345678", MOBILE),
            ("06.12.34.56.78", "FR", "+33612345678", MOBILE),
            ("0612345678", "FR", "+33612345678", MOBILE),
            ("+33 6 12 34 56 78", "BE", "+33612345678", MOBILE),
            ("+33 (0)6 12 34 56 78", "FR", "+33612345678", MOBILE),
            ("0033 6 12 34 56 78", "FR", "+33612345678", MOBILE),
            ("0033 6 12 34 56 78", "US", "+33612345678", MOBILE),
            ("++33612345678", "FR", "+33612345678", MOBILE),
            ("33612345678", "FR", "+33612345678", MOBILE),
            ("Tél. : 01 44 55 66 77", "FR", "+33144556677", FIXED),
            ("0475 12 34 56", "BE", "+32475123456", MOBILE),
            ("0151 23456789", "DE", "+4915123456789", MOBILE),
            ("(212) 736-5000", "US", "+12127365000", FIXED_OR_MOBILE),
            ("+1 212 736 5000 ext. 12", "FR", "+12127365000", FIXED_OR_MOBILE),
            ("0800 123 456", "FR", "+33800123456", OTHER),
            ("+33 6 12 34 56 78", "", "+33612345678", MOBILE),
            ("06 12 34 56 78", "", None, None),
            ("06 12 34 56", "FR", None, None),
            ("06 12 34 56 78 90", "FR", None, None),
            ("ask for Ann", "FR", None, None),
            ("n/a", "FR", None, None),
            ("", "FR", None, None),
        ]:
            with self.subTest(text, country=country):
                phone = parse_phone(text, country)
                self.assertEqual(phone and phone.e164, e164)
                self.assertEqual(phone and phone.kind, kind)

    def test_two_numbers_may_stand_in_one_field(self):
        for text in (
            "01 44 55 66 77 / 06 12 34 56 78",
            "01 44 55 66 77, 06 12 34 56 78",
            "01 44 55 66 77 ou 06 12 34 56 78",
            "01 44 55 66 77; 06 12 34 56 78; +33144556677",
        ):
            with self.subTest(text):
                numbers = [phone.e164 for phone in parse_phones(text, "FR")]
                self.assertEqual(numbers, ["+33144556677", "+33612345678"])

    def test_only_what_may_be_a_mobile_takes_text_messages(self):
        for text, country, expected in [
            ("06 12 34 56 78", "FR", True),
            ("01 44 55 66 77", "FR", False),
            ("0800 91 00 10", "FR", False),
            ("(212) 736-5000", "US", True),
        ]:
            with self.subTest(text):
                self.assertEqual(parse_phone(text, country).takes_sms, expected)

    def test_a_number_is_written_for_those_who_read_it(self):
        phone = parse_phone("0612345678", "FR")
        self.assertEqual(phone.country, "FR")
        self.assertEqual(phone.written_in("FR"), "06 12 34 56 78")
        self.assertEqual(phone.written_in("BE"), "+33 6 12 34 56 78")
        self.assertEqual(phone.written_in(""), "+33 6 12 34 56 78")


@tagged("post_install", "-at_install")
class TestQuietDays(BaseCase):
    """With the library `holidays`, which the development requirements bring."""

    def test_weekends_and_holidays_of_each_country(self):
        for day, country, weekend, holiday in [
            (date(2026, 5, 14), "FR", False, "Ascension"),
            (date(2026, 5, 14), "GB", False, ""),
            (date(2026, 5, 16), "FR", True, ""),
            (date(2026, 5, 15), "SA", True, ""),  # a Friday
            (date(2026, 5, 17), "SA", False, ""),  # a Sunday
            (date(2026, 7, 14), "FR", False, "Fête nationale"),
            (date(2026, 5, 14), "", False, ""),
            (date(2026, 5, 14), "XX", False, ""),
        ]:
            with self.subTest(day=day, country=country):
                self.assertEqual(quiet_days.is_weekend(day, country), weekend)
                found = quiet_days.public_holiday(day, country, "fr_FR")
                self.assertEqual(found, holiday)

    def test_names_fall_back_to_english(self):
        day = date(2026, 5, 14)
        self.assertEqual(quiet_days.public_holiday(day, "FR", "nl_NL"), "Ascension Day")

    def test_without_the_library_only_saturdays_and_sundays_are_quiet(self):
        quiet_days._calendar.cache_clear()
        self.addCleanup(quiet_days._calendar.cache_clear)
        with patch.object(quiet_days, "holidays", None):
            self.assertTrue(quiet_days.is_weekend(date(2026, 5, 16), "SA"))
            self.assertFalse(quiet_days.is_weekend(date(2026, 5, 15), "SA"))
            self.assertEqual(quiet_days.public_holiday(date(2026, 5, 14), "FR"), "")
