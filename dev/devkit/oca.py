"""Modules of OCA that a bridge builds on: taken from the package index for its tests.

The demonstration does without them, and so does the module.
"""

import hashlib
import shutil

from . import libraries, places
from .messages import say
from .odoo_source import SERIES

# what these need beside Odoo is among the requirements of the tools
PACKAGES = {"queue_job": "odoo-addon-queue-job==19.0.2.4.0.*"}


def bring(names, database):
    """Let the Odoo of a database, and no other, find those of the modules it needs.

    :param names: of modules, of which some are OCA's
    :raises Problem: the package index cannot be reached
    """
    wanted = PACKAGES.keys() & set(names)
    if not wanted:
        return
    # the folder where Odoo looks by itself, beside its path
    folder = database.data / "addons" / SERIES
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in wanted:
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(_taken() / "odoo" / "addons" / name)


def _taken():
    """Return the folder with the packages, taken at first if need be."""
    digest = hashlib.sha256(repr(sorted(PACKAGES.items())).encode()).hexdigest()
    target = places.folder("oca") / digest[:8]
    with places.lock("oca"):
        if not target.exists():
            say(f"Taking {', '.join(PACKAGES.values())}…")
            building = target.with_suffix(".part")
            shutil.rmtree(building, ignore_errors=True)
            libraries.unpack(PACKAGES.values(), building)
            building.rename(target)
    return target
