"""The demonstration: a French company that uses the module, with its demo data."""

from contextlib import contextmanager

from . import module, odoo, places, templates
from .messages import Problem, say

ROLES = {
    "admin": "Administrator",
    "sales": "Salesperson",
    "collector": "Collector",
    "credit": "Credit manager",
    "cfo": "CFO",
    "warehouse": "Warehouse",
}


def prepare(database, fresh=False, customers=0):
    """Make the database, or bring it up to date with the module's files.

    :param int customers: of a generated ledger, which a new database gets besides
    """
    fingerprint = module.fingerprint()
    made_from = None if fresh else database.made_from()
    if made_from and customers:
        raise Problem(
            f"The database {database.name} is there already. To have generated data, "
            "name another one (--db NAME), or drop it (--fresh)."
        )
    if made_from == fingerprint:
        return
    if made_from is None:
        install(database, customers)
        odoo.run_script(
            database, "Building its scripts and style sheets", templates.WARM_UP
        )
    else:
        with _demo_data_of_our_modules_alone(database):
            odoo.update(database, [places.MODULE], f"Updating {places.MODULE}")
    database.note.write_text(fingerprint)


def install(database, customers=0):
    """Make the database anew, with the module and its demonstration data."""
    database.copy_from(templates.for_demonstration())
    if customers:
        _generate(database, customers)
    install_in(database)


def install_in(database):
    """Install the module with its demonstration data in a database that is there."""
    with _demo_data_of_our_modules_alone(database):
        odoo.install(
            database, [places.MODULE], f"Installing {places.MODULE} with its demo"
        )
    _keep_messages_at_home(database)


def _keep_messages_at_home(database):
    """Leave e-mails and text messages in their queues: their customers are made up.

    Without a mail server they would fail, and the customers lose their levels.
    """
    database.sql(
        "UPDATE ir_cron SET active = false FROM ir_model_data data"
        " WHERE data.model = 'ir.cron' AND data.res_id = ir_cron.id"
        " AND (data.module, data.name) IN (('mail', 'ir_cron_mail_scheduler_action'),"
        " ('sms', 'ir_cron_sms_scheduler_action'))"
    )


def _generate(database, customers):
    from benchmark import databases  # needed by nothing else here
    from benchmark.ledger.sizes import LEAST_CUSTOMERS

    if customers < LEAST_CUSTOMERS:
        raise Problem(f"A generated ledger has {LEAST_CUSTOMERS} customers or more.")
    say(f"Making a ledger of {customers} customers…")
    databases.ask(database, "generate", customers=customers, seed=databases.SEED)


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
