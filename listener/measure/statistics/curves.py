"""Kaplan–Meier curves of waiting times, and what share was answered within a limit.

A wait that is still open enters as "at least this long"; a wait seen open at
the same second as another one's answer counts as at risk of it. The 95 % band
is the log-log one (Kalbfleisch & Prentice) with Greenwood's variance: it stays
between 0 and 1. It is undefined where nobody or everybody was answered.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import polars as pl

from listener.figures import Curve, Within
from listener.measure.statistics.shares import Z, make_share

_Row: TypeAlias = tuple[float, int, int]
_Point: TypeAlias = tuple[float, float, float | None, float | None, int, int]


def measure_curve(table: pl.DataFrame, *, until: float = 0.0) -> Curve:
    """Measure the Kaplan–Meier curve with its band, one entry a distinct event time.

    Before the first entry everybody waits. The band is None where S is 0.

    Args:
        table: An event table.
        until: Where the whole band has come down below this, the curve may end.
    """
    columns = (table[name].to_list() for name in ("seconds", "events", "at_risk"))
    points = zip(*_follow_curve(zip(*columns, strict=True), until), strict=True)
    return Curve(*points)


def _follow_curve(rows: Iterable[_Row], until: float) -> Iterator[_Point]:
    """Yield the entries of a curve: few enough that plain numbers are the quickest.

    The factors of the product cancel wherever no open wait drops out in between: 5 of 10 is
    exactly one half. So only dropouts are multiplied, and one divides once.
    """
    everybody = before = 0
    dropouts, greenwood = 1.0, 0.0
    for seconds, events, at_risk in rows:
        if not events:
            continue
        left = at_risk - events
        everybody = everybody or at_risk
        dropouts *= at_risk / before if before else 1.0
        before = left
        if not left:
            yield seconds, 0.0, None, None, at_risk, events
            continue
        greenwood += events / (at_risk * left)
        waiting = left / (everybody * dropouts)
        spread = math.exp(Z * math.sqrt(greenwood) / -math.log(waiting))
        high = waiting ** (1 / spread)
        yield seconds, waiting, waiting**spread, high, at_risk, events
        if high < until:
            return


def measure_within(table: pl.DataFrame, seconds: float) -> Within:
    """Measure which share was answered within a limit: 1 − S(limit).

    Where S is 0 or 1 the log-log band is undefined. Then only those cases count
    whose state at the limit is known: answered by then, or followed for longer;
    so 0 of those followed, or all of those answered, with Wilson's interval.
    Without any such case there is no rate. Neither is there one when the limit
    lies after the longest wait while somebody was still waiting.
    """
    return find_within(measure_curve(table), table, seconds)


def find_within(curve: Curve, table: pl.DataFrame, seconds: float) -> Within:
    """Find the same on the curve of an event table."""
    reached = bisect_right(curve.seconds, seconds) - 1
    low, high = (curve.low[reached], curve.high[reached]) if reached >= 0 else (None, None)
    if low is None or high is None:
        return _count_within(table, seconds)
    if seconds > table["seconds"].item(-1):
        return Within(seconds, None, None, None, "log-log")
    return Within(seconds, 1 - curve.waiting[reached], 1 - high, 1 - low, "log-log")


def _count_within(table: pl.DataFrame, seconds: float) -> Within:
    is_within = pl.col("seconds") <= seconds
    leaving = pl.col("events") + pl.col("censored")
    counts = table.select(
        answered=pl.col("events").filter(is_within).sum(), longer=leaving.filter(~is_within).sum()
    )
    answered, longer = counts.row(0)
    share = make_share(answered, answered + longer)
    return Within(seconds, share.rate, share.low, share.high, "wilson")
