from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .kpi_common import KpiCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-31")
class TestKpiTarget(KpiCommon):
    """Targets: a straight line to a better figure, and how far off it one is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers, cls.moves = cls._ledger()

    def _target(self, **vals):
        return self.env["credit.kpi.target"].create(
            {
                "company_id": self.company.id,
                "start_date": "2026-03-31",
                "target_date": "2026-12-31",
                "target_value": 60.0,
                "user_id": self.manager.id,
                **vals,
            }
        )

    def test_the_start_is_proposed_from_the_ledger_of_that_day(self):
        with Form(self.env["credit.kpi.target"].with_user(self.manager)) as form:
            self.assertAlmostEqual(form.start_value, 67.3)
            form.start_date = date(2026, 2, 28)
            february = self._figures("2026-02-28")["dso"]
            self.assertAlmostEqual(form.start_value, february, 1)
            form.kpi = "overdue_rate"
            form.start_date = date(2026, 3, 31)
            self.assertAlmostEqual(form.start_value, 40.8)
            form.target_date = date(2026, 6, 30)
            form.target_value = 30.0
        self.assertEqual(form.record.user_id, self.manager)
        self.assertEqual(form.record.unit, "%")

    def test_the_gap_is_told_in_days_and_in_money(self):
        target = self._target(start_date="2025-12-31", start_value=73.0)
        # 90 of the 365 days have passed
        path = 73 - 13 * 90 / 365
        gap = 67.2973 - path
        self.assertAlmostEqual(target.path_value, path, 1)
        self.assertAlmostEqual(target.value, 67.3, 1)
        self.assertAlmostEqual(target.gap, gap, 1)
        self.assertAlmostEqual(target.gap_money, gap * 133200 / 90, -2)
        self.assertEqual(target.state, "on_track")
        target.target_value = 40.0
        self.assertEqual(target.state, "behind")
        self.assertGreater(target.gap_money, 0)

    def test_more_collected_is_better_more_overdue_is_not(self):
        for kpi, start, end, state in [
            ("cei", 40.0, 80.0, "on_track"),
            ("overdue_rate_clean", 40.0, 10.0, "behind"),
            ("wadp", 100.0, 50.0, "on_track"),
        ]:
            with self.subTest(kpi):
                target = self._target(
                    kpi=kpi,
                    start_date="2026-03-01",
                    start_value=start,
                    target_value=end,
                )
                self.assertEqual(target.state, state)
                self.assertFalse(target.gap_money)

    def test_without_a_figure_there_is_no_gap(self):
        nobody = self.env.ref("base.jp")
        target = self._target(scope="country", country_id=nobody.id, start_value=50.0)
        self.assertEqual(target.state, "unknown")
        self.assertFalse(target.gap)
        self.assertEqual(target.path_value, 50.0)
        self.assertIsNone(target.trend[-1]["value"])

    def test_each_scope_has_its_own_figure(self):
        policy = self._policy()
        team = self.env["crm.team"].create({"name": "Team of the test"})
        self.salesperson.sale_team_id = team
        self.customers["A"].write(
            {
                "user_id": self.salesperson.id,
                "country_id": self.env.ref("base.be").id,
                "credit_policy_id": policy.id,
                "credit_collector_id": self.collector.id,
            }
        )
        alone = self._figures(domain=[("partner_id", "=", self.customers["A"].id)])[
            "dso"
        ]
        for scope, record in [
            ("policy", policy),
            ("salesperson", self.salesperson),
            ("team", self.salesperson.sale_team_id),
            ("collector", self.collector),
            ("country", self.env.ref("base.be")),
        ]:
            with self.subTest(scope):
                target = self._target(scope=scope, **{f"{scope}_id": record.id})
                self.assertAlmostEqual(target.value, alone, 1)
                self.assertIn(record.display_name, target.name)
                self.assertAlmostEqual(target.start_value, alone, 1)

    def test_the_path_is_drawn_by_month(self):
        target = self._target(
            start_date="2026-03-15", start_value=70.0, target_date="2026-06-10"
        )
        path = target.chart["path"]
        self.assertEqual(
            [day for day, _value in path],
            ["2026-03-15", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-10"],
        )
        self.assertEqual((path[0][1], path[-1][1]), (70.0, 60.0))
        self.assertEqual(len(target.chart["values"]), 7)

    def test_many_targets_cost_as_many_queries_as_one_by_scope(self):
        countries = self.env["res.country"].search([], limit=8)
        targets = self._target(start_value=80.0)
        for country in countries:
            targets += self._target(
                scope="country", country_id=country.id, start_value=80.0
            )
        targets.mapped("value")  # warm up
        counts = []
        for some in (targets[:2], targets):
            self.env.invalidate_all()
            some.mapped("start_value")
            some.mapped("country_id.name")
            before = self.cr.sql_log_count
            some.mapped("gap")
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_what_makes_no_sense_is_refused(self):
        self._target(start_value=70.0)
        for why, vals in {
            "one open target": {},
            "dates": {"kpi": "add", "target_date": "2026-03-01"},
            "values": {"kpi": "add", "start_value": 60.0},
            "scope": {"scope": "team"},
        }.items():
            with (
                self.subTest(why),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self._target(**{"start_value": 70.0, **vals})
                self.env.flush_all()

    def test_an_archived_target_makes_room_for_the_next_one(self):
        target = self._target(start_value=70.0)
        target.active = False
        target.flush_recordset()
        self.assertTrue(self._target(start_value=70.0).active)

    def test_another_scope_forgets_the_first_one(self):
        team = self.env["crm.team"].create({"name": "Team of the test"})
        target = self._target(scope="team", team_id=team.id, start_value=70.0)
        target.write({"scope": "country", "country_id": self.env.ref("base.be").id})
        self.assertFalse(target.team_id)
        target.scope = "company"
        self.assertFalse(target.country_id)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_managers_set_targets_collectors_read_them(self):
        target = self._target(start_value=70.0)
        for user in (self.collector, self.manager):
            self.assertTrue(target.with_user(user).value)
        target.with_user(self.manager).target_value = 55.0
        with self.assertRaises(AccessError):
            target.with_user(self.collector).target_value = 90.0
        for user in (self.salesperson, self.accountant):
            target.invalidate_recordset()
            with self.assertRaises(AccessError):
                target.with_user(user).read(["value"])
        with self.assertRaises(AccessError):
            self.env["credit.kpi.target"].with_user(self.salesperson).onchange(
                {"company_id": self.company.id}, ["start_date"], {"start_value": {}}
            )

    def test_figures_of_another_company_are_not_proposed(self):
        other = self.env["res.company"].create({"name": "Other SA"})
        Target = self.env["credit.kpi.target"].with_user(self.manager)
        with self.assertRaises(AccessError):
            Target.onchange(
                {"company_id": other.id, "kpi": "dso", "scope": "company",
                 "start_date": "2026-03-31"},
                ["start_date"],
                {"start_value": {}},
            )  # fmt: skip

    # ------------------------------------------------------------------
    # Mail
    # ------------------------------------------------------------------

    def _report(self, day):
        """Run the cron on a day; return the mails that it has written."""
        before = self.env["mail.mail"].sudo().search([])
        with freeze_time(day), self.enter_registry_test_mode():
            cron = self.env.ref("credit_management.ir_cron_kpi_targets").sudo()
            self.assertIs(cron.method_direct_trigger(), True)
        self.env.invalidate_all()
        return self.env["mail.mail"].sudo().search([]) - before

    def test_the_owner_is_told_once_a_month(self):
        target = self._target(start_date="2026-01-31", start_value=80.0)
        mail = self._report("2026-04-02")
        self.assertEqual(mail.recipient_ids, self.manager.partner_id)
        self.assertTrue(mail.email_from)
        self.assertIn("67.3", mail.body_html)
        self.assertIn("Mar 2026", mail.subject)
        self.assertEqual(len(target.with_context(lang="en_US").trend), 6)
        self.assertFalse(self._report("2026-04-02"))
        self.assertFalse(self._report("2026-04-03"))
        self.assertEqual(len(self._report("2026-05-01")), 1)

    def test_no_message_late_in_the_month_before_the_start_or_after_the_end(self):
        target = self._target(start_value=80.0, target_date="2026-04-20")
        for day, number in [
            ("2026-03-02", 0),
            ("2026-04-15", 0),
            ("2026-05-02", 1),
            ("2026-06-02", 0),
        ]:
            with self.subTest(day):
                self.assertEqual(len(self._report(day)), number)
        self.assertEqual(target.reported_month, date(2026, 4, 30))

    def test_the_owner_reads_in_their_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.manager.lang = "fr_FR"
        self._target(start_date="2026-01-31", start_value=80.0)
        mail = self._report("2026-04-02")
        self.assertIn("67,3", mail.body_html)
        self.assertIn("mars 2026", mail.subject)

    def test_the_trend_is_that_of_the_ends_of_months(self):
        target = self._target(start_date="2026-01-31", start_value=80.0)
        with freeze_time("2026-04-02"):
            target.invalidate_recordset()
            rows = target.trend
        for row in rows:
            with self.subTest(row["date"]):
                figures = self._figures(row["date"])
                self.assertEqual(row["value"], figures["dso"])
        self.assertEqual(
            [bool(row["path_text"]) for row in rows], [False] * 3 + [True] * 3
        )
        self.assertLess(
            date.fromisoformat(rows[0]["date"]), date.fromisoformat(rows[-1]["date"])
        )
        self.assertEqual(rows[-1]["date"], str(self.as_of))
