"""dev/upgrade: from the versions that were in use to the one in this folder."""

import argparse
import io
import json
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from . import (
    database,
    demonstration,
    lifecycle,
    odoo,
    places,
    schema,
    templates,
)
from .messages import Problem, say

IN_USE = {
    "19.0.1.0.0": "8a3fddea5bcb503057257d284750e936fceb9ae3",
    "19.0.1.1.0": "71dac7f8565751aaf33ced28d7b01e53c705404f",
    "19.0.1.2.0": "b06a66cb139155000215ac5a7335f79c7f63351f",
    "19.0.1.2.1": "7f88971352734ef211ea9f61b6797ae46fd62711",
}
QUESTIONS = Path(__file__).resolve().parent / "upgrade_questions.py"


@dataclass(frozen=True)
class OldDatabase(database.Database):
    """A database whose modules are those of another version."""

    folder: Path

    @property
    def our_addons(self):
        return self.folder


def main(arguments):
    options = _parse(arguments)
    commit = IN_USE.get(options.version, options.version)
    old_code = _extract(commit)
    problems = []
    new = database.named(options.db)
    fresh = database.named(f"{options.db}_fresh")
    with new.reserved("the upgrade"), fresh.reserved("the upgrade"):
        old = OldDatabase(new.name, new.data, old_code)
        _install_afresh(fresh)
        modules = fresh.sql(_MODULES).splitlines()
        problems += _upgrade_in_use(old, new, modules)
        problems += _compare_with_fresh(new, fresh)
        problems += _upgrade_and_uninstall(old, new, modules)
        if not options.keep:
            new.drop()
            fresh.drop()
    if problems:
        say("\n**Failed:**")
    for problem in problems:
        say(f"- {problem}")
    say("" if problems else "\nThe upgrade keeps what was there.")
    sys.exit(1 if problems else 0)


_MODULES = (
    "SELECT name FROM ir_module_module WHERE state = 'installed'"
    f" AND name LIKE '{places.MODULE}%'"
)


def _install_afresh(fresh):
    fresh.copy_from(templates.for_demonstration())
    odoo.install(fresh, [places.MODULE], "Installing this version afresh")


def _upgrade_in_use(old, new, modules):
    """Upgrade a database with documents; return what it has lost or changed."""
    _copy_template(old)
    demonstration.install_in(old)
    before = _ask(old)
    # demonstration data of this version would add documents
    old.sql("UPDATE ir_module_module SET demo = false")
    problems = _update(new, modules)
    after = _ask(new, before["fields"])
    say("\n| Kept | Records |\n| --- | --- |")
    for model, records in before["records"].items():
        say(f"| {model} | {len(records)} |")
        problems += _compare(model, records, after["records"].get(model, {}))
    return problems


def _compare(model, before, after):
    """Return what is no longer as it was, a line for each record."""
    for key, values in before.items():
        if key not in after:
            yield f"{model} {key} is gone: {values}"
            continue
        changed = {
            name: f"{value!r} → {after[key][name]!r}"
            for name, value in values.items()
            if name in after[key] and after[key][name] != value
        }
        if changed:
            yield f"{model} {key}: {changed}"


def _compare_with_fresh(new, fresh):
    """Return how the upgraded database differs from one installed today."""
    kinds = ("table", "column", "index", "constraint", "comment")
    problems = [
        f"only {'after a new installation' if line[0] == '-' else 'upgraded'}: {line}"
        for line in schema.differences(fresh, new, kinds)
    ]
    for question, what in _RECORDS.items():
        missing = set(fresh.sql(question).splitlines())
        missing -= set(new.sql(question).splitlines())
        problems += [
            f"{what} missing once upgraded: {line}" for line in sorted(missing)
        ]
    return problems


_RECORDS = {
    "SELECT model, name FROM ir_model_data"
    f" WHERE module LIKE '{places.MODULE}%'": "record of the module",
    "SELECT g.name ->> 'en_US', a.name, a.perm_read, a.perm_write, a.perm_create,"
    " a.perm_unlink FROM ir_model_access a LEFT JOIN res_groups g ON g.id = a.group_id"
    " JOIN ir_model_data d ON d.res_id = a.id AND d.model = 'ir.model.access'"
    f" WHERE d.module LIKE '{places.MODULE}%'": "right",
    "SELECT r.name, r.domain_force FROM ir_rule r JOIN ir_model_data d"
    " ON d.res_id = r.id AND d.model = 'ir.rule'"
    f" WHERE d.module LIKE '{places.MODULE}%'": "rule",
}


def _upgrade_and_uninstall(old, new, modules):
    """Upgrade a database without documents, and take the module out again."""
    _copy_template(old)
    odoo.install(old, [places.MODULE], "Installing the first version without its demo")
    problems = _update(new, modules)
    try:
        lifecycle.uninstall(new, templates.for_demonstration())
    except Problem as problem:
        problems.append(str(problem))
    return problems


def _copy_template(old):
    """Begin with a database that knows of no module that came later."""
    old.copy_from(templates.for_demonstration())
    known = ", ".join(f"'{path.name}'" for path in old.folder.iterdir())
    old.sql(
        "WITH unknown AS (DELETE FROM ir_module_module"
        f" WHERE name LIKE '{places.MODULE}%' AND name NOT IN ({known}) RETURNING id)"
        " DELETE FROM ir_model_data WHERE model = 'ir.module.module'"
        " AND res_id IN (SELECT id FROM unknown)"
    )


def _update(new, modules):
    """Update the module, install its new bridges; return the warnings of the log."""
    installed = new.sql(_MODULES).splitlines()
    bridges = ",".join(sorted(set(modules) - set(installed)))
    odoo.update(
        *[new, [places.MODULE], "Upgrading to this version"],
        *(["-i", bridges] if bridges else []),
    )
    return [f"logged while upgrading: {line.strip()}" for line in odoo.warnings_of(new)]


def _ask(chosen, fields=None):
    """Return what the database tells of customers, limits, holds and policies.

    :param fields: by model, those to read; all that are stored by default
    """
    script = QUESTIONS.read_text() + f"\nanswer(env, {fields!r})\n"
    return json.loads(odoo.script_output(chosen, script).splitlines()[-1])


def _extract(commit):
    """Unpack our modules as of a commit; return the folder that holds them."""
    folder = places.checkout_folder("upgrade", commit[:12])
    shutil.rmtree(folder)
    target = folder / places.MODULE
    target.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", places.REPOSITORY, "archive", commit],
        capture_output=True,
        check=False,
    )
    if archive.returncode:
        raise Problem(
            f"The commit {commit} is not in this clone, which may be a shallow one:\n"
            f"{archive.stderr.decode().strip()}\nFetch the whole history, or name"
            " another version: --from VERSION"
        )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(target, filter="data")
    for bridge in (target / "bridges").glob("*/__manifest__.py"):
        (folder / bridge.parent.name).symlink_to(bridge.parent)
    return folder


def _parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev/upgrade",
        description="Install an earlier version with its demo data, upgrade it to this"
        " one and compare: limits, holds, policies, history and exposures with those"
        " before, the tables with those of a new installation. Then uninstall it.",
    )
    parser.add_argument(
        "--from",
        dest="version",
        default=min(IN_USE),
        metavar="VERSION",
        help=f"one of {', '.join(IN_USE)}, or a commit; default: %(default)s",
    )
    parser.add_argument(
        "--keep", action="store_true", help="keep the databases, to look at them"
    )
    parser.add_argument(
        "--db", default="upgrade", metavar="NAME", help="default: %(default)s"
    )
    return parser.parse_args(arguments)
