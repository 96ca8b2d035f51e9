"""Starting the Odoo in use, on one database."""

import os
import re
import subprocess

from . import libraries, odoo_source, places, postgres
from .messages import Problem, say

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d [\d:,]+ \d+ ([A-Z]+) ")
BAD = ("ERROR", "CRITICAL")

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
    """Return the variables for a Python that writes nothing in the repository."""
    return {
        "LANG": "C.UTF-8",
        **os.environ,
        "PYTHONPYCACHEPREFIX": str(places.folder("pycache")),
        "PATH": f"{libraries.python().parent}:{os.environ['PATH']}",
    }


def command(*arguments):
    return [str(libraries.python()), "-c", START, *map(str, arguments)]


def start(database, *arguments, **options):
    """Start Odoo; return its process."""
    return subprocess.Popen(command(*arguments), env=environment(database), **options)


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
    log = places.checkout_folder("logs") / f"{database.name}.log"
    with log.open("w") as output:
        process = start(
            database, *arguments, stdin=subprocess.PIPE, stdout=output, stderr=output
        )
        process.communicate((script or "").encode())
    errors = errors_in(log)
    if process.returncode or errors:
        shown = "".join(errors) or "".join(log.open().readlines()[-20:])
        raise Problem(f"{purpose}: failed.\n{shown}\nThe whole log: {log}")


def install(database, modules, purpose, *options):
    work(database, purpose, "-i", ",".join(modules), *ALONE, *options)


def update(database, modules, purpose, *options):
    work(database, purpose, "-u", ",".join(modules), *ALONE, *options)


def run_script(database, purpose, script):
    """Run Python in Odoo's shell; it has ``env`` and commits by itself."""
    work(database, purpose, "shell", "--no-http", script=script)


def level_of(line):
    """Return the level of a log's line; None for one that continues another."""
    found = LOG_LINE.match(line)
    return found and found[1]


def errors_in(log):
    """Return the lines of errors in a log, tracebacks included."""
    found, inside = [], False
    with log.open(errors="replace") as lines:
        for line in lines:
            if level := level_of(line):
                inside = level in BAD
            if inside:
                found.append(line)
    return found
