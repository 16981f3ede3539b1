"""Take the words of deleted posts away; their ids and times stay."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from listener.posts import Platform
from listener.store.columns import count_microseconds
from listener.store.database import Database
from listener.store.keeping import load_keeping
from listener.store.returning import bring_back_posts, require_swept
from listener.store.reviews import erase_reviews
from listener.store.rows import clean_id
from listener.store.shelves import SHELVES, Shelf
from listener.store.statements import delete_of, load_aliases, load_rows, write_rows


def mark_deleted(
    database: Database, platform: Platform, post_ids: Iterable[str], *, at: datetime
) -> int:
    """Take away the words and the name of deleted posts; return how many it were."""
    with database.writing() as connection:
        deleted = erase_deleted(connection, platform, post_ids, at=at)
    database.clear_traces()
    require_swept(database)
    return deleted


def erase_deleted(
    connection: Connection, platform: str, post_ids: Iterable[str], *, at: datetime
) -> int:
    """Do the same within a transaction; afterwards the traces are to be cleared."""
    moment = count_microseconds(at)
    ids = set(map(clean_id, post_ids))
    if not ids:
        return 0
    keeping = load_keeping(connection)
    ids.update([keeping.hide_id(platform, post_id) for post_id in ids] if keeping.is_on else ())
    ids.update(load_aliases(connection, platform, ids).values())
    bring_back_posts(connection, platform, ids)
    return sum(_erase_words(connection, shelf, platform, ids, moment) for shelf in SHELVES)


def _erase_words(
    connection: Connection, shelf: Shelf, platform: str, ids: Iterable[str], moment: int
) -> int:
    deleted = [
        row._replace(text="", author_name="", deleted_at=moment)
        for row in load_rows(connection, shelf, platform, ids).values()
        if row.deleted_at is None
    ]
    write_rows(connection, shelf.posts, deleted)
    gone = [row.post_id for row in deleted]
    delete_of(connection, shelf.edits, platform, gone)
    erase_reviews(connection, platform, gone)
    return len(deleted)
