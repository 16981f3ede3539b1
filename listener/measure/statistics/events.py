"""Event tables: what is needed of many waits to draw their curve, and nothing else.

One row a distinct time: how many answers came then (`events`), how many waits
were last seen open then (`censored`), and how many had lasted at least that
long (`at_risk`). Tables of parts add up to the table of the whole, so waits
can be counted where they lie and merged later.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

SCHEMA = {
    "seconds": pl.Float64,
    "events": pl.Int64,
    "censored": pl.Int64,
    "at_risk": pl.Int64,
}
_Column: TypeAlias = NDArray[Any]


def event_table(frame: pl.DataFrame) -> pl.DataFrame:
    """Build the event table of waits.

    Args:
        frame: One row a wait: `seconds`, and `observed`: whether an answer
            ended it (else it was still open then). Rows without seconds had
            no clock and are left out.

    Returns:
        `seconds`, `events`, `censored`, `at_risk`, sorted by time.

    Raises:
        ValueError: If a wait is negative or endless, or it is not told whether
            it was observed.
    """
    return event_tables(frame)


def event_tables(frame: pl.DataFrame, *parts: str) -> pl.DataFrame:
    """Build the event tables of the parts of a frame, one below the other.

    Args:
        frame: Waits, as for one table.
        parts: Columns without nulls; rows with the same values are a part.

    Returns:
        These columns, and beside them the rows of each part's table, sorted by all of them.

    Raises:
        ValueError: As for one table.
    """
    seconds, observed = (_read_numbers(frame[name]) for name in ("seconds", "observed"))
    _check_waits(frame["seconds"], seconds, observed)
    # With arrays: with so few rows, to group and sort a frame takes four times as long.
    keys = [*(frame[name].to_numpy() for name in parts), seconds]
    clocks = np.flatnonzero(seconds >= 0)
    order = clocks[np.lexsort([key[clocks] for key in reversed(keys)])]
    keys, ended = [key[order] for key in keys], observed[order].astype(np.int64)
    rows, after = find_runs(keys, len(order))
    events = np.add.reduceat(ended, rows) if len(rows) else ended
    begins, ends = find_runs(keys[:-1], len(order))
    at_risk = ends[np.searchsorted(begins, rows, "right") - 1] - rows
    columns = (*(key[rows] for key in keys), events, after - rows - events, at_risk)
    return pl.DataFrame(list(map(pl.Series, (*parts, *SCHEMA), columns)))


def merge_event_tables(*tables: pl.DataFrame) -> pl.DataFrame:
    """Merge the event tables of disjoint sets of waits into the table of all of them."""
    empty = pl.DataFrame(schema=SCHEMA)
    counted = (
        pl.concat([empty, *tables])
        .group_by("seconds")
        .agg(pl.col("events").sum(), pl.col("censored").sum())
    )
    leaving = pl.col("events") + pl.col("censored")
    return counted.sort("seconds").with_columns(at_risk=leaving.cum_sum(reverse=True))


def _read_numbers(column: pl.Series) -> _Column:
    """Read times, or whether something holds, as numbers; no number is what is not told."""
    return column.cast(pl.Float64).to_numpy()


def find_runs(keys: Sequence[_Column], count: int) -> tuple[_Column, _Column]:
    """Return where, in so many sorted rows, each run of the same values begins and ends."""
    changes = np.zeros(count + 1, dtype=np.bool_)
    changes[0] = changes[-1] = True
    for key in keys:
        changes[1:-1] |= key[1:] != key[:-1]
    bounds = np.flatnonzero(changes)
    return bounds[:-1], bounds[1:]


def _check_waits(told: pl.Series, seconds: _Column, observed: _Column) -> None:
    has_clock = ~np.isnan(seconds)
    possible = np.isfinite(seconds) & (seconds >= 0)
    if np.count_nonzero(possible) < len(told) - told.null_count():
        msg = "a wait is negative or endless; a skewed clock has no seconds"
        raise ValueError(msg)
    if np.isnan(observed[has_clock]).any():
        msg = "a wait with seconds does not say whether it was observed to its end"
        raise ValueError(msg)
