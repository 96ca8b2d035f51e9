from odoo import api, fields, models

from ...models.kpi.credit_kpi_customer import DIMENSIONS
from ...tools.arguments import read_count, read_id
from ..xlsx_sheet import span_label
from .options import read_group

# lines that the screen gets at once
PAGE = 80
FARTHEST = 10**7


class CreditAgedBalance(models.AbstractModel):
    """What the screen asks for; each method is for finance only."""

    _inherit = "credit.aged.balance"

    @api.model
    @api.readonly
    def report(self, options=None):
        """Return the aged balance as the user asks for it: the first lines of it.

        :param dict options: ``date``, ``dimension``, ``salesperson_ids``,
            ``policy_ids``, ``collector_ids``, ``search``, ``only_overdue``,
            ``order``, ``descending``; all may be left out
        :raises AccessError: the user is not in finance
        :raises UserError: the options make no sense
        :rtype: dict
        """
        options = self._options(options)
        total, lines = self._total_and_lines(options, PAGE + 1)
        return {
            "date": fields.Date.to_string(options.date),
            "currency_id": options.currency.id,
            "companies": options.companies.mapped("name"),
            "dimensions": self._dimension_labels(),
            "columns": self._column_labels(options),
            "total": {"customers": total.customers, **total.amounts},
            "check": self._check(options, total)._asdict(),
            "is_filtered": options.is_filtered,
            **self._page(options, lines),
        }

    @api.model
    @api.readonly
    def lines(self, options, offset, group=None):
        """Return more lines.

        :param dict options: see :meth:`report`
        :param int offset: how many lines are known
        :param list group: of one id or False: the customers of this group. None for
            the groups themselves.
        :rtype: dict
        """
        options = self._options(options)
        within = None
        with self._making_sense():
            offset = read_count(offset, FARTHEST)
            if group is not None:
                within = read_group(options, group)
                options = options._replace(dimension="partner")
        return self._page(options, self._lines(options, offset, PAGE + 1, within))

    @api.model
    @api.readonly
    def items(self, options, partner_id, offset=0):
        """Return the open items of a customer.

        :param dict options: see :meth:`report`
        :param partner_id: id, or False for the items without a customer
        :param int offset: how many items are known
        :rtype: dict
        """
        options = self._options(options)
        with self._making_sense():
            partner_id, offset = read_id(partner_id), read_count(offset, FARTHEST)
        items = self._items_of(options, partner_id, offset, PAGE + 1)
        return {
            "lines": [self._shown_item(options, item) for item in items[:PAGE]],
            "has_more": len(items) > PAGE,
        }

    def _page(self, options, lines):
        """Return the lines of a page, and if there are more."""
        shown = lines[:PAGE]
        labels = self._labels(options.dimension, [line.key for line in shown])
        return {
            "lines": [
                {
                    "id": line.key or False,
                    "name": labels[line.key],
                    "customers": line.customers,
                    **line.amounts,
                }
                for line in shown
            ],
            "has_more": len(lines) > PAGE,
        }

    def _labels(self, dimension, keys):
        """Return the names of groups, by key."""
        labels = self.env["credit.kpi.customer"]._labels(dimension, keys)
        if dimension == "partner":
            labels[None] = self.env._("Without Customer")
        return labels

    def _shown_item(self, options, item):
        Statement = self.env["credit.statement"]
        kind = Statement._document_kind(item.move_type, item.is_payment)
        return {
            "id": item.line_id,
            "move_id": item.move_id,
            "name": item.number or "",
            "kind": Statement._kind_labels()[kind],
            "reference": item.reference or "",
            "date": fields.Date.to_string(item.date),
            "due": fields.Date.to_string(item.due),
            "days_overdue": item.days_overdue(options.date),
            "currency_id": item.currency_id,
            "open_currency": item.open_currency,
            **self._item_amounts(options, item),
        }

    def _item_amounts(self, options, item):
        """Return the amounts of an item by column; those of other ages are 0."""
        amounts = dict.fromkeys(options.amounts, 0.0)
        amounts.update(
            disputed=item.disputed, promised=item.promised, planned=item.planned
        )
        amounts["balance"] = amounts[column := item.column(options)] = item.residual
        if column in options.spans:
            amounts["overdue"] = item.residual
        return amounts

    @api.model
    def _dimension_labels(self):
        """Return what the lines can be grouped by, for people to choose from."""
        labels = {
            "partner": self.env._("Customer"),
            "group": self.env._("Commercial Group"),
            "policy": self.env._("Credit Policy"),
            "salesperson": self.env._("Salesperson"),
            "team": self.env._("Sales Team"),
            "collector": self.env._("Collector"),
            "country": self.env._("Country"),
        }
        return [{"name": name, "label": labels[name]} for name in DIMENSIONS]

    @api.model
    def _column_labels(self, options):
        """Return the columns with amounts, and how they are called."""
        labels = {
            "not_due": self.env._("Not Due"),
            **{
                name: span_label(self.env, *span)
                for name, span in options.spans.items()
            },
            "overdue": self.env._("Overdue"),
            "unallocated": self.env._("Unallocated"),
            "balance": self.env._("Balance"),
            "disputed": self.env._("Disputed"),
            "promised": self.env._("Promised"),
            "planned": self.env._("In a Plan"),
        }
        return [{"name": name, "label": labels[name]} for name in options.amounts]
