"""Run a process to its end and note its time and memory."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_SECONDS = 0.05
PAUSE_SECONDS = 0.25  # after the kernel has gone through all pages of a process
LONGEST_SECONDS = 3600
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_UNIT = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes


@dataclass(frozen=True, slots=True)
class Run:
    """What a process took.

    Attributes:
        seconds: From its start to its end, by the clock on the wall.
        processor: Seconds of processors, its children's included.
        largest: Peak memory of the largest of its processes in MB, as the kernel notes it.
        together: The most memory of all its processes at one moment in MB, looked at up to
            twenty times a second; what they share is counted once, where the kernel tells.
        code: Its exit code, negative if it was killed.
        output: What it wrote.
    """

    seconds: float
    processor: float
    largest: float
    together: float
    code: int
    output: str


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Run:
    """Run a command in a folder; one that takes longer than an hour is killed."""
    log = folder / "output"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=folder, env={**os.environ, **environment}
        )
        try:
            with _watched(process.pid) as seen:
                _, status, usage = os.wait4(process.pid, 0)
        except BaseException:  # whoever stops the benchmark stops what it has begun
            process.kill()
            raise
        seconds = time.perf_counter() - started
    process.returncode = code = os.waitstatus_to_exitcode(status)  # nobody waits for it again
    largest = usage.ru_maxrss * _UNIT / 1e6
    words = log.read_text(encoding="utf-8", errors="replace")
    used = usage.ru_utime + usage.ru_stime
    return Run(seconds, used, largest, max([largest, *seen]), code, words)


@contextmanager
def _watched(process: int) -> Iterator[list[float]]:
    """Note in a list, in MB, more than was ever noted before, while the block runs."""
    most, done = [0.0], threading.Event()

    def look() -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        pause = LOOK_EVERY_SECONDS
        while not done.wait(pause):
            family = list(_list_family(process))
            pause = LOOK_EVERY_SECONDS
            if sum(map(_read_megabytes, family)) > most[0]:
                most[0] = max(most[0], _count_once(family))
                pause = PAUSE_SECONDS if len(family) > 1 else LOOK_EVERY_SECONDS
            if time.monotonic() > deadline:
                os.kill(process, 9)
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def _list_family(process: int) -> Iterator[int]:
    """Yield a process and all that it began; where there is no /proc, none of these."""
    yield process
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found = children.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in found:
            yield from _list_family(int(child))


def _count_once(family: Sequence[int]) -> float:
    """Return the memory of processes; a page that several have mapped is counted once."""
    if len(family) == 1:
        return _read_megabytes(family[0])
    return sum(map(_read_share, family))


def _read_share(process: int) -> float:
    """Return the memory of a process, of a page that n processes have mapped an n-th of it."""
    try:
        told = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # it has just ended, or the kernel is from before 2017
        return _read_megabytes(process)
    shares = (line.split() for line in told.splitlines())
    return sum(int(words[1]) for words in shares if words[0] == "Pss:") * 1024 / 1e6


def _read_megabytes(process: int) -> float:
    """Return all that a process has in memory, what it shares included."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE_BYTES / 1e6
    except (OSError, IndexError):
        return 0.0
