from odoo.tests import freeze_time, tagged

from .kpi_common import KpiCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31")
class TestDigest(KpiCommon):
    """The DSO and the overdue rate in the messages that Odoo sends regularly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._ledger()
        cls.digest = cls.env["digest.digest"].create(
            {
                "name": "Figures of the week",
                "company_id": cls.company.id,
                "kpi_credit_dso": True,
                "kpi_credit_overdue_rate": True,
            }
        )

    def _kpis(self, user, digest=None):
        kpis = (digest or self.digest)._compute_kpis(user.company_id, user)
        return {kpi["kpi_name"]: kpi for kpi in kpis}

    def test_finance_reads_the_figures_and_how_they_changed(self):
        kpis = self._kpis(self.collector)
        figures = self._figures()
        week = self._figures("2026-03-24")
        for name, figure, unit in [
            ("kpi_credit_dso", "dso", "days"),
            ("kpi_credit_overdue_rate", "overdue_rate", "%"),
        ]:
            with self.subTest(name):
                column = kpis[name]["kpi_col2"]["value"]
                change = round(figures[figure] - week[figure], 1)
                self.assertEqual(
                    column, f"{figures[figure]:.1f}\xa0{unit} ({change:+.1f})"
                )

    def test_what_has_no_meaning_is_a_dash(self):
        with freeze_time("2025-06-30"):
            kpis = self._kpis(self.collector)
        self.assertEqual(kpis["kpi_credit_dso"]["kpi_col1"]["value"], "–")

    def test_nobody_else_reads_them(self):
        for user in (self.salesperson, self.sales_manager, self.accountant):
            self.assertFalse(self._kpis(user))
        self.digest.company_id = self.env["res.company"].create({"name": "Other SA"})
        self.assertFalse(self._kpis(self.collector))

    def test_only_those_that_are_chosen(self):
        self.digest.kpi_credit_overdue_rate = False
        self.assertEqual(list(self._kpis(self.manager)), ["kpi_credit_dso"])
        self.digest.kpi_credit_dso = False
        self.assertFalse(self._kpis(self.manager))

    def test_the_message_has_them(self):
        self.digest.with_context(lang="en_US")._action_send_to_user(self.manager)
        mail = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
        self.assertIn("67.3\xa0days", mail.body_html.replace("&nbsp;", "\xa0"))
