"""What a reader asks of the aged balance."""

import datetime
from typing import NamedTuple

from odoo import models
from odoo.fields import Date

from ...models.kpi.credit_kpi_customer import DIMENSIONS
from ...tools.ageing import bucket_spans

# what the customers can be narrowed down by
FILTERS = ("salesperson", "policy", "collector")
LONGEST_SEARCH = 200
MOST_IDS = 1000
HIGHEST_ID = 2**31 - 1


class Options(NamedTuple):
    """What a reader asks of the aged balance.

    :param companies: root companies, the one that gives currency and ages first
    :param date: as of this day
    :param bounds: last day of each age of overdue items but the last age
    :param str dimension: what the customers are grouped by; see DIMENSIONS
    :param dict chosen: ids by one of FILTERS; none: all
    :param str search: in the name, the reference or the address of customers
    :param bool only_overdue: customers with overdue items only
    :param str order: column that the lines are sorted by, or ``name``
    :param bool descending: highest first
    """

    companies: models.BaseModel
    date: datetime.date
    bounds: tuple
    dimension: str
    chosen: dict
    search: str
    only_overdue: bool
    order: str
    descending: bool

    @property
    def currency(self):
        return self.companies[:1].currency_id

    @property
    def is_filtered(self):
        return bool(self.chosen or self.search or self.only_overdue)

    @property
    def spans(self):
        """The first and the last day of each age of overdue items, by column."""
        return {
            f"bucket_{rank}": span
            for rank, span in enumerate(bucket_spans(self.bounds), 1)
        }

    @property
    def amounts(self):
        """The names of the columns with amounts, in order."""
        return (
            "not_due", *self.spans, "overdue", "unallocated", "balance",
            "disputed", "promised", "planned",
        )  # fmt: skip

    def unfiltered(self):
        return self._replace(chosen={}, search="", only_overdue=False)


def read_options(companies, today, values):
    """Return the options that a client sends, each one checked.

    :param companies: those that the user works in, checked before
    :param today: used where no date is sent
    :param values: dict, of anything
    :raises ValueError: when they make no sense
    :rtype: Options
    """
    if not isinstance(values, dict):
        raise ValueError(values)
    chosen = {name: _ids(values.get(f"{name}_ids") or []) for name in FILTERS}
    options = Options(
        companies=companies,
        date=_date(values.get("date")) or today,
        bounds=companies[:1]._credit_ageing_bounds(),
        dimension=_one_of(DIMENSIONS, values.get("dimension") or "partner"),
        chosen={name: ids for name, ids in chosen.items() if ids},
        search=_text(values.get("search") or "").strip(),
        only_overdue=bool(values.get("only_overdue")),
        order=values.get("order") or "overdue",
        descending=bool(values.get("descending", True)),
    )
    _one_of(("name", *options.amounts), options.order)
    return options


def read_id(value):
    """Return an id that a client sends, None for “without”."""
    return None if value is None or value is False else _ids([value])[0]


def read_group(options, value):
    """Return the dimension and the key of a group of customers, sent as ``[id]``."""
    if not isinstance(value, list | tuple) or len(value) != 1:
        raise ValueError(value)
    if options.dimension == "partner":
        raise ValueError("a customer is no group")
    return options.dimension, read_id(value[0])


def read_count(value, most):
    """Return a number from 0 to ``most`` that a client sends."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(value)
    return value


def _date(value):
    day = Date.to_date(_text(value)) if value else None
    if day and not 1900 <= day.year <= 2999:
        raise ValueError(value)
    return day


def _text(value):
    if not isinstance(value, str) or len(value) > LONGEST_SEARCH or "\0" in value:
        raise ValueError(value)
    return value


def _one_of(names, value):
    if not isinstance(value, str) or value not in names:
        raise ValueError(value)
    return value


def _ids(values):
    if not isinstance(values, list | tuple) or len(values) > MOST_IDS:
        raise ValueError(values)
    for value in values:
        if not read_count(value, HIGHEST_ID):
            raise ValueError(value)
    return tuple(values)
