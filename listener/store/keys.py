"""Secret keys of one store, each made once, when it is first asked for."""

import secrets

from sqlalchemy import select

from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.tables import META

_KEY_BYTES = 32


def find_key(database: Database, name: str) -> bytes:
    """Return the store's key of this name; all programs get the same one."""
    statement = select(META.c.value).where(META.c.name == name)
    with database.reading() as connection:
        found = connection.scalar(statement)
    if found is None:
        insert = choose_insert(is_postgresql=database.is_postgresql)
        made = insert(META).values(name=name, value=secrets.token_hex(_KEY_BYTES))
        with database.writing(lock_posts=False) as connection:
            connection.execute(made.on_conflict_do_nothing())
            found = connection.scalar(statement)
    return bytes.fromhex(str(found))
