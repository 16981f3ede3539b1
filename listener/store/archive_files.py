"""The files in which old posts lie, as the database lists them, each checked when it is opened.

A file whose posts are brought back while somebody reads is gone a moment later:
`read_steadily` then reads again.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

import polars as pl
from sqlalchemy import Connection, select

from listener.errors import StoreError
from listener.store.archive_tables import ARCHIVE_FILES
from listener.store.database import Database
from listener.store.week_files import VERSION, FileGoneError, open_week_file

HELD = "held"
_FILES = ARCHIVE_FILES.c
_Read = TypeVar("_Read")


class ArchiveFile(NamedTuple):
    """A file whose posts are in it and nowhere else."""

    id: int
    platform: str
    week: str
    file: str
    posts: int
    worded: int
    bytes: int
    oldest: datetime
    newest: datetime
    sha256: str
    version: int


_SELECT = select(*(_FILES[name] for name in ArchiveFile._fields)).where(_FILES.state == HELD)
_IN_ORDER = (_FILES.oldest, _FILES.platform, _FILES.id)


def read_steadily(database: Database, read: Callable[[Connection], _Read]) -> _Read:
    """Read in one transaction, and anew whenever files went in the middle of it.

    Whoever brings back many files takes one away after the other: as long as the one that was
    missed is listed no more, the next look comes further.

    Raises:
        FileGoneError: If a file is missing that is still listed.
    """
    while True:
        try:
            with database.reading() as connection:
                return read(connection)
        except FileGoneError as error:
            if _is_listed(database, error.file):
                raise


def _is_listed(database: Database, file: str) -> bool:
    with database.reading() as connection:
        return connection.execute(_SELECT.where(_FILES.file == file)).first() is not None


def load_files(connection: Connection) -> list[ArchiveFile]:
    """Return the files that hold posts, the oldest posts first."""
    return [ArchiveFile._make(row) for row in connection.execute(_SELECT.order_by(*_IN_ORDER))]


def has_files(connection: Connection) -> bool:
    """Tell whether any post lies in a file."""
    return connection.execute(_SELECT.limit(1)).first() is not None


def find_folder(connection: Connection) -> Path:
    """Return the folder of the files.

    Raises:
        StoreError: If the settings name none.
    """
    folder: Path | None = connection.get_execution_options().get("listener_archive")
    if folder is None:
        msg = (
            "old posts of this database are archived in files, and archive.folder does not say "
            "where; set it to the folder in which they were written"
        )
        raise StoreError(msg)
    return folder


def open_file(connection: Connection, file: ArchiveFile) -> pl.LazyFrame:
    """Return the posts of a file, lazily, with the columns of the file.

    Raises:
        StoreError: If the file is missing, changed, or newer than this program.
    """
    if file.version > VERSION:
        msg = f"archive: {file.file} was written by a newer program; update listener"
        raise StoreError(msg)
    return open_week_file(find_folder(connection), file.file, file.sha256)


def find_broken(database: Database) -> list[StoreError]:
    """Return what is wrong with the files that hold posts, one error for each."""
    with database.reading() as connection:
        files = load_files(connection)
        return [error for file in files if (error := _try(connection, file)) is not None]


def _try(connection: Connection, file: ArchiveFile) -> StoreError | None:
    try:
        open_file(connection, file)
    except StoreError as error:
        return error
    return None
