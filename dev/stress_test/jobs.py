"""Two records of each scheduled job at once, four workers, one of them killed."""

import json
import logging
import os
import select
import signal
import time
from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, api, sql_db

from odoo.addons.base.models.ir_cron import IrCron

from . import job_scenes

WORKERS = 4
# seconds that the one that dies holds its locks, and after which something is wrong
LAST_BREATH = 1.0
PATIENCE = 120


def check_all(env):
    """Check one job after the other; return what became of each."""
    registry = env.registry
    env.cr.execute("UPDATE ir_cron SET active = false")
    env.cr.commit()
    with _Transaction(registry) as inner:
        job_scenes.prepare(inner)
    return [_check(registry, job) for job in job_scenes.JOBS]


def _check(registry, job):
    with _Transaction(registry) as env:
        pieces = job.set_scene(env)
    records = _two_records(registry, job.xml_id)
    began = time.monotonic()
    told = _run(registry, records, job.dies_at)
    seconds = time.monotonic() - began
    with _Transaction(registry) as env:
        counts = job.count(env)
        env.cr.execute(
            "SELECT failure_count FROM ir_cron WHERE id = ANY(%s)", [records]
        )
        failed = sum(count for (count,) in env.cr.fetchall())
    with _Transaction(registry) as env:
        env.cr.execute("UPDATE ir_cron SET active = false")
    logged = [line for one in told["workers"] for line in one]
    twice = sum(count > 1 for count in counts)
    lost = pieces - sum(count > 0 for count in counts)
    problems = [*told["problems"], *logged]
    if twice or lost:
        problems.append(f"{twice} twice, {lost} lost of {pieces}: {counts}")
    if failed:
        problems.append("the job counts as failed")
    return {
        "job": job.xml_id.removeprefix("ir_cron_"),
        "pieces": pieces,
        "killed": told["killed"],
        "done": sum(count > 0 for count in counts),
        "twice": twice,
        "lost": lost,
        "errors": len(logged),
        "seconds": seconds,
        "problems": problems,
    }


def _two_records(registry, xml_id):
    """Make the job due, and a second record of it; return their ids."""
    with _Transaction(registry) as env:
        job = env.ref(f"credit_management.{xml_id}")
        both = job | job.copy()
        a_minute_ago = datetime.now() - timedelta(minutes=1)
        both.write({"active": True, "nextcall": a_minute_ago.replace(microsecond=0)})
        return both.ids


def _run(registry, records, dies_at):
    """Let four workers go until nothing is due; the first is killed on its way."""
    problems = []
    first, pipe = _fork(registry, records, dies_at)
    workers = [(first, pipe)]
    if not select.select([pipe], [], [], PATIENCE)[0]:
        problems.append("the worker that was to be killed had nothing to do")
    workers += [_fork(registry, records) for _number in range(WORKERS - 1)]
    results, killed = [], False
    for pid, pipe in workers:
        text = b""
        until = time.monotonic() + PATIENCE
        while select.select([pipe], [], [], max(until - time.monotonic(), 0))[0]:
            part = os.read(pipe, 65536)
            if not part:
                break
            text += part
        else:
            os.kill(pid, signal.SIGTERM)
            problems.append("a worker does not come to an end")
        os.close(pipe)
        _pid, status = os.waitpid(pid, 0)
        if os.WIFSIGNALED(status):
            killed = os.WTERMSIG(status) == signal.SIGKILL
        elif os.WEXITSTATUS(status):
            problems.append("a worker ended with an error")
        else:
            results.append(json.loads(text))
    if not killed:
        problems.append("no worker was killed")
    return {"workers": results, "problems": problems, "killed": "yes" if killed else ""}


def _fork(registry, records, dies_at=None):
    """Start a worker; return its process and the pipe that it tells by."""
    reading, writing = os.pipe()
    if pid := os.fork():
        os.close(writing)
        return pid, reading
    code = 1
    try:
        os.close(reading)
        # the parent's connections are the parent's: never closed here
        _INHERITED.append((sql_db._Pool, sql_db._Pool_readonly, registry._db))
        sql_db._Pool = sql_db._Pool_readonly = None
        registry._db = sql_db.db_connect(registry.db_name)
        errors = _Errors()
        logging.getLogger().addHandler(errors)
        if dies_at:
            _die_at(registry, dies_at, writing)
        _work(registry, records)
        os.write(writing, json.dumps(errors.lines).encode())
        code = 0
    finally:
        os._exit(code)


_INHERITED = []


def _work(registry, records):
    """Run what is due, as a worker of the server does, until nothing is."""
    until = time.monotonic() + PATIENCE / 2
    while time.monotonic() < until:
        with registry.cursor() as cr:
            due = [job["id"] for job in IrCron._get_all_ready_jobs(cr)]
        if not set(due) & set(records):
            return
        IrCron._process_jobs(registry.db_name)
        time.sleep(0.02)
    raise TimeoutError("The job stays due.")


def _die_at(registry, piece, pipe):
    """Let this process be killed when it is about to commit a piece."""
    Cron = registry["ir.cron"]
    commit, done = Cron._commit_progress, []

    def commit_or_die(self, processed=0, **options):
        if processed:
            done.append(processed)
        if len(done) == piece:
            self.env.cr.flush()
            os.write(pipe, b" ")
            time.sleep(LAST_BREATH)
            os.kill(os.getpid(), signal.SIGKILL)
        return commit(self, processed, **options)

    Cron._commit_progress = commit_or_die


class _Errors(logging.Handler):
    """What a server's log would show in red."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        text = self.format(record)
        # a conflict: what becomes of it counts
        is_known = record.name == "odoo.sql_db" or text.endswith("processed no record")
        if not is_known:
            self.lines.append(f"{record.levelname} {text[-1500:]}")


class _Transaction:
    """An environment of the system in a transaction of its own, then committed."""

    def __init__(self, registry):
        self.registry = registry

    def __enter__(self):
        self.cursor = self.registry.cursor()
        return api.Environment(self.cursor.__enter__(), SUPERUSER_ID, {})

    def __exit__(self, *error):
        return self.cursor.__exit__(*error)
