"""The runs that tell how a span of time was watched, without those of all years before it.

Each source is found by a few steps of an index, as the ids under a handle are.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from sqlalchemy import (
    CTE,
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    bindparam,
    func,
    select,
    union,
)

from listener.store.columns import UTCDateTime
from listener.store.database import Database
from listener.store.records import load_records, make_records, select_records, sort_records
from listener.store.tables import RUNS

_NUMBERS = 10_000
_IS_OLD = RUNS.c.started_at < bindparam("since", type_=UTCDateTime)


def load_watching_runs(database: Database, since: datetime) -> pl.DataFrame:
    """Return the runs since a moment, and what before it tells how each source stood then.

    That are each source's first run, its last one before, and its last complete one.
    """
    newer = select_newer(since)
    with database.reading() as connection:
        earlier = [row.id for row in connection.execute(_select_earlier(), {"since": since})]
        frames = [
            load_records(connection, RUNS, newer),
            *(load_records(connection, RUNS, each) for each in select_numbered(earlier)),
        ]
    return sort_records(pl.concat(frames).unique("id"), RUNS)


def load_latest_runs(database: Database, since: datetime | None = None) -> pl.DataFrame:
    """Return the latest run of each source, or of those that were read since a moment."""
    with database.reading() as connection:
        latest = [row.id for row in connection.execute(_select_latest())]
        frames = [
            make_records(RUNS),
            *(load_records(connection, RUNS, each) for each in select_numbered(latest)),
        ]
    found = sort_records(pl.concat(frames), RUNS)
    return found if since is None else found.filter(pl.col("started_at") >= since)


def list_last_done(connection: Connection, before: datetime) -> list[int]:
    """Return the number of each source's last run before a moment that came to its end."""
    rows = connection.execute(_select_last_done(), {"since": before})
    return [row.id for row in rows if row.id is not None]


def select_newer(since: datetime) -> Select[Any]:
    """Select the runs that began since a moment, in any order."""
    return select_records(RUNS).where(RUNS.c.started_at >= since).order_by(None)


def select_numbered(numbers: Sequence[int | None]) -> Iterator[Select[Any]]:
    """Yield statements for the runs of these numbers, so many that no database refuses them."""
    known = sorted({number for number in numbers if number is not None})
    for start in range(0, len(known), _NUMBERS):
        yield select_records(RUNS).where(RUNS.c.id.in_(known[start : start + _NUMBERS]))


@cache
def _select_latest() -> Select[tuple[int]]:
    sources = _walk_sources()
    latest = select(func.max(RUNS.c.id)).where(RUNS.c.source == sources.c.source)
    return select(latest.scalar_subquery().label("id")).where(sources.c.source.is_not(None))


@cache
def _select_last_done() -> Select[Any]:
    return _pick(_walk_sources(), RUNS.c.started_at.desc(), RUNS.c.state == "done")


@cache
def _select_earlier() -> CompoundSelect[Any]:
    sources = _walk_sources()
    at = RUNS.c.started_at
    return union(
        _pick(sources, at),
        _pick(sources, at.desc()),
        _pick(sources, at.desc(), RUNS.c.state == "done"),
    )


def _pick(sources: CTE, order: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
    own = RUNS.c.source == sources.c.source
    one = select(RUNS.c.id).where(own, _IS_OLD, *conditions).order_by(order).limit(1)
    return select(one.scalar_subquery().label("id")).where(sources.c.source.is_not(None))


def _walk_sources() -> CTE:
    """Return `source`: all there are in order, and null at the end."""
    first = select(func.min(RUNS.c.source).label("source")).cte("sources", recursive=True)
    following = select(func.min(RUNS.c.source)).where(RUNS.c.source > first.c.source)
    return first.union_all(select(following.scalar_subquery()).where(first.c.source.is_not(None)))
