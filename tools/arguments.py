"""What remote callers send; ValueError tells that it makes no sense."""

import datetime

LONGEST_TEXT = 200
MOST_IDS = 1000
HIGHEST_ID = 2**31 - 1
# years that a ledger may have
YEARS = range(1900, 3000)


def read_count(value, most, least=0):
    """Return a whole number from ``least`` to ``most``."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int)
        or not least <= value <= most
    ):
        raise ValueError(value)
    return value


def read_text(value):
    """Return a short text."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
        raise ValueError(value)
    return value


def read_one_of(names, value):
    """Return one of some names."""
    if not isinstance(value, str) or value not in names:
        raise ValueError(value)
    return value


def read_id(value):
    """Return an id, None for “without”."""
    return None if value is None or value is False else read_ids([value])[0]


def read_ids(values):
    """Return ids as a tuple."""
    if not isinstance(values, list | tuple) or len(values) > MOST_IDS:
        raise ValueError(values)
    return tuple(read_count(value, HIGHEST_ID, 1) for value in values)


def read_date(value):
    """Return a date, given as one or as text: “2026-03-31”."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    if not isinstance(value, datetime.date):
        value = datetime.date.fromisoformat(read_text(value)[:10])
    if value.year not in YEARS:
        raise ValueError(value)
    return value
