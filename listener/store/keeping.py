"""From when on words are kept, and what stays of posts that are older.

What is left of an erased post is its time, the posts it answers, and who addressed
whom. People become pseudonyms by the keyed hash that also keeps
forgotten people out. The addresses of posts on Mastodon name their authors, so
they become pseudonyms too; numbers stay. Brands' own accounts keep their names.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import polars as pl
from sqlalchemy import Connection, delete, func, insert, select

from listener.measure.handles import body_handles, leading_handles
from listener.posts import OPEN_VISIBILITIES, Account, fold_handle
from listener.store.archive_tables import ARCHIVED_AUTHORS
from listener.store.authors import list_author_ids
from listener.store.columns import count_microseconds, make_moment
from listener.store.forgotten import Forgotten, ensure_key, load_forgotten
from listener.store.post_tables import ERASED_LANGUAGE
from listener.store.rows import PostRow, dump_mentions
from listener.store.shelves import SHELVES
from listener.store.statements import is_one_of
from listener.store.tables import META

ERASED = "erased:"
_NAME = "retention"
_FIND_MARKS = select(META.c.value).where(META.c.name == _NAME)
REFERENCES = ("reply_to_id", "quote_of_id", "conversation_id")
# Between whom a post addresses first and whom it names later.
_BODY = "…"


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of whom.

    Attributes:
        texts_since: Words of public posts are kept from this moment on, in microseconds
            since 1970.
        private_since: Private posts are kept from this moment on.
        accounts: Brands' accounts, by platform and folded handle or id: they keep their names.
        forgotten: The key of the pseudonyms.
    """

    texts_since: int | None
    private_since: int | None
    accounts: frozenset[tuple[str, str]]
    forgotten: Forgotten

    @property
    def is_on(self) -> bool:
        """Whether anything was ever to be erased."""
        return self.texts_since is not None or self.private_since is not None

    def is_old(self, row: PostRow) -> bool:
        """Tell whether the words of a public post are not kept."""
        is_public = row.visibility in OPEN_VISIBILITIES
        return is_public and self.texts_since is not None and row.created_at < self.texts_since

    def refuses(self, row: PostRow) -> bool:
        """Tell whether a private post is too old to be kept."""
        is_private = row.visibility not in OPEN_VISIBILITIES
        return is_private and self.private_since is not None and row.created_at < self.private_since

    def hide_id(self, platform: str, post_id: str) -> str:
        """Return the pseudonym of a post whose id is an address; numbers stay as they are."""
        if "://" not in post_id:
            return post_id
        return ERASED + self.forgotten.digest("post", platform, post_id)

    def hide_person(self, platform: str, author_id: str) -> str:
        """Return the pseudonym of a person's id; brands have none."""
        if not author_id or author_id.startswith(ERASED) or self._is_brand(platform, author_id):
            return author_id
        return ERASED + self.forgotten.digest("id", platform, author_id)

    def hide_handle(self, platform: str, handle: str) -> str:
        """Return the pseudonym of a handle; brands have none."""
        if not handle or handle.startswith(ERASED) or self._is_brand(platform, handle):
            return handle
        return ERASED + self.forgotten.digest("handle", platform, handle)

    def _is_brand(self, platform: str, name: str) -> bool:
        return (platform, fold_handle(name)) in self.accounts

    def erase(self, rows: list[PostRow], renamed: dict[str, str]) -> list[PostRow]:
        """Return what stays of posts; `renamed` are the pseudonyms of addresses in them."""
        texts = self._keep_brand_handles(rows)
        return [self._erase_row(row, text, renamed) for row, text in zip(rows, texts, strict=True)]

    def _erase_row(self, row: PostRow, text: str, renamed: dict[str, str]) -> PostRow:
        mentions = orjson.loads(row.mentions)
        replied = row.reply_to_author_id
        return rename_posts(row, renamed)._replace(
            author_id=self.hide_person(row.platform, row.author_id),
            author_handle=self.hide_handle(row.platform, row.author_handle),
            author_name="",
            text=text,
            language=ERASED_LANGUAGE,
            reply_to_author_id=replied and self.hide_person(row.platform, replied),
            mentions=dump_mentions(
                tuple(self.hide_handle(row.platform, handle) for handle in mentions)
            ),
            url=None,
        )

    def _keep_brand_handles(self, rows: list[PostRow]) -> list[str]:
        """Return of each text whom of the brands it addresses: cases are made by that."""
        schema = {"platform": pl.String, "text": pl.String}
        found = pl.DataFrame(
            [(row.platform, row.text) for row in rows], schema=schema, orient="row"
        ).select("platform", leading_handles().alias("first"), body_handles().alias("later"))
        return [
            " ".join(self._list_handles(platform, first, later))
            for platform, first, later in found.iter_rows()
        ]

    def _list_handles(self, platform: str, first: list[str], later: list[str]) -> Iterator[str]:
        yield from (f"@{name}" for name in first if self._is_brand(platform, name))
        named = [f"@{name}" for name in later if self._is_brand(platform, name)]
        if named:
            yield from (_BODY, *named)


