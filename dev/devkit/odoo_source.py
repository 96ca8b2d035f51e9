"""The Odoo in use: given by the user, Debian's package, or a git clone."""

import hashlib
import importlib.util
import os
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import apt, places
from .commands import run
from .messages import Problem, say

SERIES = "19.0"
GIT_URL = "https://github.com/odoo/odoo"

# Debian's package links to fonts and scripts of these.
LINKED_PACKAGES = (
    "fonts-font-awesome/stable",  # the unstable one lacks the files of version 4
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-ocr-b",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Left out by Debian for its licence. Its absence is an error on the browser's console,
# which fails every tour of the backend.
MISSING_SCRIPT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class OdooSource:
    """An Odoo: the folder with the package ``odoo``, and where it comes from."""

    root: Path
    origin: str

    @property
    def addons(self):
        paths = [self.root / "addons", self.root / "odoo" / "addons"]
        return [path for path in paths if any(path.glob("*/__manifest__.py"))]

    def has(self, name):
        """Tell whether a module is at hand."""
        return any((path / name / "__manifest__.py").exists() for path in self.addons)

    @property
    def identity(self):
        """Return what changes with the code of this Odoo."""
        release = self.root / "odoo" / "release.py"
        text = f"{self.origin} {release.stat().st_mtime_ns} {_commit(self.root)}"
        return hashlib.sha256(text.encode()).hexdigest()


@cache
def find():
    """Return the Odoo to use, fetched at first if need be."""
    for look in (_given, _importable, _fetched):
        if source := look():
            return source
    with places.lock("odoo"):
        return _fetched() or _from_debian() or _from_git()


def _series(root):
    try:
        release = (root / "odoo" / "release.py").read_text()
    except OSError:
        return None
    found = re.search(r"version_info = \((\d+), (\d+)", release)
    return f"{found[1]}.{found[2]}" if found else None


def _commit(root):
    """Return the commit of a clone; empty for anything else."""
    head = root / ".git" / "HEAD"
    if not head.is_file():
        return ""
    try:
        return run(["git", "-C", root, "rev-parse", "HEAD"], "No commit")
    except Problem:  # no git, or the clone of another user
        return ""


def _given():
    if not os.environ.get("ODOO_HOME"):
        return None
    root = Path(os.environ["ODOO_HOME"]).expanduser().resolve()
    if _series(root) != SERIES:
        raise Problem(
            f"ODOO_HOME is {root}, where no Odoo {SERIES} was found (by "
            "odoo/release.py).\nSet it to the folder of a clone, or unset it."
        )
    return OdooSource(root, "ODOO_HOME")


def _importable():
    spec = importlib.util.find_spec("odoo")
    for location in (spec and spec.submodule_search_locations) or ():
        root = Path(location).resolve().parent
        if _series(root) == SERIES:
            return OdooSource(root, "the Odoo of this Python")
    return None


def _fetched():
    debian = places.home() / "odoo-debian"
    if (debian / "complete").exists():
        version = (debian / "complete").read_text().strip()
        root = debian / "usr" / "lib" / "python3" / "dist-packages"
        return OdooSource(root, f"Debian's odoo-19 {version}")
    clone = places.home() / "odoo-git"
    if (clone / "odoo" / "release.py").exists():
        return OdooSource(clone, "a clone of Odoo's repository")
    return None


def _from_debian():
    if not apt.is_debian():
        return None
    say("Downloading Odoo 19 (Debian's package odoo-19, unpacked, not installed)…")
    try:
        _unpack_debian()
    except Problem as problem:
        say(f"{problem}\nDebian's package is out of reach; trying a git clone instead.")
        return None
    return _fetched()


def _unpack_debian():
    mirror = _mirror_with("odoo-19")
    target = places.home() / "odoo-debian"
    building = places.home() / "odoo-debian.part"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    mirror.unpack("odoo-19", building)
    for package in LINKED_PACKAGES:
        try:
            mirror.unpack(package, building)
        except Problem as problem:  # some icons or letters look different, no more
            say(f"Going on without {package}: {problem}")
    script = next(building.glob("usr/lib/python3/dist-packages/odoo")) / MISSING_SCRIPT
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    (building / "complete").write_text(mirror.version("odoo-19"))
    shutil.rmtree(target, ignore_errors=True)
    building.rename(target)


def _mirror_with(package):
    """Return an apt on Debian's unstable and stable suites that has the package."""
    problem = None
    for sources in apt.debian_sources(["sid", "stable"]):
        mirror = apt.Apt("debian", sources)
        try:
            mirror.update()
        except Problem as refusal:
            problem = refusal
            continue
        if mirror.version(package):
            return mirror
    raise problem or Problem(f"The Debian mirror has no package {package}.")


def _from_git():
    if not shutil.which("git"):
        raise Problem(
            "Odoo is not here yet and git, which would fetch it, is not installed.\n"
            "Install git, or set ODOO_HOME to the folder of an Odoo 19."
        )
    say(f"Cloning Odoo {SERIES} from {GIT_URL} (several hundred megabytes)…")
    target = places.home() / "odoo-git"
    building = places.home() / "odoo-git.part"
    shutil.rmtree(building, ignore_errors=True)
    clone = ["git", "clone", "--quiet", "--depth=1", f"--branch={SERIES}"]
    try:
        run([*clone, GIT_URL, building], "Odoo cannot be cloned")
    except Problem as problem:
        raise Problem(
            f"{problem}\n\nIs there a connection to {GIT_URL}? Otherwise set ODOO_HOME "
            "to the folder of an Odoo 19."
        ) from problem
    building.rename(target)
    return _fetched()
