"""Where things live: the repository, and the state kept outside of it.

Odoo, the Python libraries and the PostgreSQL server are shared by all checkouts of a
user. The link that names the module, and the databases, belong to one checkout.
"""

import fcntl
import hashlib
import os
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from .messages import Problem, say

MODULE = "credit_management"
REPOSITORY = Path(__file__).resolve().parents[2]
CHECKOUT = hashlib.sha256(bytes(REPOSITORY)).hexdigest()[:6]

# For root, when its home is closed to the account that PostgreSQL runs under.
ROOT_HOME = Path("/var/cache") / MODULE


@cache
def home():
    """Return the state folder, created if need be."""
    path = _chosen_home()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"The folder {path} cannot be created ({error.strerror}).\n"
            "Set CREDIT_DEV_HOME to a folder that you can write to."
        ) from error
    if path.stat().st_uid != os.getuid():
        raise Problem(
            f"The folder {path} belongs to another user.\n"
            "Set CREDIT_DEV_HOME to a folder of your own."
        )
    if path == REPOSITORY or REPOSITORY in path.parents:
        raise Problem(
            f"The state folder {path} is inside the repository, whose files Odoo "
            "walks through.\nSet CREDIT_DEV_HOME to a folder outside of it."
        )
    return path


def _chosen_home():
    if os.environ.get("CREDIT_DEV_HOME"):
        return Path(os.environ["CREDIT_DEV_HOME"]).expanduser().resolve()
    cache_folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(cache_folder).expanduser().resolve() / MODULE
    if os.geteuid() == 0 and not open_to_all(path):
        return ROOT_HOME
    return path


def open_to_all(path):
    """Tell whether other accounts can enter each existing folder on the way."""
    folders = (folder for folder in [path, *path.parents] if folder.exists())
    return all(folder.stat().st_mode & 0o001 for folder in folders)


def folder(*names):
    """Return a folder of the state, created if need be."""
    path = home().joinpath(*names)
    path.mkdir(parents=True, exist_ok=True)
    return path


def checkout_folder(*names):
    """Return a folder of the state that belongs to this checkout alone."""
    path = folder("checkouts", CHECKOUT)
    note = path / "repository.txt"
    if not note.exists():
        note.write_text(f"{REPOSITORY}\n")
    return folder("checkouts", CHECKOUT, *names)


@contextmanager
def lock(name, busy=None):
    """Hold a lock while in the block; wait for it, or raise ``busy`` if it is taken."""
    with open(folder("locks") / name, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if busy:
                raise busy from None
            say(f"Waiting for another command, which prepares {name}…")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def short_folder(path):
    """Return ``path``, or a private one in /tmp if too long to hold a Unix socket."""
    if len(bytes(path)) < 80:
        return path
    digest = hashlib.sha256(bytes(path)).hexdigest()[:8]
    short = Path(tempfile.gettempdir()) / f"{MODULE}-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.is_symlink() or short.stat().st_uid != os.getuid():
        raise Problem(
            f"{short} belongs to another user: set a shorter CREDIT_DEV_HOME."
        )
    return short
