"""dev/run: the module in a running Odoo, with demonstration data."""

import argparse
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from . import database, demonstration, odoo, odoo_source, places, ports, postgres
from .messages import Problem, say


def main(arguments):
    options = _parse(arguments)
    if options.stop:
        ran = postgres.stop()
        say("PostgreSQL is stopped." if ran else "PostgreSQL was not running.")
        return
    ports.ensure_free(options.port)
    chosen = database.named(options.db)
    with chosen.reserved("the demonstration"):
        demonstration.prepare(chosen, options.fresh, options.customers)
        _serve(chosen, options.port)


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/run",
        description="Start Odoo 19 with this module and demonstration data.",
        epilog=f"State: {places.home()} (set CREDIT_DEV_HOME to move it).",
    )
    parser.add_argument("--port", type=int, default=8069, help="default: %(default)s")
    parser.add_argument(
        "--db", default="demo", metavar="NAME", help="default: %(default)s"
    )
    parser.add_argument(
        "--fresh", action="store_true", help="drop the database and make it anew"
    )
    parser.add_argument(
        "--customers",
        type=int,
        default=0,
        metavar="N",
        help="add a generated ledger: N customers with ten invoices each, or so",
    )
    parser.add_argument(
        "--stop", action="store_true", help="stop the PostgreSQL server, then end"
    )
    return parser.parse_args(arguments)


def _serve(chosen, port):
    log = places.checkout_folder("logs") / f"{chosen.name}-server.log"
    say("Starting Odoo…")
    http = ["--http-interface=127.0.0.1", f"--http-port={port}"]
    with (
        log.open("w") as output,
        odoo.running(
            *[chosen, *http, "--max-cron-threads=1"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        ) as server,
    ):
        _wait_until_it_answers(server, port, log)
        _introduce(chosen, port, log)
        server.wait()
    say(f"Odoo has ended. Its log: {log}")


def _wait_until_it_answers(server, port, log):
    while server.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login", timeout=60)
            return
        except urllib.error.HTTPError as error:
            raise Problem(f"Odoo answers “{error}”. Its log: {log}") from error
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
    last = "".join(log.open().readlines()[-20:])
    raise Problem(f"Odoo did not start:\n{last}\nThe whole log: {log}")


def _introduce(chosen, port, log):
    say(f"\nhttp://127.0.0.1:{port}\n")
    say(f"  {'Role':<16} {'Login':<12} Password")
    for role, login in demonstration.logins(chosen):
        say(f"  {role:<16} {login:<12} {login}")
    say(f"\n  Odoo      {odoo_source.find().origin}")
    say(f"  Database  {chosen.name}")
    say(f"  State     {places.home()}")
    say(f"  Log       {log}")
    if not shutil.which("wkhtmltopdf"):
        say("\n  PDF files need the package wkhtmltopdf, which is not installed.")
    say("\nCtrl-C stops Odoo. PostgreSQL goes on; ./dev/run --stop stops it.")
