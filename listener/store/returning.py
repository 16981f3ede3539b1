"""Bring archived posts back before they are written to: all code that writes finds them in `posts`.

A file is brought back as a whole, within the transaction that needs it. It is not touched in
this: after the transaction nothing names it any more, and it is removed (`sweep`). The next
archiving writes what is old into a new file.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import polars as pl
from sqlalchemy import ColumnElement, Connection, Table, delete, select, update

from listener.errors import StoreError
from listener.store.archive_files import ArchiveFile, find_folder, has_files, load_files, open_file
from listener.store.archive_index import drop_from_index
from listener.store.archive_tables import (
    ARCHIVE_FILES,
    ARCHIVED_AUTHORS,
    ARCHIVED_LINKS,
    ARCHIVED_POSTS,
)
from listener.store.database import Database, do_after
from listener.store.keeping import Keeping
from listener.store.rows import PostRow, Sighting
from listener.store.shelves import PUBLIC
from listener.store.statements import is_one_of, load_aliases, write_rows
from listener.store.week_files import iter_rows, remove_week_file

PLANNED, LEAVING = "planned", "leaving"
_FILES = ARCHIVE_FILES.c
_ROWS_AT_ONCE = 20_000


def bring_back(connection: Connection, files: Iterable[ArchiveFile]) -> int:
    """Put the posts of these files into the database again, and return their number."""
    number = 0
    for file in files:
        frame = open_file(connection, file).collect()
        put_back(connection, frame)
        drop_from_index(connection, file, frame)
        statement = update(ARCHIVE_FILES).where(_FILES.id == file.id)
        connection.execute(statement.values(state=LEAVING))
        do_after(connection, _sweep_afterwards)
        number += frame.height
    return number


def put_back(connection: Connection, frame: pl.DataFrame) -> None:
    """Write the posts of a file as they were."""
    for part in frame.iter_slices(_ROWS_AT_ONCE):
        write_rows(connection, PUBLIC.posts, list(iter_rows(part)), overwrite=False)


def bring_back_posts(connection: Connection, platform: str, ids: Iterable[str]) -> int:
    """Bring back the files that hold one of these posts."""
    return _bring_back_of(connection, ARCHIVED_POSTS, platform, ids)


def bring_back_sighted(
    connection: Connection, platform: str, sightings: Iterable[Sighting], keeping: Keeping
) -> None:
    """Bring back what was seen again, by whichever of its ids, or is about to be merged with it."""
    if has_files(connection):
        ids = {each for row, aliases in sightings for each in (row.post_id, *aliases)}
        ids |= {keeping.hide_id(platform, each) for each in ids} if keeping.is_on else set()
        ids.update(load_aliases(connection, platform, ids).values())
        bring_back_posts(connection, platform, ids)


def bring_back_linked(connection: Connection, platform: str, ids: Iterable[str]) -> int:
    """Bring back the files in which a post answers, quotes or belongs to one of these ids."""
    return _bring_back_of(connection, ARCHIVED_LINKS, platform, ids)


def bring_back_authors(connection: Connection, is_author: ColumnElement[bool]) -> int:
    """Bring back the files in which somebody wrote, by a condition on `archived_authors`."""
    return _bring_back_chosen(connection, ARCHIVED_AUTHORS, is_author)


def bring_back_naming(
    connection: Connection,
    platform: str,
    names: Iterable[str],
    ids: Iterable[str],
    is_trace: Callable[[PostRow], bool],
) -> int:
    """Bring back the files in which a post names or answers somebody, and is a trace of him.

    Args:
        connection: Within a transaction that writes.
        platform: Where the posts are.
        names: Whatever texts may call the person.
        ids: The person's.
        is_trace: Judges the posts in which such a name, as a part of a word too, is found.
    """
    listed = [name.lower() for name in names]
    named = [
        words.str.to_lowercase().str.contains(name, literal=True)
        for words in (pl.col("text"), pl.col("mentions").list.join(" "))
        for name in listed
    ]
    is_candidate = pl.any_horizontal(*named, pl.col("reply_to_author_id").is_in(list(ids)))

    def has_trace(file: ArchiveFile) -> bool:
        found = open_file(connection, file).filter(is_candidate).collect()
        return any(map(is_trace, iter_rows(found)))

    files = [file for file in load_files(connection) if file.platform == platform]
    return bring_back(connection, filter(has_trace, files))


def _bring_back_of(connection: Connection, table: Table, platform: str, ids: Iterable[str]) -> int:
    own = table.c.platform == platform
    return _bring_back_chosen(connection, table, own & is_one_of(connection, table.c.post_id, ids))


def _bring_back_chosen(connection: Connection, table: Table, chosen: ColumnElement[bool]) -> int:
    ids = set(connection.scalars(select(table.c.file_id).where(chosen).distinct()))
    files = load_files(connection) if ids else []
    return bring_back(connection, (file for file in files if file.id in ids))


def sweep(database: Database) -> None:
    """Remove the files whose posts are in the database, and what killed programs left.

    What cannot be removed now is removed the next time.
    """
    lapsed = (_FILES.state == PLANNED) & (_FILES.lease_until <= database.clock.after())
    to_go = lapsed | (_FILES.state == LEAVING)
    with database.reading() as connection:
        if connection.scalar(select(_FILES.id).where(to_go).limit(1)) is None:
            return
    # First marked, then removed: whoever wrote it does not take it for his any more. And this
    # lies on the disk before, with all that was written until now: SQLite does not wait else.
    with database.writing(lock_posts=False, durable=True) as connection:
        marked = update(ARCHIVE_FILES).where(to_go).values(state=LEAVING)
        found = connection.execute(marked.returning(_FILES.id, _FILES.file))
        leaving = [(int(row.id), str(row.file)) for row in found]
        folder = find_folder(connection) if leaving else Path()
    gone = [file_id for file_id, name in leaving if not remove_week_file(folder, name)]
    if gone:
        with database.writing(lock_posts=False) as connection:
            connection.execute(delete(ARCHIVE_FILES).where(_FILES.id.in_(gone)))


def _sweep_afterwards(database: Database) -> None:
    """Remove at once what nothing names any more; what was to be done is done already."""
    with suppress(StoreError):
        sweep(database)


def require_swept(database: Database) -> None:
    """Sweep, and say so if that did not work: words may be in such a file that must be gone.

    Raises:
        StoreError: If a file cannot be removed.
    """
    sweep(database)
    with database.reading() as connection:
        left = connection.scalar(select(_FILES.file).where(_FILES.state == LEAVING).limit(1))
        if left is not None:
            path = find_folder(connection) / left
            msg = (
                f"archive: {path} cannot be removed; its posts are in the database, "
                "so remove the file, or correct the permissions of its folder and run "
                "`listener tidy`"
            )
            raise StoreError(msg)
