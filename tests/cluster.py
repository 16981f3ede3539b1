"""A real cluster of Dask on this machine: a scheduler and workers, each a process of its own."""

import json
import os
import time
from contextlib import ExitStack, contextmanager

from tests.processes import start_module

_START_SECONDS = 60
_SETTINGS = {"POLARS_MAX_THREADS": "1", "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}


@contextmanager
def run_cluster(folder):
    """Yield a cluster that has no workers yet; all its processes are killed at the end."""
    with ExitStack() as stack:
        yield Cluster(stack, folder)


class Cluster:
    """Its `scheduler`, the `address` of that, and as many workers as are added."""

    def __init__(self, stack, folder):
        self._stack, self._folder = stack, folder
        self._told = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--port", 0)
        self.address = self._read_address()

    def add_worker(self):
        """Return the process of a new worker, which nobody begins anew when it dies."""
        spill = self._folder / "spill"
        alone = ("--no-nanny", "--nthreads", 1, "--death-timeout", 60)
        return self._start("worker", *alone, "--local-directory", spill)

    def _start(self, part, *words):
        log = self._stack.enter_context((self._folder / f"{part}.log").open("ab"))
        process = start_module(
            f"distributed.cli.dask_{part}",
            *("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0"),
            *("--scheduler-file", self._told, *words),
            env={**os.environ, **_SETTINGS, "DASK_CONFIG": str(self._folder)},
            log=log,
        )
        self._stack.enter_context(process)
        self._stack.callback(process.kill)
        return process

    def _read_address(self):
        end = time.monotonic() + _START_SECONDS
        while self.scheduler.poll() is None and time.monotonic() < end:
            try:
                return json.loads(self._told.read_text())["address"]
            except (OSError, ValueError):
                time.sleep(0.05)
        msg = f"the scheduler did not start; look at {self._folder / 'scheduler.log'}"
        raise AssertionError(msg)
