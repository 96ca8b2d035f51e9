"""The first thing that every command does."""

import importlib
import os
import signal
import sys

from .messages import problems_told


def main(module, function, package=__package__):
    """Run a command of this or another package on the arguments of this process."""
    if sys.version_info < (3, 10):  # noqa: UP036, the user's Python may be any
        sys.exit("Python 3.10 or newer is needed.")
    os.umask(0o022)  # PostgreSQL's account reads what root unpacks
    # A command that is told to end ends what it has started as well.
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
    with problems_told():
        importlib.import_module(f".{module}", package).__dict__[function](sys.argv[1:])
