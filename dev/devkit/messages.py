"""What the tools tell the person in front of the terminal."""

import sys
from contextlib import contextmanager


class Problem(Exception):  # noqa: N818, it need not be a mistake
    """Something the user has to know of, worded for them: what is wrong, what to do."""


def say(text=""):
    print(text, flush=True)


@contextmanager
def problems_told():
    """Turn a Problem into a message and exit code 2, without a traceback."""
    try:
        yield
    except Problem as problem:
        sys.stdout.flush()
        print(f"\n{problem}", file=sys.stderr, flush=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
