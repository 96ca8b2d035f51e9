"""The tests of the module, run by Odoo in a database of their own."""

import shutil
import subprocess

from . import database, module, odoo, places, ports, results, templates
from .messages import Problem, say

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")

# Odoo's checks of all modules. Left out: what tests the checkers themselves, and what
# the linters do for our modules alone.
TEST_LINT = [
    "/test_lint",
    "-/test_lint:TestDocstring",
    "-/test_lint:TestGetTextLint",
    "-/test_lint:TestI18nChecks",
    "-/test_lint:TestPyLint",
    "-/test_lint:TestSqlLint",
]


def require_programs():
    """Refuse to go on without the programs whose tests Odoo would skip or fail."""
    missing = []
    if not any(map(shutil.which, BROWSERS)):
        missing.append("chromium (for the tours)")
    if not shutil.which("wkhtmltopdf"):
        missing.append("wkhtmltopdf (for the PDF files)")
    if missing:
        raise Problem(
            f"The tests need packages that are not installed: {', '.join(missing)}.\n"
            "Install them, or run the linters alone: ./dev/test --lint"
        )


def run(options):
    """Run the tests that the options of dev/test ask for; return their results."""
    chosen = database.named(options.db)
    with chosen.reserved():
        if not (options.keep and chosen.made_from()):
            chosen.copy_from(templates.for_tests())
        outcome = _run(chosen, options)
        if outcome.complete:
            chosen.note.write_text(module.fingerprint())
    return outcome


def _run(chosen, options):
    log = places.checkout_folder("logs") / f"{chosen.name}-tests.log"
    tags = ",".join(_tags(options))
    say(f"Running the tests {tags}\nLog: {log}")
    server = odoo.running(
        chosen,
        *_changes(chosen, lint=not (options.tags or options.no_lint)),
        *["--test-tags", tags, "--stop-after-init", "--max-cron-threads=0"],
        *["--http-interface=127.0.0.1", f"--http-port={ports.free()}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with log.open("w") as file, server as process:
        _follow(process.stdout, file, options.verbose)
        process.wait()
    return results.from_log(log, process.returncode)


def _changes(chosen, lint):
    """Return the options by which Odoo brings our modules into the database."""
    made_from = chosen.made_from()
    ours = [places.MODULE, *(["test_lint"] if lint else [])]
    if made_from is None:
        return ["-i", ",".join(ours)]
    if made_from != module.fingerprint() or lint:
        return ["-i", ",".join(ours), "-u", places.MODULE]
    return []


def _follow(lines, log, verbose):
    """Copy Odoo's output to a file; show warnings, errors and which test runs."""
    shown = False
    for line in lines:
        log.write(line)
        if level := odoo.level_of(line):
            shown = level in odoo.BAD or level == "WARNING" or ": Starting " in line
        if shown or verbose:
            print(line, end="", flush=True)


def _tags(options):
    if options.tags:
        return [_with_module(tag) for tag in options.tags]
    lint = [] if options.no_lint else TEST_LINT
    return [f"/{places.MODULE}", *lint]


def _with_module(tag):
    """Complete what names no module: ``TestHold.test_x``, ``:TestX``, ``.test_x``."""
    sign, bare = ("-", tag[1:]) if tag.startswith("-") else ("", tag)
    if bare.startswith("Test"):
        bare = f":{bare}"
    if bare.startswith((":", ".")):
        bare = f"/{places.MODULE}{bare}"
    return sign + bare
