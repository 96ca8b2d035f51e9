"""dev/bench: how fast the module is on a large ledger."""

import argparse
import json
import sys
from pathlib import Path

from devkit import postgres
from devkit.messages import Problem, say

from . import databases, peers, report
from .ledger.sizes import LEAST_CUSTOMERS


def main(arguments):
    options = _parse(arguments)
    sizes = sorted(set(options.customers))
    if sizes[0] < LEAST_CUSTOMERS:
        raise Problem(f"The benchmark needs {LEAST_CUSTOMERS} customers or more.")
    found, missed = [], []
    for customers in sizes:
        name = options.db if len(sizes) == 1 else f"{options.db}_{customers}"
        found.append(_measured(name, customers, options))
        if options.json:
            figures = found if len(sizes) > 1 else found[0]
            Path(options.json).write_text(json.dumps(figures, indent=2))
        text, problems = report.write(found[-1])
        say(text)
        missed += problems
    if len(found) > 1:
        say(report.growth.write(found))
    sys.exit(1 if missed else 0)


def _measured(name, customers, options):
    pair = databases.pair(name, customers)
    with pair.plain.reserved(), pair.controlled.reserved():
        pair.prepare()
        say("Measuring Odoo with the module and without it, in turns…")
        plain, controlled = databases.ask_in_turns(
            pair, "measure_documents", rounds=options.rounds
        )
        say("Measuring the module…")
        controlled |= databases.ask(pair.controlled, "measure", rounds=options.rounds)
        return {
            "postgresql": postgres.sql("SHOW server_version"),
            "installation": pair.installation(),
            "plain": plain,
            "controlled": controlled,
            "peer": _measured_peer(name, pair.plain) if options.peers else None,
        }


def _measured_peer(name, plain):
    peer = peers.beside(name)
    with peer.reserved():
        peers.prepare(peer, plain)
        say("Measuring dunning and aged balance of OCA…")
        return databases.ask(peer, "measure_peer")


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/bench",
        description="Measure the module on a large ledger, against plain SQL for the "
        "same answer and against Odoo without the module. Fails if an answer differs "
        "or a number of queries is above its goal; times are only shown.",
    )
    parser.add_argument(
        "--customers",
        type=int,
        nargs="+",
        default=[1000],
        metavar="N",
        help="size of the ledger, ten invoices and an order each; several, each in"
        " databases of its own, show how times grow; default: 1000",
    )
    parser.add_argument(
        "--db",
        default="bench",
        metavar="NAME",
        help="followed by the size if there are several; default: %(default)s",
    )
    parser.add_argument(
        "--peers",
        action="store_true",
        help="measure dunning and aged balance of OCA too, from the package index;"
        " takes minutes",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--rounds",
        type=int,
        default=3,
        metavar="N",
        help="what is shown is the median of so many; default: %(default)s",
    )
    return parser.parse_args(arguments)
