"""A cluster of Dask: a scheduler and workers, on one machine or many.

Whatever goes wrong there becomes one line. A worker that dies costs what it was doing: the
scheduler gives it to another one. What is done with each part goes through the shared folder,
so that the scheduler has nothing to carry but the names of parts.
"""

import logging
import pickle
import queue
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from listener import __version__
from listener.errors import ConfigError, EngineError, ListenerError

Part = TypeVar("Part")
Result = TypeVar("Result")

_CONNECT_SECONDS = 10
_MARK = ".seen-by-workers"
_LOST = "the scheduler went away; begin it and its workers again, and then this"


@contextmanager
def open_cluster(scheduler: str, *, patience: float, folder: Path) -> Iterator["Cluster"]:
    """Connect with a cluster whose workers share a folder with this machine.

    Raises:
        ConfigError: If Dask is not installed, or the address is none.
        EngineError: If nobody is there, or the workers are not fit.
    """
    client = _connect(scheduler, patience)
    try:
        cluster = Cluster(client, scheduler, patience, folder)
        cluster.check_workers()
        yield cluster
    finally:
        with suppress(Exception):
            client.close(timeout=2)


def _connect(scheduler: str, patience: float) -> Any:  # noqa: ANN401 - Dask has no types
    try:
        from distributed import Client
    except ImportError as error:
        msg = "--engine dask: Dask is not installed; pip install listener[cluster]"
        raise ConfigError(msg) from error
    _silence()
    limit = min(_CONNECT_SECONDS, patience)
    try:
        return Client(scheduler, timeout=limit, set_as_default=False)  # type: ignore[no-untyped-call]
    except ValueError as error:
        msg = f'--scheduler: "{scheduler}" is no address, such as tcp://host:8786'
        raise ConfigError(msg) from error
    except Exception as error:
        msg = (
            f"cluster {scheduler}: no scheduler answers there within {limit:g} s; "
            'begin one with "dask scheduler", or look at the address'
        )
        raise EngineError(msg) from error


def _silence() -> None:
    """Keep Dask, which tells of each lost worker in many lines and goes on, from telling."""
    for name in logging.root.manager.loggerDict:
        if name.partition(".")[0] in {"distributed", "tornado", "asyncio"}:
            logging.getLogger(name).setLevel(logging.CRITICAL)


class Cluster:
    """Does parts on the workers of a cluster."""

    def __init__(
        self,
        client: Any,  # noqa: ANN401
        scheduler: str,
        patience: float,
        folder: Path,
    ) -> None:
        """Work through a client that is connected."""
        self._client = client
        self._name = f"cluster {scheduler}"
        self._patience = patience
        self._folder = folder

    def check_workers(self) -> None:
        """Look whether there are workers, of this version, that see the folder.

        Raises:
            EngineError: If not.
        """
        self._wait_for_workers()
        mark = self._folder / _MARK
        mark.touch()
        try:
            told = self._client.run(look_around, mark, on_error="return")
        except Exception as error:
            raise self._fail(_LOST) from error
        finally:
            mark.unlink()
        for worker, answer in sorted(told.items()):
            self._check_answer(worker, answer)

    def _wait_for_workers(self) -> None:
        limit = min(_CONNECT_SECONDS, self._patience)
        try:
            self._client.wait_for_workers(1, timeout=limit)
        except Exception as error:
            msg = f'no worker has come within {limit:g} s; begin some with "dask worker"'
            raise self._fail(msg) from error

    def _check_answer(self, worker: str, answer: object) -> None:
        if not isinstance(answer, tuple):
            msg = f"worker {worker} cannot load listener ({answer}); install this version there"
            raise self._fail(msg)
        versions, sees_folder = answer
        if versions != tell_versions():
            msg = (
                f"worker {worker} has {versions}, this machine {tell_versions()}; install it there"
            )
            raise self._fail(msg)
        if not sees_folder:
            msg = f"worker {worker} does not see {self._folder}; share --output with all machines"
            raise self._fail(msg)

    def map_parts(
        self, work: Callable[[Part], Result], parts: Sequence[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Yield each part with its result, as they come.

        Raises:
            EngineError: If nothing was done for too long, or workers die of a part.
        """
        done: queue.SimpleQueue[Any] = queue.SimpleQueue()
        path = self._folder / f".{uuid.uuid4().hex}"
        path.write_bytes(pickle.dumps(work))
        futures = self._client.map(partial(do_part, path), parts, pure=False)
        waiting = dict(zip(futures, parts, strict=True))
        for future in futures:
            future.add_done_callback(done.put)
        try:
            while waiting:
                future = self._take(done)
                result = self._read(future)
                yield waiting.pop(future), result
        finally:
            with suppress(Exception):
                self._client.cancel(list(waiting), force=True)
            path.unlink(missing_ok=True)

    map_small_parts = map_parts

    def map_made_parts(
        self, work: Callable[[Part], Result], parts: Iterable[Part]
    ) -> Iterator[tuple[Part, Result]]:
        """Do the same when all parts are made."""
        return self.map_parts(work, list(parts))

    def _take(self, done: "queue.SimpleQueue[Any]") -> Any:  # noqa: ANN401
        try:
            return done.get(timeout=self._patience)
        except queue.Empty:
            msg = f"no part was done for {self._patience:g} s; look whether its workers still live"
            raise self._fail(msg) from None

    def _read(self, future: Any) -> Any:  # noqa: ANN401
        try:
            return future.result(timeout=self._patience)
        except ListenerError:
            raise
        except (Exception, CancelledError) as error:
            reason = self._explain(future.status, error)
            if reason is None:
                raise
            raise self._fail(reason) from error

    def _explain(self, status: str, error: BaseException) -> str | None:
        """Return what went wrong, None if it is a mistake of this program."""
        if status != "error":  # the part may even be done, but nobody can tell how it went
            return _LOST
        if type(error).__name__ == "KilledWorker":
            return "one part has killed all workers that took it; give workers more memory"
        if isinstance(error, OSError):
            return f"a worker cannot read or write the archive or {self._folder} ({error})"
        return None

    def _fail(self, what: str) -> EngineError:
        return EngineError(f"{self._name}: {what}")


def do_part(path: Path, part: object) -> object:
    """Do, on a worker, the work that lies in a file with one part."""
    return _load_work(path)(part)


@lru_cache(maxsize=2)  # workers live on, and see many works
def _load_work(path: Path) -> Callable[[object], object]:
    work: Callable[[object], object] = pickle.loads(path.read_bytes())  # noqa: S301 - our own
    return work


def tell_versions() -> str:
    """Return what must be the same on all machines."""
    return f"listener {__version__} with polars {pl.__version__}"


def look_around(mark: Path) -> tuple[str, bool]:
    """Tell, on a worker, its versions and whether it sees a file."""
    return tell_versions(), mark.exists()
