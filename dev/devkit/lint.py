"""The linters. Each is one check, which passes or fails."""

import subprocess

from . import libraries, module, odoo, places
from .messages import say
from .results import Results


def check():
    """Run all linters on the module and its bridges; show what they find."""
    results = Results()
    for name, command in _linters():
        done = _run(command)
        if done.returncode:
            say(f"{name}: failed\n{done.stdout.strip()}\n")
            results.fail(f"{name} found something.")
        else:
            say(f"{name}: passed")
            results.passed += 1
    return results


def _linters():
    cache = f"--cache-dir={places.folder('ruff')}"
    settings = places.REPOSITORY / "pyproject.toml"
    addons = module.addons_folder()
    modules = [addons / name for name in (places.MODULE, *module.bridges())]
    yield "ruff format", ["ruff", "format", "--check", "--quiet", cache, "."]
    yield "ruff check", ["ruff", "check", "--quiet", cache, "."]
    yield "pylint-odoo", ["pylint", f"--rcfile={settings}", *modules]
    yield (
        "oca-checks",
        ["oca-checks-odoo-module", "--disable=prefer-readme-rst", *modules],
    )


def _run(command):
    program, *arguments = map(str, command)
    return subprocess.run(
        [str(libraries.program(program)), *arguments],
        cwd=places.REPOSITORY,
        env={**odoo.python_environment(), "PYLINTHOME": str(places.folder("pylint"))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
