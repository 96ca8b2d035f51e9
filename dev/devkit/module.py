"""The module under development, its bridges, and how Odoo finds them."""

import ast
import hashlib
from functools import cache

from . import places
from .messages import Problem

BRIDGES = places.REPOSITORY / "bridges"
# Folders with nothing that Odoo writes into a database when it installs the module.
UNRELATED = {".git", ".ci", "dev", "doc", "docs", "tests", "static", "__pycache__"}


def manifest(path=places.REPOSITORY):
    file = path / "__manifest__.py"
    try:
        return ast.literal_eval(file.read_text())
    except FileNotFoundError:
        raise Problem(f"{file} is missing: this is no Odoo module.") from None
    except (SyntaxError, ValueError) as error:
        raise Problem(f"{file} cannot be read: {error}") from error


def dependencies():
    return manifest()["depends"]


def bridges():
    """Return the folders of the bridge modules, by technical name."""
    found = sorted(BRIDGES.glob("*/__manifest__.py"))
    return {file.parent.name: file.parent for file in found}


@cache
def addons_folder():
    """Return the folder with links to our modules, under their technical names."""
    folder = places.checkout_folder("addons")
    wanted = {places.MODULE: places.REPOSITORY, **bridges()}
    for link in folder.iterdir():
        if wanted.get(link.name) != link.resolve():
            link.unlink()
    for name, target in wanted.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    return folder


def fingerprint():
    """Return a digest that changes when the module has to be updated in a database."""
    digest = hashlib.sha256()
    for path in sorted(places.REPOSITORY.rglob("*")):
        relative = path.relative_to(places.REPOSITORY)
        if UNRELATED.intersection(relative.parts):
            continue
        if path.suffix in {".py", ".xml", ".csv", ".po", ".sql"} and path.is_file():
            digest.update(bytes(relative) + path.read_bytes())
    return digest.hexdigest()
