"""dev/stress: whether the module holds when several processes work at once."""

import argparse
import sys

from devkit import database, module, odoo, places, templates
from devkit.messages import Problem, say

from . import processes, report


def main(arguments):
    options = _parse(arguments)
    chosen = database.named(options.db)
    with chosen.reserved("the stress test"):
        _make(chosen, options.db)
        check = _check_jobs if options.crons else _check_work
        text, failures = check(chosen, options)
    say(text)
    sys.exit(1 if failures else 0)


def _make(chosen, name):
    """Make the database anew, from one that is kept, where the module is installed."""
    template = templates.for_demonstration()
    installed = database.named(f"{name}_installed")
    recipe = f"{template.name} {module.fingerprint()}"
    with installed.reserved("the stress test"):
        if installed.made_from() != recipe:
            installed.copy_from(template)
            odoo.install(installed, [places.MODULE], f"Installing {places.MODULE}")
            installed.note.write_text(recipe)
        chosen.copy_from(installed)


def _check_work(chosen, options):
    say("Setting the scene…")
    processes.ask(chosen, "set_scene", customers=options.customers)
    say(f"{options.processes} processes work for {options.minutes:g} min…")
    work = processes.ask_all(
        chosen,
        "work",
        [
            {"number": number, "seconds": options.minutes * 60, "seed": options.seed}
            for number in range(options.processes)
        ],
    )
    say("Counting again…")
    found = processes.ask(chosen, "recount", told=[done["told"] for done in work])
    orders = None
    if options.lines:
        say(f"Confirming an order of {options.lines} lines…")
        orders = processes.ask(chosen, "confirm_long_order", lines=options.lines)
    return report.of_work(work, found, orders)


def _check_jobs(chosen, options):
    say("Each scheduled job twice, with four workers, of which one is killed…")
    return report.of_jobs(processes.ask(chosen, "check_jobs"))


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/stress",
        description="Let several processes confirm, pay, credit, release, refuse and "
        "cancel at random on one database, as users do by RPC, then count again in "
        "plain SQL. Fails if an order went beyond a limit without a release, a hold is "
        "lost, a figure is wrong or a conflict was left to a user.",
    )
    parser.add_argument(
        "--minutes", type=float, default=3, metavar="N", help="default: %(default)s"
    )
    parser.add_argument(
        "--processes", type=int, default=4, metavar="N", help="default: %(default)s"
    )
    parser.add_argument(
        "--customers",
        type=int,
        default=8,
        metavar="N",
        help="the fewer, the more conflicts; default: %(default)s",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="S", help="default: %(default)s"
    )
    parser.add_argument(
        "--lines",
        type=int,
        default=0,
        metavar="N",
        help="at the end, measure the confirmation of an order of so many lines",
    )
    parser.add_argument(
        "--crons",
        action="store_true",
        help="instead, let two records of each scheduled job share a run: four workers,"
        " one of them killed",
    )
    parser.add_argument(
        "--db", default="stress", metavar="NAME", help="default: %(default)s"
    )
    options = parser.parse_args(arguments)
    if options.minutes <= 0 or options.processes < 1 or options.customers < 1:
        raise Problem("Give more than 0 minutes, processes and customers.")
    return options
