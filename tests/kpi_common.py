from datetime import date

from .dunning_common import DunningCommon


class KpiCommon(DunningCommon):
    """The demonstration ledger of the domain, to be entered in full or in part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Kpi = cls.env["credit.kpi"].with_user(cls.collector)
        cls.as_of = date(2026, 3, 31)

    def _figures(self, as_of=None, **kwargs):
        return self.Kpi.figures(self.company, as_of or self.as_of, **kwargs)

    @classmethod
    def _day(cls, text):
        return date.fromisoformat(text)

    def _ledger(self):
        """Enter the demonstration ledger of the domain; return its documents."""
        customers = {key: self._create_customer(f"{key} SA") for key in "ABCDE"}
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
            moves[name] = self._invoice(
                amount,
                partner=customers[key],
                invoice_date=self._day(issued),
                due=self._day(due),
            )
            if paid:
                self._pay(moves[name], date=self._day(paid))
        moves["CN01"] = self._credit_note(
            1200, partner=customers["A"], invoice_date=self._day("2026-03-12")
        )
        moves["PAY"] = self._pay(customers["B"], 600, self._day("2026-03-28"))
        return customers, moves
