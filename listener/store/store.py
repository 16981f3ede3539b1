"""The store: the only way in and out of the database for the rest of the program."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from listener.posts import Account, Brand, Platform, Post
from listener.store import (
    authors,
    brands,
    conversations,
    deletions,
    erasure,
    firsts,
    frames,
    imports,
    saving,
)
from listener.store.alerts import ToldAlerts
from listener.store.clocks import Clock
from listener.store.columns import make_moment
from listener.store.database import Database
from listener.store.erasure import ForgetCounts
from listener.store.imports import ImportRecord
from listener.store.kept_labels import KeptLabels
from listener.store.ledger import Ledger
from listener.store.moving import OldWeeks
from listener.store.quoting import Quoting
from listener.store.reviews import Reviews
from listener.store.rota import Rota
from listener.store.rows import Sighting, clean_id
from listener.store.saving import SaveCounts
from listener.store.schema import ensure_schema
from listener.store.shelves import PRIVATE, PUBLIC
from listener.store.statements import load_aliases, load_edits
from listener.store.told import ToldOutcomes
from listener.store.unsubscribed import Unsubscriptions
from listener.store.upkeep import Upkeep

WAIT_SECONDS = 8.0
BATCH_POSTS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A text that a post had before.

    Attributes:
        written_at: Since when the post had this text.
        seen_at: When the program noticed that it is not the newest one.
    """

    text: str
    written_at: datetime
    seen_at: datetime


