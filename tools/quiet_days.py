"""Days on which nobody is at work, by country.

The holidays are those of the package `holidays`, where it is installed; without it no
public holiday is known, and weekends are Saturdays and Sundays everywhere.
"""

from functools import lru_cache

try:
    import holidays
except ImportError:
    holidays = None

SATURDAY_SUNDAY = frozenset({5, 6})


def is_weekend(day, country=""):
    """Tell whether a date is at the weekend of a country, given by its code."""
    calendar = _calendar(country, day.year, "")
    weekend = SATURDAY_SUNDAY if calendar is None else calendar.weekend
    return day.weekday() in weekend


def public_holiday(day, country, language=""):
    """Return the name of a country's public holiday, empty on other days.

    Only holidays of the whole country count, not those of a region.

    :param date day:
    :param str country: code of the country; without it there is no holiday
    :param str language: of the name, where it is known: “fr_FR”
    """
    calendar = _calendar(country, day.year, language)
    return "" if calendar is None else calendar.get(day, "")


@lru_cache(maxsize=256)
def _calendar(country, year, language):
    """Return the holidays of a country, None when they are not known."""
    if holidays is None or not country:
        return None
    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError:  # how the library answers for a country it lacks
        return None
    known = calendar.supported_languages or ()
    for name in (language, language.partition("_")[0], "en_US"):
        if name in known:
            return holidays.country_holidays(country, years=year, language=name)
    return calendar
