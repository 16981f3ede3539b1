"""Comparisons of shares and of curves, and their correction for being many."""

import math
from collections.abc import Sequence

import polars as pl

from listener.figures import Difference, Share
from listener.measure.statistics.shares import measure_wilson


def measure_difference(a: Share, b: Share) -> Difference | None:
    """Measure how many points share `a` lies above share `b`, two independent groups.

    The interval is Newcombe's (1998) hybrid of the two Wilson intervals, without
    continuity correction; p is that of the two-sided score test (chi-square with
    the pooled share, uncorrected). Two groups that both have nobody or both
    everybody give p = 1.

    Returns:
        The difference in percentage points, or None when a group has no cases.

    Raises:
        ValueError: If the two shares count different things.
    """
    if a.unit != b.unit:
        msg = f"a share of {a.unit} cannot be compared with a share of {b.unit}"
        raise ValueError(msg)
    (a_low, a_high), (b_low, b_high) = (measure_wilson(s.count, s.total) for s in (a, b))
    if a_low is None or a_high is None or b_low is None or b_high is None:
        return None
    a_rate, b_rate = a.count / a.total, b.count / b.total
    points = a_rate - b_rate
    return Difference(
        points=100 * points,
        low=100 * (points - math.hypot(a_rate - a_low, b_high - b_rate)),
        high=100 * (points + math.hypot(a_high - a_rate, b_rate - b_low)),
        p=_test_score(a, b),
    )


def measure_logrank(table_a: pl.DataFrame, table_b: pl.DataFrame) -> float | None:
    """Measure the p value of the log-rank test: do two groups wait equally long?

    Returns:
        The two-sided p value; 1 when nothing was observed that could tell them
        apart; None when a group has no waits.
    """
    if table_a.is_empty() or table_b.is_empty():
        return None
    excess, variance = _pool_event_tables(table_a, table_b).select(_logrank_sums()).row(0)
    return _normal_p(excess / math.sqrt(variance)) if variance > 0 else 1.0


def correct_benjamini_hochberg(ps: Sequence[float]) -> list[float]:
    """Correct p values for being many (Benjamini & Hochberg 1995).

    Returns:
        For each p value, in the same order, the smallest share of false findings
        (q) at which it would count as a finding.
    """
    count = len(ps)
    corrected = [1.0] * count
    smallest = 1.0
    for rank, index in enumerate(sorted(range(count), key=ps.__getitem__, reverse=True)):
        smallest = min(smallest, ps[index] * count / (count - rank))
        corrected[index] = smallest
    return corrected


def _test_score(a: Share, b: Share) -> float:
    total = a.total + b.total
    pooled = (a.count + b.count) / total
    variance = pooled * (1 - pooled) * total / (a.total * b.total)
    if variance == 0:
        return 1.0
    return _normal_p((a.count / a.total - b.count / b.total) / math.sqrt(variance))


def _normal_p(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def _pool_event_tables(table_a: pl.DataFrame, table_b: pl.DataFrame) -> pl.DataFrame:
    # At a time that only the other group has, as many are at risk as at this one's next time.
    return (
        table_a.join(table_b, on="seconds", how="full", coalesce=True, suffix="_b")
        .sort("seconds")
        .with_columns(pl.col("at_risk", "at_risk_b").fill_null(strategy="backward"))
        .fill_null(0)
        .cast(pl.Float64)
    )


def _logrank_sums() -> tuple[pl.Expr, pl.Expr]:
    at_risk = pl.col("at_risk") + pl.col("at_risk_b")
    events = pl.col("events") + pl.col("events_b")
    share = pl.col("at_risk") / at_risk
    excess = pl.col("events") - events * share
    # The last one alone cannot tell the groups apart: its variance is 0, not 0 / 0.
    shrunk = pl.when(at_risk > 1).then((at_risk - events) / (at_risk - 1)).otherwise(0.0)
    variance = events * share * (1 - share) * shrunk
    return excess.sum().alias("excess"), variance.sum().alias("variance")
