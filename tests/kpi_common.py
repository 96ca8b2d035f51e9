from .ledger_common import LedgerCommon


class KpiCommon(LedgerCommon):
    """The figures of the demonstration ledger, entered in full or in part."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Kpi = cls.env["credit.kpi"].with_user(cls.collector)

    def _figures(self, as_of=None, **kwargs):
        return self.Kpi.figures(self.company, as_of or self.as_of, **kwargs)
