"""Read the curves of waiting at round times: the table behind the chart."""

from dataclasses import dataclass

from listener.figures import MIN_CASES_FOR_A_RATE, Clock, ServiceTime, WeekFigures, Within
from listener.report.waiting_chart import read_curve
from listener.report.words import AXIS_TICKS


@dataclass(frozen=True, slots=True)
class Reading:
    """What both curves say at one moment; None where nobody was followed that long."""

    seconds: int
    first: Within | None
    helpful: Within | None


def list_readings(figures: WeekFigures | ServiceTime) -> tuple[Reading, ...]:
    """Return both curves at the ticks of the time axis."""
    return tuple(
        Reading(
            tick,
            read_within(figures.first_reply, tick),
            read_within(figures.first_helpful_reply, tick),
        )
        for tick in AXIS_TICKS
    )


def read_within(clock: Clock, seconds: int) -> Within | None:
    """Return what a curve says at one moment, None where nobody was followed that long."""
    longest = clock.median.longest
    if clock.total < MIN_CASES_FOR_A_RATE or longest is None or longest < seconds:
        return None
    rate, low, high = read_curve(clock.curve, seconds)
    return Within(float(seconds), rate, low, high, "log-log")
