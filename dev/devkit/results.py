"""What a run of Odoo's tests says in its log."""

import re
from collections import Counter
from dataclasses import dataclass, field

from .messages import Problem
from .odoo import errors_in

SUMMARY = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
# Each with the file of the test, then Class.method.
STARTED = re.compile(r" (odoo\.addons\.\S+): Starting (\w+\.\w+) \.\.\.")
SKIPPED = re.compile(r" (odoo\.addons\.\S+): skipped (\S+) : (.*)")
FAILED = re.compile(r" (odoo\.\S+): (?:FAIL|ERROR): (?:Subtest )?(\w+ \(\S+\)|\S+)")
OF_A_CLASS = re.compile(r"\w+ \(odoo\.addons\.(\w+)\.tests\.(?:\w+\.)*(\w+)\)")
# Odoo skips a tour whose browser does not start: that is no success.
BROWSER = re.compile(r"chrome|websocket|browser", re.IGNORECASE)


@dataclass
class Results:
    """Counts of checks that passed and failed, and what went wrong."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    complete: bool = False  # Odoo came to its end, whatever the tests said
    started: Counter[str] = field(default_factory=Counter)  # tests, by module
    failures: set[str] = field(default_factory=set)  # as module:Class.method

    def __iadd__(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.problems += other.problems
        self.started += other.started
        self.failures |= other.failures
        return self

    def fail(self, problem):
        self.failed += 1
        self.problems.append(problem)


def counted(function, *arguments):
    """Return the results of a function; a problem that it meets is a failure."""
    try:
        return function(*arguments)
    except Problem as problem:
        results = Results()
        results.fail(str(problem))
        return results


def from_log(log, exit_code):
    """Read the results of tests from Odoo's log; be wary of silence."""
    text = log.read_text(errors="replace")
    results = Results()
    summaries = SUMMARY.findall(text)
    run = sum(int(total) for _failed, _errors, total in summaries)
    reported = sum(int(failed) + int(errors) for failed, errors, _total in summaries)
    started = set(STARTED.findall(text))
    failed = set(FAILED.findall(text))
    skipped = {(file, test): reason for file, test, reason in SKIPPED.findall(text)}
    results.skipped = len(skipped)
    # A class whose preparation fails counts as one, though none of its tests started.
    results.failed = len(failed) or reported
    results.passed = run - len(started & (failed | skipped.keys()))
    results.complete = bool(summaries)
    results.started.update(_module(file) for file, _test in started)
    results.failures.update(_name(file, test) for file, test in failed)
    _doubt(results, log, exit_code, run, skipped)
    return results


def _module(file):
    """Return the module of a test, whose file is named as Python does."""
    return file.removeprefix("odoo.addons.").split(".")[0]


def _name(file, test):
    """Name a test as Odoo's tags do; a class whose preparation failed by its own."""
    if of_class := OF_A_CLASS.fullmatch(test):
        return ":".join(of_class.groups())
    return f"{_module(file)}:{test}"


def _doubt(results, log, exit_code, run, skipped):
    """Add failures for what a count alone would not show."""
    for (_file, test), reason in skipped.items():
        if BROWSER.search(reason):
            results.fail(f"{test} was skipped: {reason}")
    if not results.complete:
        results.fail("Odoo ended before the tests did.")
    elif not run:
        results.fail("No test ran: nothing matches these tags.")
    if not results.failed:
        if errors := errors_in(log):
            results.fail(
                "The tests passed, but the log has errors:\n" + "".join(errors)
            )
        elif exit_code:
            results.fail(f"The tests passed, but Odoo ended with code {exit_code}.")
