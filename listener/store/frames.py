"""Read posts: as a Polars frame for measuring, one after the other for export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    Text,
    cast,
    func,
    select,
    type_coerce,
)

from listener.posts import Platform, Post, posts_schema
from listener.store.database import Database
from listener.store.rows import PostRow, clean_id, make_post, order_ids
from listener.store.shelves import PRIVATE, PUBLIC, SHELVES, Shelf
from listener.store.statements import choose_named, list_columns, name_ids

# Rows are turned into columns in parts, so that few of them exist as Python objects.
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
    posts = shelf.posts
    statement = select_resolved(shelf)
    if platforms is not None:
        statement = statement.where(posts.c.platform.in_(list(platforms)))
    if since is not None:
        statement = statement.where(posts.c.created_at >= since)
    if until is not None:
        statement = statement.where(posts.c.created_at < until)
    with database.reading() as connection:
        return sort_posts(read_frame(connection, statement))


def read_frame(
    connection: Connection, statement: Select[Any], named: Mapping[str, Any] | None = None
) -> pl.DataFrame:
    """Return what a statement selects, which are posts, with `posts_schema()`."""
    parts = [_make_frame(rows) for rows in _stream(connection, statement, named)]
    return pl.concat([pl.DataFrame(schema=posts_schema()), *parts])


def sort_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """Return posts by time, length of the id and id: databases disagree about the order."""
    return posts.sort("created_at", pl.col("post_id").str.len_chars(), "post_id", "platform")


def iter_posts(database: Database, *, include_private: bool) -> Iterator[Post]:
    """Yield posts with their aliases, by platform, age of the id and id; private ones last."""
    with database.reading() as connection:
        for shelf in SHELVES if include_private else (PUBLIC,):
            posts = shelf.posts.c
            statement = _select_whole(connection.dialect.name, shelf).order_by(
                posts.platform, func.length(posts.post_id), posts.post_id
            )
            for rows in _stream(connection, statement):
                yield from map(_make_post, rows)


def load_known(database: Database, platform: str, post_ids: Iterable[str]) -> list[Post]:
    """Return the posts with these ids, private ones too, whole, with their aliases."""
    ids, found = list(map(clean_id, post_ids)), []
    with database.reading() as connection:
        for shelf in SHELVES:
            statement = _select_known(connection.dialect.name, shelf)
            rows = connection.execute(statement, name_ids(connection, platform, ids))
            found += [_make_post(row) for row in rows]
    return found


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
    connection: Connection, statement: Select[Any], named: Mapping[str, Any] | None = None
) -> Iterator[Sequence[Any]]:
    streaming = connection.execution_options(stream_results=True)
    result = streaming.execute(statement, dict(named or {}))
    return result.partitions(_ROWS_AT_ONCE)


def _make_frame(rows: Sequence[Any]) -> pl.DataFrame:
    schema = posts_schema()
    columns = dict(zip(PostRow._fields, zip(*rows, strict=True), strict=True))
    series = []
    for name, kind in schema.items():
        if isinstance(kind, pl.Datetime):
            series.append(pl.Series(name, columns[name], dtype=pl.Int64).cast(kind))
        elif isinstance(kind, pl.List):
            lists = pl.Series(name, columns[name], dtype=pl.String)
            series.append(lists.str.json_decode(kind))
        else:
            series.append(pl.Series(name, columns[name], dtype=kind))
    return pl.DataFrame(series)
