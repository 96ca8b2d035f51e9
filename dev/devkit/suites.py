"""dev/suites: the tests of Odoo's own modules, with ours installed."""

import argparse
import sys
from pathlib import Path

from . import database, module, odoo, odoo_source, odoo_tests, places
from .messages import say

SUITES = ["account", "sale", "sale_stock"]
# The menu that some tours of sale begin with; they are skipped without it.
MENUS = "sale_management"
START = Path(__file__).with_name("suites_start.py").read_text()

# What fails with our module and not without it, and why that is right.
LIMITS = (
    "Odoo's warning of credit is replaced: a credit manager sets limits, another text"
    " warns, orders have a panel of their own"
)
KNOWN = {
    "sale:TestSaleMailComposerUI.test_mail_attachment_removal_tour": (
        "the tour looks for a button with the name action_confirm: that of the form"
        " confirms or puts on hold"
    ),
    "sale:TestSaleOrderCreditLimit.test_commercial_partner_credit": LIMITS,
    "sale:TestSaleOrderCreditLimit.test_credit_limit_access": LIMITS,
    "sale:TestSaleOrderCreditLimit"
    ".test_credit_limit_and_warning_overinvoiced_sales_order": LIMITS,
    "sale:TestSaleOrderCreditLimit.test_credit_limit_multicurrency": LIMITS,
    "sale:TestSaleOrderCreditLimit.test_invoice_independent_of_credit_to_invoice": (
        LIMITS
    ),
    "sale:TestSaleOrderCreditLimit.test_warning_on_invoice_with_downpayment": LIMITS,
    "sale:TestSaleToInvoice.test_multiple_sale_orders_on_same_invoice": (
        "it creates order lines that are invoiced already, as a salesperson: that would"
        " hide exposure, and needs elevated rights"
    ),
}


def main(arguments):
    options = _parse(arguments)
    odoo_tests.require_programs()
    ours = database.named(options.db)
    plain = database.named(f"{options.db}_plain")
    modules = {*SUITES, MENUS, *(name.split(":")[0] for name in options.tests)}
    with ours.reserved("Odoo's tests"), plain.reserved("Odoo's tests"):
        _install(ours, {*modules, places.MODULE}, options.fresh)
        found = _run(ours, options.tests, options)
        unknown = found.failures - KNOWN.keys()
        both = set()
        if unknown:
            say("Without the module, those that failed:")
            _install(plain, {*modules, *module.dependencies()}, options.fresh)
            both = unknown & _run(plain, sorted(unknown), options).failures
    _report(found, both)
    # Odoo's end, or a browser that did not start; tests that failed are told already.
    problems = [*found.problems, *(f"{name} failed" for name in sorted(unknown - both))]
    if problems:
        say("\n**With the module alone:**")
    for problem in problems:
        say(f"- {problem}")
    say("" if problems else "\nNothing unexpected.")
    sys.exit(1 if problems else 0)


def _install(chosen, modules, fresh):
    """Make a database with these modules, unless the last run has left the same."""
    parts = [odoo_source.find().identity, *sorted(modules)]
    if places.MODULE in modules:
        parts.append(module.fingerprint())
    recipe = "\n".join(parts)
    if not fresh and chosen.made_from() == recipe:
        return
    chosen.drop()
    # Without demonstration data, as Odoo 19 installs by default.
    odoo.install(chosen, sorted(modules), f"Installing {', '.join(sorted(modules))}")
    chosen.note.write_text(recipe)


def _run(chosen, tests, options):
    tags = [f"/{test}" for test in tests]
    log = places.checkout_folder("logs") / f"{chosen.name}-tests.log"
    return odoo_tests.run_logged(
        chosen, tags, log, verbose=options.verbose, start=START
    )


def _report(found, both):
    known = found.failures & KNOWN.keys()
    say("\n| Tests of | Run | Failed | without ours too | known |")
    say("| --- | ---: | ---: | ---: | ---: |")
    for name, run in sorted(found.started.items()):
        counts = [_of(name, failures) for failures in (found.failures, both, known)]
        say(f"| {name} | {run} | {' | '.join(map(str, counts))} |")
    for test in sorted(known):
        say(f"\n{test}: {KNOWN[test]}")


def _of(name, failures):
    return sum(test.startswith(f"{name}:") for test in failures)


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/suites",
        description="Run the tests of Odoo's own modules with ours installed, all of"
        " them once every module is loaded. Those that fail are run again without it:"
        " fails if one of them passes then, and is not known to differ.",
    )
    parser.add_argument(
        "tests",
        nargs="*",
        default=SUITES,
        metavar="MODULE[:CLASS[.METHOD]]",
        help=f"default: {' '.join(SUITES)}",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="make the databases anew in any case"
    )
    parser.add_argument(
        "--db", default="suites", metavar="NAME", help="default: %(default)s"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show all of Odoo's log"
    )
    return parser.parse_args(arguments)
