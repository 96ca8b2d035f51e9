"""Who sells, who decides, who buys: few customers, so that all meet at them."""

from dataclasses import dataclass

from odoo.fields import Command

LIMIT = 10000.0
MARK = "Stress"

ACCOUNTING = "account.group_account_invoice"
SALES = "sales_team.group_sale_salesman_all_leads"
USERS = {
    "seller": [SALES],
    "seller_bis": [SALES],
    "manager": ["credit_management.group_credit_manager"],
    "manager_bis": ["credit_management.group_credit_manager"],
    "accountant": [ACCOUNTING, SALES],
}


@dataclass
class Scene:
    """The ids of what a worker works with."""

    company: int
    product: int
    users: dict[str, int]
    customers: list[int]


def make(env, customers):
    company = env.company
    env["product.product"].create(
        {
            "name": MARK,
            "default_code": MARK,
            "type": "service",
            "invoice_policy": "order",
            "taxes_id": [Command.clear()],
        }
    )
    make_users(env)
    partners = env["res.partner"].create(
        [
            {
                "name": f"{MARK} {number}",
                "ref": MARK,
                "is_company": True,
                "child_ids": [Command.create({"name": f"Buyer {number}"})],
            }
            for number in range(customers)
        ]
    )
    partners.with_company(company).write(
        {"credit_limit": LIMIT, "credit_blocking_mode": "block"}
    )


def make_users(env):
    """Make a user for each part that is played."""
    users = env["res.users"].with_context(no_reset_password=True)
    for name, groups in USERS.items():
        users.create(
            {
                "name": f"{MARK} {name}",
                "login": _login(name),
                "email": f"{name}@{MARK.lower()}.example.com",
                "company_id": env.company.id,
                "company_ids": [Command.set(env.company.ids)],
                "group_ids": [Command.set([env.ref(group).id for group in groups])],
                "credit_authority_unlimited": "manager" in name,
            }
        )


def find(env):
    """Return the scene that was set in the database."""
    found = env["res.users"].search([("login", "in", [*map(_login, USERS)])])
    by_login = {user.login: user.id for user in found}
    users = {name: by_login[_login(name)] for name in USERS}
    return Scene(
        company=env.company.id,
        product=env["product.product"].search([("default_code", "=", MARK)]).id,
        users=users | {"admin": env.ref("base.user_admin").id},
        customers=env["res.partner"].search([("ref", "=", MARK)], order="id").ids,
    )


def _login(name):
    return f"{MARK.lower()}_{name}"
