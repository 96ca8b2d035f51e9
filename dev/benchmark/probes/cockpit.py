"""What salespeople and their managers open of the cash of their customers."""

from odoo.fields import Command

from .web_client import COUNTED, PAGE, asked

# a salesperson follows one in so many customers, of all sizes
SHARE = 100


def measure(scene, meter):
    """Measure the cockpit and its list of customers.

    :return: by case, the results by variant
    """
    with meter.undone():
        seller = _user(scene, "sales_team.group_sale_salesman")
        manager = _user(scene, "sales_team.group_sale_manager")
        followed = scene.customers[SHARE // 2 :: SHARE]
        scene.su["res.partner"].browse(followed.ids).user_id = seller
        scene.su.flush_all()
        scene.su.cr.execute("ANALYZE res_partner")
        return {
            title: meter.compare({"list": work}, size=size)
            for title, (work, size) in {
                "cockpit of a salesperson": (_cockpit(seller), len(followed)),
                "customers of a salesperson, page": (_page(seller), len(followed)),
                "all customers, page": (_page(manager), len(scene.customers)),
            }.items()
        }


def _user(scene, group):
    user = scene.su["res.users"].create(
        {
            "name": group,
            "login": group,
            "group_ids": [Command.set(scene.su.ref(group).ids)],
        }
    )
    return scene.env(user=user.id)["res.users"].browse(user.id)


def _cockpit(user):
    return user.env["credit.sales.cockpit"].data


def _page(user):
    customers = user.env["credit.sales.customer"]
    columns = asked(customers, "list")
    return lambda: customers.web_search_read(
        [], columns, limit=PAGE, count_limit=COUNTED
    )
