"""The demonstration: a French company that uses the module, with its demo data."""

from contextlib import contextmanager

from . import module, odoo, places, templates

ROLES = {
    "admin": "Administrator",
    "sales": "Salesperson",
    "collector": "Collector",
    "credit": "Credit manager",
    "cfo": "CFO",
}


def prepare(database, fresh=False):
    """Make the database, or bring it up to date with the module's files."""
    fingerprint = module.fingerprint()
    made_from = database.made_from()
    if made_from == fingerprint and not fresh:
        return
    if made_from is None or fresh:
        install(database)
        odoo.run_script(
            database, "Building its scripts and style sheets", templates.WARM_UP
        )
    else:
        with _demo_data_of_our_modules_alone(database):
            odoo.update(database, [places.MODULE], f"Updating {places.MODULE}")
    database.note.write_text(fingerprint)


def install(database):
    """Make the database anew, with the module and its demonstration data."""
    database.copy_from(templates.for_demonstration())
    with _demo_data_of_our_modules_alone(database):
        odoo.install(
            database, [places.MODULE], f"Installing {places.MODULE} with its demo"
        )


@contextmanager
def _demo_data_of_our_modules_alone(database):
    """Let a module that is installed load its demo data, and no other module.

    Odoo loads a module's demo data if its dependencies have theirs: it is made to
    believe so for a while.
    """
    database.sql("UPDATE ir_module_module SET demo = true")
    try:
        yield
    finally:
        database.sql(
            "UPDATE ir_module_module SET demo = false"
            f" WHERE name NOT LIKE '{places.MODULE}%'"
        )


def logins(database):
    """Return the roles that can log in: (role, login)."""
    names = ", ".join(f"'{login}'" for login in ROLES)
    found = database.sql(
        f"SELECT login FROM res_users WHERE active AND login IN ({names})"
    ).splitlines()
    return [(role, login) for login, role in ROLES.items() if login in found]
