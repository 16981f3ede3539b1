"""Keep leases while their holder works: one thread renews all of them."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from listener.errors import StoreError
from listener.store.store import Store

Renew = Callable[[Collection[str]], Collection[str]]
"""Asks the database for more time, and returns the names that are still ours."""

BROKEN_OFF = "making it was broken off; it is made by the next run"
"""Why an edition is not made whose maker was stopped."""

# A lease outlives three renewals that fail.
_RENEWALS_A_LEASE = 4
_PATIENCE_SECONDS = 5.0
_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Held:
    """Until when something is surely ours, by the clock that never steps."""

    until: float


class Leases:
    """The leases that one process holds, renewed by a thread while the block lasts.

    Claiming and giving back are the holder's business: a name is added after it was
    claimed and discarded before it is given back. All methods may be called from
    any thread.
    """

    def __init__(self, renew: Renew, lease: timedelta, names: Iterable[str] = ()) -> None:
        """Begin with names that were claimed just now.

        Args:
            renew: Renews them in the database; it may raise `StoreError`.
            lease: How long each claim or renewal lasts.
            names: What is held from the beginning.
        """
        self.lease = lease
        self._renew, self._seconds = renew, lease.total_seconds()
        self._lock, self._end = threading.Lock(), threading.Event()
        self._held: dict[str, _Held] = {}
        for name in names:
            self.add(name)
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def __enter__(self) -> Self:
        """Begin to renew."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Renew no more; what was not given back lapses by itself."""
        self._end.set()
        # A database that hangs must not keep anybody from ending.
        self._thread.join(_PATIENCE_SECONDS)

    def add(self, name: str) -> None:
        """Renew this one too; it was claimed just now."""
        with self._lock:
            self._held[name] = _Held(time.monotonic() + self._seconds)

    def discard(self, name: str) -> None:
        """Renew this one no more."""
        with self._lock:
            self._held.pop(name, None)

    def holds(self, name: str) -> bool:
        """Tell whether a lease is surely ours.

        It is not when somebody else has it, and not when it could not be renewed
        for as long as it lasts: the database was away, or this machine slept.
        """
        with self._lock:
            held = self._held.get(name)
            return held is not None and time.monotonic() < held.until

    def _run(self) -> None:
        while not self._end.wait(self._seconds / _RENEWALS_A_LEASE):
            self._renew_all()

    def _renew_all(self) -> None:
        with self._lock:
            asked_for = dict(self._held)
        if not asked_for:
            return
        # Counted from before the question: the database's answer may take its time.
        until = time.monotonic() + self._seconds
        kept = self._ask(asked_for)
        if kept is None:
            return
        with self._lock:
            for name, held in asked_for.items():
                if name in kept:
                    held.until = until
                elif self._held.get(name) is held:  # else given back and claimed anew meanwhile
                    del self._held[name]
                    _log.warning("the lease of %s was lost: somebody else has it", name)

    def _ask(self, names: Collection[str]) -> Collection[str] | None:
        """Return what is still ours, None if nobody can tell now."""
        try:
            return self._renew(list(names))
        except StoreError as error:
            _log.info("leases could not be renewed: %s", error)
        except Exception:  # noqa: BLE001 - a thread that dies would lose all leases without a word
            _log.exception("leases could not be renewed")
        return None


def holding(store: Store, names: Iterable[str], owner: str, lease: timedelta) -> Leases:
    """Keep the leases of these tasks, which the owner has claimed, while the block lasts.

    Args:
        store: Where they were claimed.
        names: The tasks; more can be added, and each can be discarded.
        owner: Who claimed them.
        lease: How long a claim lasts; it is renewed four times in that time.

    Returns:
        A context manager, which tells by `holds` whether a task is still the owner's.
    """
    return Leases(lambda held: store.renew_tasks(held, owner, lease=lease), lease, names)


def release_editions(store: Store, owner: str) -> None:
    """Give back the editions that an owner has claimed, if nobody waits for whoever makes them.

    Raises:
        StoreError: If the database fails.
    """
    for key in store.load_editions().filter(owner=owner)["key"]:
        store.release_edition(key, owner, error=BROKEN_OFF)


def holding_editions(store: Store, keys: Iterable[str], owner: str, lease: timedelta) -> Leases:
    """Keep the leases of these editions, which the owner has claimed, while the block lasts."""

    def renew(held: Collection[str]) -> set[str]:
        return {key for key in held if store.renew_edition(key, owner, lease=lease)}

    return Leases(renew, lease, keys)
