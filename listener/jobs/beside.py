"""Work beside that of a report's thread: in threads, and in another process for many posts."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from listener.cores import Begin, Processes, count_cores

_WORTH_A_PROCESS = 10_000  # posts of cases; fewer are told before another process has begun
_AHEAD = 2
_THREADS = 2
_Made = TypeVar("_Made")
_Saved = TypeVar("_Saved")


@contextmanager
def _working_aside(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Give what need not be waited for threads of its own; what has not begun at the end is left.

    Most of drawing and of writing tables is done by compiled code while another thread goes on.
    """
    aside = ThreadPoolExecutor(threads)
    try:
        yield aside
    finally:
        aside.shutdown(cancel_futures=True)


@contextmanager
def working_beside(posts: int, prepare: Callable[[], object] | None = None) -> Iterator[Begin]:
    """Yield what begins to make pages: in a process beside for many posts, else in threads.

    Drawing needs nothing but figures, and rendering nothing but what is to be told.

    Args:
        posts: How many posts the pages are about.
        prepare: What a process does at first, while there is nothing to be made yet.
    """
    if count_cores() == 1 or posts < _WORTH_A_PROCESS:
        with _working_aside(_THREADS) as aside:
            yield lambda work: aside.submit(work).result
        return
    with Processes(1) as other:
        if prepare is None:
            other.begin()
        else:
            other.start(prepare)
        yield other.start


def save_behind(save: Callable[[_Made], _Saved], made: Iterable[_Made]) -> Iterator[_Saved]:
    """Save what is made while the next ones are made, in their order; few of them exist at once."""
    waiting: deque[Future[_Saved]] = deque()
    with _working_aside(1) as behind:
        for each in made:
            waiting.append(behind.submit(save, each))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
