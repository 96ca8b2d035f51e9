"""What customers cost to look at: their form, and a page of their list."""

from .web_client import COUNTED, PAGE, asked

CUSTOMERS = [("customer_rank", ">", 0)]


def measure(scene, meter):
    """Measure what a salesperson and, with the module, a collector opens.

    :return: by case, the results by role
    """
    prepare = scene.control("block") if scene.controlled else scene.be_generous
    users = {"salesperson": scene.env.user}
    if scene.controlled:
        users["collector"] = scene.collector
    uses = {role: _uses(scene, user) for role, user in users.items()}
    return {
        case: meter.compare({role: (prepare, uses[role][case]) for role in users})
        for case in uses["salesperson"]
    }


def _uses(scene, user):
    """Return what a user opens, by case."""
    customers = scene.customers.with_user(user)
    form, columns = asked(customers, "form"), asked(customers, "list")

    def opened(customer):
        customer = customer.with_user(user).with_context(bin_size=True)
        return lambda: customer.web_read(form)

    return {
        "form, small customer": opened(scene.small[:1]),
        "form, largest customer": opened(scene.largest),
        f"list, page of {PAGE}": lambda: customers.web_search_read(
            CUSTOMERS, columns, limit=PAGE, count_limit=COUNTED
        ),
    }
