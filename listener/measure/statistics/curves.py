"""Kaplan–Meier curves of waiting times, and what share was answered within a limit.

A wait that is still open enters as "at least this long"; a wait seen open at
the same second as another one's answer counts as at risk of it. The 95 % band
is the log-log one (Kalbfleisch & Prentice) with Greenwood's variance: it stays
between 0 and 1. It is undefined where nobody or everybody was answered.
"""

import polars as pl

from listener.figures import Curve, Within
from listener.measure.statistics.shares import Z, make_share

_NO_BAND = [pl.lit(None, dtype=pl.Float64).alias(name) for name in ("waiting", "low", "high")]


def measure_survival(table: pl.DataFrame) -> pl.DataFrame:
    """Measure which share still waits after each time at which an answer came.

    Returns:
        `seconds`, `events`, `at_risk`, `waiting` (S), and the band `low`, `high`
        (null where S is 0); one row a time with an answer.
    """
    answered = table.filter(pl.col("events") > 0)
    if answered.is_empty():
        return answered.select("seconds", "events", "at_risk", *_NO_BAND)
    left = pl.col("at_risk") - pl.col("events")
    # The factors of the product cancel wherever no open wait drops out in between: 5 of 10 is
    # exactly one half. Dividing once, by a column, also keeps Polars from multiplying with the
    # rounded reciprocal of a single number.
    dropouts = (pl.col("at_risk") / left.shift(1)).fill_null(1.0)
    total = pl.col("at_risk").first() * dropouts.cum_prod()
    greenwood = (pl.col("events") / (pl.col("at_risk") * left)).cum_sum()
    spread = (Z * greenwood.sqrt() / -pl.col("waiting").log()).exp()
    is_defined = pl.col("waiting") > 0
    return answered.with_columns(waiting=left / total).select(
        "seconds",
        "events",
        "at_risk",
        "waiting",
        low=pl.when(is_defined).then(pl.col("waiting").pow(spread)),
        high=pl.when(is_defined).then(pl.col("waiting").pow(1 / spread)),
    )


def measure_curve(table: pl.DataFrame) -> Curve:
    """Measure the Kaplan–Meier curve with its band, one entry a distinct event time.

    Before the first entry everybody waits. The band is None where S is 0.
    """
    survival = measure_survival(table)
    return Curve(
        seconds=tuple(survival["seconds"].to_list()),
        waiting=tuple(survival["waiting"].to_list()),
        low=tuple(survival["low"].to_list()),
        high=tuple(survival["high"].to_list()),
        at_risk=tuple(survival["at_risk"].to_list()),
        events=tuple(survival["events"].to_list()),
    )


def measure_within(table: pl.DataFrame, seconds: float) -> Within:
    """Measure which share was answered within a limit: 1 − S(limit).

    Where S is 0 or 1 the log-log band is undefined. Then only those cases count
    whose state at the limit is known: answered by then, or followed for longer;
    so 0 of those followed, or all of those answered, with Wilson's interval.
    Without any such case there is no rate. Neither is there one when the limit
    lies after the longest wait while somebody was still waiting.
    """
    reached = measure_survival(table).filter(pl.col("seconds") <= seconds).tail(1)
    if reached.is_empty() or reached["waiting"].item() == 0:
        return _count_within(table, seconds)
    if seconds > table["seconds"].item(-1):
        return Within(seconds, None, None, None, "log-log")
    waiting, low, high = reached.select("waiting", "low", "high").row(0)
    return Within(seconds, 1 - waiting, 1 - high, 1 - low, "log-log")


def _count_within(table: pl.DataFrame, seconds: float) -> Within:
    is_within = pl.col("seconds") <= seconds
    leaving = pl.col("events") + pl.col("censored")
    counts = table.select(
        answered=pl.col("events").filter(is_within).sum(), longer=leaving.filter(~is_within).sum()
    )
    answered, longer = counts.row(0)
    share = make_share(answered, answered + longer)
    return Within(seconds, share.rate, share.low, share.high, "wilson")
