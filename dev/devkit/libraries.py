"""The virtual environment with the Python libraries of Odoo and of the tools."""

import hashlib
import shutil
import sys
import venv
from pathlib import Path

from . import apt, places
from .commands import run
from .messages import Problem, say

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python():
    """Return the Python of an environment that holds all requirements."""
    environment = _folder()
    executable = environment / "bin" / "python"
    if not _complete(environment):
        with places.lock("libraries"):
            if not _complete(environment):
                _build(environment)
    return executable


def program(name):
    """Return a program that the libraries bring along."""
    return python().with_name(name)


def package_folder(name):
    """Return where a package of the environment lies, None if it is not there."""
    python()
    found = list(_folder().glob(f"lib/python*/site-packages/{name}"))
    return found[0] if found else None


def unpack(packages, folder):
    """Put packages, without what they depend on, into a folder of their own.

    :raises Problem: the package index cannot be reached, or has none of them
    """
    arguments = ["--no-deps", "--target", str(folder), *packages]
    names = ", ".join(packages)
    _install(python(), arguments, f"{names} cannot be taken from the package index")


def _folder():
    version = "{}.{}".format(*sys.version_info)
    content = REQUIREMENTS.read_bytes() + sys.prefix.encode()
    return (
        places.folder("venv") / f"{version}-{hashlib.sha256(content).hexdigest()[:8]}"
    )


def _complete(environment):
    return (environment / "complete").exists()


def _build(environment):
    say("Installing the Python libraries…")
    shutil.rmtree(environment, ignore_errors=True)
    venv.EnvBuilder(symlinks=True, with_pip=False).create(environment)
    _install(
        environment / "bin" / "python",
        ["-r", str(REQUIREMENTS)],
        "The Python libraries cannot be installed",
    )
    (environment / "complete").touch()


def _install(executable, arguments, why):
    """Install with uv, many times faster than pip; else with pip."""
    arguments = ["install", "--quiet", *arguments]
    uv = shutil.which("uv") or shutil.which(executable.with_name("uv"))
    pip = None if uv else _pip(executable)
    if not uv:
        uv = _uv_installed_by(pip, executable)
    if uv:
        try:
            run([uv, "pip", *arguments, "--python", executable], why)
            return
        except Problem:  # uv ignores what pip is told in its configuration files
            pip = pip or _pip(executable)
    try:
        run([*pip, *arguments], why)
    except Problem as problem:
        raise Problem(
            f"{problem}\n\nIs there a connection to the package index? Behind a proxy "
            "or with a mirror, set what pip reads (HTTPS_PROXY, PIP_INDEX_URL)."
        ) from problem


def _uv_installed_by(pip, executable):
    try:
        run([*pip, "install", "--quiet", "uv"], "uv cannot be installed")
    except Problem:
        return None
    return executable.with_name("uv")


def _pip(executable):
    """Return a command that runs pip for ``executable``.

    Debian and Ubuntu leave ensurepip out of Python; their package with the wheel of pip
    can be unpacked by anyone.
    """
    try:
        run([executable, "-m", "ensurepip", "--default-pip"], "No ensurepip")
    except Problem:
        return [executable, _unpacked_pip()]
    return [executable, "-m", "pip", "--disable-pip-version-check"]


def _unpacked_pip():
    """Return the wheel of pip from the system's packages; Python can run it."""
    if apt.available():
        mirror = apt.system()
        mirror.update()
        mirror.unpack("python3-pip-whl", places.folder("pip"))
    wheels = sorted(places.folder("pip").glob("usr/share/python-wheels/pip-*.whl"))
    if not wheels:
        raise Problem(
            "This Python has no pip, which installs the libraries of Odoo.\n"
            "Install the package python3-venv (Debian, Ubuntu) or python3-pip."
        )
    return wheels[-1] / "pip"
