"""Quantiles of waiting times with the interval of Brookmeyer & Crowley (1982)."""

from fractions import Fraction
from functools import cache
from itertools import pairwise

import polars as pl

from listener.figures import Curve, Quantile
from listener.measure.statistics.curves import measure_curve

# Far above the rounding error of a curve of a million waits, far below one step of it.
DOUBT = 1e-9


def measure_quantile(table: pl.DataFrame, q: float) -> Quantile:
    """Measure the smallest time by which the share `q` has been answered: S(t) ≤ 1 − q.

    The comparison is exact: half of ten cases is one half, whatever the floating
    point arithmetic makes of it. The 95 % interval goes from the first time at which the
    lower end of the log-log band comes down to 1 − q to the first time at which
    the upper end does. As in R's `survfit(conf.type="log-log")` the band has no
    ends where S is 0 or 1, so these times bound nothing: if it has not come
    down before, that end is None. Unlike R, a curve that runs level at exactly
    1 − q gives the beginning of the level stretch, not its middle.

    Args:
        table: An event table.
        q: 0.5 for the median, 0.9 for the 90th percentile.

    Raises:
        ValueError: If `q` does not lie between 0 and 1.
    """
    return find_quantile(measure_curve(table, until=1 - q - DOUBT), find_longest(table), q)


def find_longest(table: pl.DataFrame) -> float | None:
    """Return how long the longest wait of an event table lasted."""
    return None if table.is_empty() else float(table["seconds"].item(-1))


def find_quantile(curve: Curve, longest: float | None, q: float) -> Quantile:
    """Find a quantile on a curve.

    Args:
        curve: Of an event table.
        longest: Its longest wait.
        q: As above.

    Raises:
        ValueError: If `q` does not lie between 0 and 1.
    """
    level = _find_level(q)
    return Quantile(
        seconds=_first_waiting_at_most(curve, level),
        low=_first_at_most(curve, curve.low, level),
        high=_first_at_most(curve, curve.high, level),
        longest=longest,
    )


@cache
def _find_level(q: float) -> Fraction:
    if not 0 < q < 1:
        msg = f"the quantile {q} does not lie between 0 and 1"
        raise ValueError(msg)
    return 1 - Fraction(str(q))  # as written: 1 - 0.9 in floating point is less than 0.1


def _first_at_most(curve: Curve, ends: tuple[float | None, ...], level: Fraction) -> float | None:
    most = float(level)
    pairs = zip(curve.seconds, ends, strict=True)
    return next((second for second, end in pairs if end is not None and end <= most), None)


def _first_waiting_at_most(curve: Curve, level: Fraction) -> float | None:
    most = float(level)
    for row, waiting in enumerate(curve.waiting):
        distance = waiting - most
        is_sure = distance < -DOUBT
        if is_sure or (distance <= DOUBT and _waiting_exactly(curve, row) <= level):
            return curve.seconds[row]
    return None


def _waiting_exactly(curve: Curve, row: int) -> Fraction:
    at_risk = curve.at_risk[: row + 1]
    left = [many - gone for many, gone in zip(at_risk, curve.events, strict=False)]
    waiting = Fraction(left[-1], at_risk[0])
    for (_, here), (there, _) in pairwise(zip(at_risk, left, strict=True)):
        if here != there:  # equal ones cancel
            waiting *= Fraction(here, there)
    return waiting
