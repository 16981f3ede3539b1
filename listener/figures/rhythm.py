"""On which days and at which hours customers begin, and how long they wait then."""

from dataclasses import dataclass
from datetime import datetime

from listener.figures.clocks import Quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmWait:
    """The waits of cases that began on one weekday within one block of hours.

    Attributes:
        weekday: 1 for Monday to 7 for Sunday.
        hour: The first hour of the block, by the brand's clock.
        clocked: How many waits there are.
        median: Until the first public reply; without a value below ten waits.
    """

    weekday: int
    hour: int
    clocked: int
    median: Quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When cases began, by the clock of the brand's time zone.

    Attributes:
        since: From when on cases are counted, UTC; None if nothing was measured.
        until: End (exclusive).
        total: How many cases there are.
        opened: For each weekday from Monday on, how many began in each of its 24 hours.
        waits: Blocks of hours in which any clock ran.
    """

    since: datetime | None = None
    until: datetime | None = None
    total: int = 0
    opened: tuple[tuple[int, ...], ...] = ()
    waits: tuple[RhythmWait, ...] = ()
