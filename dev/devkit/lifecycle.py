"""The module's life in a database: installed with its demo, updated, uninstalled."""

from . import demonstration, odoo, odoo_tests, places, schema, templates
from .messages import Problem
from .results import Results


def check(database, options):
    """Go through it in a database of its own; each step is one check.

    :param options: those of dev/test
    """
    with database.reserved("tests"):
        demo = "install with demonstration data"
        results = _step(demo, demonstration.install, database)
        if not results.failed:
            results += odoo_tests.run_of_demonstration(database, options)
            results += _step("uninstall", _uninstall, database)
        database.drop()
    return results


def _step(what, go, database):
    results = Results()
    try:
        go(database)
        results.passed += 1
    except Problem as problem:
        results.fail(f"The module does not {what}.\n{problem}")
    return results


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
