"""OCA's dunning on the same ledger, for comparison; it is no part of this project.

The first half runs outside of Odoo: it takes the module from the package index into the
state folder, and installs it in a copy of the plain ledger. The second half runs in its
shell.
"""

import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass

from devkit import database, odoo, places
from devkit.commands import run
from devkit.messages import say

from .measuring import Meter

PACKAGE = "odoo-addon-account-credit-control==19.0.*"
MODULE = "account_credit_control"
POLICY = f"{MODULE}.credit_control_3_time"
# seconds after which a step is given up
PATIENCE = 900


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
    made_from = f"{plain.made_from()} {PACKAGE}"
    if peer.made_from() == made_from:
        return
    _take()
    peer.copy_from(plain)
    odoo.install(peer, [MODULE], f"Installing {MODULE} on it")
    peer.sql("VACUUM ANALYZE")
    peer.note.write_text(made_from)


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
    """Measure its run of today: lines for all that is due, messages by customer.

    :return: the result by step, None for one that was given up
    """
    meter = Meter(env, 1)
    _follow_policy(env)
    results = {}
    for name, work in (("lines", _lines), ("messages", _messages)):
        with _patience():
            results[name] = meter.once(name, lambda work=work: len(work(env)))
    env.cr.rollback()
    return {name: results.get(name) for name in ("lines", "messages")}


def _follow_policy(env):
    policy = env.ref(POLICY)
    policy.account_ids = env["account.account"].search(
        [("account_type", "=", "asset_receivable")]
    )
    env.company.credit_policy_id = policy
    env.flush_all()


def _lines(env):
    run_ = env["credit.control.run"].create(
        {"company_id": env.company.id, "policy_ids": [(6, 0, env.ref(POLICY).ids)]}
    )
    run_.generate_credit_lines()
    return run_.line_ids


def _messages(env):
    lines = _lines(env)
    lines.run_id.set_to_ready_lines()
    env["credit.control.communication"]._generate_comm_from_credit_lines(lines)
    return lines


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
