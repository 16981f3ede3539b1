"""Comparisons of shares and of curves, and their correction for being many."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.figures import Difference, Share
from listener.measure.statistics.shares import measure_wilson

_Numbers: TypeAlias = NDArray[np.float64]


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
    excess, variance = _sum_logrank(table_a, table_b)
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


def _sum_logrank(table_a: pl.DataFrame, table_b: pl.DataFrame) -> tuple[float, float]:
    """Return how many more events one group has than expected, and the variance of that."""
    times = np.union1d(table_a["seconds"].to_numpy(), table_b["seconds"].to_numpy())
    (events_a, at_risk_a), (events_b, at_risk_b) = (
        _look_up(table, times) for table in (table_a, table_b)
    )
    at_risk, events = at_risk_a + at_risk_b, events_a + events_b
    share = at_risk_a / at_risk
    excess = events_a - events * share
    # The last one alone cannot tell the groups apart: its variance is 0, not 0 / 0.
    shrunk = np.where(at_risk > 1, (at_risk - events) / np.maximum(at_risk - 1, 1), 0.0)
    variance = events * share * (1 - share) * shrunk
    # Polars adds up in its own order: p stays what it was to the last bit.
    return float(pl.Series(excess).sum()), float(pl.Series(variance).sum())


def _look_up(table: pl.DataFrame, times: _Numbers) -> tuple[_Numbers, _Numbers]:
    """Return a group's events at some times, and how many of it are at risk then.

    At a time that only the other group has, as many are at risk as at this one's next time.
    """
    own = table["seconds"].to_numpy()
    place = np.searchsorted(own, times)
    events, at_risk = (
        np.append(table[name].to_numpy(), 0.0)[place] for name in ("events", "at_risk")
    )
    return np.where(np.isin(times, own), events, 0.0), at_risk
