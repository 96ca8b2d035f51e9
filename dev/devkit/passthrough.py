"""dev/odoo: any command of the Odoo in use; dev/psql: SQL on its databases."""

import argparse
import os

from . import database, odoo, postgres


def odoo_main(arguments):
    chosen, rest = _database_and_rest("dev/odoo", arguments)
    odoo.become(chosen, rest)


def psql_main(arguments):
    chosen, rest = _database_and_rest("dev/psql", arguments)
    env = {**os.environ, **postgres.environment(), "PGDATABASE": chosen.name}
    program = str(postgres.psql())
    os.execvpe(program, [program, *rest], env)


def _database_and_rest(program, arguments):
    parser = argparse.ArgumentParser(prog=program, add_help=False, allow_abbrev=False)
    parser.add_argument("--db", default="demo")
    options, rest = parser.parse_known_args(arguments)
    return database.named(options.db), rest
