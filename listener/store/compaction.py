"""Make an SQLite file smaller once much of it is free."""

import shutil

from sqlalchemy import Connection

from listener.errors import StoreError
from listener.store.database import Database

# Less is soon used again; copying the whole file for it would not pay.
_FREE_SHARE = 0.25
_FREE_PAGES = 2_500
# SQLite writes what stays twice: into a file of its own, and into its log.
_COPIES = 2


def compact(database: Database) -> bool:
    """Rewrite the file without its free pages if these are many; tell whether it was done.

    Raises:
        StoreError: If the disk has no room for that, or the database fails.
    """
    if database.is_postgresql:
        return False
    with database.outside_transactions() as connection:
        free, pages = (_ask(connection, name) for name in ("freelist_count", "page_count"))
        if free < _FREE_PAGES or free < _FREE_SHARE * pages:
            return False
        _check_room(database, (pages - free) * _ask(connection, "page_size") * _COPIES)
        connection.exec_driver_sql("VACUUM")
    database.clear_traces()
    return True


def _check_room(database: Database, needed: int) -> None:
    if database.file is None:
        return
    left = shutil.disk_usage(database.file.parent).free
    if left < needed:
        msg = (
            f"database {database.label} could be smaller, but its disk has {left // 10**6} MB left "
            f"and that needs {needed // 10**6 + 1} MB; make room"
        )
        raise StoreError(msg)


def _ask(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
