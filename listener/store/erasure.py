"""Erase people and deleted posts, so that no word of them stays in the database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from listener.errors import ConfigError
from listener.posts import Account, Platform, fold_handle
from listener.store.columns import count_microseconds
from listener.store.database import Database
from listener.store.forgotten import Kind, ensure_key, load_forgotten
from listener.store.merging import EditRow, digest_text
from listener.store.rows import PostRow, Sighting, clean_id
from listener.store.statements import (
    delete_aliases,
    delete_edits,
    delete_posts,
    is_one_of,
    list_columns,
    load_aliases,
    load_rows,
    write_rows,
)
from listener.store.tables import ALIASES, EDITS, FORGOTTEN, POSTS
from listener.store.visits import hide_visits


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetCounts:
    """What was erased or changed when a person was forgotten.

    Attributes:
        posts: Posts that the person wrote.
        replies: Posts by others that were directed only at the person.
        masked: Posts by others that named the person and do so no more.
        edits: Earlier texts of all of these, erased or masked.
        aliases: Further ids of the erased posts.
    """

    posts: int
    replies: int
    masked: int
    edits: int
    aliases: int


class _Person(NamedTuple):
    platform: str
    ids: frozenset[str]
    handles: frozenset[str]

    def list_names(self) -> Iterator[str]:
        """Yield what a text may call the person: on Mastodon also without the server."""
        for handle in sorted(self.handles):
            yield handle
            if "@" in handle:
                yield handle.partition("@")[0]


def forget_account(
    database: Database, platform: Platform, account: str, *, protected: Iterable[Account]
) -> ForgetCounts:
    """Erase a person, and remember only by hashes whom to refuse from now on."""
    with database.writing() as connection:
        person = _find_person(connection, platform, account)
        _refuse_protected(person, account, protected)
        counts = _Erasure(connection, person).run()
    database.clear_traces()
    return counts


def mark_deleted(
    database: Database, platform: Platform, post_ids: Iterable[str], *, at: datetime
) -> int:
    """Take away the words and the name of deleted posts; return how many it were."""
    with database.writing() as connection:
        deleted = erase_deleted(connection, platform, post_ids, at=at)
    database.clear_traces()
    return deleted


def erase_deleted(
    connection: Connection, platform: str, post_ids: Iterable[str], *, at: datetime
) -> int:
    """Do the same within a transaction; afterwards the traces are to be cleared."""
    moment = count_microseconds(at)
    ids = set(map(clean_id, post_ids))
    ids.update(load_aliases(connection, platform, ids).values())
    rows = load_rows(connection, platform, ids)
    deleted = [
        row._replace(text="", author_name="", deleted_at=moment)
        for row in rows.values()
        if row.deleted_at is None
    ]
    write_rows(connection, POSTS, deleted)
    delete_edits(connection, platform, [row.post_id for row in deleted])
    return len(deleted)


def _find_person(connection: Connection, platform: str, account: str) -> _Person:
    """Find every id and handle that the stored posts know the account by."""
    handle = fold_handle(account)
    ids, handles = {handle, account.strip().lstrip("@")}, {handle}
    # Twice: an id leads to handles that the person had before.
    for _ in range(2):
        statement = (
            select(POSTS.c.author_id, POSTS.c.author_handle)
            .where(_is_author(connection, _Person(platform, frozenset(ids), frozenset(handles))))
            .distinct()
        )
        for author_id, author_handle in connection.execute(statement):
            ids.add(author_id)
            handles.add(fold_handle(author_handle))
    return _Person(platform, frozenset(ids), frozenset(handles) - {""})


def _refuse_protected(person: _Person, account: str, protected: Iterable[Account]) -> None:
    for brand_account in protected:
        folded = fold_handle(brand_account.handle)
        if brand_account.platform == person.platform and folded in person.handles | person.ids:
            msg = (
                f"{account} is the account {brand_account.handle} of a configured brand and not "
                "forgotten; take it out of the configuration first"
            )
            raise ConfigError(msg)


def _is_author(connection: Connection, person: _Person) -> ColumnElement[bool]:
    own_id = is_one_of(connection, POSTS.c.author_id, person.ids)
    own_handle = is_one_of(connection, func.lower(POSTS.c.author_handle), person.handles)
    return (POSTS.c.platform == person.platform) & or_(own_id, own_handle)


class _Erasure:
    """One person's erasure within one transaction."""

    def __init__(self, connection: Connection, person: _Person) -> None:
        self.connection = connection
        self.person = person
        self.platform = person.platform
        self.forgotten = ensure_key(connection, load_forgotten(connection))
        self.erased: set[str] = set()
        self.edits = self.aliases = 0

    def run(self) -> ForgetCounts:
        """Erase own posts, then what was directed at them, then mask the rest."""
        self._remember("id", self.person.ids)
        self._remember("handle", self.person.handles)
        own = self._load(_is_author(self.connection, self.person))
        self._erase(own)
        replies = 0
        while directed := [row for row in self._find_traces() if self.forgotten.refuses(row)]:
            replies += len(directed)
            self._erase(directed)
        hide_visits(self.connection, self.platform, self.erased, self.forgotten)
        self._mask_edits()
        masked = self._mask_posts()
        return ForgetCounts(
            posts=len(own), replies=replies, masked=masked, edits=self.edits, aliases=self.aliases
        )

    def _load(self, condition: ColumnElement[bool]) -> list[PostRow]:
        statement = select(*list_columns(POSTS)).where(POSTS.c.platform == self.platform, condition)
        return [PostRow._make(row) for row in self.connection.execute(statement)]

    def _remember(self, kind: Kind, values: Iterable[str]) -> None:
        digests = {self.forgotten.digest(kind, self.platform, value) for value in values}
        self.forgotten = self.forgotten._replace(digests=self.forgotten.digests | digests)
        rows = [(self.platform, digest) for digest in sorted(digests)]
        write_rows(self.connection, FORGOTTEN, rows, overwrite=False)

    def _erase(self, rows: list[PostRow]) -> None:
        ids = {row.post_id for row in rows}
        named = is_one_of(self.connection, ALIASES.c.post_id, ids)
        statement = select(ALIASES.c.alias).where(ALIASES.c.platform == self.platform, named)
        ids_and_aliases = ids.union(self.connection.scalars(statement))
        self._remember("post", ids_and_aliases)
        self.erased |= ids_and_aliases
        delete_posts(self.connection, self.platform, ids)
        self.edits += delete_edits(self.connection, self.platform, ids)
        self.aliases += delete_aliases(self.connection, self.platform, ids)

    def _find_traces(self) -> list[PostRow]:
        """Find posts that may name the person or an erased post."""
        names = [
            column.icontains(name, autoescape=True)
            for name in self.person.list_names()
            for column in (POSTS.c.text, POSTS.c.mentions)
        ]
        references = [
            is_one_of(self.connection, column, self.erased)
            for column in (POSTS.c.reply_to_id, POSTS.c.quote_of_id, POSTS.c.conversation_id)
        ]
        replied = is_one_of(self.connection, POSTS.c.reply_to_author_id, self.person.ids)
        return self._load(or_(replied, *references, *names))

    def _mask_edits(self) -> None:
        """Mask earlier texts first: on Mastodon the post's mentions tell who is meant."""
        named = [EDITS.c.text.icontains(name, autoescape=True) for name in self.person.list_names()]
        statement = select(*list_columns(EDITS)).where(
            EDITS.c.platform == self.platform, or_(*named)
        )
        edits = [EditRow._make(row) for row in self.connection.execute(statement)]
        posts = load_rows(self.connection, self.platform, {edit.post_id for edit in edits})
        for edit in edits:
            text = self.forgotten.mask(posts[edit.post_id], edit.text)
            if text != edit.text:
                self._replace_edit(edit, text)

    def _replace_edit(self, edit: EditRow, text: str) -> None:
        self.edits += 1
        key = (EDITS.c.platform == edit.platform, EDITS.c.post_id == edit.post_id)
        self.connection.execute(delete(EDITS).where(*key, EDITS.c.digest == edit.digest))
        masked = edit._replace(text=text, digest=digest_text(text))
        write_rows(self.connection, EDITS, [masked], overwrite=False)

    def _mask_posts(self) -> int:
        traces = self._find_traces()
        scrubbed = [self.forgotten.scrub(Sighting(row, ())).row for row in traces]
        changed = [after for before, after in zip(traces, scrubbed, strict=True) if after != before]
        write_rows(self.connection, POSTS, changed)
        return len(changed)
