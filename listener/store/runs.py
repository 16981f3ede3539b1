"""Keep what each run of a collector did, and move its cursor only when it came to the end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import polars as pl
from sqlalchemy import Connection, bindparam, insert, select, update

from listener.errors import StoreError
from listener.posts import Platform, Post, Quotable
from listener.store.database import Database
from listener.store.deletions import erase_deleted
from listener.store.forgotten import load_forgotten
from listener.store.inserting import choose_insert
from listener.store.quoting import save_quoting
from listener.store.records import load_records, select_records, sort_records
from listener.store.rows import clean_id, clean_line, clean_text
from listener.store.saving import SaveCounts, save_batch
from listener.store.spending import Spend, book_spending
from listener.store.tables import CURSORS, RUNS
from listener.store.watching import load_latest_runs, select_newer

RunState = Literal["running", "done", "failed", "stopped", "paused"]

_PAGE_COUNTS = ("read", "new", "changed", "gone")
_COUNTS = ("pages", *_PAGE_COUNTS, "announced", "missing")
_START_RUN = insert(RUNS).returning(RUNS.c.id)
_FIND_PLATFORM = select(RUNS.c.platform).where(RUNS.c.id == bindparam("run_id"))
_COUNT_PAGE = (
    update(RUNS)
    .where(RUNS.c.id == bindparam("run_id"))
    .values(
        {
            "pages": RUNS.c.pages + 1,
            **{name: RUNS.c[name] + bindparam(f"more_{name}") for name in _PAGE_COUNTS},
        }
    )
)
_FIND_CURSOR = select(CURSORS).where(CURSORS.c.source == bindparam("source"))
# Whoever still reports from a run that was taken for killed is alive after all.
_OPEN: tuple[RunState, ...] = ("running", "stopped")
_CLOSE_RUN = (
    update(RUNS)
    .where(RUNS.c.id == bindparam("run_id"), RUNS.c.state.in_(_OPEN))
    .returning(RUNS.c.source)
)
_LONGEST_PROBLEMS = 2_000
# Room for the line that says how many did not fit.
_LONGEST_COUNT = len("(and 1000000000 more)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Up to where a source was read completely.

    Attributes:
        newest_id: In the platform's own ids, exactly as the platform wrote it.
        seen_at: When that post was seen.
        moved_at: When the run ended that moved the cursor.
    """

    newest_id: str
    seen_at: datetime
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    state: RunState
    finished_at: datetime
    problems: Sequence[str]
    values: Mapping[str, datetime | int | str | None]


def start_run(
    database: Database,
    source_key: str,
    platform: Platform,
    brand: str,
    *,
    kind: str,
    planned_at: datetime,
    started_at: datetime,
) -> int:
    """Record that a run begins and return its number."""
    values = {
        "source": clean_text(source_key),
        "platform": platform,
        "brand": brand,
        "kind": kind,
        "planned_at": planned_at,
        "started_at": started_at,
        "state": "running",
        "problems": "",
        **dict.fromkeys(_COUNTS, 0),
    }
    with database.writing(lock_posts=False) as connection:
        (run_id,) = connection.execute(_START_RUN, values).one()
    return int(run_id)


def save_page(
    database: Database,
    run_id: int,
    posts: Iterable[Post],
    *,
    seen_at: datetime,
    gone: Iterable[str],
    spent: Sequence[Spend],
    quoting: Mapping[str, Quotable],
) -> SaveCounts:
    """Save a page, its deletions, its counts and its cost: all of it or nothing."""
    page, missing_posts = list(posts), list(gone)
    with database.writing() as connection:
        platform = _load_platform(database, connection, run_id)
        counts, booked = SaveCounts(), 0
        if page or spent:
            forgotten = load_forgotten(connection)
            counts = save_batch(connection, page, forgotten, seen_at=seen_at)
            booked = book_spending(connection, spent, forgotten)
            save_quoting(connection, platform, quoting, forgotten, seen_at=seen_at)
        deleted = erase_deleted(connection, platform, missing_posts, at=seen_at)
        _count_page(connection, run_id, counts, deleted)
    if deleted:
        database.clear_traces()
    return replace(counts, micro_dollars=booked)


