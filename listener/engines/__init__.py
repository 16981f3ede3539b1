"""Where parts of a large work are done: in this process, on all cores, or on a cluster."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Protocol, TypeVar

from listener.cores import Processes, count_cores, send_once
from listener.errors import ConfigError

ENGINES = ("this", "cores", "dask")
PATIENCE_SECONDS = 600
_WORTH_BEGINNING = 3  # parts that are made; it begins while more of them are
_WORTH_A_PROCESS = 4  # parts; with fewer it begins more slowly than they are done

Part = TypeVar("Part")
Result = TypeVar("Result")


class Engine(Protocol):
    """Does one kind of work with many parts.

    The work is one function that can be pickled. It must not matter if a part is done twice:
    where a machine dies, another one begins its parts anew.
    """

    def map_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, in any order."""
        ...

    def map_small_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Do the same with parts that are so small that a machine can hold two of them."""
        ...

    def map_made_parts(
        self, work: Callable[[Part], Result], parts: Iterable[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Do the same with small parts that are made here meanwhile, one after the other."""
        ...


class ThisProcess:
    """Does everything in this process, one part after the other; of small ones another beside."""

    def map_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, in order."""
        return ((part, work(part)) for part in parts)

    def map_small_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, as they come; many are done two at a time."""
        if count_cores() == 1 or len(parts) < _WORTH_A_PROCESS:
            return self.map_parts(work, parts)
        return _do_beside(work, parts)

    def map_made_parts(
        self, work: Callable[[Part], Result], parts: Iterable[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, in order; many are done beside."""
        made = iter(parts)
        first = list(islice(made, _WORTH_BEGINNING))
        together = chain(first, made)
        if count_cores() == 1 or len(first) < _WORTH_BEGINNING:
            return ((part, work(part)) for part in together)
        return _do_behind(work, together)


def _do_behind(
    work: Callable[[Part], Result], parts: Iterable[Part]
) -> Iterator[tuple[Part, Result]]:
    with Processes(1) as other:
        yield from _map_in_order(other, work, parts)
        other.end()


def _map_in_order(
    processes: Processes, work: Callable[[Part], Result], parts: Iterable[Part]
) -> Iterator[tuple[Part, Result]]:
    taken: deque[Part] = deque()

    def take() -> Iterator[Part]:
        for part in parts:
            taken.append(part)
            yield part

    for result in processes.map(work, take(), sent=send_once(work)):
        yield taken.popleft(), result


def _do_beside(
    work: Callable[[Part], Result], parts: Sequence[Part]
) -> Iterator[tuple[Part, Result]]:
    with Processes(1, work) as other:
        yield from other.share(work, parts)
        other.end()  # the next step may need the memory


class AllCores:
    """Does parts in processes of their own, one for each core."""

    def __init__(self, cores: int) -> None:
        """Prepare the processes; use it in a `with` block."""
        self._processes = Processes(cores)

    def __enter__(self) -> "AllCores":
        """Return itself."""
        return self

    def __exit__(
        self,
        error: type[BaseException] | None = None,
        value: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """End the processes."""
        self._processes.__exit__(error, value, trace)

    def map_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, in order."""
        return self.map_made_parts(work, parts)

    map_small_parts = map_parts

    def map_made_parts(
        self, work: Callable[[Part], Result], parts: Iterable[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, in order."""
        return _map_in_order(self._processes, work, parts)


def open_engine(
    name: str, scheduler: str | None = None, *, patience: float = PATIENCE_SECONDS, folder: Path
) -> AbstractContextManager[Engine]:
    """Return the engine of this name, to be used in a `with` block.

    Args:
        name: One of `ENGINES`.
        scheduler: Where the cluster's scheduler is; for `dask` only.
        patience: After how many seconds without any part done one gives up; clusters only.
        folder: Through which parts are handed on; machines of a cluster must share it.

    Raises:
        ConfigError: If there is no such engine, or what it needs is missing.
        EngineError: If the cluster cannot be used.
    """
    if name not in ENGINES:
        msg = f'--engine: there is no "{name}"; choose from {", ".join(ENGINES)}'
        raise ConfigError(msg)
    if name != "dask":
        is_alone = name == "this" or count_cores() == 1
        return nullcontext(ThisProcess()) if is_alone else AllCores(count_cores())
    if scheduler is None:
        msg = (
            "--engine dask: name the cluster with --scheduler, such as tcp://host:8786 "
            '(the command "dask scheduler" begins one)'
        )
        raise ConfigError(msg)
    from listener.engines.cluster import open_cluster

    return open_cluster(scheduler, patience=patience, folder=folder)
