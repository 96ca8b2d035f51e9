"""OCA's dunning and aged balance on the same ledger; they are no part of this project.

This takes the modules from the package index into the state folder and installs them
in a copy of the plain ledger; `peer_probes` runs in its shell.
"""

from dataclasses import dataclass

from devkit import database, libraries, odoo, places
from devkit.messages import say

# those to be measured, and what they need beside Odoo
MODULES = ("account_credit_control", "account_financial_report")
PACKAGES = [
    f"odoo-addon-{name}==19.0.*" for name in (*MODULES, "date_range", "report_xlsx")
]


@dataclass(frozen=True)
class PeerDatabase(database.Database):
    """A database whose Odoo finds the peer beside its own modules."""

    def configuration(self):
        path = super().configuration()
        text = path.read_text()
        path.write_text(text.replace("addons_path = ", f"addons_path = {_addons()},"))
        return path


def beside(name):
    """Return the database of the peer, next to those called ``name``."""
    peer = database.named(f"{name}_peer")
    return PeerDatabase(peer.name, peer.data)


def prepare(peer, plain):
    """Make the database of the peer from the plain ledger unless it is there."""
    made_from = " ".join([plain.made_from(), *PACKAGES])
    if peer.made_from() == made_from:
        return
    _take()
    peer.copy_from(plain)
    odoo.install(peer, MODULES, f"Installing {' and '.join(MODULES)} on it")
    peer.sql("VACUUM ANALYZE")
    peer.note.write_text(made_from)


def _take():
    """Take the peers from the package index; Odoo itself is at hand."""
    if all((_addons() / name).exists() for name in MODULES):
        return
    say(f"Taking {', '.join(PACKAGES)}…")
    libraries.unpack(PACKAGES, places.folder("peers"))


def _addons():
    return places.folder("peers") / "odoo" / "addons"
