"""Odoo in processes of their own, side by side on one database."""

import json
import subprocess
from contextlib import ExitStack
from pathlib import Path

from devkit import odoo, places
from devkit.messages import Problem

HERE = Path(__file__).resolve().parent


def ask(chosen, function, **arguments):
    """Call a function of :mod:`.inside` in an Odoo; return its result."""
    [answer] = ask_all(chosen, function, [arguments])
    return answer


def ask_all(chosen, function, calls):
    """Call a function once in each of as many Odoos, all at once.

    :param calls: for each process, the arguments by name
    :return: the results, in this order
    """
    folder = places.checkout_folder("logs")
    with ExitStack() as stack:
        started = []
        for number, arguments in enumerate(calls):
            log = folder / f"{chosen.name}-{function}-{number}.log"
            answer = folder / f"{chosen.name}-{function}-{number}.json"
            answer.unlink(missing_ok=True)
            process = stack.enter_context(
                odoo.running(
                    *[chosen, "shell", "--no-http", "--max-cron-threads=0"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=stack.enter_context(log.open("w")),
                    text=True,
                )
            )
            process.stdin.write(_script(function, arguments, answer))
            process.stdin.close()
            started.append((process, log, answer))
        return [_answer(*one) for one in started]


def _script(function, arguments, answer):
    return (
        "import sys\n"
        f"sys.path.insert(0, {str(HERE.parent)!r})\n"
        "from stress_test import inside\n"
        f"inside.answer({str(answer)!r}, inside.{function}(env, **{arguments!r}))\n"
    )


def _answer(process, log, answer):
    process.wait()
    if process.returncode or not answer.exists():
        last = "".join(log.open(errors="replace").readlines()[-30:])
        raise Problem(f"A process failed:\n{last}\nThe whole log: {log}")
    return json.loads(answer.read_text())
