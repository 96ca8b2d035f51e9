import math

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class CreditDispute(models.Model):
    """The credit notes of recognised disputes: Odoo's own, to the cent."""

    _inherit = "credit.dispute"

    def _accept(self, amount=None, shares=None):
        """Accept a part, or all, of what is still contested."""
        self.ensure_one()
        self.env["credit.exposure.lock"]._take(self.partner_id, self.company_id)
        open_amounts = self.line_ids._open_amounts()
        contested = self.currency_id.round(sum(open_amounts.values()))
        if shares is None:
            accepted = self._oldest_shares(amount, open_amounts)
        else:
            accepted = self._checked_shares(shares, open_amounts)
        wanted = self.currency_id.round(sum(accepted.values()))
        if self.currency_id.compare_amounts(wanted, 0.0) <= 0:
            raise UserError(self.env._("Accept an amount of more than 0, or reject."))
        for line in self.line_ids:
            line.amount_accepted = accepted.get(line, 0.0)
        for move, lines in self.line_ids.grouped("move_id").items():
            lines = lines.filtered("amount_accepted")
            if lines:
                self._credit(move, lines)
        is_all = self.currency_id.compare_amounts(wanted, contested) == 0
        self._close("accepted" if is_all else "partly_accepted")

    def _oldest_shares(self, amount, open_amounts):
        """Share an amount between the items, the oldest first.

        :param amount: None for all that is still contested
        :raises UserError: more than that
        """
        contested = self.currency_id.round(sum(open_amounts.values()))
        if amount is not None and not _is_amount(amount):
            raise UserError(self.env._("Choose amounts of the contested items."))
        rest = contested if amount is None else self.currency_id.round(amount)
        if self.currency_id.compare_amounts(rest, contested) > 0:
            raise UserError(
                self.env._(
                    "%(contested)s is contested: no more can be accepted.",
                    contested=self.currency_id.format(contested),
                )
            )
        shares = {}
        for line in self.line_ids:
            share = min(max(rest, 0.0), open_amounts.get(line.id, 0.0))
            shares[line] = self.currency_id.round(share)
            rest = self.currency_id.round(rest - share)
        return shares

    def _checked_shares(self, shares, open_amounts):
        """Return what is accepted of each item, as it was chosen.

        :raises UserError: a line of another dispute, or more than is contested of it
        """
        checked = {}
        if not isinstance(shares, list | tuple) or not all(
            isinstance(share, list | tuple) and len(share) == 2 for share in shares
        ):
            raise UserError(self.env._("Choose amounts of the contested items."))
        for line, amount in shares:
            line = self._as_records("credit.dispute.line", line).sudo()
            is_share = line in self.line_ids and _is_amount(amount) and amount >= 0
            if not is_share or line in checked:
                raise UserError(self.env._("Choose amounts of the contested items."))
            checked[line] = self.currency_id.round(amount)
            contested = open_amounts.get(line.id, 0.0)
            if self.currency_id.compare_amounts(checked[line], contested) > 0:
                raise UserError(
                    self.env._(
                        "%(contested)s of %(document)s is contested: no more can be"
                        " accepted.",
                        contested=self.currency_id.format(contested),
                        document=line.name,
                    )
                )
        return checked

    def _credit(self, move, lines):
        """Return a draft credit note of an invoice, of what was accepted of it.

        All of an invoice is Odoo's plain reversal. A part has the taxes and the
        accounts of the contested invoice lines, or of all of them.
        """
        amount = self.currency_id.round(sum(lines.mapped("amount_accepted")))
        move = move.with_company(move.company_id)
        credit_note = move._reverse_moves([self._credit_note_values(move)])
        if self.currency_id.compare_amounts(amount, move.amount_total):
            credit_note.invoice_line_ids = [
                Command.clear(),
                *map(Command.create, self._credit_line_values(move, lines, amount)),
            ]
        if self.currency_id.compare_amounts(credit_note.amount_total, amount):
            raise UserError(
                self.env._(
                    "The taxes of %(invoice)s do not allow for a credit note of"
                    " exactly %(amount)s. Credit it by hand, then close the dispute.",
                    invoice=move.name,
                    amount=self.currency_id.format(amount),
                )
            )
        credit_note._message_log(
            body=self.env._("For the dispute %s.", self.name),
            author_id=self.env.user.partner_id.id,
        )
        return credit_note

    def _credit_note_values(self, move):
        lang = move.partner_id.lang or self.env.lang
        today = fields.Date.context_today(self)
        return {
            "ref": self.with_context(lang=lang).env._(
                "Reversal of: %(invoice)s, %(reason)s (%(dispute)s)",
                invoice=move.name,
                reason=self.reason_id.with_context(lang=lang).name,
                dispute=self.name,
            ),
            "date": today,
            "invoice_date": today,
            "invoice_date_due": today,
            "invoice_payment_term_id": False,
            "invoice_user_id": move.invoice_user_id.id,
            "invoice_origin": move.invoice_origin,
            "dispute_id": self.id,
        }

    def _credit_line_values(self, move, lines, amount):
        """Return the lines of a partial credit note, whose total is the amount."""
        AccountTax = self.env["account.tax"]
        contested = lines.invoice_line_id
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        products = [
            line for line in base_lines if line["record"].display_type == "product"
        ]
        chosen = [line for line in products if line["record"] in contested]
        if chosen and amount > sum(contested.mapped("price_total")):
            chosen = products
        key = f"dispute,{self.id}"
        rests = AccountTax._prepare_down_payment_lines(
            base_lines=chosen or products,
            company=move.company_id,
            amount_type="fixed",
            amount=amount,
            computation_key=key,
            # line by line: a product keeps its account
            grouping_function=lambda line: {"id": line["id"]},
        )
        return [
            {
                "product_id": line["product_id"].id,
                "name": move.line_ids.browse(line["id"]).name,
                "quantity": line["quantity"],
                "price_unit": line["price_unit"],
                "tax_ids": [Command.set(line["tax_ids"].ids)],
                "account_id": line["account_id"].id,
                "analytic_distribution": line["analytic_distribution"],
                "extra_tax_data": AccountTax._export_base_line_extra_tax_data(line),
            }
            for line in rests
        ]


def _is_amount(value):
    """Tell whether what a caller sends is a number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)
