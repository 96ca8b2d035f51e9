"""What the exposure costs, next to plain SQL for the same answer."""

from .. import plain_sql

# The customers above the limit that Odoo stores, in plain SQL.
OVER_LIMIT = """
    SELECT partner.id
      FROM res_partner partner
      JOIN ({exposures}) figures
        ON figures.partner_id = partner.id
     WHERE (partner.credit_limit ->> %(company_key)s)::numeric > 0
       AND (partner.credit_limit ->> %(company_key)s)::numeric
           < figures.receivable + figures.order_book + figures.draft_invoices"""


def measure(scene, meter):
    """Measure the exposure of few and many customers; compare it with plain SQL.

    :return: by case, the results by variant; and the disagreements found
    """
    results = _figures(scene, meter) | _fields(scene, meter)
    results["customers above their limit (search)"] = _search(scene, meter)
    return {"cases": results, "disagreements": _disagreements(scene)}


def _sets(scene):
    return {
        "largest customer": scene.largest,
        "small customer": scene.small[:1],
        "100 customers": scene.customers[:: len(scene.customers) // 100][:100],
        "all customers": scene.customers,
    }


def _plain(scene, customers):
    """Return a function that runs the plain statement and fetches its answer."""
    ids = None if customers == scene.customers else customers.ids
    statement = plain_sql.statement(scene.su, ids)

    def run():
        scene.env.cr.execute(*statement)
        scene.env.cr.fetchall()

    return run


def _figures(scene, meter):
    exposure = scene.env["credit.exposure"].sudo()

    def ours(customers):
        if customers == scene.customers:
            return lambda: exposure._figures_of_all(scene.company)
        return lambda: exposure._figures(customers, scene.company)

    return {
        f"figures of {name}" if "customers" in name else f"figures of the {name}":
        meter.compare(
            {"ours": ours(customers), "sql": _plain(scene, customers)},
            size=len(customers),
        )
        for name, customers in _sets(scene).items()
    }  # fmt: skip


def _fields(scene, meter):
    """Measure the same through the fields of the customers, as a list reads them."""
    names = ["credit_exposure", "credit_available", "credit_overdue"]

    def ours(customers):
        return lambda: customers.read(names)

    return {
        f"fields of {name}" if "customers" in name else f"fields of the {name}":
        meter.compare(
            {"ours": ours(customers), "sql": _plain(scene, customers)},
            size=len(customers),
        )
        for name, customers in _sets(scene).items()
    }  # fmt: skip


def _over_limit(scene):
    text, params = plain_sql.statement(scene.su)
    statement = OVER_LIMIT.format(exposures=text)
    params = {**params, "company_key": str(scene.company.id)}

    def run():
        scene.env.cr.execute(statement, params)
        return {row[0] for row in scene.env.cr.fetchall()}

    return run


def _search(scene, meter):
    Partner = scene.env["res.partner"]
    return meter.compare(
        {
            "ours": lambda: Partner.search([("credit_available", "<", 0)]),
            "sql": _over_limit(scene),
        },
        size=len(scene.customers),
    )


# ----------------------------------------------------------------------
# Agreement
# ----------------------------------------------------------------------


def _disagreements(scene):
    """Return where the module's answers differ from plain SQL, in words."""
    expected = plain_sql.exposures(scene.su)
    found = scene.env["credit.exposure"].sudo()._figures_of_all(scene.company)
    problems = _different("all customers", expected, found)
    some = scene.customers[::7]
    problems += _different(
        "some customers",
        plain_sql.exposures(scene.su, some.ids),
        scene.env["credit.exposure"].sudo()._figures(some, scene.company),
    )
    for partner in some | some.child_ids:
        exposure = expected.get(partner.commercial_partner_id.id, plain_sql.NOTHING)
        if abs(partner.credit_exposure - exposure.exposure) > 0.011:
            problems.append(f"field of {partner.display_name}: {exposure.exposure}")
    above = scene.env["res.partner"].search([("credit_available", "<", 0)])
    if set(above.commercial_partner_id.ids) != _over_limit(scene)():
        problems.append("search for customers above their limit")
    return problems[:20]


def _different(name, expected, found):
    problems = []
    for customer in expected.keys() | found.keys():
        ours = found.get(customer, plain_sql.NOTHING)
        plain = expected.get(customer, plain_sql.NOTHING)
        for field in plain_sql.Amounts._fields:
            if not _same(getattr(ours, field), getattr(plain, field)):
                problems.append(
                    f"{name}: {field} of {customer} is {getattr(ours, field)},"
                    f" plain SQL says {getattr(plain, field)}"
                )
    return problems


def _same(ours, plain):
    if isinstance(ours, float) and isinstance(plain, float):
        return abs(ours - plain) < 0.011  # to the cent: sums are rounded once each
    return ours == plain
