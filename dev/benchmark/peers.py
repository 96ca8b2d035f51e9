"""OCA's dunning on the same ledger, for comparison; it is no part of this project.

The first half runs outside of Odoo: it takes the module from the package index into the
state folder, and installs it in a copy of the ledger. The second half runs in its
shell.
"""

import signal
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from devkit import database, odoo, places
from devkit.commands import run
from devkit.messages import say

PACKAGE = "odoo-addon-account-credit-control==19.0.*"
MODULE = "account_credit_control"
POLICY = f"{MODULE}.credit_control_3_time"
# seconds after which a step is given up
PATIENCE = 600


@dataclass(frozen=True)
class PeerDatabase(database.Database):
    """A database whose Odoo finds the peer beside its own modules."""

    def configuration(self):
        path = super().configuration()
        text = path.read_text()
        path.write_text(text.replace("addons_path = ", f"addons_path = {_addons()},"))
        return path


def beside(plain):
    """Return the database of the peer, a copy of the plain ledger."""
    named = database.named(f"{plain.name.split('_')[1]}_peer")
    return PeerDatabase(named.name, named.data)


def prepare(chosen, plain):
    """Make the database of the peer unless it is there."""
    made_from = f"{plain.made_from()} {PACKAGE}"
    if chosen.made_from() == made_from:
        return
    _take()
    chosen.copy_from(plain)
    odoo.install(chosen, [MODULE], f"Installing {MODULE} on it")
    chosen.sql("VACUUM ANALYZE")
    chosen.note.write_text(made_from)


def _take():
    """Take the peer from the package index, without what it depends on."""
    if (_addons() / MODULE).exists():
        return
    say(f"Taking {PACKAGE}…")
    target = ["--target", places.folder("peers"), "--no-deps", "--quiet"]
    run(
        [sys.executable, "-m", "pip", "install", *target, PACKAGE],
        "The peer cannot be taken from the package index",
    )


def _addons():
    return places.folder("peers") / "odoo" / "addons"


# ----------------------------------------------------------------------
# In Odoo's shell
# ----------------------------------------------------------------------


def measure(env):
    """Measure its run: the lines of all that is due, then its messages to customers.

    :return: a result by step; None for a step that was given up
    """
    from .measuring import Meter

    company = env.company
    policy = env.ref(POLICY)
    policy.account_ids = env["account.account"].search(
        [("account_type", "=", "asset_receivable"), ("company_ids", "=", company.id)]
    )
    meter = Meter(env, 1)
    found = {}

    def lines():
        found["run"] = env["credit.control.run"].create(
            {"company_id": company.id, "policy_ids": [(6, 0, policy.ids)]}
        )
        found["run"].generate_credit_lines()
        return len(found["run"].line_ids)

    def messages():
        lines()
        found["run"].set_to_ready_lines()
        made = env["credit.control.communication"]._generate_comm_from_credit_lines(
            found["run"].line_ids
        )
        return len(made)

    results = {"lines": asdict(meter.once("lines", lines)), "messages": None}
    with _patience():
        results["messages"] = asdict(meter.once("messages", messages))
    env.cr.rollback()
    return results


class _OutOfPatienceError(Exception):
    pass


@contextmanager
def _patience():
    """Give up what takes too long."""

    def give_up(_signal, _frame):
        raise _OutOfPatienceError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    except _OutOfPatienceError:
        pass
    finally:
        signal.alarm(0)
