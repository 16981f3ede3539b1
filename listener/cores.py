"""Work on all cores: one function, many parts, in processes of their own.

Threads hinder each other where a part is half Python and half compiled code; processes do not.
"""

import gc
import logging
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache, partial
from itertools import chain
from typing import Any, TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")
Begin = Callable[[Callable[[], Any]], Callable[[], Any]]
"""Begins with a work somewhere, and returns what waits for its result."""

_LOG = logging.getLogger(__name__)
_OBJECTS_BEFORE_A_LOOK = 500_000  # for circles; Python looks after each 700 otherwise
_AHEAD = 2  # parts for each core that wait, so that no core does
_AHEAD_OF_ONE = 8  # small ones, for one that takes several at a time
# Read by the allocator that Polars brings along, jemalloc, when that is loaded.
_GIVE_BACK = ("_RJEM_MALLOC_CONF", "narenas:1,dirty_decay_ms:500,muzzy_decay_ms:0")
_work: Callable[..., object] | None = None


def count_cores() -> int:
    """Return how many cores this process may use; one of several that work together has its own."""
    if multiprocessing.parent_process() is not None:
        return 1
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows do not tell
        return os.cpu_count() or 1


def spare_memory() -> None:
    """Have what is not needed any more given back within a second; call it before Polars is there.

    Of its own accord it keeps that for ten seconds, in places of their own for each thread.
    Where somebody has set the allocator up already, that holds.
    """
    if _GIVE_BACK[0] not in os.environ:
        os.putenv(*_GIVE_BACK)


def map_on_cores(
    work: Callable[[Part], Result], parts: Iterable[Part], *, cores: int
) -> Iterator[Result]:
    """Yield the result of each part, in their order.

    Parts are taken when there is room for them: never more of them exist than a few for
    each core. Where the system lets no processes be started, or one of them is killed,
    the work goes on in this one.

    Args:
        work: What is done with a part; it and all that it holds must be picklable.
        parts: Each is sent to one process.
        cores: How many processes; 1 does everything in this one.
    """
    if cores == 1:
        yield from map(work, parts)
        return
    with Processes(cores, work) as processes:
        processes.begin()  # while the first parts are being made
        yield from processes.map(work, parts, sent=_do)


def work_ahead(work: Callable[[Part], Result], parts: Iterator[Part]) -> Iterator[Result]:
    """Yield the result of each part, in their order, while a process is at the next ones.

    Until it has begun, the parts are worked on in this process, as they are where there is
    one core only, or where that process is killed. Few parts exist at once.

    Args:
        work: What is done with a part; it and all that it holds must be picklable.
        parts: Each is sent to the process.
    """
    if count_cores() == 1:
        yield from map(work, parts)
        return
    with Processes(1, work) as processes:
        begun = processes.begin()
        for part in parts:
            if not _is_done(begun):
                yield work(part)
                continue
            left = chain((part,), parts)
            yield from processes.map(work, left, sent=_do, ahead=_AHEAD_OF_ONE)


