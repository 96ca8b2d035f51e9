"""Times and queries of what Odoo does, undone afterwards."""

import ctypes
import gc
import statistics
import time
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

# What takes longer (in seconds) is measured in two rounds only.
PATIENCE = 20


@dataclass
class Result:
    """What one thing costs.

    :param queries: that the ORM sends, the most of all rounds
    :param ms: median of the rounds
    :param mb: by which the memory grew at its peak, None if it was not measured
    """

    name: str
    queries: int
    ms: float
    size: int = 1
    mb: float | None = None


class Meter:
    """Measures variants of the same thing in turns, each with an empty ORM cache.

    The first round warms PostgreSQL and Odoo's caches of metadata; it does not count.
    Memory is measured in a round of its own, as that slows down what comes next.
    """

    def __init__(self, env, rounds, turn=nullcontext):
        """Make a meter.

        :param turn: context of a round, which may wait for another process
        """
        self.env = env
        self.rounds = rounds
        self.turn = turn

    def compare(self, variants, size=1, memory=True):
        """Measure all variants of a thing, in turns.

        :param variants: by name, a function to measure, or a pair of one that
            prepares the scene and the one to measure
        :param memory: whether it is worth another round, to measure the memory
        :return: the results, by name
        :rtype: dict[str, Result]
        """
        variants = {
            name: functions if isinstance(functions, tuple) else (None, functions)
            for name, functions in variants.items()
        }
        samples = {name: [] for name in variants}
        started = time.monotonic()
        for round_ in range(self.rounds + 1):
            if round_ > 2 and time.monotonic() - started > PATIENCE:
                break
            with self.turn():
                for name, functions in variants.items():
                    sample = self._sample(*functions)
                    if round_:
                        samples[name].append(sample)
        return {
            name: Result(
                name,
                queries=max(queries for queries, _ms in found),
                ms=round(statistics.median(ms for _queries, ms in found), 2),
                size=size,
                mb=self._growth(*variants[name]) if memory else None,
            )
            for name, found in samples.items()
        }

    def once(self, name, work):
        """Measure what takes long a single time, its memory as well.

        :param work: a function; what it returns is the size
        """
        with self.undone():
            memory = Memory()
            cr = self.env.cr
            queries, started = cr.sql_log_count, time.perf_counter()
            size = work()
            cr.flush()
            return Result(
                name,
                queries=cr.sql_log_count - queries,
                ms=round((time.perf_counter() - started) * 1000, 2),
                size=size,
                mb=memory.growth(),
            )

    def _sample(self, prepare, work):
        cr = self.env.cr
        with self._staged(prepare):
            queries, started = cr.sql_log_count, time.perf_counter()
            work()
            cr.flush()  # as at the end of a request
            ms = (time.perf_counter() - started) * 1000
            return cr.sql_log_count - queries, ms

    def _growth(self, prepare, work):
        with self._staged(prepare):
            memory = Memory()
            work()
            self.env.cr.flush()
            return memory.growth()

    @contextmanager
    def _staged(self, prepare):
        """Undo the block, which starts on the scene prepared, with an empty cache."""
        with self.undone():
            if prepare:
                prepare()
                self.env.cr.flush()
            self._empty_cache()
            gc.collect()
            yield

    @contextmanager
    def undone(self):
        """Undo what is done in the block."""
        cr = self.env.cr
        self._empty_cache()
        with closing(cr.savepoint(flush=False)):  # rolls back
            yield
            cr.clear()
        cr.postcommit.clear()
        cr.postrollback.clear()
        self.env.transaction.clear()

    def _empty_cache(self):
        self.env.flush_all()
        self.env.invalidate_all()


class Memory:
    """The memory of this process, from now on; Linux tells."""

    STATUS = Path("/proc/self/status")

    def __init__(self):
        gc.collect()
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
            Path("/proc/self/clear_refs").write_text("5")  # forgets the peak
            self.start = self._read("VmRSS")
        except OSError:
            self.start = None

    def growth(self):
        """Return by how many MB the peak is above the start, None if unknown."""
        if self.start is None:
            return None
        return round(max(0.0, self._read("VmHWM") - self.start), 1)

    def _read(self, name):
        lines = self.STATUS.read_text().splitlines()
        values = dict(line.split(":", 1) for line in lines)
        return int(values[name].split()[0]) / 1024
