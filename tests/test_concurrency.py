from functools import partial
from unittest.mock import patch

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import DummyRLock, Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    """Two real connections, one customer: what the second one decides on."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        self.enterContext(patch.object(Registry, "_lock", DummyRLock()))
        # the waits between the attempts of Odoo's retry
        self.enterContext(patch("odoo.service.model.time.sleep"))
        self.created = []
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            self._set_up(api.Environment(cr, SUPERUSER_ID, {"no_reset_password": True}))

    def _set_up(self, env):
        company = env.ref("base.main_company")
        env = env(context={**env.context, "allowed_company_ids": company.ids})
        self.customer_id = self._keep(
            env["res.partner"].create({"name": "Race", "is_company": True})
        )
        env["res.partner"].browse(self.customer_id).with_company(company).write(
            {"credit_limit": 10000.0, "credit_blocking_mode": "block"}
        )
        self.product_id = self._keep(
            env["product.product"].create(
                {"name": "Race", "type": "service", "taxes_id": [Command.clear()]}
            )
        )
        self.users = {
            name: self._keep(
                env["res.users"].create(
                    {
                        "name": f"Race {name}",
                        "login": f"credit_race_{name}",
                        "email": f"{name}@race.example.com",
                        "company_id": company.id,
                        "company_ids": [Command.set(company.ids)],
                        "group_ids": [Command.set(env.ref(group).ids)],
                        "credit_authority_unlimited": "manager" in name,
                    }
                )
            )
            for name, group in [
                ("seller", "sales_team.group_sale_salesman"),
                ("manager", "credit_management.group_credit_manager"),
                ("manager_bis", "credit_management.group_credit_manager"),
            ]
        }
        self.order_ids = [self._order(env, company) for _index in range(2)]

    def _order(self, env, company):
        order = env["sale.order"].create(
            {
                "partner_id": self.customer_id,
                "company_id": company.id,
                "user_id": self.users["seller"],
                "order_line": [
                    Command.create(
                        {"product_id": self.product_id, "price_unit": 8000.0}
                    )
                ],
            }
        )
        return self._keep(order)

    def _keep(self, record):
        """Note a record to be deleted at the end; return its id."""
        self.created.append((record._name, record.id))
        return record.id

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"active_test": False})
            orders = env["sale.order"].browse(self.order_ids)
            holds = env["credit.hold"].search([("order_id", "in", orders.ids)])
            holds.unlink()
            orders._action_cancel()
            for model, record_id in reversed(self.created):
                record = env[model].browse(record_id).exists()
                if model == "res.users":
                    partner = record.partner_id
                    record.unlink()
                    partner.unlink()
                elif model == "product.product":
                    record.product_tmpl_id.unlink()
                else:
                    record.unlink()

    def _env(self, name):
        cr = self.enterContext(self.registry.cursor())
        return api.Environment(cr, self.users[name], {})

    def _states(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            orders = env["sale.order"].browse(self.order_ids)
            return [(order.state, order.credit_state) for order in orders]

    def _make_lock_row(self):
        """Write the customer's row before the race, as an earlier order does."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            customer = env["res.partner"].browse(self.customer_id)
            env["credit.exposure.lock"]._take(customer, env.ref("base.main_company"))

    @mute_logger("odoo.sql_db")
    def _race(self):
        """Confirm both orders from snapshots taken before either confirmation."""
        first, second = self._env("seller"), self._env("seller")
        orders = [
            env["sale.order"].browse(order_id)
            for env, order_id in zip((first, second), self.order_ids, strict=True)
        ]
        for order in orders:
            # each transaction has its snapshot, without the other's order
            self.assertEqual(order.partner_id.credit_exposure, 0)
        orders[0].action_confirm()
        first.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            orders[1].action_confirm()
        second.cr.rollback()
        self.assertEqual(self._states(), [("sale", "clear"), ("draft", "clear")])

    def test_the_second_confirmation_fails_with_a_row_to_write(self):
        self._make_lock_row()
        self._race()

    def test_the_second_confirmation_fails_on_the_first_row_ever(self):
        self._race()

    @mute_logger("odoo.sql_db")
    def _race_with_retry(self):
        first, second = self._env("seller"), self._env("seller")
        mine = first["sale.order"].browse(self.order_ids[0])
        other = second["sale.order"].browse(self.order_ids[1])
        attempts = []

        def confirm():
            attempts.append(other.partner_id.credit_exposure)
            if len(attempts) == 1:
                mine.action_confirm_or_hold()
                first.cr.commit()
            return other.action_confirm_or_hold()

        action = retrying(partial(confirm), second)
        second.cr.commit()
        self.assertEqual(attempts, [0, 8000])
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self._states(), [("sale", "clear"), ("draft", "hold")])

    def test_odoo_retries_and_the_second_order_is_held(self):
        self._make_lock_row()
        self._race_with_retry()

    def test_odoo_retries_on_the_first_row_ever(self):
        self._race_with_retry()

    @mute_logger("odoo.sql_db")
    def test_the_same_order_confirmed_twice_at_once_has_one_hold(self):
        self._confirm_alone(self.order_ids[0])
        first, second = self._env("seller"), self._env("seller")
        order_id = self.order_ids[1]
        order = second["sale.order"].browse(order_id)
        attempts = []

        def confirm():
            attempts.append(order.credit_state)
            if len(attempts) == 1:
                first["sale.order"].browse(order_id).action_confirm_or_hold()
                first.cr.commit()
            return order.action_confirm_or_hold()

        retrying(partial(confirm), second)
        second.cr.commit()
        self.assertEqual(attempts, ["clear", "hold"])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            holds = env["credit.hold"].search([("order_id", "=", order_id)])
            self.assertEqual(len(holds), 1)

    def _confirm_alone(self, order_id):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.users["seller"], {})
            env["sale.order"].browse(order_id).action_confirm_or_hold()

    @mute_logger("odoo.sql_db")
    def test_two_managers_decide_the_same_hold(self):
        for order_id in self.order_ids:
            self._confirm_alone(order_id)
        self.assertEqual(self._states()[1], ("draft", "hold"))
        first, second = self._env("manager"), self._env("manager_bis")
        domain = [("order_id", "=", self.order_ids[1])]
        hold = second["credit.hold"].search(domain)
        self.assertEqual(hold.state, "pending")
        attempts = []

        def refuse():
            attempts.append(hold.state)
            if len(attempts) == 1:
                first["credit.hold"].search(domain).action_release()
                first.cr.commit()
            return hold.action_refuse("Too late")

        with self.assertRaisesRegex(UserError, "already decided by Race manager"):
            retrying(partial(refuse), second)
        second.cr.rollback()
        self.assertEqual(attempts, ["pending", "released"])
        self.assertEqual(self._states()[1], ("sale", "released"))

    @mute_logger("odoo.sql_db")
    def test_a_release_and_a_confirmation_at_once(self):
        """The order that takes the room makes the release look again."""
        for order_id in self.order_ids:
            self._confirm_alone(order_id)
        first, second = self._env("seller"), self._env("manager")
        grown = first["sale.order"].browse(self.order_ids[0])
        hold = second["credit.hold"].search([("order_id", "=", self.order_ids[1])])
        self.assertEqual(hold.partner_id.sudo().credit_exposure, 8000)
        grown.order_line.price_unit = 9000.0
        first.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            hold.action_release()
            second.cr.flush()
        second.cr.rollback()

    # ------------------------------------------------------------------
    # Scheduled jobs that two workers share
    # ------------------------------------------------------------------

    def _take(self, env):
        customer = env["res.partner"].browse(self.customer_id)
        env["credit.exposure.lock"]._take(customer, env.company)

    @mute_logger("odoo.sql_db")
    def test_a_piece_of_a_job_that_met_another_worker_is_done_again(self):
        first, second = self._env("seller"), self._env("seller")
        attempts = []

        def work():
            attempts.append(second["res.partner"].search_count([]))
            if len(attempts) == 1:
                self._take(first)
                first.cr.commit()
            self._take(second)

        self.assertTrue(second["ir.cron"]._credit_piece(work, "Race"))
        self.assertEqual(len(attempts), 2)

    @mute_logger("odoo.sql_db")
    def test_a_piece_of_a_job_that_never_has_its_turn_is_left(self):
        first, second = self._env("seller"), self._env("seller")

        def work():
            second["res.partner"].search_count([])
            self._take(first)
            first.cr.commit()
            self._take(second)

        with self.assertLogs("odoo.addons.credit_management", "WARNING") as logs:
            second["ir.cron"]._credit_piece(work, "Race")
        self.assertEqual(len(logs.output), 1)

    def test_a_piece_of_a_job_with_a_problem_does_not_stop_the_others(self):
        env = self._env("seller")
        with self.assertLogs("odoo.addons.credit_management", "ERROR"):
            left = env["ir.cron"]._credit_piece(lambda: 1 / 0, "Race")
        self.assertTrue(left)

    def test_the_job_leaves_a_customer_that_another_worker_has_in_hand(self):
        for order_id in self.order_ids:
            self._confirm_alone(order_id)
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE res_partner SET credit_blocking_mode = NULL WHERE id = %s",
                [self.customer_id],
            )
        first, second = (
            self._env("seller")["credit.hold"]
            .sudo()
            .search([("order_id", "=", self.order_ids[1])])
            for _worker in range(2)
        )
        self.assertEqual(first.try_lock_for_update(), first)
        second._reevaluate_alone()
        self.assertEqual(second.state, "pending")
        first.env.cr.rollback()
        second._reevaluate_alone()
        self.assertEqual(second.state, "released")
        second.env.cr.rollback()

    @mute_logger("odoo.sql_db")
    def test_the_list_of_exposures_filled_twice_for_the_first_time(self):
        """Whoever comes second is run again, and told nothing of a constraint."""
        self._confirm_alone(self.order_ids[0])
        first, second = (
            self._env("seller")["credit.customer.exposure"].sudo()
            for _worker in range(2)
        )
        for rows in (first, second):
            found = rows.search([("partner_id", "=", self.customer_id)])
            self.assertFalse(found)
        first._refresh(first.env.company)
        first.env.cr.commit()
        with self.assertRaises(psycopg2.errors.SerializationFailure):
            second._refresh(second.env.company)
        second.env.cr.rollback()

    def test_no_cache_brings_an_outdated_policy_back(self):
        """A policy counts for all that begins after its change.

        Even when Odoo's signal to empty the caches has not come, and though a
        transaction that began before fills them again with what it still reads.
        """
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            policy = env["credit.policy"].create(
                {"name": "Race", "blocking_mode": "none"}
            )
            self._keep(policy)
        before = self._env("seller")
        read_before = before["credit.policy"].browse(policy.id)
        self.assertEqual(read_before._terms().blocking_mode, "none")
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            policy = env["credit.policy"].browse(policy.id)
            policy.blocking_mode = "block"
            policy.rule_ids.severity = "warn"
            self.assertEqual(policy._terms().blocking_mode, "block")
        before.registry.clear_cache()
        self.assertEqual(read_before._terms().blocking_mode, "none")
        read_before._rule_settings()
        after = self._env("seller")["credit.policy"].browse(policy.id)
        self.assertEqual(after._terms().blocking_mode, "block")
        severities = {setting.severity for setting in after._rule_settings()}
        self.assertEqual(severities, {"warn"})

    def test_a_change_that_is_undone_leaves_nothing_in_the_cache(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            policy = env["credit.policy"].create(
                {"name": "Race", "blocking_mode": "block"}
            )
            self._keep(policy)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            undone = env["credit.policy"].browse(policy.id)
            undone.blocking_mode = "none"
            self.assertEqual(undone._terms().blocking_mode, "none")
            cr.rollback()
        policy = self._env("seller")["credit.policy"].browse(policy.id)
        self.assertEqual(policy._terms().blocking_mode, "block")