def finish_run(
    database: Database,
    run_id: int,
    *,
    finished_at: datetime,
    mark: tuple[str, datetime] | None,
    announced: int,
    missing: int,
    problems: Sequence[str],
    lost: tuple[datetime | None, datetime] | None,
) -> None:
    """Record that a run came to its end and move the cursor with it, both or neither."""
    lost_since, lost_until = lost or (None, None)
    ending = _Ending(
        state="done",
        finished_at=finished_at,
        problems=problems,
        values={
            "announced": announced,
            "missing": missing,
            "lost_since": lost_since,
            "lost_until": lost_until,
        },
    )
    with database.writing(lock_posts=False) as connection:
        source = _close_run(database, connection, run_id, ending)
        if source is not None and mark is not None:
            newest_id, seen_at = mark
            cursor = Cursor(newest_id=newest_id, seen_at=seen_at, moved_at=finished_at)
            _move_cursor(connection, source, cursor)


def break_off_run(
    database: Database,
    run_id: int,
    state: Literal["failed", "paused"],
    *,
    finished_at: datetime,
    error: str,
    problems: Sequence[str],
    retry_at: datetime | None = None,
) -> None:
    """Record why a run broke off or was not to go on; its cursor stays where it was."""
    values = {"error": clean_line(error), "retry_at": retry_at}
    ending = _Ending(state=state, finished_at=finished_at, problems=problems, values=values)
    with database.writing(lock_posts=False) as connection:
        _close_run(database, connection, run_id, ending)


def close_stale_runs(database: Database, before: datetime) -> int:
    """Take runs that began so long ago and never ended for killed; return their number."""
    stale = (RUNS.c.state == "running") & (RUNS.c.started_at < before)
    with database.writing(lock_posts=False) as connection:
        return connection.execute(update(RUNS).where(stale).values(state="stopped")).rowcount


def load_cursor(database: Database, source_key: str) -> Cursor | None:
    """Return up to where a source was read completely, None if it never was."""
    with database.reading() as connection:
        row = connection.execute(_FIND_CURSOR, {"source": clean_id(source_key)}).one_or_none()
    if row is None:
        return None
    return Cursor(newest_id=row.newest_id, seen_at=row.seen_at, moved_at=row.moved_at)


def load_runs(
    database: Database, since: datetime | None, *, last_of_each: bool = False
) -> pl.DataFrame:
    """Return the runs that began since a moment, or all of them, the first one first."""
    if last_of_each:
        return load_latest_runs(database, since)
    statement = select_records(RUNS) if since is None else select_newer(since)
    with database.reading() as connection:
        return sort_records(load_records(connection, RUNS, statement), RUNS)


def _load_platform(database: Database, connection: Connection, run_id: int) -> str:
    platform: str | None = connection.scalar(_FIND_PLATFORM, {"run_id": run_id})
    if platform is None:
        msg = f"database {database.label} has no run {run_id}; start the collection again"
        raise StoreError(msg)
    return platform


def _count_page(connection: Connection, run_id: int, counts: SaveCounts, deleted: int) -> None:
    more = {"read": counts.read, "new": counts.new, "changed": counts.changed, "gone": deleted}
    named = {f"more_{name}": more[name] for name in _PAGE_COUNTS}
    connection.execute(_COUNT_PAGE, {"run_id": run_id, **named})


def _close_run(
    database: Database, connection: Connection, run_id: int, ending: _Ending
) -> str | None:
    """Close a run that is still open and return its source, None if it has ended before."""
    values = {
        "state": ending.state,
        "finished_at": ending.finished_at,
        "problems": _join_problems(ending.problems),
        **ending.values,
    }
    source: str | None = connection.scalar(_CLOSE_RUN, {"run_id": run_id, **values})
    if source is None:
        _load_platform(database, connection, run_id)
    return source


def _join_problems(problems: Sequence[str]) -> str:
    """Write each problem once, on a line of its own, and how many did not fit."""
    lines = [line for line in dict.fromkeys(map(clean_line, problems)) if line]
    kept: list[str] = []
    room = _LONGEST_PROBLEMS - _LONGEST_COUNT
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            kept.append(f"(and {len(lines) - len(kept)} more)")
            break
        kept.append(line)
    return "\n".join(kept)


def _move_cursor(connection: Connection, source: str, cursor: Cursor) -> None:
    insert_row = choose_insert(is_postgresql=connection.dialect.name == "postgresql")
    values = {
        "newest_id": clean_text(cursor.newest_id),
        "seen_at": cursor.seen_at,
        "moved_at": cursor.moved_at,
    }
    statement = insert_row(CURSORS).values(source=clean_id(source), **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["source"], set_=values))
