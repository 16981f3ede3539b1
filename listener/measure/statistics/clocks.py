"""Clocks: how long customers waited for one kind of answer (`docs/measures.md`, section 2)."""

import polars as pl

from listener.figures import Clock, Curve, Quantile, Within
from listener.measure.statistics.curves import find_within, measure_curve
from listener.measure.statistics.events import event_table
from listener.measure.statistics.quantiles import find_longest, find_quantile

HOUR_SECONDS = 3600.0
DAY_SECONDS = 24 * HOUR_SECONDS


def measure_clock(name: str, waits: pl.DataFrame) -> Clock:
    """Measure one kind of wait.

    Open waits count as "at least this long". A skewed answer gives no clock,
    whatever its seconds; it is only counted. Without any clock every time and
    every rate is None, never 0.

    Args:
        name: `first_reply`, `first_helpful_reply` or `followup_reply`.
        waits: `seconds` (null: no clock ran), `observed` (whether an answer
            stopped it), `skewed` (null: no).
    """
    skewed = int(waits["skewed"].sum())
    if waits["seconds"].null_count() == waits.height:
        return _make_idle_clock(name, skewed)
    if skewed:
        waits = waits.filter(~pl.col("skewed").fill_null(value=False))
    table = event_table(waits)
    answered, still_open = (int(table[state].sum()) for state in ("events", "censored"))
    curve, longest = measure_curve(table), find_longest(table)
    return Clock(
        name=name,
        total=answered + still_open,
        answered=answered,
        open=still_open,
        skewed=skewed,
        median=find_quantile(curve, longest, 0.5),
        p90=find_quantile(curve, longest, 0.9),
        within_1h=find_within(curve, table, HOUR_SECONDS),
        within_24h=find_within(curve, table, DAY_SECONDS),
        curve=curve,
    )


def _make_idle_clock(name: str, skewed: int) -> Clock:
    """Return the clock that never ran; most brands of a long list have such weeks."""
    never = Quantile(None, None, None, None)
    hour, day = (Within(limit, None, None, None, "wilson") for limit in (HOUR_SECONDS, DAY_SECONDS))
    return Clock(name, 0, 0, 0, skewed, never, never, hour, day, Curve())
