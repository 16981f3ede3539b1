"""On which days and at which hours customers begin, and how long they wait then.

`docs/measures.md`, section 2, "The rhythm".
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from listener.figures import MIN_CASES_FOR_A_RATE, Rhythm, RhythmWait
from listener.measure.periods import Period
from listener.measure.selection import is_inside
from listener.measure.statistics import event_tables, measure_medians

WEEKDAYS, HOURS, BLOCK_HOURS = 7, 24, 3
_READ = (
    *("opened_by", "opening_unknown", "opened_at"),
    *("first_reply_seconds", "first_reply_observed"),
)


def measure_rhythm(cases: pl.DataFrame, period: Period, time_zone: str) -> Rhythm:
    """Sort cases by the weekday and hour at which their customers began.

    The hour is what a clock on the wall showed. Where clocks are set back, the hour that
    comes twice holds both; the one that is left out in spring holds nothing.

    Args:
        cases: Cases with a need; others than those that a customer's known post opened are
            left out, for nobody knows when these customers began.
        period: In which they began.
        time_zone: Of the brand.
    """
    local = pl.col("opened_at").dt.convert_time_zone(time_zone)
    is_known = (pl.col("opened_by") == "customer") & ~pl.col("opening_unknown")
    known = cases.select(_READ).filter(is_known & is_inside("opened_at", period))
    begun = known.select(
        local.dt.weekday().cast(pl.Int64).alias("weekday"),
        local.dt.hour().cast(pl.Int64).alias("hour"),
        pl.col("first_reply_seconds").alias("seconds"),
        pl.col("first_reply_observed").alias("observed"),
    )
    return Rhythm(
        since=period.since,
        until=period.until,
        total=begun.height,
        opened=_count_hours(begun),
        waits=tuple(_list_waits(begun)),
    )


def _count_hours(begun: pl.DataFrame) -> tuple[tuple[int, ...], ...]:
    slots = (begun["weekday"].to_numpy() - 1) * HOURS + begun["hour"].to_numpy()
    counts = np.bincount(slots, minlength=WEEKDAYS * HOURS).reshape(WEEKDAYS, HOURS)
    return tuple(map(tuple, counts.tolist()))


def _list_waits(begun: pl.DataFrame) -> Iterator[RhythmWait]:
    """Yield the blocks in order; a median of a handful of waits would claim too much."""
    block = pl.col("hour") // BLOCK_HOURS * BLOCK_HOURS
    parts = ("weekday", "hour")
    tables = event_tables(begun.with_columns(hour=block), *parts)
    medians = measure_medians(tables, *parts, least=MIN_CASES_FOR_A_RATE)
    for (weekday, hour), (clocked, median) in medians.items():
        yield RhythmWait(weekday=weekday, hour=hour, clocked=clocked, median=median)
