"""Let a polite request to end do what the keyboard does."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping_cleanly() -> Iterator[None]:
    """Take SIGTERM for the keyboard's stop: what is held is given back, then it ends."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
