"""Phone numbers: what they are, and how they are written."""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

MOBILE, FIXED, FIXED_OR_MOBILE, OTHER = "mobile", "fixed", "fixed_or_mobile", "other"
KINDS = {
    PhoneNumberType.MOBILE: MOBILE,
    PhoneNumberType.FIXED_LINE: FIXED,
    PhoneNumberType.FIXED_LINE_OR_MOBILE: FIXED_OR_MOBILE,
}
# two numbers in one field: “01 44 55 66 77 / 06 12 34 56 78”
SEPARATORS = re.compile(r"\s*[/;,|\n]\s*|\s+(?:or|ou|oder|o)\s+", re.IGNORECASE)


class Phone(NamedTuple):
    """A valid phone number.

    :param str e164: as machines write it: ``+33612345678``
    :param str kind: ``mobile``, ``fixed``, ``fixed_or_mobile`` where the plan of the
        country does not tell, or ``other`` (free, shared cost, over the internet…)
    :param str country: code of its country; empty for a number of no country
    :param str international: as people write it abroad: ``+33 6 12 34 56 78``
    :param str national: as people write it at home: ``06 12 34 56 78``
    """

    e164: str
    kind: str
    country: str
    international: str
    national: str

    @property
    def takes_sms(self):
        """Tell whether the number is, or may be, a mobile."""
        return self.kind in (MOBILE, FIXED_OR_MOBILE)

    def written_in(self, country):
        """Return the number as one writes it in a country, given by its code."""
        return self.national if country == self.country else self.international


@lru_cache(maxsize=16384)
def parse_phones(text, country=""):
    """Return the valid numbers of a text, in their order, each once.

    :param str text: as typed: “06.12.34.56.78”, “0033 612345678”, two numbers…
    :param str country: code of the country where a number without prefix is dialled
    :rtype: tuple[Phone, ...]
    """
    found = {}
    for part in SEPARATORS.split(text or ""):
        if phone := _parse(part, country):
            found.setdefault(phone.e164, phone)
    return tuple(found.values())


def parse_phone(text, country=""):
    """Return the first valid number of a text, None without any."""
    return next(iter(parse_phones(text, country)), None)


def _parse(text, country):
    for spelling in _spellings(text):
        try:
            number = phonenumbers.parse(spelling, country or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return _phone(number)
    return None


def _spellings(text):
    """Return what may be meant: people forget the + of the international prefix."""
    text = text.strip()
    digits = re.sub(r"[^\d+]", "", text)
    yield text
    if digits.startswith("++"):
        yield digits[1:]
    elif digits.startswith("00"):
        yield f"+{digits[2:]}"
    elif len(digits) > 10 and not digits.startswith(("+", "0")):
        yield f"+{digits}"


def _phone(number):
    return Phone(
        phonenumbers.format_number(number, PhoneNumberFormat.E164),
        KINDS.get(phonenumbers.number_type(number), OTHER),
        phonenumbers.region_code_for_number(number) or "",
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
    )
