"""Read posts: as a Polars frame for measuring, one after the other for export."""

import heapq
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import polars as pl
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Table,
    Text,
    cast,
    func,
    select,
    type_coerce,
)

from listener.errors import StoreError
from listener.posts import Platform, Post, posts_schema
from listener.store.archive_files import find_broken, read_steadily
from listener.store.archived import Archive
from listener.store.archived_rows import list_streams, load_known_archived
from listener.store.database import Database
from listener.store.post_frames import make_frame, sort_posts
from listener.store.rows import PostRow, clean_id, make_post, order_ids
from listener.store.shelves import PRIVATE, PUBLIC, SHELVES, Shelf
from listener.store.statements import choose_named, list_columns, name_ids
from listener.store.week_files import FileGoneError

# Rows are turned into columns in parts, so that few of them exist as Python objects.
_ROWS_AT_ONCE = 20_000
_FEW_ROWS = 2_000  # are still in the processor's cache when they become columns


def load_posts(
    database: Database,
    shelf: Shelf,
    *,
    platforms: Iterable[Platform] | None,
    since: datetime | None,
    until: datetime | None,
) -> pl.DataFrame:
    """Return a shelf's posts with `posts_schema()`, from `since` up to but without `until`."""
    chosen = None if platforms is None else list(platforms)
    posts = shelf.posts
    statement = select_resolved(shelf) if since is None else select_resolved_part(shelf)
    if chosen is not None:
        statement = statement.where(posts.c.platform.in_(chosen))
    if since is not None:
        statement = statement.where(posts.c.created_at >= since)
    if until is not None:
        statement = statement.where(posts.c.created_at < until)

    def read(connection: Connection) -> pl.DataFrame:
        stored = read_frame(connection, statement)
        if shelf is PRIVATE:
            return stored
        archived = Archive(connection).read_span(platforms=chosen, since=since, until=until)
        return pl.concat([stored, archived])

    return sort_posts(read_steadily(database, read))


