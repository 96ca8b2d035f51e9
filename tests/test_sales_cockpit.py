from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .dispute_common import DisputeCommon
from .gate_common import GateCommon

ITEMS = "odoo.addons.credit_management.models.exposure.account_move_line"
COCKPIT = "credit.sales.cockpit"
CUSTOMER = "credit.sales.customer"


class CockpitCommon(DisputeCommon, GateCommon):
    """A customer of the salesperson's, and one of the other's; both are late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.phone = "+33145678910"
        cls.theirs = cls._create_customer("Others SA", user_id=cls.other_salesperson.id)
        cls.invoice = cls._sold(1000, due=cls._today(days=-20))
        cls._sold(
            5000,
            due=cls._today(days=-3),
            user=cls.other_salesperson,
            partner=cls.theirs,
        )

    @classmethod
    def _sold(cls, amount, user=None, **vals):
        user = user or cls.salesperson
        return cls._invoice(amount, invoice_user_id=user.id, **vals)

    def _data(self, user, salesperson=None):
        return self._rpc(
            user, COCKPIT, "data", salesperson.id if salesperson else False
        )

    def _rows(self, user, names=("partner_id",)):
        return self._rpc(user, CUSTOMER, "search_read", [], list(names))


@tagged("post_install", "-at_install")
class TestSalesCockpit(CockpitCommon):
    """What salespeople see of the cash of their customers, and of no others."""

    # ------------------------------------------------------------------
    # Whose customers
    # ------------------------------------------------------------------

    def test_each_role_sees_the_customers_it_follows(self):
        leader = self._create_user("leader", "sales_team.group_sale_salesman_all_leads")
        team = self.env["crm.team"].create({"name": "South", "user_id": leader.id})
        self.env["crm.team.member"].create(
            {"user_id": self.other_salesperson.id, "crm_team_id": team.id}
        )
        both = self.customer | self.theirs
        for user, expected in [
            (self.salesperson, self.customer),
            (self.other_salesperson, self.theirs),
            (leader, self.theirs),
            (self.sales_manager, both),
            (self.collector, both),
            (self.manager, both),
        ]:
            with self.subTest(user=user.login):
                found = {row["partner_id"][0] for row in self._rows(user)}
                self.assertEqual(found & set(both.ids), set(expected.ids))
                overdue = self._data(user)["figures"]["overdue"]
                known = sum(row["overdue"] for row in self._rows(user, ["overdue"]))
                self.assertEqual(overdue, known)
        for user in (self.accountant, self._create_user("clerk", "base.group_user")):
            with self.subTest(user=user.login):
                for call in [
                    (CUSTOMER, "search", []),
                    (COCKPIT, "data"),
                    (COCKPIT, "ranking"),
                ]:
                    with self.assertRaises(AccessError):
                        self._rpc(user, *call)

    def test_one_of_the_salespeople_is_chosen(self):
        data = self._data(self.sales_manager, self.salesperson)
        self.assertEqual(data["figures"]["overdue"], 1000)
        self.assertEqual(
            [call["name"] for call in data["customers"]["calls"]], ["Dupont SA"]
        )
        self.assertIn((self.salesperson.id, self.salesperson.name), data["salespeople"])
        self.assertFalse(self._data(self.salesperson)["salespeople"])
        with self.assertRaises(AccessError):
            self._data(self.salesperson, self.other_salesperson)

    def test_a_strange_choice_is_refused_in_words(self):
        for user in (self.salesperson, self.collector):
            for choice in ("x", -1, [1], {"id": 1}, 10**12):
                with self.subTest(choice=choice), self.assertRaises(UserError):
                    self._rpc(user, COCKPIT, "data", choice)

    def test_customers_of_others_are_out_of_reach(self):
        [row] = self._rpc(
            self.manager, CUSTOMER, "search", [("partner_id", "=", self.theirs.id)]
        )
        for call in [
            ("search", [("id", "=", row)]),
            ("search_read", [("partner_id", "=", self.theirs.id)], ["overdue"]),
            ("formatted_read_group", [("partner_id", "=", self.theirs.id)],
             ["salesperson_id"], ["overdue:sum"]),
        ]:  # fmt: skip
            with self.subTest(call[0]):
                self.assertFalse(self._rpc(self.salesperson, CUSTOMER, *call))
        self.assertFalse(
            self._rpc(self.salesperson, CUSTOMER, "read", [row], ["overdue"])
        )

    def test_another_company_sees_nothing(self):
        company = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            login="credit_stranger",
            groups="sales_team.group_sale_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(self._rows(stranger))
        data = self._data(stranger)
        self.assertEqual(data["figures"]["receivable"], 0)
        self.assertIsNone(data["figures"]["dso"])

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def test_calls_leave_out_what_a_call_does_not_bring(self):
        self._credit_note(100)
        self._dispute(self.invoice, 300)
        [row] = self._rows(
            self.salesperson,
            ["overdue", "disputed", "unallocated", "receivable", "to_collect",
             "days_overdue", "priority", "phone"],
        )  # fmt: skip
        del row["id"]
        self.assertEqual(
            row,
            {
                "overdue": 1000,
                "disputed": 300,
                "unallocated": 100,
                "receivable": 900,
                "to_collect": 600,
                "days_overdue": 20,
                "priority": 12000,
                "phone": "+33145678910",
            },
        )
        [call] = self._data(self.salesperson)["customers"]["calls"]
        self.assertEqual((call["to_collect"], call["days"]), (600, 20))
        self._pay(self.invoice)
        self.assertFalse(self._data(self.salesperson)["customers"]["calls"])

    def test_what_finance_does_not_chase_is_no_call(self):
        self._sold(40, due=self._today(days=-2))
        tomorrow = self._today(days=1)
        collector = self.invoice.with_user(self.collector)
        for rest, resume, amount in [
            (collector.action_hand_to_legal, collector.action_take_back_from_legal, 40),
            (
                lambda: collector.action_pause_dunning(tomorrow, "Asked for"),
                collector.action_resume_dunning,
                40,
            ),
            (
                lambda: collector.partner_id.action_pause_dunning(
                    tomorrow, "Asked for"
                ),
                collector.partner_id.action_resume_dunning,
                0,
            ),
        ]:
            rest()
            [row] = self._rows(self.salesperson, ["to_collect", "resting", "overdue"])
            found = (row["to_collect"], row["resting"], row["overdue"])
            self.assertEqual(found, (amount, 1040 - amount, 1040))
            resume()
            [row] = self._rows(self.salesperson, ["to_collect"])
            self.assertEqual(row["to_collect"], 1040)

    def test_figures_are_those_of_the_kpi(self):
        today = self._today()
        domain = [("partner_id", "=", self.customer.id)]
        expected = (
            self.env["credit.kpi"]
            .with_user(self.collector)
            .figures(self.company, today, domain)
        )
        found = self._data(self.salesperson)["figures"]
        for name in ("receivable", "overdue", "overdue_rate", "dso", "dso_countback"):
            self.assertEqual(found[name], expected[name], name)
        [row] = self._rows(self.salesperson, ["dso", "has_dso"])
        self.assertEqual((row["dso"], row["has_dso"]), (expected["dso"], True))

    def test_more_customers_than_a_query_names_are_the_same_customers(self):
        contact = self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.customer.id, "active": False}
        )
        self._sold(70, partner=contact, due=self._today(days=-5))
        names = ["partner_id", "overdue", "to_collect", "dso"]
        expected = self._rows(self.salesperson, names), self._data(self.salesperson)
        self.assertEqual([row["overdue"] for row in expected[0]], [1070])
        with patch(f"{ITEMS}.MOST_NAMED", 1):
            found = self._rows(self.salesperson, names), self._data(self.salesperson)
        self.assertEqual(found, expected)

    def test_undefined_figures_are_no_zeros(self):
        newcomer = self._create_user("newcomer", "sales_team.group_sale_salesman")
        figures = self._data(newcomer)["figures"]
        self.assertIsNone(figures["dso"])
        self.assertIsNone(figures["overdue_rate"])
        self.assertEqual(figures["overdue"], 0)

    def test_phone_of_a_contact_stands_in(self):
        self.customer.phone = False
        self.env["res.partner"].create(
            {"name": "Anne", "parent_id": self.customer.id, "phone": "+33198765432"}
        )
        [row] = self._rows(self.salesperson, ["phone"])
        self.assertEqual(row["phone"], "+33198765432")

    def test_disputes_holds_and_alerts_are_the_own_ones(self):
        mine = self._dispute(self.invoice, 100)
        waiting = self._dispute(self._sold(200, due=self._today(days=-9)))
        waiting.action_start()
        waiting.action_wait_customer()
        theirs = self._sold(70, partner=self.theirs, due=self._today(days=-9))
        theirs.invoice_user_id = self.other_salesperson
        self._dispute(theirs)
        self.customer.write({"credit_limit": 10, "credit_blocking_mode": "block"})
        hold = self._held(100).credit_hold_ids
        self.env["credit.alert"].with_user(self.salesperson).create(
            {
                "partner_id": self.customer.id,
                "reason_id": self.env["credit.alert.reason"].search([], limit=1).id,
                "description": "Heard of it",
            }
        )
        data = self._data(self.salesperson)
        self.assertEqual([r["id"] for r in data["disputes"]["rows"]], mine.ids)
        self.assertEqual(data["disputes"]["amount"], 100)
        found = self._rpc(
            self.salesperson, "credit.hold", "search", data["holds"]["domain"]
        )
        self.assertEqual(found, hold.ids)
        self.assertEqual(data["alerts"]["count"], 1)
        others = self._data(self.other_salesperson)
        self.assertEqual(others["disputes"]["count"], 1)
        self.assertEqual((others["holds"]["count"], others["alerts"]["count"]), (0, 0))

    def test_incentive_so_far_is_ones_own(self):
        self.assertIsNone(self._data(self.salesperson)["incentive"])
        self.env["credit.incentive.rule"].create({"name": "3 %", "rate": 3.0})
        self._pay(self.invoice, 120)
        self.assertEqual(self._data(self.salesperson)["incentive"]["amount"], 1.5)
        self.assertEqual(self._data(self.other_salesperson)["incentive"]["amount"], 0)
        self.assertIsNone(self._data(self.manager)["incentive"])
        chosen = self._data(self.manager, self.salesperson)
        self.assertEqual(chosen["incentive"]["amount"], 1.5)
        # of others, only credit managers may know it
        self.assertIsNone(self._data(self.sales_manager, self.salesperson)["incentive"])
        self.assertIsNone(self._data(self.collector, self.salesperson)["incentive"])

    # ------------------------------------------------------------------
    # Ranking
    # ------------------------------------------------------------------

    def test_teams_are_compared_on_request_of_a_manager(self):
        teams = self.env["crm.team"].create([{"name": "North"}, {"name": "South"}])
        for team, user in zip(
            teams, (self.salesperson, self.other_salesperson), strict=True
        ):
            self.env["crm.team.member"].create(
                {"user_id": user.id, "crm_team_id": team.id}
            )
        self._sold(1000)  # not due: half of what the first team's customers owe
        for user in (self.salesperson, self.collector):
            with self.assertRaises(AccessError):
                self._rpc(user, COCKPIT, "switch_ranking", True)
        self.assertEqual(self._rpc(self.salesperson, COCKPIT, "ranking"), [])
        self._rpc(self.sales_manager, COCKPIT, "switch_ranking", True)
        self._pay(self.invoice, 400)
        rows = self._rpc(self.salesperson, COCKPIT, "ranking")
        self.assertEqual([row["name"] for row in rows], ["North", "South"])
        self.assertEqual([row["overdue_rate"] for row in rows], [37.5, 100])
        self.assertEqual([row["cash"] for row in rows], [400, 0])
        self.assertTrue(rows[0]["is_mine"])
        self._rpc(self.manager, COCKPIT, "switch_ranking", False)
        self.assertEqual(self._rpc(self.salesperson, COCKPIT, "ranking"), [])

    # ------------------------------------------------------------------
    # Cost
    # ------------------------------------------------------------------

    def test_number_of_queries_does_not_grow(self):
        def cost():
            self._data(self.salesperson)  # what is cached is in the cache now
            self._rows(self.salesperson, ["dso", "reason"])
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._data(self.salesperson)
            self._rows(self.salesperson, ["dso", "reason"])
            return self.env.cr.sql_log_count - before

        self._dispute(self.invoice, 10)
        alone = cost()
        for number in range(4):
            partner = self._create_customer(
                f"C{number} SA", user_id=self.salesperson.id
            )
            invoice = self._sold(100, partner=partner, due=self._today(days=-5))
            self._dispute(invoice, 10)
        self.assertLessEqual(cost(), alone)


@tagged("post_install", "-at_install")
class TestSalesCockpitTour(CockpitCommon, HttpCase):
    def test_tour_of_a_salesperson(self):
        self.env["credit.incentive.rule"].create({"name": "3 %", "rate": 3.0})
        self._pay(self._sold(120, due=self._today(days=5)))
        self._dispute(self.invoice, 100)
        self.start_tour(
            "/odoo/my-cash", "credit_sales_cockpit", login="credit_salesperson"
        )
