"""Databases: several side by side, each with the files that belong to it."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import module, odoo_source, places, postgres
from .messages import Problem


@dataclass(frozen=True)
class Database:
    """A database of Odoo with its data folder (file store, sessions, configuration)."""

    name: str  # in PostgreSQL
    data: Path

    @property
    def exists(self):
        return bool(
            postgres.sql(f"SELECT 1 FROM pg_database WHERE datname = '{self.name}'")
        )

    @property
    def file_store(self):
        return self.data / "filestore" / self.name

    @property
    def note(self):
        """Return the file that tells what the database was made from.

        Written last: without it, the making was interrupted.
        """
        return self.data / "made-from.txt"

    def made_from(self):
        """Return what was noted when the database was ready; None if it never was."""
        if not self.note.exists() or not self.exists:
            return None
        return self.note.read_text()

    def sql(self, statement):
        return postgres.sql(statement, self.name)

    def drop(self):
        postgres.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        shutil.rmtree(self.data, ignore_errors=True)

    def copy_from(self, template):
        """Become a copy of another database, with its files."""
        self.drop()
        postgres.sql(f'CREATE DATABASE "{self.name}" TEMPLATE "{template.name}"')
        self.file_store.parent.mkdir(parents=True, exist_ok=True)
        if template.file_store.exists():
            shutil.copytree(template.file_store, self.file_store)

    @property
    def our_addons(self):
        """Return the folder with our modules, as this database has them."""
        return module.addons_folder()

    def configuration(self):
        """Write the configuration of an Odoo for this database; return its path."""
        self.data.mkdir(parents=True, exist_ok=True)
        addons = [*odoo_source.find().addons, self.our_addons]
        path = self.data / "odoo.conf"
        path.write_text(
            "[options]\n"
            f"addons_path = {','.join(map(str, addons))}\n"
            f"data_dir = {self.data}\n"
            f"db_name = {self.name}\n"
            "list_db = False\n"
            "limit_time_real = 3600\n"
            "limit_time_cpu = 3600\n"
        )
        return path

    @contextmanager
    def reserved(self, purpose="the benchmark"):
        """Hold the database for oneself and one purpose, as it may be made anew.

        :raises Problem: if it is held by another command, or serves another purpose
        """
        taken = Problem(
            f"The database {self.name} is in use by another command.\n"
            "Wait for its end, or name another one: --db NAME"
        )
        with places.lock(f"{self.name}.db", busy=taken):
            self._claim(purpose)
            yield

    def _claim(self, purpose):
        note = self.data.with_suffix(".purpose")
        found = note.read_text() if note.exists() else "something else"
        if found != purpose and self.exists:
            raise Problem(
                f"The database {self.name} is there for {found}, not for {purpose}.\n"
                "It is left alone: name another one with --db NAME."
            )
        note.write_text(purpose)


def named(name):
    """Return the database that this checkout calls ``name``."""
    if not name.replace("_", "").isalnum() or not name.isascii():
        raise Problem(f"“{name}” is no name for a database: use letters, digits and _.")
    name = name.lower()
    data = places.checkout_folder("data", name)
    return Database(f"credit_{name}_{places.CHECKOUT}", data)
