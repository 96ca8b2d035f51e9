"""What the command asks of an Odoo in whose shell it runs."""

import json
from pathlib import Path

from . import jobs, long_order, operations, recounting, scene, witness


def answer(path, result):
    Path(path).write_text(json.dumps(result, default=str))


def set_scene(env, customers):
    scene.make(env, customers)
    witness.install(env.cr, env.company.id)
    env.cr.commit()


def work(env, number, seconds, seed):
    found = scene.find(env)
    # the shell's own transaction would keep its snapshot all along
    env.cr.rollback()
    return operations.Worker(env.registry, found, f"{seed}-{number}").work(seconds)


def recount(env, told):
    return recounting.recount(env, told)


def confirm_long_order(env, lines):
    return long_order.measure(env, lines)


def check_jobs(env):
    return jobs.check_all(env)
