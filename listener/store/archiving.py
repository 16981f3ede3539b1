"""Move old posts out of the database into files, so that nothing is lost or double.

A file is announced, written, read again and given its name; only then, in one transaction,
its posts leave `posts` and the file counts. Whoever is killed before that leaves a file that
nothing counts; `sweep` removes it. Private posts stay in the database, and so do earlier
texts and other ids.
"""

import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, insert, update

from listener.errors import StoreError
from listener.store.archive_files import HELD, load_files
from listener.store.archive_index import index_part
from listener.store.archive_tables import ARCHIVE_FILES
from listener.store.archived import find_named
from listener.store.columns import make_moment
from listener.store.database import Database
from listener.store.old_weeks import WEEK, OldWeek, Part, choose_part, name_week
from listener.store.post_tables import ERASED_LANGUAGE
from listener.store.returning import LEAVING, PLANNED, bring_back, sweep
from listener.store.rows import PostRow
from listener.store.shelves import PUBLIC
from listener.store.week_files import (
    RESOLVED,
    VERSION,
    WrittenFile,
    iter_rows,
    make_week_frame,
    write_week_file,
)

# So that a transaction is over before others lose their patience.
MOST_POSTS = 100_000
# A file is written in seconds.
_LEASE = timedelta(minutes=2)
_TRIES = 3
_FILES = ARCHIVE_FILES.c


def archive_week(database: Database, week: OldWeek) -> int:
    """Move a week's posts into files and return how many these were.

    Raises:
        StoreError: If the folder or the database fails; what was not moved is in the database.
    """
    sweep(database)
    _join_files(database, week)
    moved, failures = 0, 0
    while (part := _choose_part(database, week)) is not None:
        count = _move(database, part)
        failures += count == 0
        moved += count
        if failures == _TRIES:
            msg = f"archive: week {week.name} is being written to; run this again later"
            raise StoreError(msg)
    return moved


def _join_files(database: Database, week: OldWeek) -> None:
    """Bring a small file of the week back, so that latecomers get into one with the others."""
    whole = Part(week.platform, week.since, week.since + WEEK)
    with database.writing() as connection:
        late = whole.count(connection)
        files = [
            file
            for file in load_files(connection)
            if (file.platform, file.week) == (week.platform, week.name)
            and file.posts + late <= MOST_POSTS
        ]
        bring_back(connection, files[:1] if late else ())


def _choose_part(database: Database, week: OldWeek) -> Part | None:
    with database.reading() as connection:
        return choose_part(connection, week, MOST_POSTS)


def _move(database: Database, part: Part) -> int:
    """Move posts into a new file; 0 if somebody wrote to them meanwhile."""
    with database.reading() as connection:
        rows = part.load(connection)
        named = find_named(connection, part.platform, _list_references(rows))
    if not rows:
        return 0
    frame = make_week_frame(rows, named)
    if list(iter_rows(frame)) != rows:
        msg = f"archive: posts of {name_week(part.since)} cannot be written exactly; report this"
        raise StoreError(msg)
    file_id, name = _announce(database, part)
    is_moved = False
    try:
        written = write_week_file(_find_folder(database), name, frame)
        is_moved = _take_over(database, part, file_id, rows, written)
    finally:
        if not is_moved:
            _give_up(database, file_id)
    return len(rows) if is_moved else 0


def _list_references(rows: Sequence[PostRow]) -> set[str]:
    return {each for row in rows for name in RESOLVED if (each := getattr(row, name)) is not None}


def _find_folder(database: Database) -> Path:
    if database.archive is None:
        msg = "there is no folder for old posts; set archive.folder"
        raise StoreError(msg)
    return database.archive


def _announce(database: Database, part: Part) -> tuple[int, str]:
    """Note that a file is about to be written, so that it is found if we are killed."""
    week = name_week(part.since)
    name = f"{week}-{part.platform}-{secrets.token_hex(4)}.parquet"
    nothing = {"posts": 0, "worded": 0, "bytes": 0, "sha256": "", "version": VERSION}
    statement = insert(ARCHIVE_FILES).values(
        platform=part.platform,
        week=week,
        file=name,
        state=PLANNED,
        lease_until=database.clock.after(_LEASE),
        **nothing,
    )
    with database.writing(lock_posts=False) as connection:
        file_id = connection.execute(statement.returning(_FILES.id)).scalar_one()
    return file_id, name


def _give_up(database: Database, file_id: int) -> None:
    """Let nobody count the file, and remove it, if that can be; else it is done later."""
    own = (_FILES.id == file_id) & (_FILES.state == PLANNED)
    with suppress(StoreError):
        with database.writing(lock_posts=False) as connection:
            connection.execute(update(ARCHIVE_FILES).where(own).values(state=LEAVING))
        sweep(database)


def _take_over(
    database: Database,
    part: Part,
    file_id: int,
    rows: Sequence[PostRow],
    written: WrittenFile,
) -> bool:
    """Let the file count in place of the rows, if these are still what was written."""
    moments = [row.created_at for row in rows]
    announced = (_FILES.id == file_id) & (_FILES.state == PLANNED)
    held = (
        update(ARCHIVE_FILES)
        .where(announced)
        .values(
            state=HELD,
            posts=len(rows),
            worded=sum(row.language != ERASED_LANGUAGE for row in rows),
            bytes=written.bytes,
            oldest=make_moment(min(moments)),
            newest=make_moment(max(moments)),
            sha256=written.sha256,
        )
    )
    with database.writing() as connection:
        if part.load(connection) != rows or connection.execute(held).rowcount != 1:
            return False
        index_part(connection, part, file_id)
        connection.execute(delete(PUBLIC.posts).where(part.chosen))
    return True
