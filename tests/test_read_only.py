import io
from contextlib import contextmanager

from psycopg2.errors import ReadOnlySqlTransaction

from odoo.tests import tagged

from .test_overview import OverviewCommon


@tagged("post_install", "-at_install")
class TestReadOnly(OverviewCommon):
    """Reports only read, so that a replica can answer, where there is one."""

    @contextmanager
    def _on_a_replica(self, user=None):
        """Give the environment of a collector on a connection that writes nothing."""
        self.env.flush_all()
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor(readonly=True) as cr,
        ):
            yield self.env(cr=cr, user=user or self.collector, su=False)

    def test_reports_only_read(self):
        today = self._today()
        for name, arguments in [
            ("credit.overview/situation", ()),
            ("credit.overview/history", ()),
            ("credit.overview/expected", ()),
            ("credit.overview/choices", ()),
            ("credit.overview/open_items", ()),
            ("credit.overview/open_sales", ()),
            ("credit.overview/open_payments", ()),
            ("credit.aged.balance/report", ()),
            ("credit.aged.balance/lines", ({}, 0)),
            ("credit.aged.balance/items", ({}, self.customer.id)),
            ("credit.kpi/figures", (self.company.id, today)),
            ("credit.kpi/figures_by", ("team", self.company.id, today)),
            ("credit.kpi/trend", (self.company.id, [today])),
            ("credit.kpi.forecast/forecast", (self.company.id,)),
            ("credit.kpi.forecast/accuracy", (self.company.id,)),
            ("credit.sales.cockpit/data", ()),
            ("credit.sales.cockpit/ranking", ()),
        ]:
            model, method = name.split("/")
            with self.subTest(name), self._on_a_replica() as env:
                function = getattr(env[model], method)
                self.assertIs(getattr(function, "_readonly", None), True)
                self.assertIsNotNone(function(*arguments))

    def test_the_workbook_of_the_aged_balance_only_reads(self):
        with self._on_a_replica() as env:
            report, file = env["credit.aged.balance"], io.BytesIO()
            report._write_xlsx(report._options(), file)
        self.assertTrue(file.getvalue().startswith(b"PK"))

    def test_what_is_kept_is_computed_where_it_can_be_kept(self):
        self._keep_figures()
        with self.assertRaises(ReadOnlySqlTransaction), self._on_a_replica() as env:
            env["credit.overview"].situation()
        kept = self.Overview.situation()["computed_on"]
        with self._on_a_replica() as env:
            self.assertEqual(env["credit.overview"].situation()["computed_on"], kept)
