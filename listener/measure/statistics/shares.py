"""Shares of cases with Wilson's score interval (Wilson 1927)."""

import math

import polars as pl

from listener.figures import Share

# The two-sided 95 % point of the normal distribution, the one level of every interval here.
Z = 1.959963984540054


def measure_wilson(count: int, total: int) -> tuple[float, float] | tuple[None, None]:
    """Measure the 95 % Wilson score interval of a share, without continuity correction.

    Returns:
        Low and high end between 0 and 1; two times None without cases.

    Raises:
        ValueError: If more were counted than there are, or fewer than none.
    """
    if not 0 <= count <= total:
        msg = f"a share of {count} in {total} is impossible"
        raise ValueError(msg)
    if total == 0:
        return None, None
    return _wilson_low(count, total), 1 - _wilson_low(total - count, total)


def measure_wilson_of_rate(rate: float, total: float) -> tuple[float, float]:
    """Measure the same interval for a share of so many cases, which need be no whole number."""
    part = rate * total
    return max(0.0, _wilson_low(part, total)), min(1.0, 1 - _wilson_low(total - part, total))


def make_share(count: int, total: int, unit: str = "cases") -> Share:
    """Make a share that carries its counts and its interval."""
    low, high = measure_wilson(count, total)
    return Share(count=count, total=total, low=low, high=high, unit=unit)


def wilson_expr(count: pl.Expr, total: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Build the same interval over columns: low and high end, null without cases."""
    # Counts often come as unsigned 32-bit numbers, whose product would overflow.
    part, whole = count.cast(pl.Float64), total.cast(pl.Float64)
    has_cases = total > 0
    low = _wilson_low_expr(part, whole)
    high = 1 - _wilson_low_expr(whole - part, whole)
    return pl.when(has_cases).then(low), pl.when(has_cases).then(high)


def _wilson_low(count: float, total: float) -> float:
    # Written so that 0 of n gives exactly 0; the high end is its mirror image and gives exactly 1.
    root = math.sqrt(Z * Z + 4 * count * (total - count) / total)
    return (2 * count + Z * (Z - root)) / (2 * (total + Z * Z))


def _wilson_low_expr(count: pl.Expr, total: pl.Expr) -> pl.Expr:
    root = (Z * Z + 4 * count * (total - count) / total).sqrt()
    return (2 * count + Z * (Z - root)) / (2 * (total + Z * Z))
