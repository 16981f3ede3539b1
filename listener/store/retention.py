"""Erase old words and names in batches; `keeping` says what stays of a post."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select

from listener.posts import Account
from listener.store.archived_ages import list_worded_files
from listener.store.database import Database
from listener.store.keeping import (
    REFERENCES,
    Keeping,
    list_addresses,
    move_keeping,
    rename_posts,
)
from listener.store.kept_labels import erase_kept_labels
from listener.store.post_tables import ERASED_LANGUAGE, has_words
from listener.store.returning import bring_back, bring_back_linked, require_swept
from listener.store.reviews import erase_reviews
from listener.store.rows import PostRow
from listener.store.shelves import PRIVATE, PUBLIC, SHELVES, Shelf
from listener.store.sifting import find_unknown
from listener.store.statements import delete_of, is_one_of, list_columns, load_rows, write_rows
from listener.store.tables import VISITS
from listener.store.visits import rename_visits

PostKey = tuple[str, str]
"""The platform and the id of a post."""

_BATCH_POSTS = 2_000
_ALIAS_IDS = ("alias", "post_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionCounts:
    """What went.

    Attributes:
        posts: Public posts whose words and names were erased.
        private: Private posts that were deleted altogether.
        edits: Earlier texts of both.
    """

    posts: int
    private: int
    edits: int


def erase_old_texts(
    database: Database,
    before: datetime | None,
    *,
    private_before: datetime | None,
    accounts: Iterable[Account],
    held: Collection[PostKey],
    now: datetime | None = None,
) -> RetentionCounts:
    """Erase what is too old, and keep it out from now on; several short transactions."""
    with database.writing() as connection:
        keeping = move_keeping(
            connection,
            texts_since=before,
            private_since=private_before,
            accounts=accounts,
            now=now,
        )
        if before is not None:
            erase_kept_labels(connection, before)
    posts, edits = _erase_public(database, before, held, keeping)
    while before and _bring_back_one(database, before, held):
        more_posts, more_edits = _erase_public(database, before, held, keeping)
        posts, edits = posts + more_posts, edits + more_edits
    private = 0
    for platform, ids in _list_batches(database, PRIVATE, private_before, ()):
        with database.writing() as connection:
            edits += delete_of(connection, PRIVATE.edits, platform, ids)
            delete_of(connection, PRIVATE.aliases, platform, ids)
            private += delete_of(connection, PRIVATE.posts, platform, ids)
            _delete_visits(connection, platform, ids)
    database.clear_traces()
    require_swept(database)
    return RetentionCounts(posts=posts, private=private, edits=edits)


def _erase_public(
    database: Database, before: datetime | None, held: Collection[PostKey], keeping: Keeping
) -> tuple[int, int]:
    """Erase the old posts that are in the database, and return how many, with how many edits."""
    posts = edits = 0
    for platform, ids in _list_batches(database, PUBLIC, before, held):
        with database.writing() as connection:
            batch = _Erasing(connection, platform, keeping)
            posts += batch.erase(ids)
            edits += batch.edits
    return posts, edits


def _bring_back_one(database: Database, before: datetime, held: Collection[PostKey]) -> bool:
    """Bring one file with old words back, so that these are erased before the next one comes."""
    with database.writing() as connection:
        files = list_worded_files(connection, before, held)[:1]
        return bring_back(connection, files) > 0


def _list_batches(
    database: Database, shelf: Shelf, before: datetime | None, held: Collection[PostKey]
) -> Iterator[tuple[str, list[str]]]:
    """Yield the ids of old posts that have words still, some of one platform at a time."""
    if before is None:
        return
    posts, found = shelf.posts.c, defaultdict(list)
    old = select(posts.platform, posts.post_id).where(posts.created_at < before)
    statement = old.where(has_words())
    kept = frozenset(held)
    with database.reading() as connection:
        for platform, post_id in connection.execute(statement):
            if (platform, post_id) not in kept:
                found[platform].append(post_id)
    for platform, ids in found.items():
        ids.sort()
        for start in range(0, len(ids), _BATCH_POSTS):
            yield platform, ids[start : start + _BATCH_POSTS]


def _delete_visits(connection: Connection, platform: str, ids: list[str]) -> None:
    chosen = is_one_of(connection, VISITS.c.post_id, ids)
    connection.execute(delete(VISITS).where(VISITS.c.platform == platform, chosen))


class _Erasing:
    """The erasing of one batch of public posts within one transaction."""

    def __init__(self, connection: Connection, platform: str, keeping: Keeping) -> None:
        self.connection = connection
        self.platform = platform
        self.keeping = keeping
        self.edits = 0

    def erase(self, ids: list[str]) -> int:
        """Erase these posts, unless somebody else did, and return how many it were."""
        stored = load_rows(self.connection, PUBLIC, self.platform, ids)
        rows = [row for row in stored.values() if row.language != ERASED_LANGUAGE]
        own = self._hide({row.post_id for row in rows} | self._list_aliases(stored))
        unknown = find_unknown(self.connection, self.platform, list_addresses(rows) - own.keys())
        erased = self.keeping.erase(rows, own | self._hide(unknown))
        self.edits += delete_of(self.connection, PUBLIC.edits, self.platform, stored)
        erase_reviews(self.connection, self.platform, stored)
        if own:
            bring_back_linked(self.connection, self.platform, own)
            self._rename(own)
            delete_of(self.connection, PUBLIC.posts, self.platform, own)
        write_rows(self.connection, PUBLIC.posts, erased)
        return len(erased)

    def _hide(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the pseudonyms of those ids that are addresses."""
        names = {post_id: self.keeping.hide_id(self.platform, post_id) for post_id in ids}
        return {post_id: name for post_id, name in names.items() if name != post_id}

    def _list_aliases(self, ids: Iterable[str]) -> set[str]:
        aliases = PUBLIC.aliases.c
        chosen = is_one_of(self.connection, aliases.post_id, ids)
        statement = select(aliases.alias).where(aliases.platform == self.platform, chosen)
        return set(self.connection.scalars(statement))

    def _rename(self, renamed: dict[str, str]) -> None:
        """Let everything that names these posts name their pseudonyms."""
        self._rename_aliases(renamed)
        for shelf in SHELVES:
            rows = [rename_posts(row, renamed) for row in self._find_referring(shelf, renamed)]
            write_rows(self.connection, shelf.posts, rows)
        rename_visits(self.connection, self.platform, renamed)

    def _rename_aliases(self, renamed: dict[str, str]) -> None:
        aliases = PUBLIC.aliases
        named = [is_one_of(self.connection, aliases.c[name], renamed) for name in _ALIAS_IDS]
        chosen = (aliases.c.platform == self.platform) & or_(*named)
        found = self.connection.execute(select(aliases).where(chosen)).all()
        self.connection.execute(delete(aliases).where(chosen))
        rows = [tuple(renamed.get(value, value) for value in row) for row in found]
        write_rows(self.connection, aliases, rows)

    def _find_referring(self, shelf: Shelf, renamed: Iterable[str]) -> list[PostRow]:
        ids = list(renamed)
        columns = [shelf.posts.c[name] for name in REFERENCES]
        named = or_(*(is_one_of(self.connection, column, ids) for column in columns))
        statement = select(*list_columns(shelf.posts)).where(
            shelf.posts.c.platform == self.platform, named
        )
        found = map(PostRow._make, self.connection.execute(statement))
        return [row for row in found if row.post_id not in renamed]
