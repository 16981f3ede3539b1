"""Copy a whole database into one SQLite file while others write, and fill an empty one from it.

A backup is a database of this program like any other, of the schema that it was
made with, whichever kind of database it came from.
"""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import copyfile

from sqlalchemy import Connection, Integer, Table, delete, func, insert, select

from listener.errors import ConfigError, StoreError
from listener.store.archive_files import load_files, open_file
from listener.store.archive_tables import ARCHIVE_TABLES
from listener.store.database import Database
from listener.store.returning import put_back
from listener.store.schema import ensure_schema
from listener.store.tables import META, METADATA
from listener.store.week_files import FileGoneError

_ROWS_AT_ONCE = 5_000
_WAIT_SECONDS = 30.0
# What `listener migrate` writes into an empty database.
_OF_MIGRATION = "migrated_by"
# Files that SQLite has beside the database.
_LOGS = ("-wal", "-shm", "-journal")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def save_backup(database: Database, path: Path, *, force: bool) -> None:
    """Write one state of the database to a file; under its name there is never half a one.

    Raises:
        ConfigError: If the file exists and is not to be replaced, or is the database itself.
        StoreError: If the database fails, or the file cannot be written.
    """
    if database.file is not None and _is_part_of(path, database.file):
        msg = f"FILE: {path} is the database itself; choose another name for the backup"
        raise ConfigError(msg)
    if path.exists() and not force:
        msg = f"FILE: {path} exists; choose another name, or replace it with --force"
        raise ConfigError(msg)
    for last in (False, True):
        try:
            _save(database, path)
        except FileGoneError:  # posts were brought back from it this very moment
            if last:
                raise
        else:
            return


def _save(database: Database, path: Path) -> None:
    with _translate_files(path), _draft(path) as draft:
        if database.is_postgresql:
            _copy_tables_into(database, draft)
        else:
            _copy_pages_into(database, draft)
        _bring_archived_into(database, draft)
        _make_durable(draft)


def _bring_archived_into(database: Database, draft: Path) -> None:
    """Have archived posts in the backup itself: it is whole without the folder of their files."""
    with closing(_open_file(draft, database.archive)) as target:
        with target.writing() as connection:
            for file in load_files(connection):
                put_back(connection, open_file(connection, file).collect())
            for table in ARCHIVE_TABLES:
                connection.execute(delete(table))
        _make_one_file(target)


def restore_database(url: str, path: Path) -> dict[str, int]:
    """Fill an empty database from a backup and return the number of rows of each table.

    A backup of an older schema is brought to this one on the way; it stays as it is.
    What a database in use has not written into its own file would be missed: it is no backup.

    Args:
        url: The database, as in `Store.open`; its tables are made where there are none.
        path: The backup.

    Raises:
        StoreError: If the backup is none, is damaged, in use or newer than this program, or
            the database is not empty.
    """
    with _translate_files(path):
        _refuse_used(path)
    with closing(Database(url, wait_seconds=_WAIT_SECONDS)) as database:
        ensure_schema(database, migrate=True)
        return restore_backup(database, path)


def restore_backup(database: Database, path: Path) -> dict[str, int]:
    """Do the same with a database whose tables are there."""
    with _translate_files(path):
        _refuse_used(path)
    with tempfile.TemporaryDirectory(prefix="listener-restore-") as folder:
        copy = _copy(path, Path(folder))
        with closing(_open_file(copy)) as source:
            _check_backup(source, path)
            with source.reading() as before, database.writing() as after:
                _refuse_full(after, database)
                after.execute(delete(META))
                return _copy_tables(before, after)


def _copy(path: Path, folder: Path) -> Path:
    """Copy a backup, which is not to be touched: looking at it may bring it up to date."""
    try:
        with _translate_files(path):
            return Path(copyfile(path, folder / "backup.db"))
    except StoreError as error:
        cause = error.__cause__
        if not isinstance(cause, OSError) or cause.errno not in _NO_ROOM:
            raise
        msg = (
            f"backup {path} cannot be copied to {folder.parent} ({cause.strerror}); "
            "free some space there, or name another folder in TMPDIR"
        )
        raise StoreError(msg) from cause


