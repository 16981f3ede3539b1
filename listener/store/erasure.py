"""Erase people and deleted posts, so that no word of them stays in the database."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, delete, func, or_, select

from listener.errors import ConfigError
from listener.posts import Account, Platform, fold_handle
from listener.store.archive_tables import ARCHIVED_AUTHORS
from listener.store.database import Database
from listener.store.forgotten import Kind, ensure_key, load_forgotten
from listener.store.keeping import load_keeping
from listener.store.kept_labels import erase_kept_labels
from listener.store.merging import EditRow, digest_text
from listener.store.quoting import erase_quoting
from listener.store.returning import (
    bring_back_authors,
    bring_back_linked,
    bring_back_naming,
    bring_back_posts,
    require_swept,
)
from listener.store.reviews import erase_reviews
from listener.store.rows import PostRow, Sighting
from listener.store.shelves import SHELVES, Shelf
from listener.store.statements import (
    delete_of,
    is_one_of,
    list_columns,
    load_rows,
    write_rows,
)
from listener.store.tables import FORGOTTEN
from listener.store.visits import hide_visits

# Who wrote the posts that lie in files.
_ARCHIVED = (ARCHIVED_AUTHORS, ARCHIVED_AUTHORS.c.handle)


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
        bring_back_authors(connection, _is_archived_author(connection, person))
        counts = _Erasure(connection, person).run()
        erase_kept_labels(connection)
    database.clear_traces()
    require_swept(database)
    return counts


def _find_person(connection: Connection, platform: str, account: str) -> _Person:
    """Find every id and handle that the stored posts know the account by."""
    handle = fold_handle(account)
    ids, handles = {handle, account.strip().lstrip("@")}, {handle}
    keeping = load_keeping(connection)
    # Twice: an id leads to handles that the person had before.
    tables = [*((shelf.posts, shelf.posts.c.author_handle) for shelf in SHELVES), _ARCHIVED]
    for posts, names in (*tables, *tables):
        if keeping.is_on:  # posts that lost their words bear pseudonyms
            ids |= {keeping.hide_person(platform, each) for each in ids}
            handles |= {keeping.hide_handle(platform, each) for each in handles}
        person = _Person(platform, frozenset(ids), frozenset(handles))
        is_author = _is_author(connection, posts, names, person)
        statement = select(posts.c.author_id, names).where(is_author).distinct()
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


def _is_author(
    connection: Connection, posts: Table, names: ColumnElement[str], person: _Person
) -> ColumnElement[bool]:
    own_id = is_one_of(connection, posts.c.author_id, person.ids)
    own_handle = is_one_of(connection, func.lower(names), person.handles)
    return (posts.c.platform == person.platform) & or_(own_id, own_handle)


def _is_archived_author(connection: Connection, person: _Person) -> ColumnElement[bool]:
    return _is_author(connection, *_ARCHIVED, person)


class _Erasure:
    """One person's erasure within one transaction, from all shelves."""

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
        names = self.person.list_names()
        bring_back_naming(self.connection, self.platform, names, self.person.ids, self._is_trace)
        own = self._erase_all(self._find_own)
        replies = 0
        while found := self._erase_all(self._find_directed):
            replies += found
        hide_visits(self.connection, self.platform, self.erased, self.forgotten)
        erase_reviews(self.connection, self.platform, self.erased)
        for shelf in SHELVES:
            self._mask_edits(shelf)
        masked = sum(map(self._mask_posts, SHELVES))
        return ForgetCounts(
            posts=own, replies=replies, masked=masked, edits=self.edits, aliases=self.aliases
        )

    def _remember(self, kind: Kind, values: Iterable[str]) -> None:
        digests = {self.forgotten.digest(kind, self.platform, value) for value in values}
        erase_quoting(self.connection, self.platform, digests)
        self.forgotten = self.forgotten._replace(digests=self.forgotten.digests | digests)
        rows = [(self.platform, digest) for digest in sorted(digests)]
        write_rows(self.connection, FORGOTTEN, rows, overwrite=False)

    def _erase_all(self, find: Callable[[Shelf], list[PostRow]]) -> int:
        number = 0
        for shelf in SHELVES:
            ids = {row.post_id for row in find(shelf)}
            self._erase(shelf, ids)
            number += len(ids)
        return number

    def _erase(self, shelf: Shelf, ids: set[str]) -> None:
        aliases = shelf.aliases
        named = is_one_of(self.connection, aliases.c.post_id, ids)
        statement = select(aliases.c.alias).where(aliases.c.platform == self.platform, named)
        ids_and_aliases = ids.union(self.connection.scalars(statement))
        self._remember("post", ids_and_aliases)
        self.erased |= ids_and_aliases
        delete_of(self.connection, shelf.posts, self.platform, ids)
        self.edits += delete_of(self.connection, shelf.edits, self.platform, ids)
        self.aliases += delete_of(self.connection, aliases, self.platform, ids)

    def _find_own(self, shelf: Shelf) -> list[PostRow]:
        names = shelf.posts.c.author_handle
        return self._load(shelf, _is_author(self.connection, shelf.posts, names, self.person))

    def _find_directed(self, shelf: Shelf) -> list[PostRow]:
        return [row for row in self._find_traces(shelf) if self.forgotten.refuses(row)]

    def _is_trace(self, row: PostRow) -> bool:
        """Tell whether a post goes, or is changed: short names are a part of many words."""
        return self.forgotten.refuses(row) or self.forgotten.scrub(Sighting(row, ())).row != row

    def _find_traces(self, shelf: Shelf) -> list[PostRow]:
        """Find posts that may name the person or an erased post."""
        bring_back_linked(self.connection, self.platform, self.erased)
        posts = shelf.posts.c
        names = [
            column.icontains(name, autoescape=True)
            for name in self.person.list_names()
            for column in (posts.text, posts.mentions)
        ]
        references = [
            is_one_of(self.connection, column, self.erased)
            for column in (posts.reply_to_id, posts.quote_of_id, posts.conversation_id)
        ]
        replied = is_one_of(self.connection, posts.reply_to_author_id, self.person.ids)
        return self._load(shelf, or_(replied, *references, *names))

    def _load(self, shelf: Shelf, condition: ColumnElement[bool]) -> list[PostRow]:
        own = shelf.posts.c.platform == self.platform
        statement = select(*list_columns(shelf.posts)).where(own, condition)
        return [PostRow._make(row) for row in self.connection.execute(statement)]

    def _mask_edits(self, shelf: Shelf) -> None:
        """Mask earlier texts first: on Mastodon the post's mentions tell who is meant."""
        column = shelf.edits.c
        named = [column.text.icontains(name, autoescape=True) for name in self.person.list_names()]
        statement = select(*list_columns(shelf.edits)).where(
            column.platform == self.platform, or_(*named)
        )
        edits = [EditRow._make(row) for row in self.connection.execute(statement)]
        ids = {edit.post_id for edit in edits}
        bring_back_posts(self.connection, self.platform, ids)
        posts = load_rows(self.connection, shelf, self.platform, ids)
        for edit in edits:
            text = self.forgotten.mask(posts[edit.post_id], edit.text)
            if text != edit.text:
                self._replace_edit(shelf.edits, edit, text)

    def _replace_edit(self, table: Table, edit: EditRow, text: str) -> None:
        self.edits += 1
        key = (table.c.platform == edit.platform, table.c.post_id == edit.post_id)
        self.connection.execute(delete(table).where(*key, table.c.digest == edit.digest))
        masked = edit._replace(text=text, digest=digest_text(text))
        write_rows(self.connection, table, [masked], overwrite=False)

    def _mask_posts(self, shelf: Shelf) -> int:
        traces = self._find_traces(shelf)
        scrubbed = [self.forgotten.scrub(Sighting(row, ())).row for row in traces]
        changed = [after for before, after in zip(traces, scrubbed, strict=True) if after != before]
        write_rows(self.connection, shelf.posts, changed)
        return len(changed)
