"""Begin although the database is away: wait for it, but for no mistake in the settings."""

import threading
from collections.abc import Callable

from listener.errors import StoreAwayError
from listener.schedule.outages import Outage
from listener.store.store import Store

_TICK_SECONDS = 0.2


def open_in_time(
    open_store: Callable[[], Store], stop: threading.Event, outage: Outage | None = None
) -> Store | None:
    """Open a database that can be written to; wait while it is away, and say so once.

    Args:
        open_store: Opens it.
        stop: Set by whoever wants to wait no longer, however long a server takes to answer.
        outage: Says that it is away, and how long to wait before the next try.

    Returns:
        The store; None if it is to stop.

    Raises:
        StoreError: If it cannot be used for a reason that does not pass by itself: the
            address, the password, the rights, the schema.
    """
    opening = _Opening(open_store, stop, outage or Outage())
    # A server that does not answer must not keep anybody from ending.
    thread = threading.Thread(target=opening.run, name="opening", daemon=True)
    thread.start()
    while thread.is_alive() and not stop.is_set():
        thread.join(_TICK_SECONDS)
    if opening.error is not None:
        raise opening.error
    return opening.store


class _Opening:
    """The attempts to open a database, and what came of the last one."""

    def __init__(
        self, open_store: Callable[[], Store], stop: threading.Event, outage: Outage
    ) -> None:
        self._open_store, self._stop, self._outage = open_store, stop, outage
        self.store: Store | None = None
        self.error: BaseException | None = None

    def run(self) -> None:
        """Try until it is open, it makes no sense, or nobody wants it any more."""
        try:
            while not self._stop.is_set():
                if not self._outage.must_wait() and self._attempt():
                    return
                self._stop.wait(_TICK_SECONDS)
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits for it
            self.error = error

    def _attempt(self) -> bool:
        try:
            self.store = self._open()
        except StoreAwayError as error:
            self._outage.note_failure(error)
            return False
        self._outage.note_success()
        return True

    def _open(self) -> Store:
        store = self._open_store()
        try:
            store.check_writing()
        except BaseException:
            store.close()
            raise
        return store
