"""dev/test: linters, then the module's tests in Odoo."""

import argparse
import shutil
import subprocess
import sys

from . import database, lint, module, odoo, places, ports, templates
from .messages import Problem, say
from .results import Results, from_log

TEST_LINT = "/test_lint,-/test_lint:TestDocstring"
BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def main(arguments):
    options = _parse(arguments)
    results = Results()
    if options.lint:
        results += lint.check()
    if options.tests:
        results += _test(options)
    for problem in results.problems:
        say(f"\n{problem}")
    # This line is read by machines: it stands alone, at the very end.
    say(f"\n{results.passed} passed, {results.failed} failed")
    sys.exit(1 if results.failed or not results.passed else 0)


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/test",
        description="Run the linters and the tests, in a database of their own.",
        epilog="Tags are Odoo's: /module, :Class, .method, tag, -tag; a bare TestClass "
        "or TestClass.method will do. With tags, linters are left out.",
    )
    parser.add_argument("tags", nargs="*", help="which tests; default: all of ours")
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
    options.lint = not options.no_lint and not (options.tests and options.tags)
    return options


def _test(options):
    _require_programs()
    chosen = database.named(options.db)
    with chosen.reserved():
        operation = _prepare(chosen, keep=options.keep)
        results = _run_tests(chosen, operation, options)
        if results.failed and operation == "-i":
            return results  # perhaps the module is not even installed
        chosen.note.write_text(module.fingerprint())
    return results


def _require_programs():
    """Refuse to go on without the programs whose tests Odoo would skip or fail."""
    missing = []
    if not any(map(shutil.which, BROWSERS)):
        missing.append("chromium (for the tours)")
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf (for the PDF files)")
    if missing:
        raise Problem(
            "The tests need programs that are not installed. Install the package "
            + " and the package ".join(missing)
            + ".\nOr run the linters alone: ./dev/test --lint"
        )


def _prepare(chosen, keep):
    """Have a database ready; return the option by which Odoo gets our module there."""
    made_from = chosen.made_from() if keep else None
    if made_from is None:
        chosen.copy_from(templates.for_tests())
        return "-i"
    return None if made_from == module.fingerprint() else "-u"


def _run_tests(chosen, operation, options):
    log = places.checkout_folder("logs") / f"{chosen.name}-tests.log"
    tags = _tags(options)
    say(f"Running tests {tags} (log: {log})…")
    process = odoo.start(
        chosen,
        *([operation, places.MODULE] if operation else []),
        *["--test-tags", tags, "--stop-after-init", "--max-cron-threads=0"],
        *["--http-interface=127.0.0.1", f"--http-port={ports.free()}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with log.open("w") as file, process:
        _follow(process.stdout, file, options.verbose)
    return from_log(log, process.wait())


def _follow(lines, log, verbose):
    """Copy Odoo's output to a file; show warnings, errors and which test runs."""
    shown = False
    for line in lines:
        log.write(line)
        if line[:4].isdigit() and line[4:5] == "-":
            level = (line.split(" ", 4)[3:4] or [""])[0]
            shown = level in ("WARNING", "ERROR", "CRITICAL") or ": Starting " in line
        if shown or verbose:
            print(line, end="", flush=True)


def _tags(options):
    if options.tags:
        return ",".join(_with_module(tag) for tag in ",".join(options.tags).split(","))
    tags = [f"/{name}" for name in (places.MODULE, *module.bridges())]
    return ",".join([*tags, *([] if options.no_lint else [TEST_LINT])])


def _with_module(tag):
    """Complete what names no module: ``TestHold.test_x``, ``:TestX``, ``.test_x``."""
    sign, bare = ("-", tag[1:]) if tag.startswith("-") else ("", tag)
    if bare.startswith("Test"):
        bare = f":{bare}"
    if bare.startswith((":", ".")):
        bare = f"/{places.MODULE}{bare}"
    return sign + bare
