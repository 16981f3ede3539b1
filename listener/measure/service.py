"""Service time: how much of a wait lay in the brand's opening hours.

`docs/measures.md`, section 2. It is the second clock beside calendar time: who asks on
Saturday a team that works from Monday on waits two days, and has not waited yet.
"""

from collections.abc import Sequence
from datetime import time

import polars as pl

from listener.figures import Clock, ServiceTime
from listener.measure.open_hours import find_open_time
from listener.measure.statistics import measure_clock
from listener.posts import Brand, OpeningHours

_WAITS = {
    "first_reply": ("opened_at", "first_reply_seconds"),
    "first_helpful": ("opened_at", "first_helpful_seconds"),
}
_ROW = "_row"


def add_service_to_cases(cases: pl.DataFrame, brands: Sequence[Brand]) -> pl.DataFrame:
    """Add the service time of the first and of the first helpful reply.

    Columns added, for each of `first_reply` and `first_helpful`: `…_service_seconds` (null
    without a clock, without opening hours, and for waits outside of them) and `…_off_hours`
    (a clock ran, but never while the brand was open).
    """
    added = [
        measure_waits(cases, start, seconds, brands).select(
            pl.col("service_seconds").alias(f"{name}_service_seconds"),
            pl.col("off_hours").alias(f"{name}_off_hours"),
        )
        for name, (start, seconds) in _WAITS.items()
    ]
    return pl.concat([cases, *added], how="horizontal")


def add_service_to_turns(
    turns: pl.DataFrame, cases: pl.DataFrame, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Add `service_seconds` and `off_hours`, as in cases, to the clock of each turn."""
    named = turns.join(cases.select("case", "brand"), on="case", how="left", maintain_order="left")
    added = measure_waits(named, "started_at", "wait_seconds", brands)
    return pl.concat([turns, added], how="horizontal")


def measure_waits(
    rows: pl.DataFrame, start: str, seconds: str, brands: Sequence[Brand]
) -> pl.DataFrame:
    """Return `service_seconds` and `off_hours` for each row.

    Args:
        rows: Waits, with `brand`.
        start: The column of their beginnings.
        seconds: The column of their lengths.
        brands: Whose hours count.
    """
    waits = rows.select("brand", pl.col(start).alias("start"), pl.col(seconds).alias("seconds"))
    waits = waits.with_row_index(_ROW).filter(pl.col("seconds").is_not_null())
    measured = [
        _measure_brand(waits.filter(pl.col("brand") == brand.key), brand)
        for brand in brands
        if brand.opening_hours
    ]
    schema = {_ROW: pl.UInt32, "service_seconds": pl.Float64, "off_hours": pl.Boolean}
    found = pl.concat([pl.DataFrame(schema=schema), *measured])
    return (
        rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW))
        .join(found, on=_ROW, how="left", maintain_order="left")
        .select("service_seconds", pl.col("off_hours").fill_null(value=False))
    )


def _measure_brand(waits: pl.DataFrame, brand: Brand) -> pl.DataFrame:
    # Microseconds by rounding: a wait in seconds is a float, which is only nearly exact.
    length = (pl.col("seconds") * 1e6).round().cast(pl.Int64).cast(pl.Duration("us"))
    spans = waits.select(_ROW, "start", end=pl.col("start") + length)
    if spans.is_empty():
        return spans.select(_ROW, service_seconds=pl.lit(0.0), off_hours=pl.lit(value=False))
    since, until = spans.select(pl.col("start").min(), pl.col("end").max()).row(0)
    open_time = find_open_time(brand, since, until)
    seconds = open_time.measure_seconds(spans["start"], spans["end"])
    # Who is answered at once while the brand is open has waited 0 s, and was in its hours.
    off_hours = (seconds == 0) & ~open_time.contains(spans["start"])
    return spans.select(_ROW).with_columns(
        seconds.set(off_hours, None).alias("service_seconds"), off_hours.alias("off_hours")
    )


def measure_service(turns: pl.DataFrame, cases: pl.DataFrame, brand: Brand) -> ServiceTime | None:
    """Measure the three clocks in service time; None for a brand without opening hours.

    Args:
        turns: Turns of all cases, with service time.
        cases: The cases of the figure, with service time.
        brand: Whose hours they are.
    """
    if not brand.opening_hours:
        return None
    later = turns.filter(pl.col("clock") == "followup_reply").join(
        cases.select("case"), on="case", how="semi"
    )
    first, helpful = (_choose_waits(cases, name) for name in _WAITS)
    followup = later.select(
        pl.col("service_seconds").alias("seconds"), "observed", "skewed", "off_hours"
    )
    clocks = {"first_reply": first, "first_helpful_reply": helpful, "followup_reply": followup}
    return ServiceTime(
        opening_hours=tuple(_write_span(span) for span in brand.opening_hours),
        time_zone=brand.time_zone,
        holidays=brand.holidays,
        off_hours={name: int(waits["off_hours"].sum()) for name, waits in clocks.items()},
        **{name: _measure_clock(name, waits) for name, waits in clocks.items()},
    )


def _choose_waits(cases: pl.DataFrame, name: str) -> pl.DataFrame:
    return cases.select(
        pl.col(f"{name}_service_seconds").alias("seconds"),
        pl.col(f"{name}_observed").alias("observed"),
        pl.col(f"{name}_skewed").alias("skewed"),
        pl.col(f"{name}_off_hours").alias("off_hours"),
    )


def _measure_clock(name: str, waits: pl.DataFrame) -> Clock:
    return measure_clock(name, waits.drop("off_hours"))


def _write_span(span: OpeningHours) -> str:
    closes = "24:00" if span.closes == time.max else f"{span.closes:%H:%M}"
    return f"{span.weekday} {span.opens:%H:%M}-{closes}"
