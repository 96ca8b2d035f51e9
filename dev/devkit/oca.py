"""Modules of OCA that a bridge builds on: taken from the package index for its tests.

The demonstration does without them, and so does the module.
"""

import hashlib
import shutil

from . import libraries, places
from .messages import say

# what these need beside Odoo is among the requirements of the tools
PACKAGES = {"queue_job": "odoo-addon-queue-job==19.0.2.4.0.*"}


def addons():
    """Return the folder with the modules, in a list: empty until they are taken."""
    folder = _folder() / "odoo" / "addons"
    return [folder] if folder.exists() else []


def take():
    """Take the modules unless they are there.

    :raises Problem: the package index cannot be reached
    """
    if addons():
        return
    with places.lock("oca"):
        if addons():
            return
        say(f"Taking {', '.join(PACKAGES.values())}…")
        building = _folder().with_suffix(".part")
        shutil.rmtree(building, ignore_errors=True)
        libraries.unpack(PACKAGES.values(), building)
        building.rename(_folder())


def _folder():
    digest = hashlib.sha256(repr(sorted(PACKAGES.items())).encode()).hexdigest()
    return places.folder("oca") / digest[:8]
