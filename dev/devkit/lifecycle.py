"""The module's life in a database: installed with its demo, updated, uninstalled."""

from . import demonstration, odoo, places, schema, templates
from .messages import Problem
from .results import Results


def check(database):
    """Go through it in a database of its own; each step is one check."""
    results = Results()
    steps = {
        "install with demonstration data": _install,
        "update": _update,
        "uninstall": _uninstall,
    }
    with database.reserved("tests"):
        for step, go in steps.items():
            try:
                go(database)
            except Problem as problem:
                results.fail(f"The module does not {step}.\n{problem}")
                break
            results.passed += 1
        database.drop()
    return results


def _install(database):
    demonstration.install(database)


def _update(database):
    odoo.update(database, [places.MODULE], "Updating the module")


def _uninstall(database):
    # Without the demo data: Odoo logs an error for each document that it cannot delete.
    template = templates.for_tests()
    database.copy_from(template)
    odoo.install(database, [places.MODULE], "Installing the module without its demo")
    uninstall(database, template)


def uninstall(database, before):
    """Uninstall the module, its bridges first.

    :param before: a database without the module, what it should look like again
    :raises Problem: if something is left behind, or missing
    """
    arguments = ["module", "uninstall", places.MODULE]
    odoo.work(database, "Uninstalling the module", *arguments)
    if left := _left_behind(database):
        raise Problem(f"It left behind:\n{left}")
    if differences := schema.differences(before, database):
        raise Problem("The tables are not as before:\n" + "\n".join(differences))


def _left_behind(database):
    """Return what still carries the module's name once it is gone."""
    return database.sql(
        "SELECT model, name FROM ir_model_data"
        f" WHERE module = '{places.MODULE}' AND model <> 'ir.module.module'"
    )
