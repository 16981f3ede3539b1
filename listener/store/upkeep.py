"""What keeps a store in order for years: backups, and what is erased in time."""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import false, update

from listener.posts import Account
from listener.store import ages, backups, compaction, retention
from listener.store.database import Database
from listener.store.keeping import load_private_since, load_texts_since
from listener.store.retention import PostKey, RetentionCounts
from listener.store.tables import META


class Upkeep:
    """The part of `Store` that housekeeping uses; each method raises `StoreError`."""

    _database: Database

    def check_writing(self) -> None:
        """Write nothing, but as if something were written.

        Raises:
            StoreError: If the database could not be written to; that the disk is full is
                not noticed.
        """
        with self._database.writing(lock_posts=False) as connection:
            connection.execute(update(META).where(false()).values(value=""))

    def save_backup(self, path: Path, *, force: bool = False) -> None:
        """Write one consistent state into an SQLite file, while others may write.

        Only its owner can read the file, and it has its name only when it is whole.

        Args:
            path: The file.
            force: Whether a file that is there is replaced.

        Raises:
            ConfigError: If the file is there and not to be replaced, or is the database.
        """
        backups.save_backup(self._database, path, force=force)

    def erase_old_texts(
        self,
        before: datetime | None,
        *,
        private_before: datetime | None,
        accounts: Iterable[Account] = (),
        held: Collection[PostKey] = (),
        now: datetime | None = None,
    ) -> RetentionCounts:
        """Erase the words and names of old public posts, and old private posts altogether.

        Times, links and numbers stay, and so does who is the same person, under a pseudonym.
        From then on older posts come in without words too, wherever they are read again. That
        goes in steps: whoever is killed between them finds the rest the next time.

        Args:
            before: Public posts from before this moment; None erases none.
            private_before: Private posts from before this one; None deletes none.
            accounts: Of brands: they keep their names, their posts lose their words too.
            held: Public posts that keep their words for now.
            now: What was erased until a later moment than this was so by a wrong clock: such
                a mark moves back.
        """
        return retention.erase_old_texts(
            self._database,
            before,
            private_before=private_before,
            accounts=accounts,
            held=held,
            now=now,
        )

    def load_newest_post(self, until: datetime) -> datetime | None:
        """Return when the newest post up to a moment was written, public or private."""
        return ages.load_newest_post(self._database, until)

    def count_old_posts(self, before: datetime, *, is_private: bool = False) -> int:
        """Return how many posts from before a moment have their words still."""
        return ages.count_old_posts(self._database, before, is_private=is_private)

    def compact(self) -> bool:
        """Give the free space of an SQLite file back if there is much; tell whether it was done.

        Others wait meanwhile. PostgreSQL takes care of that itself.

        Raises:
            StoreError: If the disk has no room for it, or the database fails.
        """
        return compaction.compact(self._database)

    def load_texts_since(self) -> datetime | None:
        """Return from when on public posts have their words; None if none were erased."""
        with self._database.reading() as connection:
            return load_texts_since(connection)

    def load_private_since(self) -> datetime | None:
        """Return from when on private posts are kept; None if none were deleted."""
        with self._database.reading() as connection:
            return load_private_since(connection)
