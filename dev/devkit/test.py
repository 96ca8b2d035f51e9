"""dev/test: linters, the module's tests in Odoo, and its life in a database."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor

from . import database, lifecycle, lint, odoo_tests, places, postgres
from .messages import say
from .results import Results, counted


def main(arguments):
    options = _parse(arguments)
    say(f"State: {places.home()}")
    results = counted(_check, options)
    for problem in results.problems:
        say(f"\n{problem}")
    if results.skipped:
        say(f"\n{results.skipped} skipped")
    # This line is read by machines: it stands alone, at the very end.
    say(f"\n{results.passed} passed, {results.failed} failed")
    sys.exit(1 if results.failed or not results.passed else 0)


def _check(options):
    if options.everything:
        odoo_tests.require_programs()
    if options.tests:
        postgres.environment()  # what both of the following would fetch and start
    with ThreadPoolExecutor() as aside:
        others = aside.submit(counted, _check_aside, options)
        results = counted(odoo_tests.run, options) if options.tests else Results()
        results += others.result()
    return results


def _check_aside(options):
    """Check what needs no tests, on another core while they run."""
    results = Results()
    if options.lint:
        results += lint.check()
    if options.everything:
        results += lifecycle.check(database.named(f"{options.db}_life"), options)
    return results


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/test",
        description="Run the linters and the tests, in a database of their own.",
        epilog="Tags are Odoo's: /module, :Class, .method, tag, -tag; a bare TestClass "
        "or TestClass.method will do. With tags, the linters are left out.",
    )
    parser.add_argument("tags", nargs="*", help="which tests; default: all of ours")
    parser.add_argument("-t", dest="more_tags", metavar="TAGS", help="the same")
    parser.add_argument(
        "--lint", dest="tests", action="store_false", help="run the linters only"
    )
    parser.add_argument("--no-lint", action="store_true", help="run the tests only")
    parser.add_argument(
        "--keep",
        action="store_true",
        help="reuse the database of the last run, updated if the module has changed",
    )
    parser.add_argument(
        "--db", default="test", metavar="NAME", help="default: %(default)s"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show all of Odoo's log"
    )
    options = parser.parse_args(arguments)
    given = [*options.tags, *filter(None, [options.more_tags])]
    options.tags = [tag for tags in given for tag in tags.split(",") if tag]
    options.lint = not (options.no_lint or (options.tests and options.tags))
    options.everything = options.tests and not options.tags
    return options
