"""The tests of the module, run by Odoo in a database of their own."""

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import (
    database,
    module,
    oca,
    odoo,
    odoo_source,
    places,
    ports,
    results,
    templates,
)
from .messages import Problem, say

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")

DEMONSTRATION = f"/{places.MODULE}:TestDemo"
# Odoo's checks of all modules. Left out: what tests the checkers themselves, what the
# linters do for our modules alone, and what reads all of Odoo to look for “onchange”.
TEST_LINT = [
    "/test_lint",
    "-/test_lint:TestDocstring",
    "-/test_lint:TestGetTextLint",
    "-/test_lint:TestI18nChecks",
    "-/test_lint:TestOnchangeDomains",
    "-/test_lint:TestPyLint",
    "-/test_lint:TestSqlLint",
]
# They take as long as so many tests of ours.
LINT_WEIGHT = 100


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
    if options.tags:
        with _prepared(chosen, options):
            return _run_chosen(chosen, options)
    templates.for_tests()  # what both halves are copied from
    with ThreadPoolExecutor() as aside:
        second = aside.submit(_run_second_half, options)
        outcome = _run_first_half(chosen, options)
        outcome += second.result()
    return outcome


@contextmanager
def _prepared(chosen, options):
    with chosen.reserved("tests"):
        if not (options.keep and chosen.made_from()):
            chosen.copy_from(templates.for_tests())
        yield


def run_of_demonstration(chosen, options):
    """Update a database with demonstration data; run the tests that look at it."""
    chosen.note.write_text("not up to date")
    return _run(chosen, [DEMONSTRATION], [], options, subject="demonstration")


def _run_first_half(chosen, options):
    """Run a half of our tests, then those of the bridges.

    Those of the demonstration are run where it is installed, see :mod:`.lifecycle`.
    """
    others = [f"-{tag}" for tag in (*_second_half(), DEMONSTRATION)]
    with _prepared(chosen, options):
        outcome = _run(chosen, [f"/{places.MODULE}", *others], [], options)
        # The module is tested without its bridges first: it has to stand alone.
        outcome += results.counted(_run_bridges, chosen, options)
    return outcome


def _run_bridges(chosen, options):
    """Run the tests of the bridges, all of them installed together."""
    bridges = _bridges()
    if not bridges:
        return results.Results()
    tags = [f"/{name}" for name in bridges]
    return _run(chosen, tags, bridges, options, subject="bridges")


def _run_second_half(options):
    """Run the other half of our tests, and Odoo's checks of modules.

    In a database of their own, on another core.
    """
    chosen = database.named(f"{options.db}_half")
    with _prepared(chosen, options):
        return _run(chosen, [*_second_half(), *TEST_LINT], ["test_lint"], options)


def _second_half():
    """Return the tags of tests that make up half of the work with Odoo's checks."""
    tests = places.REPOSITORY / "tests"
    first = sum(map(_number_of_tests, places.REPOSITORY.glob("bridges/*/tests/*.py")))
    second, classes = LINT_WEIGHT, []
    for file in sorted(tests.glob("test_*.py")):
        if first <= second:
            first += _number_of_tests(file)
        else:
            second += _number_of_tests(file)
            classes += re.findall(r"^class (Test\w+)", _read(file), re.MULTILINE)
    return [f"/{places.MODULE}:{name}" for name in classes]


def _number_of_tests(file):
    return _read(file).count("    def test_")


def _read(path):
    return path.read_text(encoding="utf-8")


def _run_chosen(chosen, options):
    tags = [_with_module(tag) for tag in options.tags]
    named = set(re.findall(r"/(\w+)", ",".join(tags)))
    bridges = sorted(named & module.bridges().keys())
    if named <= {places.MODULE, *bridges}:
        return _run(chosen, tags, bridges, options)
    # Odoo runs the tests of what it installs or updates, and of all modules otherwise.
    if changes := _changes(chosen, bridges):
        odoo.work(chosen, f"Installing {places.MODULE}", *changes, *odoo.ALONE)
        chosen.note.write_text(module.fingerprint())
    return _run(chosen, tags, bridges, options)


def _bridges():
    """Return the bridges whose dependencies are at hand; tell of the others."""
    chosen = []
    for name, path in module.bridges().items():
        missing = [need for need in module.manifest(path)["depends"] if not _has(need)]
        if missing:
            say(f"{name} is left out: it needs {', '.join(missing)}.")
        else:
            chosen.append(name)
    return chosen


def _has(name):
    return name == places.MODULE or name in oca.PACKAGES or odoo_source.find().has(name)


def _run(chosen, tags, others, options, subject="tests"):
    """Run tests with our module, and others, installed."""
    log = places.checkout_folder("logs") / f"{chosen.name}-{subject}.log"
    changes = _changes(chosen, others)
    outcome = run_logged(chosen, tags, log, *changes, verbose=options.verbose)
    if outcome.complete:
        chosen.note.write_text(module.fingerprint())
    return outcome


def run_logged(chosen, tags, log, *arguments, verbose=False, start=odoo.START):
    """Run the tests with these tags; return what the log says of them."""
    say(f"Running the tests {','.join(tags)}\nLog: {log}")
    server = odoo.running(
        chosen,
        *arguments,
        *["--test-tags", ",".join(tags), "--stop-after-init", "--max-cron-threads=0"],
        *["--http-interface=127.0.0.1", f"--http-port={ports.free()}"],
        start=start,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    with log.open("w") as file, server as process:
        _follow(process.stdout, file, verbose)
        process.wait()
    return results.from_log(log, process.returncode)


def _needs(others):
    """Return what the bridges among these modules depend on."""
    bridges = module.bridges()
    named = (bridges[name] for name in others if name in bridges)
    return {need for path in named for need in module.manifest(path)["depends"]}


def _changes(chosen, others):
    """Return the options by which Odoo brings the modules into the database.

    From then on it finds all that they depend on.
    """
    oca.bring(_needs(others), chosen)
    made_from = chosen.made_from()
    if made_from is None:
        return ["-i", ",".join([places.MODULE, *others])]
    missing = [name for name in others if name not in _installed(chosen)]
    install = ["-i", ",".join(missing)] if missing else []
    if made_from == module.fingerprint():
        return install
    return [*install, "-u", places.MODULE]


def _installed(chosen):
    question = "SELECT name FROM ir_module_module WHERE state = 'installed'"
    return set(chosen.sql(question).splitlines())


def _follow(lines, log, verbose):
    """Copy Odoo's output to a file; show warnings, errors and which test runs."""
    shown = False
    for line in lines:
        log.write(line)
        if level := odoo.level_of(line):
            shown = level in odoo.BAD or level == "WARNING" or ": Starting " in line
        if shown or verbose:
            print(line, end="", flush=True)


def _with_module(tag):
    """Complete what names no module: ``TestHold.test_x``, ``:TestX``, ``.test_x``."""
    sign, bare = ("-", tag[1:]) if tag.startswith("-") else ("", tag)
    if bare.startswith("Test"):
        bare = f":{bare}"
    if bare.startswith((":", ".")):
        bare = f"/{places.MODULE}{bare}"
    return sign + bare
