"""Quantiles of waiting times with the interval of Brookmeyer & Crowley (1982)."""

from fractions import Fraction
from itertools import pairwise

import polars as pl

from listener.figures import Quantile
from listener.measure.statistics.curves import measure_survival

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
    if not 0 < q < 1:
        msg = f"the quantile {q} does not lie between 0 and 1"
        raise ValueError(msg)
    level = 1 - Fraction(str(q))  # as written: 1 - 0.9 in floating point is less than 0.1
    survival = measure_survival(table)
    return Quantile(
        seconds=_first_waiting_at_most(survival, level),
        low=_first_at_most(survival, "low", level),
        high=_first_at_most(survival, "high", level),
        longest=None if table.is_empty() else table["seconds"].item(-1),
    )


def _first_at_most(survival: pl.DataFrame, column: str, level: Fraction) -> float | None:
    reached = survival.filter(pl.col(column) <= float(level))
    return None if reached.is_empty() else reached["seconds"].item(0)


def _first_waiting_at_most(survival: pl.DataFrame, level: Fraction) -> float | None:
    above = survival.filter(pl.col("waiting") > float(level) + DOUBT).height
    for row in range(above, survival.height):
        is_sure = survival["waiting"].item(row) < float(level) - DOUBT
        if is_sure or _waiting_exactly(survival.head(row + 1)) <= level:
            return float(survival["seconds"].item(row))
    return None


def _waiting_exactly(survival: pl.DataFrame) -> Fraction:
    at_risk = survival["at_risk"].to_list()
    left = (survival["at_risk"] - survival["events"]).to_list()
    waiting = Fraction(left[-1], at_risk[0])
    for (_, here), (there, _) in pairwise(zip(at_risk, left, strict=True)):
        if here != there:  # equal ones cancel
            waiting *= Fraction(here, there)
    return waiting