def _is_part_of(path: Path, file: Path) -> bool:
    """Tell whether a path leads to the file of a database or of its logs, by whatever name."""
    parts = [_name_log(file.resolve(), end) for end in ("", *_LOGS)]
    if path.resolve() in parts:
        return True
    return path.exists() and any(part.exists() and path.samefile(part) for part in parts)


def _refuse_used(path: Path) -> None:
    log = _name_log(path.resolve(), "-wal")
    if log.exists() and log.stat().st_size > 0:
        msg = f"{path} is a database in use; write a backup of it first, with listener backup"
        raise StoreError(msg)


def _name_log(file: Path, end: str) -> Path:
    return file.with_name(file.name + end)


def _check_backup(source: Database, path: Path) -> None:
    source.label = str(path)
    with source.reading() as connection:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            msg = f"backup {path} is damaged; take another one"
            raise StoreError(msg)
        if not connection.dialect.has_table(connection, META.name):
            msg = f"{path} is no backup of this program"
            raise StoreError(msg)
    ensure_schema(source, migrate=True)


def _refuse_full(connection: Connection, database: Database) -> None:
    for table in METADATA.sorted_tables:
        statement = select(1).select_from(table).limit(1)
        if table is META:
            statement = statement.where(META.c.name != _OF_MIGRATION)
        if connection.scalar(statement) is not None:
            msg = (
                f"database {database.label} is not empty; name another one for the backup, "
                "such as listener --database NEW restore FILE"
            )
            raise StoreError(msg)


@contextmanager
def _translate_files(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        msg = f"backup {path} cannot be used ({error.strerror}); check the path and the free space"
        raise StoreError(msg) from error


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    """Lend an empty file beside the final one, for its owner only, that takes its place."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.replace(path)
    except BaseException:
        for left in (draft, *(Path(name + end) for end in _LOGS)):
            left.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _copy_pages_into(database: Database, draft: Path) -> None:
    """Let SQLite copy what one reader sees; writers go on meanwhile."""
    with database.outside_transactions() as connection:
        connection.exec_driver_sql("VACUUM INTO ?", (str(draft),))


def _copy_tables_into(database: Database, draft: Path) -> None:
    with closing(_open_file(draft)) as target:
        ensure_schema(target, migrate=True)
        with database.reading() as before, target.writing() as after:
            after.execute(delete(META))
            _copy_tables(before, after)
        _make_one_file(target)


def _make_one_file(target: Database) -> None:
    """Leave no log beside it: a backup is one file."""
    with target.outside_transactions() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")


def _open_file(path: Path, archive: Path | None = None) -> Database:
    return Database(f"sqlite:///{path}", wait_seconds=_WAIT_SECONDS, archive=archive)


def _copy_tables(before: Connection, after: Connection) -> dict[str, int]:
    """Copy the rows of all tables, whatever kinds of databases the two are."""
    return {table.name: _copy_table(before, after, table) for table in METADATA.sorted_tables}


def _copy_table(before: Connection, after: Connection, table: Table) -> int:
    number = 0
    statement = select(table).order_by(*table.primary_key)
    found = before.execution_options(stream_results=True).execute(statement)
    for rows in found.partitions(_ROWS_AT_ONCE):
        after.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - public
        number += len(rows)
    _count_on(after, table)
    return number


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number new rows after those that were copied with their numbers."""
    key = list(table.primary_key)
    if connection.dialect.name != "postgresql" or not isinstance(key[0].type, Integer):
        return
    sequence = func.pg_get_serial_sequence(table.name, key[0].name)
    highest = select(func.max(key[0])).scalar_subquery()
    connection.execute(select(func.setval(sequence, highest)).where(highest.is_not(None)))


def _make_durable(path: Path) -> None:
    """Have the words on the disk before the file gets its name: `VACUUM INTO` does not wait."""
    _sync(path)


def _sync(path: Path) -> None:
    with suppress(PermissionError):  # folders cannot be opened everywhere
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
