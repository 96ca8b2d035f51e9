"""Starting the Odoo in use, on one database."""

import os
import re
import subprocess
from contextlib import contextmanager

from . import libraries, odoo_source, places, postgres
from .messages import Problem, say

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ \d+ ([A-Z]+) ")
BAD = ("ERROR", "CRITICAL")

DEMO_FAILED = "demo data failed to install"

START = "import odoo.cli; odoo.cli.main()"
# For commands that do their work and end; a port and crons would only disturb others.
ALONE = ["--stop-after-init", "--no-http", "--max-cron-threads=0"]


def environment(database):
    """Return the variables with which Odoo finds its code, settings and database."""
    source = odoo_source.find()
    kept = python_environment()
    for name in postgres.FOREIGN_VARIABLES:
        kept.pop(name, None)
    python_path = [str(source.root), *kept.get("PYTHONPATH", "").split(":")]
    return {
        **kept,
        **postgres.environment(),
        "PGDATABASE": database.name,
        "ODOO_RC": str(database.configuration()),
        "PYTHONPATH": ":".join(filter(None, python_path)),
    }


def python_environment():
    """Return the variables for a Python that writes nothing in the repository.

    What it compiles is kept elsewhere, whatever the shell says: Odoo is started often.
    """
    inherited = dict(os.environ)
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        "LANG": "C.UTF-8",
        **inherited,
        "PYTHONPYCACHEPREFIX": str(places.folder("pycache")),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(places.folder("hypothesis")),
        "PATH": f"{libraries.python().parent}:{os.environ['PATH']}",
    }


def command(*arguments, start=START):
    return [str(libraries.python()), "-c", start, *map(str, arguments)]


@contextmanager
def running(database, *arguments, start=START, **options):
    """Have an Odoo run while in the block; yield its process.

    :param str start: the Python that starts it
    """
    process = subprocess.Popen(
        command(*arguments, start=start), env=environment(database), **options
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def become(database, arguments):
    """Turn this very process into Odoo."""
    full = command(*arguments)
    os.execve(full[0], full, environment(database))


def work(database, purpose, *arguments, script=None):
    """Let Odoo do something to its end.

    :param purpose: what is being done, for the user
    :param script: what to type into Odoo, for ``shell``
    :raises Problem: if it fails or logs an error
    """
    say(f"{purpose}…")
    log = log_of(database)
    with log.open("w") as output:
        streams = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
        with running(database, *arguments, **streams) as process:
            process.communicate((script or "").encode())
    errors = errors_in(log)
    if process.returncode or errors:
        shown = "".join((errors or log.open().readlines())[-30:])
        raise Problem(f"{purpose}: failed.\n{shown}\nThe whole log: {log}")


def log_of(database):
    """Return the log of what was last done in a database."""
    return places.checkout_folder("logs") / f"{database.name}.log"


def install(database, modules, purpose, *options):
    work(database, purpose, "-i", ",".join(modules), *ALONE, *options)


def update(database, modules, purpose, *options):
    work(database, purpose, "-u", ",".join(modules), *ALONE, *options)


def run_script(database, purpose, script):
    """Run Python in Odoo's shell; it has ``env`` and commits by itself."""
    work(database, purpose, "shell", "--no-http", script=script)


def script_output(database, script, **options):
    """Run Python in Odoo's shell; return what it prints. The log goes to stderr.

    :param options: of the process
    """
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    arguments = ["shell", "--no-http", "--log-level=warn"]
    with running(database, *arguments, **streams, **options) as process:
        printed, _none = process.communicate(script.encode())
    if process.returncode:
        raise Problem("The script failed in Odoo's shell; see above.")
    return printed.decode()


def level_of(line):
    """Return the level of a log's line; None for one that continues another."""
    found = LOG_LINE.match(line)
    return found and found[1]


def errors_in(log):
    """Return the lines of errors in a log, tracebacks included.

    For Odoo, demonstration data that it cannot load is worth a warning; not here.
    """
    return _lines_of(log, lambda level, line: level in BAD or DEMO_FAILED in line)


def warnings_of(database):
    """Return the lines of warnings and errors in the log of what was last done."""
    levels = {"WARNING", *BAD}
    return _lines_of(log_of(database), lambda level, _line: level in levels)


def _lines_of(log, is_wanted):
    found, inside = [], False
    with log.open(errors="replace") as lines:
        for line in lines:
            if level := level_of(line):
                inside = is_wanted(level, line)
            if inside:
                found.append(line)
    return found