class Processes:
    """Processes that wait for parts; where there are none, this process does them."""

    def __init__(self, count: int, prepared: Callable[..., object] | None = None) -> None:
        """Prepare so many processes; they begin when there is something to do.

        Args:
            count: How many.
            prepared: A work that is given to each process once, and sent as `_do` from then on.
        """
        self._count = count
        self._executor: ProcessPoolExecutor | None = ProcessPoolExecutor(
            count,
            mp_context=multiprocessing.get_context("spawn"),  # a fork copies locks that are held
            initializer=_begin,
            initargs=(pickle.dumps(prepared),),
        )

    def __enter__(self) -> "Processes":
        """Return itself."""
        return self

    def __exit__(self, error: type[BaseException] | None = None, *_: object) -> None:
        """End the processes, after a mistake when they have done what they are at.

        Otherwise they have nothing to do any more, and take their time to end: nobody waits for it.
        """
        if self._executor is not None:
            self._executor.shutdown(wait=error is not None, cancel_futures=True)

    def end(self) -> None:
        """End the processes and wait for it, so that what they held is free."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
        self._executor = None

    def begin(self) -> Future[None] | None:
        """Begin the processes now, and not when the first part is there."""
        return self._submit(_wait_for_work, None)

    def map(
        self,
        work: Callable[[Part], Result],
        parts: Iterable[Part],
        *,
        sent: Callable[[Any], Any] | None = None,
        ahead: int = _AHEAD,
    ) -> Iterator[Result]:
        """Yield the result of each part, in their order; few of them exist at once.

        Args:
            work: What is done with a part.
            parts: Each is sent to one process.
            sent: What is sent along with each part; the work itself if nothing else is.
            ahead: How many parts wait for each process.
        """
        waiting: deque[tuple[Part, Future[Result] | None]] = deque()
        for part in parts:
            waiting.append((part, self._submit(sent or work, part)))
            if len(waiting) >= self._count * ahead:
                yield self._finish(work, *waiting.popleft())
        while waiting:
            yield self._finish(work, *waiting.popleft())

    def start(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Begin with a work, and return what waits for its result."""
        future = self._submit(_call, work)
        return lambda: self._finish(_call, work, future)

    def share(
        self, work: Callable[[Part], Result], parts: Iterable[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, as they come; this process does parts as well.

        Args:
            work: What was prepared.
            parts: Each is done in one process.
        """
        send: Callable[[Any], Any] = _do
        waiting = deque(parts)
        sent: deque[tuple[Part, Future[Result] | None]] = deque()
        while waiting or sent:
            while waiting and len(sent) < self._count * _AHEAD:
                part = waiting.popleft()
                sent.append((part, self._submit(send, part)))
            if waiting:
                part = waiting.popleft()
                yield part, work(part)
            while sent and (not waiting or _is_done(sent[0][1])):
                part, future = sent.popleft()
                yield part, self._finish(work, part, future)

    def _submit(self, work: Callable[[Part], Result], part: Part) -> Future[Result] | None:
        executor = self._executor  # another thread may give it up meanwhile
        if executor is None:
            return None
        try:
            return executor.submit(work, part)
        except (BrokenProcessPool, OSError) as error:
            self._give_up(error)
            return None

    def _finish(
        self, work: Callable[[Part], Result], part: Part, future: Future[Result] | None
    ) -> Result:
        if future is not None:
            try:
                return future.result()
            except BrokenProcessPool as error:
                self._give_up(error)
        return work(part)

    def _give_up(self, error: Exception) -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            _LOG.warning("going on with one core: %s", error)
            executor.shutdown(wait=False, cancel_futures=True)


def _is_done(future: Future[Result] | None) -> bool:
    return future is None or future.done()


def _begin(work: bytes) -> None:
    """Prepare a process: it works alone on its core, and ends with the one that began it."""
    global _work
    os.putenv("POLARS_MAX_THREADS", "1")  # is read when Polars is first imported
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that began it ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(_OBJECTS_BEFORE_A_LOOK)
    _work = pickle.loads(work)  # noqa: S301 - from the process that began this one
    gc.freeze()  # what was given stays until the end


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _wait_for_work(_: None) -> None:
    """Do nothing: whoever is asked has begun."""


def send_once(work: Callable[[Part], Result]) -> Callable[[Part], Result]:
    """Return the same work, to be sent with each of many parts: a process unpacks it once."""
    return partial(_do_packed, pickle.dumps(work))


def _do_packed(work: bytes, part: Any) -> Any:  # noqa: ANN401 - any work
    return _unpack(work)(part)


@lru_cache(maxsize=1)
def _unpack(work: bytes) -> Callable[[Any], Any]:
    unpacked: Callable[[Any], Any] = pickle.loads(work)  # noqa: S301 - as in `_begin`
    return unpacked


def _call(work: Callable[[], Result]) -> Result:
    return work()


def _do(part: object) -> object:
    if _work is None:
        msg = "a process was given work before it was prepared"
        raise RuntimeError(msg)
    return _work(part)
