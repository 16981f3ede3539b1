"""How old the stored posts are, by the clocks of their platforms."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from listener.store.archive_files import read_steadily
from listener.store.archived_ages import count_worded, find_newest
from listener.store.database import Database
from listener.store.post_tables import has_words
from listener.store.shelves import PRIVATE, PUBLIC, SHELVES


def load_newest_post(database: Database, until: datetime) -> datetime | None:
    """Return when the newest post up to a moment was written, public or private."""

    def read(connection: Connection) -> datetime | None:
        found = [
            connection.scalar(
                select(func.max(shelf.posts.c.created_at)).where(shelf.posts.c.created_at <= until)
            )
            for shelf in SHELVES
        ]
        stored = max((moment for moment in found if moment is not None), default=None)
        return find_newest(connection, until, stored)

    return read_steadily(database, read)


def count_old_posts(database: Database, before: datetime, *, is_private: bool) -> int:
    """Return how many posts from before a moment have their words still."""
    posts = (PRIVATE if is_private else PUBLIC).posts.c
    statement = select(func.count()).where(posts.created_at < before, has_words())

    def read(connection: Connection) -> int:
        stored = connection.execute(statement).scalar_one()
        return stored if is_private else stored + count_worded(connection, before)

    return read_steadily(database, read)
