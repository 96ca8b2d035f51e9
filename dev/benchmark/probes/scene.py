"""Who does what with which documents."""

from odoo.fields import Command

GROUPS = (
    "base.group_user",
    "sales_team.group_sale_salesman_all_leads",
    "account.group_account_invoice",
)
SIZES = {
    "customers": "SELECT COUNT(*) FROM res_partner WHERE name LIKE 'Customer %'",
    "invoices and credit notes": "SELECT COUNT(*) FROM account_move"
    " WHERE move_type IN ('out_invoice', 'out_refund')",
    "journal items": "SELECT COUNT(*) FROM account_move_line",
    "payments": "SELECT COUNT(*) FROM account_payment",
    "confirmed orders": "SELECT COUNT(*) FROM sale_order WHERE state = 'sale'",
}
# Above what any customer owes; as high as the module accepts.
GENEROUS = 1e11


class Scene:
    """A salesperson who may invoice, customers of all sizes, and the rules in force.

    The user and the policy are made in a transaction that is never committed.
    """

    def __init__(self, env):
        self.su = env
        self.company = env.company
        self.controlled = "credit.exposure" in env
        user = env["res.users"].create(
            {
                "name": "Benchmark",
                "login": "benchmark",
                "group_ids": [Command.link(env.ref(group).id) for group in GROUPS],
            }
        )
        self.env = env(
            user=user,
            context={"lang": "en_US", "allowed_company_ids": self.company.ids},
        )
        customers = self.ids(
            "SELECT id FROM res_partner WHERE name LIKE %s ORDER BY name", "Customer %"
        )
        self.customers = self.env["res.partner"].browse(customers)
        self.largest, self.small = self.customers[0], self.customers[-100:]
        self.policy = self._strict_policy() if self.controlled else None
        self.collector = self._collector() if self.controlled else None
        env.flush_all()

    def ids(self, query, *params):
        self.su.cr.execute(query, params or None)
        return [row[0] for row in self.su.cr.fetchall()]

    def describe(self):
        """Return the size of what is in the database."""
        return {name: self.ids(query)[0] for name, query in SIZES.items()}

    def _strict_policy(self):
        """Make a policy that applies every rule, and that nobody offends."""
        policy = self.su["credit.policy"].create(
            {"name": "Benchmark", "blocking_mode": "block"}
        )
        policy.rule_ids.write(
            {"severity": "block", "days": 99999, "amount": 1e12, "percent": 1e6}
        )
        return policy

    def _collector(self):
        group = self.su.ref("credit_management.group_credit_user")
        return self.su["res.users"].create(
            {
                "name": "Collector",
                "login": "benchmark_collector",
                "group_ids": [Command.link(group.id)],
            }
        )

    def control(self, mode):
        """Return what lets a blocking mode rule, for customers within their limits."""

        def prepare():
            company = self.company.sudo()
            company.credit_blocking_mode = mode
            company.credit_policy_id = self.policy if mode != "none" else False
            self.be_generous()

        return prepare

    def be_generous(self):
        """Raise the limits of the customers whose orders are to pass."""
        self.su.flush_all()
        self.su.cr.execute(
            """UPDATE res_partner SET credit_limit = jsonb_build_object(%s, %s)
                WHERE id IN %s""",
            [str(self.company.id), GENEROUS, (self.largest | self.small)._ids],
        )
        self.su.invalidate_all()

    def variants(self, work):
        """Return what to compare: the work under each mode, or in plain Odoo."""
        if not self.controlled:
            return {"plain": (self.be_generous, work)}
        return {
            mode: (self.control(mode), work)
            for mode in ("none", "block")
        }  # fmt: skip
