from datetime import date

from odoo.tools import SQL

from .dunning_common import DunningCommon


class LedgerCommon(DunningCommon):
    """The demonstration ledger of the domain, as of 31 March 2026."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.as_of = date(2026, 3, 31)

    @classmethod
    def _day(cls, text):
        return date.fromisoformat(text)

    @classmethod
    def _ledger(cls):
        """Enter the demonstration ledger of the domain; return its documents."""
        customers = {key: cls._create_customer(f"{key} SA") for key in "ABCDE"}
        moves = {}
        for name, key, amount, issued, due, paid in [
            ("INV01", "A", 24000, "2026-01-10", "2026-02-24", None),
            ("INV02", "A", 12000, "2026-03-05", "2026-04-19", None),
            ("INV03", "B", 6000, "2025-12-15", "2026-01-14", "2026-02-03"),
            ("INV04", "B", 9600, "2026-02-01", "2026-03-03", None),
            ("INV05", "C", 3000, "2026-02-20", "2026-03-22", None),
            ("INV06", "C", 1800, "2026-01-05", "2026-02-04", "2026-02-04"),
            ("INV07", "D", 48000, "2026-03-20", "2026-05-19", None),
            ("INV08", "E", 4800, "2025-11-20", "2025-12-20", None),
            ("INV09", "D", 36000, "2026-01-20", "2026-03-21", "2026-03-26"),
        ]:
            moves[name] = cls._invoice(
                amount,
                partner=customers[key],
                invoice_date=cls._day(issued),
                due=cls._day(due),
            )
            if paid:
                cls._pay(moves[name], date=cls._day(paid))
        moves["CN01"] = cls._credit_note(
            1200, partner=customers["A"], invoice_date=cls._day("2026-03-12")
        )
        moves["PAY"] = cls._pay(customers["B"], 600, cls._day("2026-03-28"))
        return customers, moves

    @classmethod
    def _set_aside(cls, customers, moves):
        """Contest a part of INV04 on 10 March; announce the payment of INV05."""
        item = moves["INV04"]._dunning_items()
        reason = cls.env.ref("credit_management.credit_dispute_reason_price")
        dispute = (
            cls.env["credit.dispute"]
            .with_user(cls.collector)
            .action_open([(item, 3600)], reason)
        )
        promise = (
            cls.env["credit.promise"]
            .with_user(cls.collector)
            .create(
                {
                    "partner_id": customers["C"].id,
                    "amount": 3000,
                    "date": cls._today(days=5),
                }
            )
        )
        cls.env.flush_all()
        for record, column, day in (
            (dispute, "opened_date", "2026-03-10"),
            (promise, "create_date", "2026-03-25"),
        ):
            cls.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    SQL.identifier(column),
                    day,
                    record.id,
                )
            )
        cls.env.invalidate_all()
        return dispute, promise