class Store(
    Ledger,
    Rota,
    Upkeep,
    Reviews,
    ToldOutcomes,
    Quoting,
    Unsubscriptions,
    ToldAlerts,
    KeptLabels,
    OldWeeks,
):
    """Posts with their edits, deletions and imports, in SQLite or PostgreSQL.

    What live collection keeps beside them is in `Ledger`, how several programs share
    their work in `Rota`, housekeeping in `Upkeep`, what people say of posts in `Reviews`,
    what they were told elsewhere in `ToldOutcomes`, what published pages need in `Quoting`,
    who wants no mail in `Unsubscriptions`, which alerts were told in
    `ToldAlerts`, how posts were read in `KeptLabels`, and what moves old weeks into files
    and back in `OldWeeks`.

    Every method raises `StoreError` when the database fails, and then nothing
    of what it was to write is kept. Use it as a context manager.
    """

    def __init__(self, database: Database) -> None:
        """Use `Store.open` instead: it looks at the schema first."""
        self._database = database

    @staticmethod
    def open(
        url: str,
        *,
        migrate: bool | None = None,
        wait_seconds: float = WAIT_SECONDS,
        clock: Callable[[], datetime] | None = None,
        archive: Path | None = None,
    ) -> "Store":
        """Open a database whose schema fits, and create it where that is allowed.

        Args:
            url: An SQLAlchemy address, `sqlite:///FILE` or `postgresql+psycopg://…`.
            migrate: Whether to update an old schema; None means on SQLite only.
            wait_seconds: How long to wait for another program's lock.
            clock: Tells an aware moment in place of the database's clock, for simulations.
            archive: The folder of the files with old weeks.

        Raises:
            StoreError: If the database cannot be used, or its schema is old or too new.
        """
        database = Database(url, wait_seconds=wait_seconds, clock=Clock(clock), archive=archive)
        try:
            ensure_schema(database, migrate=migrate)
        except BaseException:
            database.close()
            raise
        return Store(database)

    def close(self) -> None:
        """Give all connections back."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the store."""
        self.close()

    def save_posts(
        self,
        posts: Iterable[Post],
        *,
        seen_at: datetime,
        batch: int = BATCH_POSTS,
        commit_each_batch: bool = False,
    ) -> SaveCounts:
        """Save posts by platform and id, merging them with what is known.

        Args:
            posts: Any number of posts; only one batch of them is held at a time.
            seen_at: When they were seen: the time of edits whose own time nobody tells.
            batch: How many posts are merged at once.
            commit_each_batch: Keep every batch that was finished, for streams that
                never end. Otherwise all of the posts are kept or none.
        """
        return saving.save_posts(
            self._database,
            posts,
            seen_at=seen_at,
            batch=batch,
            commit_each_batch=commit_each_batch,
        )

    def save_sightings(
        self, sightings: Iterable[Sighting], *, seen_at: datetime, batch: int = BATCH_POSTS
    ) -> SaveCounts:
        """Save posts that are rows already, as `save_posts` does; all of them or none."""
        return saving.save_sightings(self._database, sightings, seen_at=seen_at, batch=batch)

    def load_posts(
        self,
        *,
        platforms: Iterable[Platform] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pl.DataFrame:
        """Return public posts with `posts_schema()`, ordered by time, length of the id and id.

        References name posts themselves, never aliases. `until` is not included.
        Private posts, which are `direct` or for followers only, are never among them.
        """
        return frames.load_posts(
            self._database, PUBLIC, platforms=platforms, since=since, until=until
        )

    def load_conversations(self, *, since: datetime, until: datetime) -> pl.DataFrame:
        """Return public posts since a moment, and all older ones that hang together with them.

        As from `load_posts` otherwise. A case in which something was said since is whole.
        """
        return conversations.load_conversations(self._database, since=since, until=until)

    def load_worded_conversations(
        self, *, before: datetime, since: datetime, until: datetime
    ) -> pl.DataFrame:
        """Return older public posts that have words still, and those that hang together with them.

        As from `load_posts` otherwise, and of the span from `since` to `until` only.
        """
        return conversations.load_worded_conversations(
            self._database, before=before, since=since, until=until
        )

    def has_older_posts(self, platforms: Iterable[str], before: datetime) -> bool:
        """Return whether a public post of one of these platforms is older than a moment."""
        return conversations.has_older_posts(self._database, platforms, before)

    def load_authors(self, handles: pl.DataFrame, *, before: datetime) -> pl.DataFrame:
        """Return who wrote last under some handles (folded) before a moment.

        Columns: `platform`, `handle`, `author_id`.
        """
        return authors.load_authors(self._database, handles, before=before)

    def load_known(self, platform: Platform, post_ids: Iterable[str]) -> list[Post]:
        """Return those of these posts that are stored, private ones too, whole; not by alias."""
        return frames.load_known(self._database, platform, post_ids)

    def load_private_posts(
        self,
        *,
        platforms: Iterable[Platform] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> pl.DataFrame:
        """Return the private posts alone, in the form of `load_posts`.

        They are in no public figure, are never quoted, and leave the store only
        where somebody asks for them by name.
        """
        return frames.load_posts(
            self._database, PRIVATE, platforms=platforms, since=since, until=until
        )

    def iter_frames(self, *, until: datetime) -> Iterator[pl.DataFrame]:
        """Yield public posts as from `load_posts`, some thousands at a time and in no order."""
        return frames.iter_frames(self._database, until=until)

    def iter_posts(self, *, include_private: bool = False) -> Iterator[Post]:
        """Yield every post with everything that is known of it, for an export.

        Aliases are ordered by length and text. Earlier texts are not part of a post.

        Args:
            include_private: Private posts too, after the public ones.
        """
        return frames.iter_posts(self._database, include_private=include_private)

    def load_edits(self, platform: Platform, post_id: str) -> list[Edit]:
        """Return the earlier texts of a post, public or private, the oldest first."""
        with self._database.reading() as connection:
            own_id = clean_id(post_id)
            own_id = load_aliases(connection, platform, [own_id]).get(own_id, own_id)
            rows = load_edits(connection, platform, [own_id]).get(own_id, [])
        return [
            Edit(
                text=row.text,
                written_at=make_moment(row.written_at),
                seen_at=make_moment(row.seen_at),
            )
            for row in rows
        ]

    def mark_deleted(self, platform: Platform, post_ids: Iterable[str], *, at: datetime) -> int:
        """Erase the words of deleted posts for good and return how many were marked.

        Ids and times stay, so that the cases around the posts stay whole.
        """
        return deletions.mark_deleted(self._database, platform, post_ids, at=at)

    def forget_account(
        self, platform: Platform, account: str, *, protected: Iterable[Account] = ()
    ) -> ForgetCounts:
        """Erase a person, found by id or handle, and refuse the person from now on.

        Args:
            platform: Where the account is.
            account: The id or the handle, with or without `@`.
            protected: Accounts of brands, which are never forgotten by mistake.

        Raises:
            ConfigError: If the account belongs to a brand.
        """
        return erasure.forget_account(self._database, platform, account, protected=protected)

    def save_import(self, record: ImportRecord) -> None:
        """Keep that a file was imported."""
        imports.save_import(self._database, record)

    def load_imports(self) -> pl.DataFrame:
        """Return all imports, the first one first, with the columns of `ImportRecord`."""
        return imports.load_imports(self._database)

    def save_brands(self, found: Iterable[Brand]) -> None:
        """Keep brands that an import named, beside those of the same keys replaced."""
        brands.save_brands(self._database, found)

    def load_brands(self) -> tuple[Brand, ...]:
        """Return the brands that imports have named, by key."""
        return brands.load_brands(self._database)

    def load_first_posts(
        self, found: Iterable[Brand], *, enough: datetime | None = None
    ) -> dict[str, datetime]:
        """Return when the first known public post of each brand was written, by key.

        It is one of the brand's accounts, or names one; brands without any are missing.
        Of a brand with posts from before `enough`, any of these will do.
        """
        return firsts.load_first_posts(self._database, found, enough=enough)
