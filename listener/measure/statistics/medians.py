"""Medians of many parts at once: of twelve weeks, or of all hours of a week."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from listener.figures import Quantile
from listener.measure.statistics.events import find_runs
from listener.measure.statistics.quantiles import DOUBT, measure_quantile
from listener.measure.statistics.shares import Z

_HALF = 0.5
_NEVER = Quantile(None, None, None, None)
_Numbers: TypeAlias = NDArray[np.float64]
_Rows: TypeAlias = NDArray[np.intp]


def measure_medians(
    tables: pl.DataFrame, *parts: str, least: int = 1
) -> dict[tuple[Any, ...], tuple[int, Quantile]]:
    """Measure the median of each part of event tables, and of how many waits it is.

    To follow one curve after the other would take most of the time of all figures. Here all
    are drawn at once; where rounding might decide, `measure_quantile` is asked.

    Args:
        tables: From `event_tables`.
        parts: The columns that tell the parts apart.
        least: Of fewer waits there is no median.
    """
    keys = [tables[name].to_numpy() for name in parts]
    begins, ends = find_runs(keys, tables.height)
    names = zip(*(key[begins].tolist() for key in keys), strict=True)
    clocked = tables["at_risk"].to_numpy()[begins].tolist()
    found = _find_medians(tables, begins, ends)
    medians = {}
    for part, (name, count) in enumerate(zip(names, clocked, strict=True)):
        median = found[part] if count >= least else _NEVER
        own = slice(begins[part], ends[part])
        medians[name] = (count, median or measure_quantile(tables[own], _HALF))
    return medians


def _find_medians(tables: pl.DataFrame, begins: _Rows, ends: _Rows) -> list[Quantile | None]:
    """Find the median of each part; None where rounding might decide."""
    seconds = tables["seconds"].to_numpy()
    times, is_sure = [], np.ones(len(begins), dtype=np.bool_)
    for curve, is_exact in _draw_curves(tables, begins, ends):
        reached = np.flatnonzero(curve <= _HALF + DOUBT)
        first = np.append(reached, len(curve))[np.searchsorted(reached, begins)]
        is_reached = first < ends
        first = np.where(is_reached, first, begins)
        is_below = (curve[first] < _HALF - DOUBT) | (is_exact[first] & (curve[first] <= _HALF))
        is_sure &= ~is_reached | is_below
        found = zip(seconds[first].tolist(), is_reached.tolist(), strict=True)
        times.append([time if reaches else None for time, reaches in found])
    longest = seconds[ends - 1].tolist()
    told = zip(*times, longest, strict=True)
    return [
        Quantile(*time) if sure else None for time, sure in zip(told, is_sure.tolist(), strict=True)
    ]


def _draw_curves(
    tables: pl.DataFrame, begins: _Rows, ends: _Rows
) -> Iterator[tuple[_Numbers, NDArray[np.bool_]]]:
    """Yield S and the ends of its band, of all parts, and where they are free of rounding.

    No number stands where they are undefined.
    """
    events, at_risk = (tables[name].to_numpy() for name in ("events", "at_risk"))
    left = at_risk - events
    is_over = left == 0  # with the last wait of a part
    some = np.where(is_over, 1, left)
    falls = _add_up(np.log(some / at_risk), begins, ends)
    greenwood = _add_up(events / (at_risk * some), begins, ends)
    everybody = np.repeat(at_risk[begins], ends - begins)
    is_whole = everybody - left == _add_up(events, begins, ends)  # no open wait has dropped out
    yield np.where(is_whole, left / everybody, np.where(is_over, 0, np.exp(falls))), is_whole
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(Z * np.sqrt(greenwood) / -falls)
        band = [np.exp(falls * power) for power in (spread, 1 / spread)]
    for end in band:
        yield np.where(is_over, np.nan, end), np.zeros_like(is_over)


def _add_up(terms: _Numbers, begins: _Rows, ends: _Rows) -> _Numbers:
    """Add up the terms of each part, from its beginning on."""
    sums = np.cumsum(terms)
    before = sums[begins] - terms[begins]
    return sums - np.repeat(before, ends - begins)
