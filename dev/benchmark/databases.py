"""The databases to measure: one ledger, in plain Odoo and with the module."""

import hashlib
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from devkit import database, module, odoo, places, templates
from devkit.messages import say

SEED = 20
HERE = Path(__file__).resolve().parent
VACUUM = "VACUUM ANALYZE"


@dataclass(frozen=True)
class Pair:
    """The same ledger twice."""

    plain: database.Database
    controlled: database.Database
    customers: int

    def prepare(self):
        """Make what is missing or outdated."""
        template = templates.for_demonstration()
        recipe = _digest([template.name, self.customers, SEED, *_ledger_code()])
        if self.plain.made_from() != recipe:
            self._generate(template)
            self.plain.note.write_text(recipe)
        made_from = recipe + module.fingerprint()
        if self.controlled.made_from() == made_from:
            return
        self.controlled.copy_from(self.plain)
        self._install()
        self.controlled.sql(VACUUM)
        self.controlled.note.write_text(made_from)

    def _install(self):
        purpose = f"Installing {places.MODULE} on it"
        seconds = {
            "installing": _seconds_of(
                odoo.install, self.controlled, [places.MODULE], purpose
            ),
            "loading": _seconds_of(odoo.script_output, self.controlled, ""),
        }
        self._seconds.write_text(json.dumps(seconds))

    def installation(self):
        """Return the seconds of installing the module, and of loading the registry.

        :return: None if they were not noted
        """
        return json.loads(self._seconds.read_text()) if self._seconds.exists() else None

    @property
    def _seconds(self):
        return self.controlled.data / "installation.json"

    def _generate(self, template):
        say(f"Making a ledger of {self.customers} customers…")
        started = time.monotonic()
        self.plain.copy_from(template)
        made = ask(self.plain, "generate", customers=self.customers, seed=SEED)
        self.plain.sql(VACUUM)
        seconds = time.monotonic() - started
        documents = ", ".join(f"{count} {kind}" for kind, count in made.items())
        say(f"{sum(made.values())} documents in {seconds:.0f} s: {documents}")


def ask_in_turns(pair, function, **arguments):
    """Call a function in both databases at the same time; see :mod:`.turns`.

    :return: the results, of plain Odoo first
    """
    one, other = socket.socketpair()
    with ThreadPoolExecutor() as pool:
        asked = [
            pool.submit(_ask_in_turn, chosen, end, function, arguments, begins)
            for chosen, end, begins in [
                (pair.plain, one, True),
                (pair.controlled, other, False),
            ]
        ]
        return [answer.result() for answer in asked]


def _ask_in_turn(chosen, end, function, arguments, begins):
    with closing(end):  # then the other one waits no more
        turn = {"descriptor": end.fileno(), "begins": begins}
        return ask(chosen, function, (end.fileno(),), **arguments, **turn)


def ask(chosen, function, descriptors=(), **arguments):
    """Call a function of :mod:`.inside` in Odoo's shell; return its result.

    :param descriptors: files of this process that the shell keeps open
    """
    script = (
        "import sys\n"
        f"sys.path.insert(0, {str(HERE.parent)!r})\n"
        "from benchmark import inside\n"
        f"inside.answer(inside.{function}(env, **{arguments!r}))\n"
    )
    printed = odoo.script_output(chosen, script, pass_fds=descriptors)
    return json.loads(printed.splitlines()[-1])


def pair(name, customers):
    return Pair(database.named(f"{name}_plain"), database.named(name), customers)


def _seconds_of(work, *arguments):
    started = time.monotonic()
    work(*arguments)
    return round(time.monotonic() - started, 2)


def _ledger_code():
    files = [HERE / "plain_sql.py", *sorted((HERE / "ledger").glob("*.py"))]
    return [file.read_text() for file in files]


def _digest(parts):
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()
