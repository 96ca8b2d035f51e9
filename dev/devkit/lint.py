"""The linters. Each is one check, which passes or fails."""

import subprocess

from . import libraries, module, odoo, odoo_source, places
from .messages import say
from .results import Results

# Authors are not asked to be members of the OCA; rooms re-open core models on purpose.
PYLINT_ODOO_OFF = (
    "--disable=manifest-required-author,consider-merging-classes-inherited"
)

# What Odoo's test_lint asks of its own code; its test walks through all of Odoo.
ODOO_CHECKERS = (
    "_odoo_checker_sql_injection",
    "_odoo_checker_gettext",
    "_odoo_checker_unlink_override",
)
ODOO_PYLINT = (
    "--rcfile=/dev/null",
    "--score=n",
    "--ignore=dev,bridges,.git",
    "--load-plugins=_pylint_path_setup,pylint.extensions.bad_builtin,"
    + ",".join(ODOO_CHECKERS),
    "--bad-functions=input",
    "--disable=all",
    "--enable=used-before-assignment,undefined-variable,eval-used,unreachable,"
    "function-redefined,sql-injection,missing-gettext,gettext-variable,"
    "gettext-placeholders,gettext-repr,raise-unlink-override",
)


def check():
    """Run all linters on the module and its bridges."""
    results = Results()
    for name, command in _linters():
        done = _run(command)
        if done.returncode:
            say(f"{name}: failed")
            results.fail(f"{name}:\n{done.stdout.strip()}")
        else:
            say(f"{name}: passed")
            results.passed += 1
    return results


def _linters():
    cache = f"--cache-dir={places.folder('ruff')}"
    settings = f"--rcfile={places.REPOSITORY / 'pyproject.toml'}"
    addons = module.addons_folder()
    modules = [addons / name for name in (places.MODULE, *module.bridges())]
    yield "ruff format", ["ruff", "format", "--check", "--quiet", cache, "."]
    yield "ruff check", ["ruff", "check", "--quiet", cache, "."]
    yield "pylint-odoo", ["pylint", settings, PYLINT_ODOO_OFF, *modules]
    yield "Odoo's pylint", ["pylint", *ODOO_PYLINT, *modules]
    yield (
        "oca-checks",
        ["oca-checks-odoo-module", "--disable=prefer-readme-rst", *modules],
    )


def _environment():
    source = odoo_source.find()
    addons = [*source.addons, module.addons_folder()]
    checkers = (path / "test_lint" / "tests" for path in addons)
    python_path = [source.root, *(path for path in checkers if path.exists())]
    return {
        **odoo.python_environment(),
        "PYLINTHOME": str(places.folder("pylint")),
        "PYTHONPATH": ":".join(map(str, python_path)),
        "ADDONS_PATH": ":".join(map(str, addons)),
    }


def _run(command):
    program, *arguments = map(str, command)
    return subprocess.run(
        [str(libraries.program(program)), *arguments],
        cwd=places.REPOSITORY,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
