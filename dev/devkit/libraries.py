"""The virtual environment with the Python libraries of Odoo and of the tools."""

import hashlib
import shutil
import subprocess
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
    builder = venv.EnvBuilder(symlinks=True, with_pip=False)
    builder.create(environment)
    executable = environment / "bin" / "python"
    installer = _installer(executable)
    _install([*installer, "-r", str(REQUIREMENTS)])
    (environment / "complete").touch()


def _installer(executable):
    """Return the command that installs packages for ``executable``."""
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", str(executable)]
    pip = [*_pip(executable), "install", "--quiet", "--disable-pip-version-check"]
    uv = executable.with_name("uv")
    # uv is many times faster than pip, and optional
    subprocess.run([*pip, "uv"], capture_output=True, stdin=subprocess.DEVNULL)
    if uv.exists():
        return [str(uv), "pip", "install", "--quiet", "--python", str(executable)]
    return pip


def _pip(executable):
    """Return a command that runs pip for ``executable``.

    Debian and Ubuntu leave ensurepip out of Python; their package with the wheel of pip
    can be unpacked by anyone.
    """
    command = [str(executable), "-m", "pip"]
    seed = [str(executable), "-m", "ensurepip", "--default-pip"]
    if subprocess.run(seed, capture_output=True, check=False).returncode == 0:
        return command
    if apt.available():
        unpacked = places.folder("pip")
        mirror = apt.system()
        mirror.update()
        mirror.unpack("python3-pip-whl", unpacked)
        wheels = sorted(unpacked.glob("usr/share/python-wheels/pip-*.whl"))
        if wheels:
            return [str(executable), f"{wheels[-1]}/pip"]
    raise Problem(
        "This Python has no pip, which brings the libraries of Odoo.\n"
        "Install the package python3-venv (Debian, Ubuntu) or python3-pip."
    )


def _install(command):
    try:
        run(command, "The Python libraries cannot be installed")
    except Problem as problem:
        raise Problem(
            f"{problem}\n\nIs there a connection to the package index? Behind a proxy "
            "or with a mirror, set what pip or uv reads (PIP_INDEX_URL, UV_INDEX_URL, "
            "HTTPS_PROXY…)."
        ) from problem
