"""Packages of the machine's own mirror, downloaded and unpacked, never installed.

apt gets lists, cache and sources of its own: this needs no root and leaves the system
as it was.
"""

import os
import platform
import pwd
import re
import shutil
from pathlib import Path

from . import places
from .commands import run
from .messages import Problem

ETC_APT = Path("/etc/apt")


def available():
    return all(shutil.which(program) for program in ("apt-get", "dpkg-deb"))


def is_debian():
    return available() and _os_release().get("ID") == "debian"


class Apt:
    """apt-get on given sources: a dictionary of file name to content."""

    def __init__(self, name, sources, strict=True):
        self.root = places.folder("apt", name)
        self.strict = strict
        self._write_configuration(sources)

    def _write_configuration(self, sources):
        for folder in ("sources", "lists/partial", "cache/archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        for old in (self.root / "sources").iterdir():
            old.unlink()
        for name, content in sources.items():
            (self.root / "sources" / name).write_text(content)
        (self.root / "apt.conf").write_text(
            f'Dir::Etc::SourceList "/dev/null";\n'
            f'Dir::Etc::SourceParts "{self.root}/sources";\n'
            f'Dir::State::Lists "{self.root}/lists";\n'
            f'Dir::State::Status "/dev/null";\n'
            f'Dir::Cache "{self.root}/cache";\n'
            # The account that runs this owns the folders above: no other one is needed.
            f'APT::Sandbox::User "{pwd.getpwuid(os.geteuid()).pw_name}";\n'
            # What images for containers do after an update concerns the system's lists.
            "#clear APT::Update::Post-Invoke;\n"
            "#clear APT::Update::Post-Invoke-Success;\n"
        )

    def _apt(self, *arguments, why, **options):
        env = {"APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C"}
        return run(arguments, why, env=env, **options)

    def update(self):
        strict = ["-o", "APT::Update::Error-Mode=any"] if self.strict else []
        self._apt(
            *["apt-get", "update", "-qq", *strict],
            why="The package lists cannot be downloaded",
        )

    def version(self, package):
        """Return the version that would be downloaded, None if there is none."""
        answer = self._apt("apt-cache", "policy", package, why="No package lists")
        found = re.search(r"Candidate: (\S+)", answer)
        return found[1] if found and found[1] != "(none)" else None

    def unpack(self, package, destination):
        """Download a package (``name`` or ``name/suite``) and unpack it."""
        downloads = self.root / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        downloads.mkdir()
        self._apt(
            *["apt-get", "download", "-qq", package],
            why=f"The package {package} cannot be downloaded",
            cwd=downloads,
        )
        for file in downloads.glob("*.deb"):
            run(
                ["dpkg-deb", "-x", file, destination], f"{file.name} cannot be unpacked"
            )
        shutil.rmtree(downloads)


def system():
    """Return apt on the machine's own sources."""
    files = [*ETC_APT.glob("sources.list"), *sorted(ETC_APT.glob("sources.list.d/*"))]
    wanted = {".list", ".sources"}
    sources = {f.name: f.read_text() for f in files if f.suffix in wanted}
    # Some source of a third party may well be out of order.
    return Apt("system", sources, strict=False)


def debian_sources(suites):
    """Yield sources like the machine's own ones of Debian, but for other suites.

    Which of its sources is Debian's is told by suite and component; third parties also
    name theirs so now and then, so that each is a candidate.
    """
    codename = _os_release().get("VERSION_CODENAME", "")
    ours = {codename, "stable", "testing", "unstable", "sid"} - {""}
    candidates = [
        *_deb822_candidates(ours, suites),
        *_one_line_candidates(ours, suites),
    ]
    if not candidates:
        raise Problem(f"No source of Debian was found in {ETC_APT}.")
    yield from candidates


def _one_line_candidates(ours, suites):
    line_format = re.compile(r"deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.*)")
    for path in [*ETC_APT.glob("sources.list"), *ETC_APT.glob("sources.list.d/*.list")]:
        for line in path.read_text().splitlines():
            found = line_format.match(line.strip())
            if not found:
                continue
            options, uri, suite, components = found.groups()
            if suite in ours and "main" in components.split():
                lines = (f"deb {options or ''}{uri} {new} main\n" for new in suites)
                yield {"debian.list": "".join(lines)}


def _deb822_candidates(ours, suites):
    for path in sorted(ETC_APT.glob("sources.list.d/*.sources")):
        for stanza in re.split(r"\n\s*\n", path.read_text()):
            fields = _deb822_fields(stanza)
            if fields.get("enabled", "yes").strip().lower() in ("no", "false"):
                continue
            if (
                "deb" in fields.get("types", "").split()
                and ours & set(fields.get("suites", "").split())
                and "main" in fields.get("components", "").split()
            ):
                fields |= {"types": " deb"}
                fields |= {"suites": f" {' '.join(suites)}", "components": " main"}
                lines = (f"{name}:{value}\n" for name, value in fields.items())
                yield {"debian.sources": "".join(lines)}


def _deb822_fields(stanza):
    """Return a dictionary of lower-case names to values, continuation lines kept."""
    fields, name = {}, None
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1].isspace() and name:
            fields[name] += f"\n{line}"
        elif ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            fields[name] = value
    return fields


def _os_release():
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