def read_frame(
    connection: Connection, statement: Select[Any], named: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """Return what a statement selects, which are posts, with `posts_schema()`."""
    parts = [make_frame(rows) for rows in _stream(connection, statement, named, _FEW_ROWS)]
    return pl.concat([pl.DataFrame(schema=posts_schema()), *parts])


def iter_frames(database: Database, *, until: datetime) -> Iterator[pl.DataFrame]:
    """Yield public posts with `posts_schema()`, some at a time and in no order."""
    statement = select_resolved(PUBLIC).where(PUBLIC.posts.c.created_at < until)
    with _steady(database), database.reading() as connection:
        for rows in _stream(connection, statement):
            yield make_frame(rows)
        yield from Archive(connection).iter_posts(until)


def iter_posts(database: Database, *, include_private: bool) -> Iterator[Post]:
    """Yield posts with their aliases, by platform, age of the id and id; private ones last."""
    with _steady(database), database.reading() as connection:
        for shelf in SHELVES if include_private else (PUBLIC,):
            yield from _iter_shelf(connection, shelf)


@contextmanager
def _steady(database: Database) -> Iterator[None]:
    """Tell who reads post by post that files went in the middle of it."""
    try:
        yield
    except FileGoneError as error:
        if find_broken(database):
            raise
        msg = "old posts were brought back from their files just now; run this again"
        raise StoreError(msg) from error


def _iter_shelf(connection: Connection, shelf: Shelf) -> Iterator[Post]:
    posts = shelf.posts.c
    statement = _select_whole(connection.dialect.name, shelf).order_by(
        posts.platform, func.length(posts.post_id), posts.post_id
    )
    with closing(_stream(connection, statement)) as parts:
        stored = (_make_post(row) for rows in parts for row in rows)
        archived = list_streams(connection) if shelf is PUBLIC else []
        yield from heapq.merge(stored, *archived, key=_order_posts) if archived else stored


def _order_posts(post: Post) -> tuple[str, tuple[int, str]]:
    return post.platform, order_ids(post.post_id)


def load_known(database: Database, platform: str, post_ids: Iterable[str]) -> list[Post]:
    """Return the posts with these ids, private ones too, whole, with their aliases."""
    ids = list(map(clean_id, post_ids))

    def read(connection: Connection) -> list[Post]:
        found = load_known_archived(connection, platform, ids)
        for shelf in SHELVES:
            statement = _select_known(connection.dialect.name, shelf)
            rows = connection.execute(statement, name_ids(connection, platform, ids))
            found += [_make_post(row) for row in rows]
        return found

    return read_steadily(database, read)


@cache
def _select_known(dialect: str, shelf: Shelf) -> Select[Any]:
    posts = shelf.posts
    return _select_whole(dialect, shelf).where(choose_named(dialect, posts, posts.c.post_id))


def _select_whole(dialect: str, shelf: Shelf) -> Select[Any]:
    return select(*list_columns(shelf.posts), _list_aliases(dialect, shelf))


def _make_post(row: Sequence[Any]) -> Post:
    *fields, aliases = row
    listed = tuple(sorted(orjson.loads(aliases or "[]"), key=order_ids))
    return make_post(PostRow._make(fields), listed)


@cache
def select_resolved(shelf: Shelf) -> Select[Any]:
    """Return a statement for all posts with references that name posts themselves, never an alias.

    A private post may lead to public ones, but nothing public to a private one.
    """
    known = (PRIVATE, PUBLIC) if shelf is PRIVATE else (PUBLIC,)
    columns = {each.name: each for each in list_columns(shelf.posts)}
    source: FromClause = shelf.posts
    for name in ("reply_to_id", "quote_of_id"):
        found = []
        for aliases in (each.aliases.alias() for each in known):
            own = aliases.c.platform == shelf.posts.c.platform
            source = source.outerjoin(aliases, own & (aliases.c.alias == shelf.posts.c[name]))
            found.append(aliases.c.post_id)
        columns[name] = func.coalesce(*found, shelf.posts.c[name]).label(name)
    return select(*columns.values()).select_from(source)


@cache
def select_resolved_part(shelf: Shelf) -> Select[Any]:
    """Return the same for few of the posts.

    A name is looked up for each of them: to join the tables, a server may well read all aliases.
    """
    known = (PRIVATE, PUBLIC) if shelf is PRIVATE else (PUBLIC,)
    columns = {each.name: each for each in list_columns(shelf.posts)}
    for name in ("reply_to_id", "quote_of_id"):
        own = shelf.posts.c[name]
        found = [_find_post(each.aliases, shelf.posts.c.platform, own) for each in known]
        columns[name] = func.coalesce(*found, own).label(name)
    return select(*columns.values())


def _find_post(
    aliases: Table, platform: ColumnElement[str], alias: ColumnElement[str]
) -> ColumnElement[str]:
    own = aliases.alias()
    found = select(own.c.post_id).where(own.c.platform == platform, own.c.alias == alias)
    return found.scalar_subquery()


def _list_aliases(dialect: str, shelf: Shelf) -> ColumnElement[str]:
    posts, own = shelf.posts, shelf.aliases
    together = func.json_agg if dialect == "postgresql" else func.json_group_array
    aliases = (
        select(together(own.c.alias))
        .where(own.c.platform == posts.c.platform, own.c.post_id == posts.c.post_id)
        .scalar_subquery()
    )
    return cast(aliases, Text) if dialect == "postgresql" else type_coerce(aliases, Text)


def _stream(
    connection: Connection,
    statement: Select[Any],
    named: Mapping[str, Any] | None = None,
    at_once: int = _ROWS_AT_ONCE,
) -> Generator[Sequence[Any]]:
    """Yield rows, of SQLite so many at once; each further look at a server takes its time."""
    if connection.dialect.name == "sqlite":
        yield from _stream_tuples(connection, statement, dict(named or {}), at_once)
        return
    streaming = connection.execution_options(stream_results=True)
    with streaming.execute(statement, dict(named or {})) as result:
        yield from result.partitions(_ROWS_AT_ONCE)


def _stream_tuples(
    connection: Connection, statement: Select[Any], named: dict[str, Any], at_once: int
) -> Generator[Sequence[Any]]:
    """Yield what SQLite itself hands out: a second object for each row takes as long as reading."""
    with connection.execute(statement, named) as result:
        while rows := result.cursor.fetchmany(at_once):
            yield rows
