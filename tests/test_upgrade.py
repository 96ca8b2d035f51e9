import importlib.util
from pathlib import Path

from odoo.tests import tagged
from odoo.tools.sql import column_exists, index_exists

from .gate_common import GateCommon

MIGRATIONS = Path(__file__).parent.parent / "migrations"


@tagged("post_install", "-at_install")
class TestUpgrade(GateCommon):
    """What an update brings to a database that has been at work."""

    def _migrate(self, version, script):
        """Run a script as Odoo does, on what the database holds."""
        path = MIGRATIONS / version / f"{script}.py"
        spec = importlib.util.spec_from_file_location(script, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        module.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_policies_gain_the_rules_of_later_versions(self):
        policy = self._policy(rules={"limit_exceeded": "block"})
        limit = policy.rule_ids.filtered(lambda rule: rule.code == "limit_exceeded")
        limit.write({"severity": "warn"})
        (policy.rule_ids - limit).unlink()
        self._migrate("19.0.1.1.0", "post-rules")
        self.assertEqual(
            policy.rule_ids.rule_id, self.env["credit.rule"].search([("id", "!=", 0)])
        )
        added = policy.rule_ids - limit
        for rule in added:
            self.assertEqual(rule.severity, rule.rule_id.default_severity)
        self.assertEqual(limit.severity, "warn", "what was decided stays")
        count = len(policy.rule_ids)
        self._migrate("19.0.1.1.0", "post-rules")
        self.assertEqual(len(policy.rule_ids), count)

    def test_orders_on_hold_stay_on_hold(self):
        order = self._held(1400)
        passed = self._quotation(10)
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET credit_has_pending_hold = NULL")
        self._migrate("19.0.1.1.0", "post-pending_holds")
        self.assertTrue(order.credit_has_pending_hold)
        self.assertFalse(passed.credit_has_pending_hold)

    def test_what_nobody_reads_any_more_is_dropped(self):
        cr, table = self.env.cr, "credit_dunning_delivery"
        index, field = "account_move__dunning_level_id_index", "dunning_level_id"
        cr.execute(f"ALTER TABLE {table} ADD COLUMN customer_id integer")
        cr.execute(f'CREATE INDEX IF NOT EXISTS "{index}" ON account_move ({field})')
        for _time in range(2):
            self._migrate("19.0.1.2.0", "post-unread")
            self.assertFalse(column_exists(cr, table, "customer_id"))
            self.assertFalse(index_exists(cr, index))
