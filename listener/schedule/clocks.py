"""Notice that the clock was set, or that the machine slept: two clocks then disagree."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

LARGEST_STEP = timedelta(seconds=30)


def now() -> datetime:
    """Return the time by this machine's clock, in UTC."""
    return datetime.now(UTC)


class ClockWatch:
    """Compares the clock on the wall with the one that only goes on."""

    def __init__(
        self,
        wall: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Believe both from now on."""
        self._wall, self._monotonic = wall, monotonic
        self._begin()

    def find_step(self) -> timedelta | None:
        """Return by how much the clock was set since it was believed; None if it was not.

        It is told once, however long nobody asks; then the new time is believed.
        """
        gone_by = timedelta(seconds=self._monotonic() - self._since)
        step = self._wall() - self._believed - gone_by
        if abs(step) <= LARGEST_STEP:
            return None
        self._begin()
        return step

    def _begin(self) -> None:
        self._believed, self._since = self._wall(), self._monotonic()
