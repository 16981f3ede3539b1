"""On which days and at which hours customers begin, and how long they wait then.

`docs/measures.md`, section 2, "The rhythm".
"""

from collections.abc import Iterator

import polars as pl

from listener.figures import MIN_CASES_FOR_A_RATE, Quantile, Rhythm, RhythmWait
from listener.measure.periods import Period
from listener.measure.selection import is_inside
from listener.measure.statistics import event_tables, measure_quantile

WEEKDAYS, HOURS, BLOCK_HOURS = 7, 24, 3
_TOO_FEW = Quantile(None, None, None, None)


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
    begun = cases.filter(
        (pl.col("opened_by") == "customer")
        & ~pl.col("opening_unknown")
        & is_inside("opened_at", period)
    ).select(
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
    found = begun.group_by("weekday", "hour").len().iter_rows()
    counts = {(weekday, hour): count for weekday, hour, count in found}
    return tuple(
        tuple(counts.get((weekday, hour), 0) for hour in range(HOURS))
        for weekday in range(1, WEEKDAYS + 1)
    )


def _list_waits(begun: pl.DataFrame) -> Iterator[RhythmWait]:
    """Yield the blocks in order; a median of a handful of waits would claim too much."""
    block = pl.col("hour") // BLOCK_HOURS * BLOCK_HOURS
    tables = event_tables(begun.with_columns(hour=block), "weekday", "hour")
    for (weekday, hour), table in tables.items():
        clocked = table["at_risk"].item(0)
        yield RhythmWait(
            weekday=weekday,
            hour=hour,
            clocked=clocked,
            median=measure_quantile(table, 0.5) if clocked >= MIN_CASES_FOR_A_RATE else _TOO_FEW,
        )
