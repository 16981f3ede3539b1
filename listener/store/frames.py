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
    Select,
    func,
    select,
)

from listener.errors import StoreError
from listener.posts import Platform, Post, posts_schema
from listener.store.archive_files import find_broken, read_steadily
from listener.store.archived import Archive
from listener.store.archived_rows import list_streams, load_known_archived
from listener.store.database import Database
from listener.store.packing import Condition, iter_packed, pack_values
from listener.store.post_frames import sort_posts
from listener.store.rows import PostRow, clean_id, make_post, order_ids
from listener.store.shelves import PRIVATE, PUBLIC, SHELVES, Shelf
from listener.store.statements import choose_named, list_columns, name_ids
from listener.store.week_files import FileGoneError

_ROWS_AT_ONCE = 20_000


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
    conditions: list[Condition] = [] if chosen is None else [posts.c.platform.in_(chosen)]
    conditions += [] if since is None else [posts.c.created_at >= since]
    conditions += [] if until is None else [posts.c.created_at < until]

    def read(connection: Connection) -> pl.DataFrame:
        stored = read_frame(connection, shelf, *conditions)
        if shelf is PRIVATE:
            return stored
        archived = Archive(connection).read_span(platforms=chosen, since=since, until=until)
        return pl.concat([stored, archived])

    return sort_posts(read_steadily(database, read))


def read_frame(
    connection: Connection,
    shelf: Shelf,
    *conditions: Condition,
    named: Mapping[str, Any] | None = None,
) -> pl.DataFrame:
    """Return what `iter_packed` yields as one frame."""
    parts = iter_packed(connection, shelf, *conditions, named=named)
    return pl.concat([pl.DataFrame(schema=posts_schema()), *parts])


def iter_frames(database: Database, *, until: datetime) -> Iterator[pl.DataFrame]:
    """Yield public posts with `posts_schema()`, some at a time and in no order."""
    with _steady(database), database.reading() as connection:
        yield from iter_packed(connection, PUBLIC, PUBLIC.posts.c.created_at < until)
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


def _list_aliases(dialect: str, shelf: Shelf) -> ColumnElement[str]:
    posts, own = shelf.posts, shelf.aliases
    aliases = select(pack_values(dialect, own.c.alias)).where(
        own.c.platform == posts.c.platform, own.c.post_id == posts.c.post_id
    )
    return aliases.scalar_subquery()


def _stream(connection: Connection, statement: Select[Any]) -> Generator[Sequence[Any]]:
    """Yield rows, so many at once; each further look at a server takes its time."""
    if connection.dialect.name == "sqlite":
        # What the driver itself hands out: a second object for each row takes as long as reading.
        with connection.execute(statement) as result:
            while rows := result.cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows
        return
    streaming = connection.execution_options(stream_results=True)
    with streaming.execute(statement) as result:
        yield from result.partitions(_ROWS_AT_ONCE)