def load_keeping(
    connection: Connection, forgotten: Forgotten | None = None, *, now: int | None = None
) -> Keeping:
    """Return what is kept, by the last word of housekeeping.

    A mark that is later than `now` was set by a wrong clock: nothing is too old by it.
    """
    marks = _load_marks(connection)
    return Keeping(
        texts_since=_doubt(marks.get("texts_since"), now),
        private_since=_doubt(marks.get("private_since"), now),
        accounts=frozenset(map(tuple, marks.get("accounts", ()))),
        forgotten=forgotten or load_forgotten(connection),
    )


def move_keeping(
    connection: Connection,
    *,
    texts_since: datetime | None,
    private_since: datetime | None,
    accounts: Iterable[Account],
    now: datetime | None = None,
) -> Keeping:
    """Move the marks forward, never back: what is gone does not come again.

    Only marks that are later than `now` are set anew.
    """
    before = load_keeping(connection, now=None if now is None else count_microseconds(now))
    after = Keeping(
        texts_since=_take_later(before.texts_since, texts_since),
        private_since=_take_later(before.private_since, private_since),
        accounts=_list_accounts(connection, accounts),
        forgotten=ensure_key(connection, before.forgotten),
    )
    value = {
        "texts_since": after.texts_since,
        "private_since": after.private_since,
        "accounts": sorted(after.accounts),
    }
    connection.execute(delete(META).where(META.c.name == _NAME))
    connection.execute(insert(META).values(name=_NAME, value=orjson.dumps(value).decode()))
    return after


def load_texts_since(connection: Connection) -> datetime | None:
    """Return from when on public posts have their words, None if none were erased."""
    return _load_mark(connection, "texts_since")


def load_private_since(connection: Connection) -> datetime | None:
    """Return from when on private posts are kept, None if none were deleted."""
    return _load_mark(connection, "private_since")


def _load_mark(connection: Connection, name: str) -> datetime | None:
    since = _load_marks(connection).get(name)
    return None if since is None else make_moment(since)


def _load_marks(connection: Connection) -> dict[str, Any]:
    value = connection.scalar(_FIND_MARKS)
    marks: dict[str, Any] = orjson.loads(value) if value else {}
    return marks


def _doubt(mark: int | None, now: int | None) -> int | None:
    """Return a mark by which nothing is old in place of one that cannot be true.

    That there is one at all stays known: posts may have lost their words and names by it.
    """
    return 0 if mark is not None and now is not None and mark > now else mark


def _take_later(before: int | None, after: datetime | None) -> int | None:
    moments = [before, None if after is None else count_microseconds(after)]
    return max((moment for moment in moments if moment is not None), default=None)


def _list_accounts(
    connection: Connection, accounts: Iterable[Account]
) -> frozenset[tuple[str, str]]:
    """Return the accounts by their handles, and by the ids that their posts tell."""
    named = {(account.platform, fold_handle(account.handle)) for account in accounts}
    found = set(named)
    for platform in {each for each, _ in named}:
        handles = [handle for each, handle in named if each == platform]
        ids = _list_archived_ids(connection, platform, handles)
        for shelf in SHELVES:
            own = list_author_ids(connection, shelf.posts, platform, handles)
            ids.update(author_id for _, author_id in own)
        found.update((platform, fold_handle(author_id)) for author_id in ids)
    return frozenset(found)


def _list_archived_ids(connection: Connection, platform: str, handles: list[str]) -> set[str]:
    authors = ARCHIVED_AUTHORS.c
    named = is_one_of(connection, func.lower(authors.handle), handles)
    chosen = select(authors.author_id).where(authors.platform == platform, named)
    return set(connection.scalars(chosen.distinct()))


def list_addresses(rows: Iterable[PostRow]) -> set[str]:
    """Return the ids in rows, of posts and of what they refer to, that are addresses."""
    return {
        value
        for row in rows
        for value in (row.post_id, *(getattr(row, name) for name in REFERENCES))
        if value is not None and "://" in value
    }


def rename_posts(row: PostRow, renamed: dict[str, str]) -> PostRow:
    """Return a row under its new id, with the new ids of what it refers to."""
    references = {
        name: renamed.get(value, value)
        for name in REFERENCES
        if (value := getattr(row, name)) is not None
    }
    return row._replace(post_id=renamed.get(row.post_id, row.post_id), **references)
