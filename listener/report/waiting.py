"""Read the curves of waiting at round times: the table behind the chart."""

from dataclasses import dataclass

from listener.figures import MIN_CASES_FOR_A_RATE, Clock, ServiceTime, WeekFigures, Within
from listener.measure.statistics.shares import measure_wilson
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
    if clock.total < MIN_CASES_FOR_A_RATE or longest is None:
        return None
    if longest < seconds and clock.open:
        return None
    rate, low, high = read_curve(clock.curve, seconds)
    if low is not None and high is not None:
        return Within(float(seconds), rate, low, high, "log-log")
    low, high = _bound_edge(clock, rate)
    return Within(float(seconds), rate, low, high, "wilson")


def _bound_edge(clock: Clock, rate: float) -> tuple[float, float] | tuple[None, None]:
    """Return an interval where the band is undefined: nobody was answered yet, or all were.

    Who was still followed at the first answer was followed until the moment before it, too.
    """
    if rate:
        return measure_wilson(clock.answered, clock.answered)
    return measure_wilson(0, clock.curve.at_risk[0] if clock.curve.at_risk else 0)
