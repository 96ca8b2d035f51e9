"""What a reader asks of the aged balance."""

import datetime
from typing import NamedTuple

from odoo import models

from ...models.kpi.credit_kpi_customer import DIMENSIONS
from ...tools.ageing import bucket_spans
from ...tools.arguments import (
    read_date,
    read_id,
    read_ids,
    read_one_of,
    read_text,
)

# what the customers can be narrowed down by
FILTERS = ("salesperson", "policy", "collector")


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
    chosen = {name: read_ids(values.get(f"{name}_ids") or []) for name in FILTERS}
    date = values.get("date")
    options = Options(
        companies=companies,
        date=read_date(date) if date else today,
        bounds=companies[:1]._credit_ageing_bounds(),
        dimension=read_one_of(DIMENSIONS, values.get("dimension") or "partner"),
        chosen={name: ids for name, ids in chosen.items() if ids},
        search=read_text(values.get("search") or "").strip(),
        only_overdue=bool(values.get("only_overdue")),
        order=values.get("order") or "overdue",
        descending=bool(values.get("descending", True)),
    )
    read_one_of(("name", *options.amounts), options.order)
    return options


def read_group(options, value):
    """Return the dimension and the key of a group of customers, sent as ``[id]``."""
    if not isinstance(value, list | tuple) or len(value) != 1:
        raise ValueError(value)
    if options.dimension == "partner":
        raise ValueError("a customer is no group")
    return options.dimension, read_id(value[0])
