"""Event tables: what is needed of many waits to draw their curve, and nothing else.

One row a distinct time: how many answers came then (`events`), how many waits
were last seen open then (`censored`), and how many had lasted at least that
long (`at_risk`). Tables of parts add up to the table of the whole, so waits
can be counted where they lie and merged later.
"""

from typing import Any

import polars as pl

SCHEMA = {
    "seconds": pl.Float64,
    "events": pl.Int64,
    "censored": pl.Int64,
    "at_risk": pl.Int64,
}


def event_table(frame: pl.DataFrame) -> pl.DataFrame:
    """Build the event table of waits.

    Args:
        frame: One row a wait: `seconds`, and `observed`: whether an answer
            ended it (else it was still open then). Rows without seconds had
            no clock and are left out.

    Returns:
        `seconds`, `events`, `censored`, `at_risk`, sorted by time.

    Raises:
        ValueError: If a wait is negative or endless, or it is not told whether
            it was observed.
    """
    return _build(frame).drop("untold")


def event_tables(frame: pl.DataFrame, *parts: str) -> dict[tuple[Any, ...], pl.DataFrame]:
    """Build the event tables of the parts of a frame, by the values of some of its columns."""
    tables = _build(frame, *parts).drop("untold")
    return tables.partition_by(*parts, as_dict=True, include_key=False)


def _build(frame: pl.DataFrame, *parts: str) -> pl.DataFrame:
    # Step by step: with so few rows, to plan it all at once takes four times as long as doing it.
    observed = pl.col("observed")
    waits = frame.filter(pl.col("seconds").is_not_null()).select(
        *parts, pl.col("seconds").cast(pl.Float64), observed.cast(pl.Boolean)
    )
    counted = waits.group_by(*parts, "seconds").agg(
        events=observed.sum().cast(pl.Int64),
        censored=observed.not_().sum().cast(pl.Int64),
        untold=observed.null_count(),
    )
    table = _add_risk(counted.sort(*parts, "seconds"), *parts)
    _check_waits(table)
    return table


def merge_event_tables(*tables: pl.DataFrame) -> pl.DataFrame:
    """Merge the event tables of disjoint sets of waits into the table of all of them."""
    empty = pl.DataFrame(schema=SCHEMA)
    counted = (
        pl.concat([empty, *tables])
        .group_by("seconds")
        .agg(pl.col("events").sum(), pl.col("censored").sum())
    )
    return _add_risk(counted.sort("seconds"))


def _check_waits(table: pl.DataFrame) -> None:
    seconds = table["seconds"]
    if not (seconds.is_finite() & (seconds >= 0)).all():
        msg = "a wait is negative or endless; a skewed clock has no seconds"
        raise ValueError(msg)
    if table["untold"].sum():
        msg = "a wait with seconds does not say whether it was observed to its end"
        raise ValueError(msg)


def _add_risk(counted: pl.DataFrame, *parts: str) -> pl.DataFrame:
    """Add how many waits had lasted at least as long; rows come by part and time."""
    leaving = pl.col("events") + pl.col("censored")
    at_risk = leaving.cum_sum(reverse=True)
    return counted.with_columns(at_risk=at_risk.over(*parts) if parts else at_risk)
