"""Start a module in a process of its own, which tests may stop or kill: cheaply, again and again.

process = start_module("listener", "weekly", env=os.environ)
assert process.wait(timeout=60) == 0
"""

import atexit
import contextlib
import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import IO, Any, Self

from tests.project import ROOT

_START_SECONDS = 120


def start_module(
    module: str,
    *words: object,
    env: Mapping[str, str],
    log: IO[bytes] | None = None,
) -> "Running":
    """Start `python -m module`; what it says goes to a file, or is kept."""
    wanted = {"words": [module, *map(str, words)], "env": dict(env), "cwd": str(ROOT)}
    return Running(wanted, log)


class Running:
    """A process, with what the tests need of `subprocess.Popen`.

    Attributes:
        returncode: How it ended, minus the number of the signal that killed it; None so far.
        stdout, stderr: What it says, where that goes to no file.
    """

    def __init__(self, wanted: Mapping[str, Any], log: IO[bytes] | None) -> None:
        """Ask for it, and wait until it is there."""
        self.returncode: int | None = None
        self._lock = threading.Lock()
        told, tell = os.pipe()
        pipes = [] if log else [os.pipe(), os.pipe()]
        said = [log.fileno()] * 2 if log else [write for _, write in pipes]
        socket.send_fds(_server(), [json.dumps(wanted).encode()], [*said, tell])
        for number in (tell, *(write for _, write in pipes)):
            os.close(number)
        self._told = os.fdopen(told, "rb", buffering=0)
        self._streams = [os.fdopen(read, encoding="utf-8") for read, _ in pipes]
        self.stdout, self.stderr = self._streams or (io.StringIO(), io.StringIO())
        self.pid = int(self._read_told(_START_SECONDS) or 0)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until it has ended."""
        self.wait()
        for stream in self._streams:
            stream.close()

    def _read_told(self, timeout: float | None) -> bytes | None:
        """Return the next line that is told of it, None if none comes in time."""
        if not select.select([self._told], [], [], timeout)[0]:
            return None
        line = self._told.readline()
        assert line, "the process could not be started"
        return line

    def poll(self) -> int | None:
        """Return how it ended, if it has."""
        with self._lock:
            if self.returncode is None and (line := self._read_told(0)) is not None:
                self.returncode = int(line)
                self._told.close()
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended, as soon as it has.

        Raises:
            subprocess.TimeoutExpired: If it has not by then.
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            with contextlib.suppress(ValueError):  # another thread was told first
                select.select([self._told], [], [], left)
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return what it said, when it has ended."""
        with self.stdout, self.stderr, ThreadPoolExecutor(2) as pool:
            out, error = pool.submit(self.stdout.read), pool.submit(self.stderr.read)
            self.wait(timeout)
            return out.result(), error.result()

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end, unless it has."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it, unless it has ended."""
        self.send_signal(signal.SIGKILL)


@cache
def _server() -> socket.socket:
    """Start the server of this process's tests; it ends with them."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    # Threads of its own would be missing in its copies.
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "tests.fork_server", str(its.fileno())]
    server = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[its.fileno()])
    its.close()

    def end() -> None:
        ours.close()
        server.wait()

    atexit.register(end)
    return ours
