"""Say once that the database is away, wait longer and longer, say once that it is back."""

import logging
import threading
import time
from collections.abc import Callable

# A minute at most: what a dead program did is to be taken over within one.
_PAUSES = (5.0, 10.0, 20.0, 40.0, 60.0)
_log = logging.getLogger(__name__)


class Outage:
    """Whether the database can be used, as far as is known; for all threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Begin with a database that can be used."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._since: float | None = None
        self._tries, self._next_try = 0, 0.0

    @property
    def is_on(self) -> bool:
        """Whether the last that was heard of the database was that it cannot be used."""
        return self._since is not None

    def must_wait(self) -> bool:
        """Tell whether it is too early to ask the database again."""
        with self._lock:
            return self._since is not None and self._monotonic() < self._next_try

    def note_failure(self, error: Exception) -> None:
        """Remember that the database failed."""
        with self._lock:
            now = self._monotonic()
            if self._since is None:
                self._since = now
                _log.error("database=away error=%s", _quote(str(error)))
            self._next_try = now + _PAUSES[min(self._tries, len(_PAUSES) - 1)]
            self._tries += 1

    def note_success(self) -> None:
        """Remember that the database answered."""
        with self._lock:
            if self._since is None:
                return
            seconds = self._monotonic() - self._since
            self._since, self._tries = None, 0
        _log.warning("database=back after_seconds=%d", seconds)


def _quote(text: str) -> str:
    return '"' + " ".join(text.split()).replace('"', "'") + '"'
