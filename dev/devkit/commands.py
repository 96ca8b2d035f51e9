"""Running other programs."""

import os
import subprocess

from .messages import Problem


def variables(changes):
    """Return the environment of this process with changes; None takes one away."""
    changed = {**os.environ, **(changes or {})}
    return {name: value for name, value in changed.items() if value is not None}


def run(command, why, env=None, **options):
    """Run a command quietly; return its output.

    :raises Problem: if it fails, saying ``why`` it was run and what it answered
    """
    try:
        done = subprocess.run(
            [str(part) for part in command],
            env=variables(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **options,
        )
    except OSError as error:
        raise Problem(f"{why}: {error}") from error
    if done.returncode:
        answer = "\n".join(done.stdout.strip().splitlines()[-8:])
        raise Problem(f"{why}: “{command[0]}” failed with:\n{answer}")
    return done.stdout
