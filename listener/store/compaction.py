"""Make an SQLite file smaller once much of it is free."""

from sqlalchemy import Connection

from listener.store.database import Database

# Less is soon used again; copying the whole file for it would not pay.
_FREE_SHARE = 0.25
_FREE_PAGES = 2_500


def compact(database: Database) -> bool:
    """Rewrite the file without its free pages if these are many; tell whether it was done."""
    if database.is_postgresql:
        return False
    with database.outside_transactions() as connection:
        free, pages = (_ask(connection, name) for name in ("freelist_count", "page_count"))
        if free < _FREE_PAGES or free < _FREE_SHARE * pages:
            return False
        connection.exec_driver_sql("VACUUM")
    database.clear_traces()
    return True


def _ask(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
