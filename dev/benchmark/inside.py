"""What the command asks of an Odoo in whose shell it runs."""

import json
from dataclasses import asdict

from . import peer_probes, probes
from .ledger.generate import generate as make_ledger
from .ledger.integrity import check
from .turns import Turns


def answer(result):
    """Print a result on a line of its own, for the command."""
    print(f"\n{json.dumps(result, default=asdict)}", flush=True)


def generate(env, customers, seed):
    made = make_ledger(env, customers, seed)
    if problems := check(env, seed):
        raise AssertionError("The ledger is not right:\n" + "\n".join(problems))
    return made


def measure(env, rounds):
    return probes.measure(env, rounds)


def measure_documents(env, rounds, descriptor, begins):
    return probes.measure_documents(env, rounds, Turns(descriptor, begins))


def measure_peer(env):
    return peer_probes.measure(env)
