"""A clock that stands still until a test turns it."""

from datetime import datetime, timedelta

from tests.builders import START


class StoppedClock:
    """Tells the moment that was set; handed to `Store.open(clock=…)`."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        """Go on by a span such as `hours=1`, or back."""
        self.now += timedelta(**span)
