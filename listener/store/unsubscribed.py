"""Keep who wants no more mail, by a digest of the address."""

from datetime import datetime

from sqlalchemy import delete, select

from listener.store.database import Database
from listener.store.inserting import choose_insert
from listener.store.rows import clean_id
from listener.store.tables import UNSUBSCRIBED


class Unsubscriptions:
    """The part of `Store` that keeps who wants no mail; each method raises `StoreError`."""

    _database: Database

    def save_unsubscribed(self, digest: str, *, at: datetime) -> bool:
        """Keep that a reader wants no more mail, and tell whether that is new."""
        insert = choose_insert(is_postgresql=self._database.is_postgresql)
        row = {"digest": clean_id(digest), "unsubscribed_at": at}
        new = insert(UNSUBSCRIBED).values(**row).on_conflict_do_nothing()
        with self._database.writing(lock_posts=False) as connection:
            return connection.execute(new.returning(UNSUBSCRIBED.c.digest)).first() is not None

    def withdraw_unsubscribed(self, digest: str) -> bool:
        """Forget that a reader wants no more mail, and tell whether he had said so."""
        own = UNSUBSCRIBED.c.digest == clean_id(digest)
        with self._database.writing(lock_posts=False) as connection:
            return connection.execute(delete(UNSUBSCRIBED).where(own)).rowcount == 1

    def load_unsubscribed(self) -> dict[str, datetime]:
        """Return who wants no more mail, by digest, and since when."""
        statement = select(UNSUBSCRIBED.c.digest, UNSUBSCRIBED.c.unsubscribed_at)
        with self._database.reading() as connection:
            return {row.digest: row.unsubscribed_at for row in connection.execute(statement)}
